//! Parts: calls that run once for each part of a node.
//!
//! A graph has one call for all parts. Before a run, [`Graph::with_parts`] replaces it by a call for each part of the present inputs,
//! and the nodes by nodes of single parts, such as `clean[2026-11-27]`: the engine knows no parts, but for a call that takes
//! several of them as one argument.

use super::{Call, Graph, Maker, Node};
use crate::data::{DataType, Value};
use skipstone_wiring::Passing;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

/// Parts of a node that a call takes as one argument.
#[derive(Debug, Clone)]
pub(crate) struct Gathered {
    /// The index of the parameter.
    parameter: usize,
    /// The name of the node whose parts they are.
    node: Arc<str>,
    keys: Arc<[Arc<str>]>,
}

/// What a parameter gets.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ArgumentNodes<'a> {
    /// The value of a node, by index.
    One(usize),
    /// Parts of a node: the name of the node, and the keys of the parts with their nodes.
    Parts { node: &'a Arc<str>, keys: &'a [Arc<str>], nodes: &'a [usize] },
}

/// The part for which a call runs, or that a node is.
#[derive(Debug, Clone)]
pub(crate) struct PartOf {
    /// The name of the node or job of which it is a part.
    pub(crate) whole: Arc<str>,
    pub(crate) key: Arc<str>,
}

/// Two nodes that a task is called with for each part have other parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartMissing {
    pub(crate) scenario_type: String,
    pub(crate) job: String,
    /// The node that lacks the part.
    pub(crate) node: String,
    /// The node that has it.
    pub(crate) other: String,
    pub(crate) key: String,
}

impl ArgumentNodes<'_> {
    /// The value for a parameter of this type; `value` looks up that of a node.
    pub(crate) fn value<E>(
        self,
        data: &DataType,
        value: impl Fn(usize, &DataType) -> Result<Value, E>,
    ) -> Result<Value, E> {
        match (self, data.parts) {
            (ArgumentNodes::One(node), _) => value(node, data),
            (ArgumentNodes::Parts { keys, nodes, .. }, Some(of)) => {
                let part = |(key, &node): (&Arc<str>, &usize)| Ok((key.clone(), value(node, &(of.part)())?));
                Ok((of.collect)(keys.iter().zip(nodes).map(part).collect::<Result<_, E>>()?))
            }
            (ArgumentNodes::Parts { .. }, None) => {
                unreachable!("the graph's checks verify that the parameter takes parts")
            }
        }
    }
}

impl Call {
    /// What each parameter gets, in the order of the parameters.
    pub(crate) fn argument_nodes(&self) -> impl Iterator<Item = ArgumentNodes<'_>> {
        let (mut at, mut parameter, mut gathered) = (0, 0, self.gathered.iter().peekable());
        std::iter::from_fn(move || {
            let slot = match gathered.next_if(|gathered| gathered.parameter == parameter) {
                Some(Gathered { node, keys, .. }) => {
                    let nodes = &self.arguments[at..at + keys.len()];
                    at += keys.len();
                    ArgumentNodes::Parts { node, keys, nodes }
                }
                None => {
                    let &node = self.arguments.get(at)?;
                    at += 1;
                    ArgumentNodes::One(node)
                }
            };
            parameter += 1;
            Some(slot)
        })
    }

    /// In which way a parameter gets its node.
    pub(crate) fn passing(&self, parameter: usize) -> Passing {
        self.passing.get(parameter).copied().unwrap_or_default()
    }

    /// The arguments that are parts, as they are written: `each raw`.
    pub(super) fn parts_passed(&self, graph: &Graph) -> Vec<String> {
        let passed = self.passing.iter().zip(graph.arguments_of(self));
        let parts = passed.filter(|(passing, _)| **passing != Passing::One);
        parts.map(|(passing, node)| passing.text(node.name())).collect()
    }

    /// Whether the task is called for each part of a node.
    pub(crate) fn is_mapped(&self) -> bool {
        self.passing.iter().any(|passing| passing.is_mapped())
    }
}

/// The parts of a node while a graph is expanded.
#[derive(Clone)]
struct Parts {
    keys: Arc<[Arc<str>]>,
    /// The new nodes, by index.
    nodes: Vec<usize>,
}

impl Graph {
    /// Whether a call runs for each part of a node, or takes parts.
    pub(crate) fn has_parts(&self) -> bool {
        self.calls.iter().any(|call| !call.passing.is_empty())
    }

    /// The graph with a call for each part of the inputs' values.
    ///
    /// # Errors
    ///
    /// The error of `value`, and a part that one of two nodes lacks.
    pub(crate) fn with_parts<E: From<PartMissing>>(
        self: &Arc<Graph>,
        value: impl FnMut(&Node) -> Result<Value, E>,
    ) -> Result<Arc<Graph>, E> {
        let whole = Some(self.whole.clone().unwrap_or_else(|| self.clone()));
        Ok(match self.expanded(value)? {
            Some(graph) => Arc::new(Graph { whole, ..graph }),
            None => self.clone(),
        })
    }

    /// As [`Graph::with_parts`]; `None` if no call takes parts.
    ///
    /// # Errors
    ///
    /// As [`Graph::with_parts`].
    pub(crate) fn expanded<E: From<PartMissing>>(
        &self,
        value: impl FnMut(&Node) -> Result<Value, E>,
    ) -> Result<Option<Graph>, E> {
        if !self.has_parts() {
            return Ok(None);
        }
        Ok(Some(Expansion::new(self, value)?.finish()?))
    }

    /// The names of the jobs that a job of the whole graph becomes: its own, or those of its parts.
    pub(crate) fn jobs_of(&self, job: String) -> Vec<String> {
        let is_part = |call: &&Call| call.part.as_ref().is_some_and(|part| *part.whole == *job);
        let parts: Vec<String> = self.calls.iter().filter(is_part).map(|call| call.name.clone()).collect();
        if parts.is_empty() { vec![job] } else { parts }
    }

    /// The nodes that are parts of the node with this name, in the order of their keys.
    pub(crate) fn parts_of<'a>(&'a self, node: &'a str) -> impl Iterator<Item = &'a Node> {
        let is_of = move |found: &&Node| found.part.as_ref().is_some_and(|part| *part.whole == *node);
        self.nodes.iter().filter(is_of)
    }
}

struct Expansion<'a> {
    whole: &'a Graph,
    nodes: Vec<Node>,
    names: HashMap<String, usize>,
    calls: Vec<Call>,
    /// By node of the whole graph: its index, or its parts.
    moved: Vec<Option<usize>>,
    parts: Vec<Option<Parts>>,
}

impl<'a> Expansion<'a> {
    fn new<E>(
        whole: &'a Graph,
        mut value: impl FnMut(&Node) -> Result<Value, E>,
    ) -> Result<Expansion<'a>, E> {
        let mut expansion = Expansion {
            whole,
            nodes: Vec::new(),
            names: HashMap::new(),
            calls: Vec::new(),
            moved: vec![None; whole.nodes.len()],
            parts: vec![None; whole.nodes.len()],
        };
        let mut split: HashSet<usize> = HashSet::new();
        for call in &whole.calls {
            let passed = call.arguments.iter().enumerate();
            split.extend(
                passed.filter(|(index, _)| call.passing(*index) != Passing::One).map(|(_, &node)| node),
            );
        }
        let inputs = || whole.nodes.iter().enumerate().filter(|(_, node)| node.is_input());
        for (index, node) in inputs() {
            expansion.moved[index] = Some(expansion.add(Node { readers: Vec::new(), ..node.clone() }));
        }
        for (index, node) in inputs().filter(|(index, _)| split.contains(index)) {
            let Some(of) = node.data.parts else { continue };
            let parts = (of.parts)(&value(node)?);
            let keys: Arc<[Arc<str>]> = parts.iter().map(|(key, _)| key.clone()).collect();
            expansion.nodes.reserve_exact(keys.len());
            let nodes = parts.iter().map(|(key, value)| {
                let value = value.clone();
                let default: super::Default = Arc::new(move || Ok(value.clone()));
                let maker = Maker::Input { default: Some(default), migrations: Vec::new() };
                expansion.add(part(node, key, maker))
            });
            let nodes = nodes.collect();
            expansion.parts[index] = Some(Parts { keys, nodes });
        }
        Ok(expansion)
    }

    fn add(&mut self, node: Node) -> usize {
        let index = self.nodes.len();
        self.names.insert(node.name.clone(), index);
        self.nodes.push(node);
        index
    }

    fn finish(mut self) -> Result<Graph, PartMissing> {
        let whole = self.whole;
        // A run of calls for each part goes part by part: so what one part needs is done before the next begins.
        let mut run = 0;
        let mut order: Vec<(usize, usize, usize)> = Vec::new();
        // Calls in two arms of a branch make the same nodes, but only those of one are here.
        for &c in &whole.order {
            let call = &whole.calls[c];
            let first = self.calls.len();
            match self.keys(call)? {
                None => {
                    run += 1;
                    let outputs = call.outputs.clone();
                    for &output in &outputs {
                        let node = &whole.nodes[output];
                        let maker = Maker::Call(first);
                        let node = Node { readers: Vec::new(), maker, ..node.clone() };
                        self.moved[output] = Some(self.add(node));
                    }
                    let (arguments, gathered) = self.arguments(call, None, &[]);
                    let outputs = outputs.iter().filter_map(|&output| self.moved[output]).collect();
                    let passing = Vec::new();
                    self.calls.push(Call { arguments, passing, gathered, outputs, ..call.clone() });
                    order.push((run, 0, first));
                    run += 1;
                }
                Some(keys) => {
                    self.nodes.reserve_exact(keys.len() * call.outputs.len());
                    self.calls.reserve_exact(keys.len());
                    for &output in &call.outputs {
                        let made = keys.iter().enumerate().map(|(k, key)| {
                            let node = part(&whole.nodes[output], key, Maker::Call(first + k));
                            self.add(node)
                        });
                        let nodes = made.collect();
                        self.parts[output] = Some(Parts { keys: keys.clone(), nodes });
                    }
                    let name: Arc<str> = call.name.as_str().into();
                    let places = self.places(call, &keys);
                    for (k, key) in keys.iter().enumerate() {
                        let (arguments, gathered) = self.arguments(call, Some(k), &places);
                        let made = call
                            .outputs
                            .iter()
                            .filter_map(|&output| Some(self.parts[output].as_ref()?.nodes[k]));
                        let outputs = made.collect();
                        let part = Some(PartOf { whole: name.clone(), key: key.clone() });
                        let (name, passing) = (name_of_part(&call.name, key), Vec::new());
                        self.calls.push(Call {
                            name,
                            arguments,
                            passing,
                            gathered,
                            outputs,
                            part,
                            ..call.clone()
                        });
                        order.push((run, k, first + k));
                    }
                }
            }
        }
        order.sort_unstable();
        for (c, call) in self.calls.iter().enumerate() {
            for &node in &call.arguments {
                let readers = &mut self.nodes[node].readers;
                if readers.last() != Some(&c) {
                    readers.push(c);
                }
            }
        }
        let kpis = whole
            .kpis
            .iter()
            .filter_map(|kpi| Some(super::Kpi { node: self.moved[kpi.node]?, ..kpi.clone() }));
        let kpis = kpis.collect();
        // Inputs of subscenarios to which nodes are passed.
        for (name, &index) in &whole.names {
            if let (false, Some(moved)) = (self.names.contains_key(name), self.moved[index]) {
                self.names.insert(name.clone(), moved);
            }
        }
        Ok(Graph {
            name: whole.name.clone(),
            docs: whole.docs.clone(),
            nodes: self.nodes,
            calls: self.calls,
            order: order.into_iter().map(|(_, _, call)| call).collect(),
            warnings: whole.warnings.clone(),
            names: self.names,
            kpis,
            subscenarios: whole.subscenarios.clone(),
            branches: whole.branches.clone(),
            whole: None,
            source: whole.source.clone(),
            sources: whole.sources.clone(),
            wiring: OnceLock::new(),
        })
    }

    /// The keys of the parts for which a task is called; `None` if it is called once.
    fn keys(&self, call: &Call) -> Result<Option<Arc<[Arc<str>]>>, PartMissing> {
        let by_key = |index: usize| matches!(call.passing(index), Passing::Each | Passing::Last(_));
        let mapped = call.arguments.iter().enumerate().filter(|(index, _)| by_key(*index));
        let mut keys: Option<(usize, Arc<[Arc<str>]>)> = None;
        for (_, &node) in mapped {
            let Some(parts) = &self.parts[node] else { continue };
            let Some((first, known)) = &keys else {
                keys = Some((node, parts.keys.clone()));
                continue;
            };
            if *known == parts.keys {
                continue;
            }
            let name = |node: usize| self.whole.nodes[node].name.clone();
            for (one, other, of_one, of_other) in
                [(*first, node, known, &parts.keys), (node, *first, &parts.keys, known)]
            {
                let of_other: HashSet<&Arc<str>> = of_other.iter().collect();
                if let Some(key) = of_one.iter().find(|key| !of_other.contains(key)) {
                    let (job, key) = (call.name.clone(), key.to_string());
                    let scenario_type = self.whole.name.clone();
                    return Err(PartMissing { scenario_type, job, node: name(other), other: name(one), key });
                }
            }
        }
        let mut keys = keys.map(|(_, keys)| keys);
        for (_, parts) in self.crossed(call) {
            keys = Some(match keys {
                None => parts.keys.clone(),
                Some(keys) => {
                    let pair = |one: &Arc<str>| {
                        parts
                            .keys
                            .iter()
                            .map(move |other| format!("{one}/{other}").into())
                            .collect::<Vec<_>>()
                    };
                    keys.iter().flat_map(pair).collect()
                }
            });
        }
        Ok(keys)
    }

    /// The arguments whose parts are combined with those of all others.
    fn crossed<'c>(&'c self, call: &'c Call) -> impl Iterator<Item = (usize, &'c Parts)> {
        let crossed =
            call.arguments.iter().enumerate().filter(|(index, _)| call.passing(*index) == Passing::Cross);
        crossed.filter_map(|(index, &node)| Some((index, self.parts[node].as_ref()?)))
    }

    /// For each argument whose parts are not in the order of `keys`, the places of their parts in that order.
    fn places(&self, call: &Call, keys: &Arc<[Arc<str>]>) -> Vec<Option<Vec<usize>>> {
        let crossed: Vec<(usize, usize)> =
            self.crossed(call).map(|(index, parts)| (index, parts.keys.len())).collect();
        let combined: usize = crossed.iter().map(|(_, count)| count).product();
        let first = call.arguments.iter().enumerate().find_map(|(index, &node)| {
            let by_key = matches!(call.passing(index), Passing::Each | Passing::Last(_));
            self.parts[node].as_ref().filter(|_| by_key)
        });
        let places = |(index, &node): (usize, &usize)| {
            let parts = self.parts[node].as_ref()?;
            if let Some(at) = crossed.iter().position(|(crossed, _)| *crossed == index) {
                // The last of the arguments changes fastest.
                let after: usize = crossed[at + 1..].iter().map(|(_, count)| count).product();
                return Some((0..keys.len()).map(|place| place / after % parts.keys.len()).collect());
            }
            let first = first.filter(|first| !crossed.is_empty() || parts.keys != first.keys)?;
            let known: HashMap<&Arc<str>, usize> = parts.keys.iter().zip(0..).collect();
            let of_first: Vec<usize> = first.keys.iter().filter_map(|key| known.get(key).copied()).collect();
            Some((0..keys.len()).filter_map(|place| of_first.get(place / combined).copied()).collect())
        };
        call.arguments.iter().enumerate().map(places).collect()
    }

    /// The arguments of a call, or of the call for the part at this place.
    fn arguments(
        &self,
        call: &Call,
        part: Option<usize>,
        places: &[Option<Vec<usize>>],
    ) -> (Vec<usize>, Vec<Gathered>) {
        let (mut arguments, mut gathered) = (Vec::new(), Vec::new());
        for (parameter, &node) in call.arguments.iter().enumerate() {
            let parts = self.parts[node].as_ref();
            let place = |_: &Parts| match places.get(parameter).and_then(Option::as_ref) {
                Some(places) => places.get(part?).copied(),
                None => part,
            };
            let range = match (call.passing(parameter), parts) {
                (Passing::One, _) | (_, None) => {
                    arguments.extend(self.moved[node]);
                    continue;
                }
                (Passing::Each | Passing::Cross, Some(parts)) => {
                    arguments.extend(place(parts).map(|place| parts.nodes[place]));
                    continue;
                }
                (Passing::All, Some(parts)) => (parts, 0..parts.keys.len()),
                (Passing::Last(number), Some(parts)) => {
                    let end = place(parts).map_or(0, |place| place + 1);
                    (parts, end.saturating_sub(number)..end)
                }
            };
            let (parts, range) = range;
            arguments.extend(&parts.nodes[range.clone()]);
            let node = self.whole.nodes[node].name.as_str().into();
            gathered.push(Gathered { parameter, node, keys: parts.keys[range].into() });
        }
        (arguments, gathered)
    }
}

/// The node that is a part of another.
fn part(of: &Node, key: &Arc<str>, maker: Maker) -> Node {
    let data = of.data.parts.map_or(of.data, |parts| (parts.part)());
    let type_text = of.type_text.strip_prefix("Parts<").and_then(|text| text.strip_suffix('>'));
    Node {
        name: name_of_part(&of.name, key),
        docs: String::new(),
        type_text: type_text.map_or_else(|| data.name(), str::to_owned),
        data,
        maker,
        readers: Vec::new(),
        part: Some(PartOf { whole: of.name.as_str().into(), key: key.clone() }),
        ..of.clone()
    }
}

/// The name of a part of a node or a job.
pub(crate) fn name_of_part(whole: &str, key: &str) -> String {
    format!("{whole}[{key}]")
}
