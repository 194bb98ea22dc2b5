//! The contents of a graph's nodes that are known without running anything. Plans, explanations and samples use them.

use crate::data::{DataType, Value, ValueRef};
use crate::engine::ask::state::InputState;
use crate::engine::error::EngineError;
use crate::engine::job::Unavailable;
use crate::engine::job::reason::Reason;
use crate::engine::job::record::ResultRecord;
use crate::engine::{Engine, FoundInput};
use crate::graph::{Arguments, Call, Graph};
use std::collections::HashMap;
use std::sync::Arc;

/// The known values, by node.
pub(crate) struct KnownContents<'a> {
    graph: &'a Graph,
    contents: Vec<Option<Arc<ValueRef>>>,
    /// Why inputs are unavailable, by node.
    unavailable: HashMap<usize, Unavailable>,
}

impl<'a> KnownContents<'a> {
    /// Starts with the inputs, which are indexed by node.
    pub(crate) fn new(graph: &'a Graph, inputs: &[FoundInput]) -> KnownContents<'a> {
        let content = |input: &FoundInput| Some(Arc::new(input.as_ref().ok()?.reference.without_files()));
        let mut contents: Vec<_> = inputs.iter().map(content).collect();
        contents.resize(graph.nodes.len(), None);
        let errors = inputs.iter().enumerate();
        let unavailable =
            errors.filter_map(|(node, input)| Some((node, input.as_ref().err()?.clone()))).collect();
        KnownContents { graph, contents, unavailable }
    }

    /// Creates the contents of all nodes at the end of a submission.
    pub(crate) fn of(
        graph: &'a Graph,
        content: impl Fn(usize) -> Option<Arc<ValueRef>>,
    ) -> KnownContents<'a> {
        let contents = (0..graph.nodes.len()).map(content).collect();
        KnownContents { graph, contents, unavailable: HashMap::new() }
    }

    /// Returns why the call's key is unknown: inputs are unavailable, or other jobs have to run first. `None` if it is
    /// known.
    pub(crate) fn unknown(&self, call: &Call) -> Option<Reason> {
        let error =
            |node: &usize| Some((self.graph.nodes[*node].name.clone(), self.unavailable.get(node)?.clone()));
        let unavailable: Vec<_> = call.arguments.iter().filter_map(error).collect();
        if let Some(reason) = Reason::unavailable(&unavailable) {
            return Some(reason);
        }
        let unknown = call.arguments.iter().filter(|&&node| self.contents[node].is_none());
        let nodes: Vec<String> = unknown.map(|&node| self.graph.nodes[node].name.clone()).collect();
        if nodes.is_empty() { None } else { Some(Reason::DependsOn { nodes }) }
    }

    /// Returns the known inputs of the call.
    pub(crate) fn inputs(&self, call: &Call) -> Vec<InputState> {
        InputState::of(self.graph, call, |node| self.contents[node].clone())
    }

    /// Takes the values of the call's outputs from its known result.
    pub(crate) fn take(&mut self, call: &Call, record: &ResultRecord) {
        for (output, &node) in record.outputs.iter().zip(&call.outputs) {
            self.contents[node] = Some(output.clone());
        }
    }

    /// Replaces the values of these nodes.
    pub(crate) fn give(&mut self, given: &HashMap<usize, (Arc<ValueRef>, Value)>) {
        for (&node, (output, _)) in given {
            self.contents[node] = Some(output.clone());
        }
    }

    /// Loads the arguments of a call whose inputs are known.
    pub(crate) fn arguments(
        &self,
        call: &Call,
        inputs: &[FoundInput],
        engine: &Engine<'_>,
    ) -> Result<Arguments, EngineError> {
        let one = |node: usize, data: &DataType| {
            if let Some(value) = inputs.get(node).and_then(|input| input.as_ref().ok()?.value.clone()) {
                return Ok(data.viewing(value)?);
            }
            let known = self.contents[node]
                .as_ref()
                .unwrap_or_else(|| unreachable!("the caller checks that the inputs are known"));
            engine.load(data, &known.hash)
        };
        let values =
            call.argument_nodes().zip(call.task.parameters).map(|(slot, data)| slot.value(data, one));
        let values = values.collect::<Result<_, EngineError>>()?;
        Ok(Arguments { values, resources: engine.resources().clone() })
    }
}
