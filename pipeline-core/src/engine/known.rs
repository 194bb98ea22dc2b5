//! The contents of a graph's nodes as far as they are known without running anything: what plans,
//! explanations and samples go by.

use super::record::{ResultRecord, StoredOutput};
use super::state::InputState;
use super::{Engine, InputContent};
use crate::data::Value;
use crate::error::Error;
use crate::graph::{Arguments, Call, Graph, Maker};
use crate::store::Hash;
use std::collections::HashMap;

/// By node, its content and the value in a few words.
pub(super) struct KnownContents<'a> {
    graph: &'a Graph,
    contents: Vec<Option<(Hash, String)>>,
    /// By node, the plan that stands for an object.
    plans: Vec<Option<Hash>>,
}

impl<'a> KnownContents<'a> {
    /// The inputs, which are given by node.
    pub(super) fn new(graph: &'a Graph, inputs: &[InputContent]) -> KnownContents<'a> {
        let mut contents: Vec<_> =
            inputs.iter().map(|input| Some((input.content, input.brief.clone()))).collect();
        contents.resize(graph.nodes.len(), None);
        let plans = vec![None; graph.nodes.len()];
        KnownContents { graph, contents, plans }
    }

    /// What is known of nodes at the end of a submission: content, brief, and the plan that stands for an object.
    pub(super) fn of(
        graph: &'a Graph,
        stored: impl Fn(usize) -> Option<(Hash, String, Option<Hash>)>,
    ) -> KnownContents<'a> {
        let nodes: Vec<_> = (0..graph.nodes.len()).map(stored).collect();
        let plans = nodes.iter().map(|node| node.as_ref().and_then(|(.., plan)| *plan)).collect();
        let contents =
            nodes.into_iter().map(|node| node.map(|(content, brief, _)| (content, brief))).collect();
        KnownContents { graph, contents, plans }
    }

    pub(super) fn get(&self, node: usize) -> Option<&(Hash, String)> {
        self.contents[node].as_ref()
    }

    /// The nodes that the call reads and that some job has to make first.
    pub(super) fn unknown(&self, call: &Call) -> Vec<String> {
        let unknown = call.arguments.iter().filter(|&&node| self.contents[node].is_none());
        unknown.map(|&node| self.graph.nodes[node].name.clone()).collect()
    }

    /// The inputs of the call, as far as they are known.
    pub(super) fn inputs(&self, call: &Call) -> Vec<InputState> {
        InputState::of(self.graph, call, |node| self.contents[node].clone())
    }

    /// The call's result is known, and with it the nodes that it makes.
    pub(super) fn take(&mut self, call: &Call, record: &ResultRecord) {
        for (output, &node) in record.outputs.iter().zip(&call.outputs) {
            self.contents[node] = Some((output.object, output.brief.clone()));
            self.plans[node] = output.plan;
        }
    }

    /// These nodes have values in place of those that tasks make.
    pub(super) fn give(&mut self, given: &HashMap<usize, (StoredOutput, Value)>) {
        for (&node, (output, _)) in given {
            self.contents[node] = Some((output.object, output.brief.clone()));
            self.plans[node] = None;
        }
    }

    /// The value of a node whose content is known.
    pub(super) fn value(
        &self,
        node: usize,
        inputs: &[InputContent],
        engine: &Engine<'_>,
    ) -> Result<Value, Error> {
        if let Some(value) = inputs.get(node).and_then(|input| input.value.clone()) {
            return Ok(value);
        }
        let found = &self.graph.nodes[node];
        let (hash, _) =
            self.contents[node].as_ref().unwrap_or_else(|| unreachable!("it is asked for when it is known"));
        let (Some(plan), &Maker::Call(maker)) = (&self.plans[node], &found.maker) else {
            return engine.load(&found.data, hash);
        };
        let call = &self.graph.calls[maker];
        let arguments: Result<Vec<Value>, Error> =
            call.arguments.iter().map(|&node| self.value(node, inputs, engine)).collect();
        engine.derive(call, &Arguments(arguments?), node, plan, hash)
    }
}
