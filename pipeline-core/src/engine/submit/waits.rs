//! The dependencies between the calls of a graph.

use crate::engine::submit::schedule::Waits;
use crate::graph::Graph;

/// Makes each call wait for the calls that make its inputs.
pub(crate) fn waits(graph: &Graph) -> Waits {
    let readers: Vec<Vec<usize>> = graph
        .calls
        .iter()
        .map(|call| graph.outputs_of(call).flat_map(|node| node.readers.iter().copied()).collect())
        .collect();
    let mut counts = vec![0; graph.calls.len()];
    readers.iter().flatten().for_each(|&reader| counts[reader] += 1);
    let mut priorities = vec![0; graph.calls.len()];
    graph.order.iter().enumerate().for_each(|(priority, &index)| priorities[index] = priority);
    Waits { counts, readers, priorities }
}
