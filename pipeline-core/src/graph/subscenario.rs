//! Subscenarios: scenarios that are used in another scenario.
//!
//! The nodes and calls of a subscenario become those of the whole, under names that begin with the name of the subscenario:
//! `germany.segments`. An input of it is a node of the whole, if one is passed to it, or else an input of the whole. So the
//! engine knows no subscenarios, and the keys of results don't depend on them: what the scenario computed alone is known in
//! the whole.

use super::branch::AnyBranch;
use super::definition::{AnyInput, CallDef};
use super::{Default, Graph, Kpi, KpiDef, Maker};
use crate::data::{DataError, DataType, TypeName, short_type_name};
use skipstone_wiring::{Argument, Arm, suggestion};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// A scenario that another one uses. The nodes whose names begin with that of the subscenario belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Subscenario {
    /// Its name in the whole: `germany`, or `europe.germany` for a subscenario of a subscenario.
    pub name: String,
    /// The name of its scenario type.
    pub scenario: String,
    /// What the whole says about it, or else the documentation of the scenario type.
    pub docs: String,
    /// The inputs of the subscenario to which nodes of the whole are passed, with these nodes, both by their names in the whole.
    pub passed: Vec<(String, String)>,
}

impl Subscenario {
    /// Whether the node with this name belongs to the subscenario, or to a subscenario of it.
    pub fn has(&self, node: &str) -> bool {
        self.own_name(node).is_some()
    }

    /// The name that a node has in the subscenario, if it belongs to it.
    pub(crate) fn own_name<'a>(&self, node: &'a str) -> Option<&'a str> {
        node.strip_prefix(&self.name)?.strip_prefix('.')
    }
}

/// A subscenario for a [`GraphBuilder`](super::GraphBuilder): the graph of another scenario, with what is passed to its inputs.
///
/// ```
/// use skipstone::graph::SubscenarioDef;
/// use skipstone::{Graph, ScenarioType, scenario, task};
///
/// #[task(skippable)]
/// fn double(x: f64) -> f64 {
///     2.0 * x
/// }
///
/// scenario! { pub Doubling { input x: f64; doubled = double(x); } }
///
/// let graph = Graph::builder("Twice")
///     .subscenario(SubscenarioDef::new("first", Doubling::graph()).value("x", || 1.0))
///     .subscenario(SubscenarioDef::new("second", Doubling::graph()).node("x", "first.doubled"))
///     .build()?;
/// assert_eq!(graph.calls().len(), 2);
/// # Ok::<(), skipstone::graph::WiringError>(())
/// ```
pub struct SubscenarioDef {
    pub(super) name: String,
    docs: String,
    graph: Arc<Graph>,
    /// Inputs of the subscenario with the nodes that are passed to them.
    pub(super) nodes: Vec<(String, String)>,
    values: HashMap<String, Default>,
    problems: Vec<String>,
}

/// An input of a subscenario to which a node is passed, both by their names in the whole.
pub(super) struct Passed {
    pub(super) input: String,
    pub(super) node: String,
    pub(super) ty: TypeName,
    /// The subscenario, its input, and the input's type, for messages.
    pub(super) subscenario: String,
    pub(super) own_name: String,
    pub(super) type_text: String,
}

/// What a subscenario adds to the whole.
#[derive(Default)]
pub(super) struct Added {
    pub(super) inputs: Vec<AnyInput>,
    pub(super) calls: Vec<CallDef>,
    pub(super) kpis: Vec<KpiDef>,
    pub(super) subscenarios: Vec<Subscenario>,
    pub(super) branches: Vec<AnyBranch>,
    pub(super) passed: Vec<Passed>,
    pub(super) problems: Vec<String>,
}

impl SubscenarioDef {
    /// Uses a graph as the subscenario with this name.
    pub fn new(name: &str, graph: &Arc<Graph>) -> SubscenarioDef {
        SubscenarioDef {
            name: name.into(),
            docs: String::new(),
            graph: graph.clone(),
            nodes: Vec::new(),
            values: HashMap::new(),
            problems: Vec::new(),
        }
    }

    /// Passes a node of the whole to an input of the subscenario.
    pub fn node(mut self, input: &str, node: &str) -> SubscenarioDef {
        self.check_input(input);
        self.nodes.push((input.into(), node.into()));
        self
    }

    /// Sets the value that an input of the subscenario has in the whole until one is written.
    pub fn value<T: Send + Sync + 'static>(
        mut self,
        input: &str,
        value: impl Fn() -> T + Send + Sync + 'static,
    ) -> SubscenarioDef {
        self.check_input(input);
        if let Some(node) = self.graph.node(input) {
            let (data, ty) = (node.data, &node.type_text);
            if !data.is::<T>() {
                let problem = format!("input `{input}` is a `{ty}`, not a `{}`", short_type_name::<T>());
                self.problems.push(problem);
            }
            self.values.insert(input.into(), Arc::new(move || (data.round_trip)(Box::new(value()))));
        }
        self
    }

    /// Sets the value of an input, made when it is needed.
    pub(super) fn default_value(mut self, input: &str, value: Default) -> SubscenarioDef {
        self.check_input(input);
        self.values.insert(input.into(), value);
        self
    }

    /// Sets a value that is written in a file, as TOML. `place` is its place in the file, for messages.
    #[doc(hidden)]
    pub fn value_written(self, input: &str, text: &'static str, place: &'static str) -> SubscenarioDef {
        let Some(node) = self.graph.node(input) else { return self };
        let (name, data) = (format!("{}.{input}", self.name), node.data);
        let value = move || {
            let value = crate::data::toml_value::parsed(text).and_then(|value| (data.from_toml)(&value));
            value.map_err(|message| DataError::Default { input: name.clone(), place: place.into(), message })
        };
        self.default_value(input, Arc::new(value))
    }

    /// Sets the description of the subscenario.
    pub fn docs(mut self, docs: &str) -> SubscenarioDef {
        self.docs = docs.into();
        self
    }

    fn check_input(&mut self, input: &str) {
        let inputs = || self.graph.nodes().iter().filter(|node| node.is_input()).map(super::Node::name);
        let problem = match self.graph.node(input) {
            Some(node) if node.is_input() && node.name() == input => {
                let is_given =
                    self.values.contains_key(input) || self.nodes.iter().any(|(name, _)| name == input);
                is_given.then(|| format!("input `{input}` is given twice"))
            }
            _ => {
                let hint = suggestion(input, inputs());
                Some(format!("scenario `{}` has no input `{input}`{hint}", self.graph.name()))
            }
        };
        self.problems.extend(problem);
    }

    /// Returns what the subscenario adds to the whole, which has this number of branches.
    pub(super) fn added(self, branches: usize) -> Added {
        let SubscenarioDef { name: subscenario, docs, graph, nodes, mut values, problems } = self;
        let within = |name: &str| format!("{subscenario}.{name}");
        let mut added = Added {
            problems: problems
                .into_iter()
                .map(|problem| format!("subscenario `{subscenario}`: {problem}"))
                .collect(),
            ..Added::default()
        };
        let passed = |name: &str| nodes.iter().find(|(input, _)| input == name).map(|(_, node)| node);
        for node in graph.nodes() {
            let Maker::Input { default, migrations } = &node.maker else { continue };
            if let Some(given) = passed(node.name()) {
                added.passed.push(Passed {
                    input: within(node.name()),
                    node: given.clone(),
                    ty: node.data.into(),
                    subscenario: subscenario.clone(),
                    own_name: node.name().into(),
                    type_text: node.type_text.clone(),
                });
                continue;
            }
            added.inputs.push(AnyInput {
                name: within(node.name()),
                docs: node.docs.clone(),
                type_text: node.type_text.clone(),
                data: node.data,
                default: values.remove(node.name()).or_else(|| default.clone()),
                migrations: migrations.clone(),
                options: node.options.clone(),
                secret: node.secret,
                allow_unused: true,
            });
        }
        for call in graph.calls() {
            let arguments = call.task.parameter_names().zip(graph.arguments_of(call)).enumerate();
            let outputs: Vec<_> = graph.outputs_of(call).collect();
            added.calls.push(CallDef {
                task: call.task,
                docs: String::new(),
                docs_of: outputs.iter().map(|node| (within(node.name()), node.docs.clone())).collect(),
                outputs: outputs.iter().map(|node| within(node.name())).collect(),
                arguments: arguments
                    .map(|(index, (parameter, node))| Argument {
                        parameter: Some(parameter.into()),
                        node: within(node.name()),
                        passing: call.passing(index),
                    })
                    .collect(),
                allow_unused: true,
                skippable: call.skippable,
                retry_policy: call.retry_policy,
                arms: call.arms.iter().map(|arm| Arm { branch: branches + arm.branch, ..*arm }).collect(),
            });
        }
        for branch in graph.branches() {
            let input = within(graph.nodes()[branch.input].name());
            // Its type is checked in the graph of the subscenario, and that of what is passed to the input with the others.
            added.branches.push(branch.on(input, |_| true));
        }
        for kpi in graph.kpis() {
            let node = &graph.nodes()[kpi.node];
            let (name, ty) = (within(&kpi.name), node.data.into());
            added.kpis.push(KpiDef { kpi: Kpi { name, ..kpi.clone() }, node: within(node.name()), ty });
        }
        let own: Vec<_> = nodes.iter().map(|(input, node)| (within(input), node.clone())).collect();
        let docs = if docs.is_empty() { graph.docs().to_owned() } else { docs };
        added.subscenarios.push(Subscenario {
            name: subscenario.clone(),
            scenario: graph.name().into(),
            docs,
            passed: own,
        });
        for inner in graph.subscenarios() {
            for (input, node) in &inner.passed {
                let Some(found) = graph.node(input) else { continue };
                added.passed.push(Passed {
                    input: within(input),
                    node: within(node),
                    ty: found.data.into(),
                    subscenario: within(&inner.name),
                    own_name: inner.own_name(input).unwrap_or(input).into(),
                    type_text: found.type_text.clone(),
                });
            }
            let passed = inner.passed.iter().map(|(input, node)| (within(input), within(node))).collect();
            added.subscenarios.push(Subscenario { name: within(&inner.name), passed, ..inner.clone() });
        }
        added
    }
}

/// An input of a subscenario to which no node of its type is passed.
pub(super) struct Unfitting {
    pub(super) subscenario: String,
    pub(super) input: String,
    pub(super) problem: String,
}

impl fmt::Display for Unfitting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "subscenario `{}`, input `{}`: {}", self.subscenario, self.input, self.problem)
    }
}

/// Returns the nodes for which inputs of subscenarios stand, by the names of the inputs. `types` has the nodes of the whole.
///
/// # Errors
///
/// Returns the inputs to which no node of their type is passed.
pub(super) fn origins(
    scenario: &str,
    passed: &[Passed],
    types: &HashMap<&str, (DataType, Cow<'_, str>)>,
) -> Result<HashMap<String, String>, Vec<Unfitting>> {
    let nodes: HashMap<&str, &str> =
        passed.iter().map(|Passed { input, node, .. }| (input.as_str(), node.as_str())).collect();
    let (mut origins, mut problems) = (HashMap::new(), Vec::new());
    for Passed { input, node, ty, subscenario, own_name, type_text } in passed {
        let origin = origin(node, &nodes);
        let problem = match origin.map(|origin| (origin, types.get(origin))) {
            None => "it is passed to itself".to_owned(),
            Some((origin, Some((found, _)))) if ty.is_of(found) => {
                origins.insert(input.clone(), origin.to_owned());
                continue;
            }
            Some((_, Some((_, found)))) => format!("expected `{type_text}`, found `{found}` (`{node}`)"),
            Some((_, None)) => {
                let mut names: Vec<&str> = types.keys().copied().collect();
                names.sort_unstable();
                let hint = suggestion(node, names);
                format!("scenario `{scenario}` has no node `{node}`{hint}")
            }
        };
        problems.push(Unfitting { subscenario: subscenario.clone(), input: own_name.clone(), problem });
    }
    if problems.is_empty() { Ok(origins) } else { Err(problems) }
}

/// Follows a node from input to input. Returns `None` for a circle.
fn origin<'a>(mut node: &'a str, passed: &HashMap<&str, &'a str>) -> Option<&'a str> {
    for _ in 0..=passed.len() {
        match passed.get(node) {
            Some(next) => node = next,
            None => return Some(node),
        }
    }
    None
}

impl fmt::Debug for SubscenarioDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubscenarioDef({}: {})", self.name, self.graph.name())
    }
}
