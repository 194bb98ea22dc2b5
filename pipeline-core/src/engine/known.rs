//! The contents of a graph's nodes as far as they are known without running anything: what plans,
//! explanations and samples go by.

use super::InputContent;
use super::record::ResultRecord;
use super::state::InputState;
use crate::graph::{Call, Graph};
use crate::store::Hash;

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
    pub(super) fn take(&mut self, call: &Call, record: ResultRecord) {
        for (output, &node) in record.outputs.into_iter().zip(&call.outputs) {
            self.contents[node] = Some((output.object, output.brief));
        }
    }
}
