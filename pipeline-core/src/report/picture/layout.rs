//! Places the elements: layers from left to right, with few crossings.
//!
//! The layers are those of Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system
//! structures" (1981), as implemented by dagre. dagre is too slow for very large graphs. These, and graphs on which it
//! fails, get a simpler layout: layers by longest paths, each sorted by the mean positions of the neighbours.

use super::Picture;
use crate::store::Hash;
use dagre::graph::{Graph, GraphOptions};
use dagre::{EdgeLabel, LayoutOptions, NodeLabel, RankDir, Ranker};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

/// The space between two elements of a layer.
const BETWEEN: f64 = 26.0;
/// The space between two layers.
const LAYERS: f64 = 60.0;
/// The maximum number of units that dagre lays out.
const MANY: usize = 900;
/// The stack size for dagre, in bytes: it recurses once for each element of a chain.
const STACK: usize = 64 << 20;

/// The space between a task and its outputs.
const BESIDE: f64 = 44.0;
/// The number of layouts in the cache: enough for one user who edits and a few who view.
const REMEMBERED: usize = 8;

/// The center of a unit.
type Place = (f64, f64);

/// The centers of the units, and the waypoints of lines that pass other layers.
#[derive(Debug, Clone, Default)]
struct Layout {
    centers: Vec<Place>,
    ways: HashMap<(usize, usize), Vec<Place>>,
}

/// Elements that are laid out as one: a task with its outputs to the right of it, or any other element alone.
struct Unit {
    width: f64,
    height: f64,
    /// Elements by index, with the places of their top left corners in the unit.
    parts: Vec<(usize, Place)>,
}

/// Sets the places of all elements.
pub(super) fn lay_out(picture: &mut Picture) {
    let boxes: Vec<(String, f64, f64)> =
        picture.boxes().map(|(id, rect)| (id.to_owned(), rect.width, rect.height)).collect();
    let index: HashMap<&str, usize> =
        boxes.iter().enumerate().map(|(index, (id, ..))| (id.as_str(), index)).collect();
    let units = units(picture, &boxes, &index);
    let mut unit_of = vec![0; boxes.len()];
    for (number, unit) in units.iter().enumerate() {
        unit.parts.iter().for_each(|(element, _)| unit_of[*element] = number);
    }
    let mut edges: Vec<(usize, usize)> = picture
        .edges
        .iter()
        .filter_map(|edge| {
            Some((unit_of[*index.get(edge.from.as_str())?], unit_of[*index.get(edge.to.as_str())?]))
        })
        .filter(|(from, to)| from != to)
        .collect();
    let mut seen = HashSet::new();
    edges.retain(|edge| seen.insert(*edge));
    let sizes: Vec<(f64, f64)> = units.iter().map(|unit| (unit.width, unit.height)).collect();
    let Layout { centers, ways } = remembered(&sizes, &edges);
    let ends: Vec<Option<(usize, usize)>> = picture
        .edges
        .iter()
        .map(|edge| Some((unit_of[*index.get(edge.from.as_str())?], unit_of[*index.get(edge.to.as_str())?])))
        .collect();
    for (edge, ends) in picture.edges.iter_mut().zip(ends) {
        let way = ends.and_then(|ends| ways.get(&ends));
        edge.points = way.into_iter().flatten().map(|(x, y)| [x.round(), y.round()]).collect();
    }
    let centers = by_ports(picture, &units, centers);
    let mut corners = vec![(0.0, 0.0); boxes.len()];
    for (unit, (x, y)) in units.iter().zip(centers) {
        for (element, (right, down)) in &unit.parts {
            corners[*element] = (x - unit.width / 2.0 + right, y - unit.height / 2.0 + down);
        }
    }
    for ((_, rect), (x, y)) in picture.boxes_mut().zip(corners) {
        (rect.x, rect.y) = (x.round(), y.round());
    }
}

/// Groups the elements into units. The first output of a task is placed so that its line is straight. A node that both arms of a
/// branch make is a unit of its own.
fn units(picture: &Picture, boxes: &[(String, f64, f64)], index: &HashMap<&str, usize>) -> Vec<Unit> {
    let mut taken = vec![false; boxes.len()];
    let mut units = Vec::new();
    let mut makers: HashMap<&str, usize> = HashMap::new();
    for output in picture.calls.iter().flat_map(|call| &call.outputs) {
        *makers.entry(&output.node).or_default() += 1;
    }
    for call in &picture.calls {
        let Some(&task) = index.get(call.id.as_str()) else { continue };
        let mut parts = vec![(task, (0.0, 0.0))];
        let (mut width, mut top, mut bottom) = (call.rect.width, 0.0_f64, call.rect.height);
        let mut next = f64::NEG_INFINITY;
        for output in &call.outputs {
            let Some(&node) = index.get(format!("node:{}", output.node).as_str()) else { continue };
            if taken[node] || makers[output.node.as_str()] > 1 {
                continue;
            }
            let (_, node_width, height) = &boxes[node];
            let y = (output.y - height / 2.0).max(next);
            next = y + height + BETWEEN;
            parts.push((node, (call.rect.width + BESIDE, y)));
            width = width.max(call.rect.width + BESIDE + node_width);
            (top, bottom) = (top.min(y), bottom.max(y + height));
        }
        parts.iter_mut().for_each(|(_, (_, y))| *y -= top);
        parts.iter().for_each(|(element, _)| taken[*element] = true);
        units.push(Unit { width, height: bottom - top, parts });
    }
    let alone = (0..boxes.len()).filter(|element| !taken[*element]);
    let mut all: Vec<Unit> = alone
        .map(|element| Unit {
            width: boxes[element].1,
            height: boxes[element].2,
            parts: vec![(element, (0.0, 0.0))],
        })
        .collect();
    all.append(&mut units);
    all
}

/// Returns the layout, from the cache if possible: most edits do not change it.
fn remembered(sizes: &[(f64, f64)], edges: &[(usize, usize)]) -> Layout {
    static KNOWN: Mutex<VecDeque<(Hash, Layout)>> = Mutex::new(VecDeque::new());
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let key = Hash::of(format!("{sizes:?} {edges:?}").as_bytes());
    if let Some((_, layout)) = known().iter().find(|(known, _)| *known == key) {
        return layout.clone();
    }
    let layout = by_dagre(sizes, edges);
    let layout = layout.unwrap_or_else(|| Layout { centers: layered(sizes, edges), ways: HashMap::new() });
    let mut known = known();
    known.push_front((key, layout.clone()));
    known.truncate(REMEMBERED);
    layout
}

/// Sorts the inputs of a layer that only one task reads by the order of its ports: dagre does not support ports.
fn by_ports(picture: &Picture, units: &[Unit], mut places: Vec<Place>) -> Vec<Place> {
    let mut readers: HashMap<&str, Vec<(&str, usize)>> = HashMap::new();
    for call in &picture.calls {
        for (port, parameter) in call.parameters.iter().enumerate() {
            if let Some(node) = &parameter.node {
                readers.entry(node).or_default().push((&call.name, port));
            }
        }
    }
    let mut alike: BTreeMap<(&str, i64), Vec<(usize, usize)>> = BTreeMap::new();
    for (number, unit) in units.iter().enumerate() {
        // Nodes come first among the elements, and all have the same height.
        let [(element, _)] = unit.parts.as_slice() else { continue };
        let Some(node) = picture.nodes.get(*element).filter(|node| node.node.input) else { continue };
        if let Some([(call, port)]) = readers.get(node.node.name.as_str()).map(Vec::as_slice) {
            alike.entry((call, whole(places[number].0))).or_default().push((*port, number));
        }
    }
    for mut nodes in alike.into_values() {
        let mut heights: Vec<f64> = nodes.iter().map(|(_, number)| places[*number].1).collect();
        heights.sort_by(f64::total_cmp);
        nodes.sort_unstable();
        for ((_, number), height) in nodes.into_iter().zip(heights) {
            places[number].1 = height;
        }
    }
    places
}

/// The layout by dagre; `None` if the graph is too large or dagre fails.
fn by_dagre(sizes: &[(f64, f64)], edges: &[(usize, usize)]) -> Option<Layout> {
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
                // The fastest of the three rankers, with no more long lines than the others.
                ranker: Ranker::TightTree,
                ..LayoutOptions::default()
            }),
        );
        let place = |index: usize| {
            let label = graph.node(&index.to_string())?;
            Some((label.x?, label.y?))
        };
        let centers = (0..sizes.len()).map(place).collect::<Option<Vec<Place>>>()?;
        let layers = layers(sizes, &centers);
        let way = |&(from, to): &(usize, usize)| {
            let label = graph.edge(&from.to_string(), &to.to_string(), None)?;
            // The first and the last point are the ends of the line.
            let between = label.points.get(1..label.points.len().checked_sub(1)?)?;
            let way: Vec<Place> =
                between.iter().flat_map(|point| past(&layers, (point.x, point.y))).collect();
            (!way.is_empty()).then_some(((from, to), way))
        };
        Some(Layout { ways: edges.iter().filter_map(way).collect(), centers })
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("layout".into()).stack_size(STACK);
        thread.spawn_scoped(scope, work).ok()?.join().ok()?
    })
}

/// The greatest width of each layer, by the rounded center of the layer.
fn layers(sizes: &[(f64, f64)], centers: &[Place]) -> BTreeMap<i64, f64> {
    let mut layers: BTreeMap<i64, f64> = BTreeMap::new();
    for ((width, _), (x, _)) in sizes.iter().zip(centers) {
        let widest = layers.entry(whole(*x)).or_default();
        *widest = widest.max(*width);
    }
    layers
}

/// The points where a line enters and leaves a layer at this height; empty if the point is between two layers.
fn past(layers: &BTreeMap<i64, f64>, (x, y): Place) -> Vec<Place> {
    match layers.get(&whole(x)) {
        Some(width) => vec![(x - width / 2.0, y), (x + width / 2.0, y)],
        None => Vec::new(),
    }
}

/// Rounds a center, so that all elements of a layer have the same number.
#[expect(clippy::cast_possible_truncation, reason = "a drawing is not that wide")]
fn whole(x: f64) -> i64 {
    x.round() as i64
}

/// The layout by longest paths.
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
    // Elements of a cycle stay in their layer. The file with the cycle is invalid, and the cycle is reported elsewhere.
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
            for places in [by_dagre(&sizes, &edges).expect("laid out").centers, layered(&sizes, &edges)] {
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
        let sizes = vec![(130.0, 60.0); 800];
        let chain: Vec<(usize, usize)> = (1..800).map(|to| (to - 1, to)).collect();
        assert!(by_dagre(&sizes, &chain).is_some());
        assert!(by_dagre(&sizes[..3], &[(0, 1), (1, 2), (2, 0)]).is_some());
        assert_eq!(layered(&sizes[..3], &[(0, 1), (1, 2), (2, 0)]).len(), 3);
    }
}
