//! What the calls of a graph wait for.

use crate::engine::submit::schedule::Waits;
use crate::graph::Graph;

/// Each call waits for those that make what it reads.
pub(crate) fn waits(graph: &Graph) -> Waits {
    let readers: Vec<Vec<usize>> = graph
        .calls
        .iter()
        .map(|call| graph.outputs_of(call).flat_map(|node| node.readers.iter().copied()).collect())
        .collect();
    let mut counts = vec![0; graph.calls.len()];
    readers.iter().flatten().for_each(|&reader| counts[reader] += 1);
    let mut turns = vec![0; graph.calls.len()];
    graph.order.iter().enumerate().for_each(|(turn, &index)| turns[index] = turn);
    Waits { counts, readers, turns }
}
