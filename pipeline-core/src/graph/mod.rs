//! Floor 3: the definition of a scenario, as plain data.
//!
//! A [`Graph`] has nodes and calls of tasks. `scenario!` makes one, and so does a program whose pipeline has a shape
//! that is unknown at compile time. Both use [`Graph::builder`], so both pass the same checks.

mod branch;
mod builder;
mod definition;
mod file;
mod interface;
mod kpi;
mod migration;
mod outline;
pub(crate) mod parts;
pub(crate) mod resource;
pub(crate) mod scenarios;
mod subscenario;
pub(crate) mod task;
pub(crate) mod tasks;
mod types;
mod wiring;

pub use branch::{Branch, BranchDef};
pub use builder::{GraphBuilder, WiringError};
pub(crate) use definition::Options;
pub use definition::{CallDef, InputDef};
#[doc(hidden)]
pub use interface::Interface;
pub(crate) use task::{Arguments, Outputs, RetryPolicy, TaskFailure};
pub use task::{CodeDef, OutputOf, Task, TaskDef};
#[doc(hidden)]
pub use task::{NodeOf, NodeType, Unknown};
#[doc(hidden)]
pub use types::TypeAt;

#[cfg(feature = "cli")]
pub(crate) use file::put;
pub use file::types::input_types;
pub use file::{
    DefaultValue, Draft, DraftProblem, EditError, ScenarioFileEditor, ScenarioFileError, files_of_default,
};
pub use outline::{Outline, OutlineCall, OutlineKpi, OutlineNode, OutlineOutput, OutlineParameter};
pub use resource::Resource;
pub(crate) use resource::Resources;
pub use scenarios::scenario_types;
pub use subscenario::{Subscenario, SubscenarioDef};
#[cfg(feature = "cli")]
pub(crate) use tasks::find as find_task;
pub use tasks::tasks;
pub(crate) use tasks::{namesake, read_by_compiler, task_where};

pub use kpi::{Better, Kpi, KpiDef, KpiNumber};
pub use migration::Migrated;
pub(crate) use migration::Migration;
use skipstone_wiring::{Arm, Passing};
pub use skipstone_wiring::{Fault, Faults, SourceText};
pub use wiring::{WiredCall, WiredNode, Wiring};

use crate::data::{Column, DataError, DataType, Shape, Value};
use crate::store::Hash;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// The nodes and calls of a scenario.
pub struct Graph {
    pub(crate) name: String,
    pub(crate) docs: String,
    pub(crate) nodes: Vec<Node>,
    pub(crate) calls: Vec<Call>,
    /// The calls in an order in which each comes after the calls that it reads from.
    pub(crate) order: Vec<usize>,
    pub(crate) warnings: Vec<String>,
    names: HashMap<String, usize>,
    pub(crate) kpis: Vec<Kpi>,
    subscenarios: Vec<Subscenario>,
    branches: Vec<Branch>,
    /// The graph with the calls of all arms, if this one has those of one arm of each branch.
    whole: Option<Arc<Graph>>,
    /// The commit that was checked out when the program was compiled.
    pub(crate) source: Option<String>,
    /// The files that the program was compiled from.
    pub(crate) sources: String,
    wiring: OnceLock<Hash>,
}

/// A typed value of a scenario.
#[derive(Clone)]
pub struct Node {
    pub(crate) name: String,
    pub(crate) docs: String,
    pub(crate) type_text: String,
    pub(crate) data: DataType,
    pub(crate) maker: Maker,
    /// The format options of its files.
    pub(crate) options: Option<Options>,
    /// The calls that read it, by index.
    pub(crate) readers: Vec<usize>,
    /// Whether its values are never shown or stored.
    pub(crate) secret: bool,
    /// Whether the warning that no task reads it is suppressed.
    pub(crate) allow_unused: bool,
    /// The node of which it is a part, if it is one.
    pub(crate) part: Option<parts::PartOf>,
}

/// The origin of a node's value.
#[derive(Clone)]
pub(crate) enum Maker {
    /// The node is an input.
    Input { default: Option<Default>, migrations: Vec<Migration> },
    /// The node is an output of the call with this index. Calls in other arms of a branch may make it, too.
    Call(usize),
}

/// A default value, made when it is needed.
pub(crate) type Default = Arc<dyn Fn() -> Result<Value, DataError> + Send + Sync>;

/// One call of a task.
#[derive(Clone)]
pub struct Call {
    pub(crate) name: String,
    pub(crate) task: &'static TaskDef,
    /// Nodes by index, in the order of the task's parameters. A parameter that takes parts has several; see [`Call::argument_nodes`].
    pub(crate) arguments: Vec<usize>,
    /// In which way each parameter gets its node; empty if all take one value.
    pub(crate) passing: Vec<Passing>,
    /// The parts that parameters take.
    pub(crate) gathered: Vec<parts::Gathered>,
    /// The part for which it runs.
    pub(crate) part: Option<parts::PartOf>,
    /// Nodes by index, in the order of the task's outputs.
    pub(crate) outputs: Vec<usize>,
    pub(crate) skippable: bool,
    pub(crate) retry_policy: RetryPolicy,
    /// The arms of branches that it is in, the outermost first.
    pub(crate) arms: Vec<Arm>,
}

impl Graph {
    /// Begins a graph that is built at run time.
    ///
    /// ```
    /// use skipstone::{CallDef, Graph, InputDef, task};
    ///
    /// #[task(skippable)]
    /// fn double(x: f64) -> f64 {
    ///     2.0 * x
    /// }
    ///
    /// let mut graph = Graph::builder("Doubling").input(InputDef::<f64>::new("x0").default_value(|| 1.0));
    /// for i in 0..10 {
    ///     let call = CallDef::of::<double>().argument(&format!("x{i}")).output(&format!("x{}", i + 1));
    ///     graph = graph.call(call);
    /// }
    /// let graph = graph.build()?;
    /// assert_eq!(graph.calls().len(), 10);
    /// # Ok::<(), skipstone::graph::WiringError>(())
    /// ```
    pub fn builder(name: &str) -> GraphBuilder {
        GraphBuilder::new(name)
    }

    /// The scenario's type name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The scenario's documentation.
    pub fn docs(&self) -> &str {
        &self.docs
    }

    /// All nodes: inputs first, then outputs in source order.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// All calls, in source order.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// The node with this name. For an input of a subscenario to which a node is passed, it is that node.
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.names.get(name).map(|&index| &self.nodes[index])
    }

    pub(crate) fn index_of(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// The name of the node with this name, which differs if it is an input of a subscenario to which a node is passed.
    pub(crate) fn name_of<'a>(&'a self, name: &'a str) -> &'a str {
        self.node(name).map_or(name, Node::name)
    }

    /// The call that makes the node with this name, if one does; of several arms, that of the first.
    pub(crate) fn maker_of(&self, name: &str) -> Option<&Call> {
        match self.node(name)?.maker {
            Maker::Call(index) => self.calls.get(index),
            Maker::Input { .. } => None,
        }
    }

    /// The KPIs.
    pub fn kpis(&self) -> &[Kpi] {
        &self.kpis
    }

    /// The scenarios that this one uses as subscenarios, each before its own subscenarios.
    pub fn subscenarios(&self) -> &[Subscenario] {
        &self.subscenarios
    }

    /// Warnings about wiring that may be a mistake, as sentences.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The calls in running order.
    pub(crate) fn ordered(&self) -> impl Iterator<Item = (usize, &Call)> {
        self.order.iter().map(|&index| (index, &self.calls[index]))
    }

    /// The nodes that a call reads, in the order of its parameters.
    pub fn arguments_of<'a>(&'a self, call: &'a Call) -> impl Iterator<Item = &'a Node> {
        call.arguments.iter().map(|&index| &self.nodes[index])
    }

    /// The nodes that a call makes.
    pub fn outputs_of<'a>(&'a self, call: &'a Call) -> impl Iterator<Item = &'a Node> {
        call.outputs.iter().map(|&index| &self.nodes[index])
    }

    /// The outputs that no task reads: the results of the scenario.
    pub fn results(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| !node.is_input() && node.readers.is_empty())
    }
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Graph({}, {} nodes, {} calls)", self.name, self.nodes.len(), self.calls.len())
    }
}

impl Node {
    /// The node's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The node's documentation: the comment in the scenario.
    pub fn docs(&self) -> &str {
        &self.docs
    }

    /// The form of its values.
    pub fn shape(&self) -> Shape {
        (self.data.shape)()
    }

    /// The columns of its tables; empty for other values.
    pub fn columns(&self) -> &'static [Column] {
        self.data.columns
    }

    /// The node's type as its author wrote it.
    pub fn type_text(&self) -> &str {
        &self.type_text
    }

    /// Whether the node is an input.
    pub fn is_input(&self) -> bool {
        matches!(self.maker, Maker::Input { .. })
    }

    /// Whether the node is an input that stands for a file outside of the store.
    pub(crate) fn is_external(&self) -> bool {
        self.is_input() && self.data.external
    }

    /// Whether the node is an input without a default.
    pub fn is_required(&self) -> bool {
        matches!(self.maker, Maker::Input { default: None, .. })
    }

    /// A summary of an input's default value.
    pub fn default_text(&self) -> Option<String> {
        match &self.maker {
            Maker::Input { default: Some(default), .. } => default().ok().map(|value| self.summary(&value)),
            _ => None,
        }
    }

    /// The input's default, evaluated on each call.
    pub(crate) fn default_value(&self) -> Result<Option<Value>, DataError> {
        match &self.maker {
            Maker::Input { default: Some(default), .. } => default().map(Some),
            _ => Ok(None),
        }
    }

    /// Applies the node's format options to a value of the input. Options of the value itself take precedence.
    pub(crate) fn with_options(&self, value: Value) -> Result<Value, DataError> {
        let Some(Options { values: Ok(values), .. }) = &self.options else { return Ok(value) };
        let ty = || self.type_text.clone();
        value.with_options(values).map_err(|message| DataError::Decode { ty: ty(), message })
    }

    /// Whether the values of the input are never shown, logged or stored.
    pub fn is_secret(&self) -> bool {
        self.secret
    }

    /// A summary of one of its values, or a placeholder if the node is a secret.
    pub(crate) fn summary(&self, value: &Value) -> String {
        if self.secret { SECRET.into() } else { value.summary() }
    }
}

/// The placeholder for a secret value.
pub(crate) const SECRET: &str = "•••";

impl Call {
    /// Whether the call can be skipped when its result is known.
    pub fn is_skippable(&self) -> bool {
        self.skippable
    }

    /// The number of retries after a failure.
    pub fn retries(&self) -> u32 {
        self.retry_policy.retries
    }

    /// The maximum duration of one call of the function.
    pub fn timeout(&self) -> Option<std::time::Duration> {
        self.retry_policy.timeout
    }

    /// The job's name: the task's name, with the first output if the task is used more than once.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The task.
    pub fn task(&self) -> &'static TaskDef {
        self.task
    }
}
