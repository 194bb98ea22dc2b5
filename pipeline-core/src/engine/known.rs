//! The contents of a graph's nodes as far as they are known without running anything: what plans,
//! explanations and samples go by.

use super::record::{ResultRecord, StoredOutput};
use super::state::InputState;
use super::{Engine, InputContent};
use crate::data::Value;
use crate::error::Error;
use crate::graph::{Call, Graph};
use crate::store::Hash;
use std::collections::HashMap;

/// By node, its content and the value in a few words.
pub(super) struct KnownContents<'a> {
    graph: &'a Graph,
    contents: Vec<Option<(Hash, String)>>,
}

impl<'a> KnownContents<'a> {
    /// The inputs, which are given by node.
    pub(super) fn new(graph: &'a Graph, inputs: &[InputContent]) -> KnownContents<'a> {
        let mut contents: Vec<_> =
            inputs.iter().map(|input| Some((input.content, input.brief.clone()))).collect();
        contents.resize(graph.nodes.len(), None);
        KnownContents { graph, contents }
    }

    /// What is known of nodes at the end of a submission: content and brief.
    pub(super) fn of(
        graph: &'a Graph,
        content: impl Fn(usize) -> Option<(Hash, String)>,
    ) -> KnownContents<'a> {
        KnownContents { graph, contents: (0..graph.nodes.len()).map(content).collect() }
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
        }
    }

    /// These nodes have values in place of those that tasks make.
    pub(super) fn give(&mut self, given: &HashMap<usize, (StoredOutput, Value)>) {
        for (&node, (output, _)) in given {
            self.contents[node] = Some((output.object, output.brief.clone()));
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
        engine.load(&found.data, hash)
    }
}
