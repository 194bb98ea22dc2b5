//! Where each element goes: layers from left to right, with few crossings.
//!
//! The layers are those of Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system
//! structures" (1981), as dagre does them. dagre takes longer than anybody waits for very large graphs; these, and any
//! that it fails on, get layers of our own: longest paths, each layer in the order of the means of its neighbours.

use super::Picture;
use dagre::graph::{Graph, GraphOptions};
use dagre::{EdgeLabel, LayoutOptions, NodeLabel, RankDir, Ranker};
use std::collections::{BTreeMap, HashMap};

/// Between two elements of a layer.
const BETWEEN: f64 = 26.0;
/// Between two layers.
const LAYERS: f64 = 60.0;
/// How many elements dagre is asked to lay out.
const MANY: usize = 1_500;
/// What it may need where it calls itself for each element of a chain.
const STACK: usize = 64 << 20;

/// A center.
type Place = (f64, f64);

/// Sets the places of all elements.
pub(super) fn lay_out(picture: &mut Picture) {
    let boxes: Vec<(String, f64, f64)> =
        picture.boxes().map(|(id, rect)| (id.to_owned(), rect.width, rect.height)).collect();
    let index: HashMap<&str, usize> =
        boxes.iter().enumerate().map(|(index, (id, ..))| (id.as_str(), index)).collect();
    let edges: Vec<(usize, usize)> = picture
        .edges
        .iter()
        .filter_map(|edge| Some((*index.get(edge.from.as_str())?, *index.get(edge.to.as_str())?)))
        .collect();
    let sizes: Vec<(f64, f64)> = boxes.iter().map(|(_, width, height)| (*width, *height)).collect();
    let places = by_dagre(&sizes, &edges).unwrap_or_else(|| layered(&sizes, &edges));
    let places = by_ports(picture, places);
    for ((_, rect), (x, y)) in picture.boxes_mut().zip(places) {
        (rect.x, rect.y) = ((x - rect.width / 2.0).round(), (y - rect.height / 2.0).round());
    }
}

/// Inputs of one layer that only one task reads change places, so that they come in the order of its ports: dagre knows
/// no ports.
fn by_ports(picture: &Picture, mut places: Vec<Place>) -> Vec<Place> {
    let mut readers: HashMap<&str, Vec<(&str, usize)>> = HashMap::new();
    for call in &picture.calls {
        for (port, parameter) in call.parameters.iter().enumerate() {
            if let Some(node) = &parameter.node {
                readers.entry(node).or_default().push((&call.name, port));
            }
        }
    }
    let mut alike: BTreeMap<(&str, i64), Vec<(usize, usize)>> = BTreeMap::new();
    // Nodes come first among the boxes, and all are of one height.
    for (index, node) in picture.nodes.iter().enumerate().filter(|(_, node)| node.node.input) {
        if let Some([(call, port)]) = readers.get(node.node.name.as_str()).map(Vec::as_slice) {
            #[expect(clippy::cast_possible_truncation, reason = "centers of one layer are the same number")]
            let layer = places[index].0.round() as i64;
            alike.entry((call, layer)).or_default().push((*port, index));
        }
    }
    for mut nodes in alike.into_values() {
        let mut heights: Vec<f64> = nodes.iter().map(|(_, index)| places[*index].1).collect();
        heights.sort_by(f64::total_cmp);
        nodes.sort_unstable();
        for ((_, index), height) in nodes.into_iter().zip(heights) {
            places[index].1 = height;
        }
    }
    places
}

/// The centers as dagre finds them; none where it does not.
fn by_dagre(sizes: &[(f64, f64)], edges: &[(usize, usize)]) -> Option<Vec<Place>> {
    if sizes.len() > MANY {
        return None;
    }
    let work = || {
        let mut graph: Graph<NodeLabel, EdgeLabel> =
            Graph::with_options(GraphOptions { directed: true, multigraph: false, compound: false });
        for (index, (width, height)) in sizes.iter().enumerate() {
            let label = NodeLabel { width: *width, height: *height, ..NodeLabel::default() };
            graph.set_node(index.to_string(), Some(label));
        }
        for (from, to) in edges {
            graph.set_edge(from.to_string(), to.to_string(), Some(EdgeLabel::default()), None);
        }
        dagre::layout(
            &mut graph,
            Some(LayoutOptions {
                rankdir: RankDir::LR,
                nodesep: BETWEEN,
                edgesep: BETWEEN / 2.0,
                ranksep: LAYERS,
                // Of the three it takes the least time, and long lines are as rare.
                ranker: Ranker::TightTree,
                ..LayoutOptions::default()
            }),
        );
        let place = |index: usize| {
            let label = graph.node(&index.to_string())?;
            Some((label.x?, label.y?))
        };
        (0..sizes.len()).map(place).collect::<Option<Vec<Place>>>()
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("layout".into()).stack_size(STACK);
        thread.spawn_scoped(scope, work).ok()?.join().ok()?
    })
}

/// The centers of layers by longest paths.
fn layered(sizes: &[(f64, f64)], edges: &[(usize, usize)]) -> Vec<Place> {
    let mut neighbours: Vec<Vec<usize>> = vec![Vec::new(); sizes.len()];
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); sizes.len()];
    let mut waiting = vec![0_usize; sizes.len()];
    for &(from, to) in edges {
        neighbours[from].push(to);
        neighbours[to].push(from);
        after[from].push(to);
        waiting[to] += 1;
    }
    let mut layer = vec![0_usize; sizes.len()];
    let mut open: Vec<usize> = (0..sizes.len()).filter(|&element| waiting[element] == 0).collect();
    while let Some(element) = open.pop() {
        for &next in &after[element] {
            layer[next] = layer[next].max(layer[element] + 1);
            waiting[next] -= 1;
            if waiting[next] == 0 {
                open.push(next);
            }
        }
    }
    // What is part of a cycle stays where it is: the file that it is from is wrong, and says so.
    let last = layer.iter().max().copied().unwrap_or_default();
    let mut layers: Vec<Vec<usize>> = vec![Vec::new(); last + 1];
    (0..sizes.len()).for_each(|element| layers[layer[element]].push(element));
    let mut rank = vec![0.0; sizes.len()];
    let number = |layers: &[Vec<usize>], rank: &mut [f64]| {
        for elements in layers {
            for (place, &element) in elements.iter().enumerate() {
                rank[element] = f64::from(u32::try_from(place).unwrap_or(u32::MAX));
            }
        }
    };
    number(&layers, &mut rank);
    for _ in 0..4 {
        for elements in &mut layers {
            let mean = |element: usize| match neighbours[element].len() {
                0 => rank[element],
                many => {
                    let sum: f64 = neighbours[element].iter().map(|&other| rank[other]).sum();
                    sum / f64::from(u32::try_from(many).unwrap_or(u32::MAX))
                }
            };
            elements.sort_by(|&one, &other| mean(one).total_cmp(&mean(other)).then(one.cmp(&other)));
        }
        number(&layers, &mut rank);
    }
    let mut places = vec![(0.0, 0.0); sizes.len()];
    let mut x = 0.0;
    for elements in &layers {
        let width = elements.iter().map(|&element| sizes[element].0).fold(0.0, f64::max);
        let mut y = 0.0;
        for &element in elements {
            let height = sizes[element].1;
            places[element] = (x + width / 2.0, y + height / 2.0);
            y += height + BETWEEN;
        }
        x += width + LAYERS;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn no_two_elements_overlap_and_edges_go_to_the_right(
            edges in proptest::collection::vec((0_usize..24, 1_usize..9), 0..60),
        ) {
            let sizes: Vec<(f64, f64)> = (0..32).map(|n| (130.0 + f64::from(n), 40.0 + f64::from(n % 5) * 21.0)).collect();
            let edges: Vec<(usize, usize)> = edges.into_iter().map(|(from, more)| (from, from + more)).collect();
            for places in [by_dagre(&sizes, &edges).expect("laid out"), layered(&sizes, &edges)] {
                for (from, to) in &edges {
                    prop_assert!(places[*from].0 < places[*to].0);
                }
                for one in 0..sizes.len() {
                    for other in 0..one {
                        let apart = |distance: f64, lengths: f64| distance.abs() >= lengths / 2.0 - 0.5;
                        prop_assert!(
                            apart(places[one].0 - places[other].0, sizes[one].0 + sizes[other].0)
                                || apart(places[one].1 - places[other].1, sizes[one].1 + sizes[other].1)
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_long_chain_and_a_cycle_are_laid_out() {
        let sizes = vec![(130.0, 60.0); 1_200];
        let chain: Vec<(usize, usize)> = (1..1_200).map(|to| (to - 1, to)).collect();
        assert!(by_dagre(&sizes, &chain).is_some());
        assert!(by_dagre(&sizes[..3], &[(0, 1), (1, 2), (2, 0)]).is_some());
        assert_eq!(layered(&sizes[..3], &[(0, 1), (1, 2), (2, 0)]).len(), 3);
    }
}
