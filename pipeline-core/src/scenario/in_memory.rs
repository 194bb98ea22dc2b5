//! Execution of a graph in memory, without a store.

use crate::data::Value;
use crate::engine::evaluate;
use crate::graph::{Graph, Maker, Node, Resources};
use crate::scenario::error::{Error, Result};
use skipstone_wiring::suggestion;
use std::collections::HashMap;

impl Graph {
    /// Sets up an execution of the graph in memory: every task is called once, without a store.
    ///
    /// This suits tests, and pipelines whose tasks are so fast that storing their results would cost more than
    /// computing them.
    ///
    /// ```
    /// use skipstone::{ScenarioType, scenario, task};
    ///
    /// #[task]
    /// fn double(x: f64) -> f64 {
    ///     2.0 * x
    /// }
    ///
    /// scenario! {
    ///     pub Doubling {
    ///         input x: f64 = 1.0;
    ///         doubled = double(x);
    ///     }
    /// }
    ///
    /// let values = Doubling::graph().in_memory().input("x", 4.0)?.run()?;
    /// assert_eq!(values.get::<f64>("doubled"), Some(&8.0));
    /// # Ok::<(), skipstone::Error>(())
    /// ```
    pub fn in_memory(&self) -> InMemory<'_> {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        InMemory { graph: self, workers, inputs: HashMap::new(), resources: Resources::default() }
    }
}

/// A builder for an execution in memory; made by [`Graph::in_memory`].
#[must_use = "nothing runs before `run` is called"]
pub struct InMemory<'a> {
    graph: &'a Graph,
    workers: usize,
    inputs: HashMap<String, Value>,
    resources: Resources,
}

impl<'a> InMemory<'a> {
    /// Sets the value of an input, which replaces its default.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoNode`] if the graph has no such input, and [`Error::OtherNodeType`] if it has another type.
    pub fn input<T: Send + Sync + 'static>(mut self, node: &str, value: T) -> Result<InMemory<'a>> {
        let Some(found) = self.graph.node(node).filter(|node| node.is_input()) else {
            let inputs = self.graph.nodes().iter().filter(|node| node.is_input()).map(|node| node.name());
            let suggestion = suggestion(node, inputs);
            let scenario_type = self.graph.name().into();
            return Err(Error::NoNode { scenario_type, what: "input", node: node.into(), suggestion });
        };
        if !found.data.is::<T>() {
            let (node, found) = (node.into(), found.type_text.clone());
            return Err(Error::OtherNodeType { node, found, expected: crate::data::short_type_name::<T>() });
        }
        self.inputs.insert(found.name().into(), (found.data.share)(Box::new(value)));
        Ok(self)
    }

    /// Provides a resource to the tasks that take a [`Resource`](crate::Resource) of its type.
    pub fn provide<T: Send + Sync + 'static>(mut self, resource: T) -> InMemory<'a> {
        self.resources.provide(resource);
        self
    }

    /// Sets the number of tasks that may run at the same time, at least one. The default is the number of cores.
    pub fn workers(mut self, workers: usize) -> InMemory<'a> {
        self.workers = workers.max(1);
        self
    }

    /// Calls every task as soon as its arguments are available, and returns the results.
    ///
    /// # Errors
    ///
    /// Returns [`Error::MissingInput`] if an input without a default is not set, and [`Error::TaskFailed`] if a task
    /// fails. After a failure, no further task is started.
    pub fn run(mut self) -> Result<Values<'a>> {
        let mut inputs = Vec::new();
        let graph = self.graph;
        for node in graph.nodes() {
            let Maker::Input { default, .. } = &node.maker else { continue };
            let value = match (self.inputs.remove(&node.name), default) {
                (Some(value), _) => value,
                (None, Some(default)) => default()?,
                (None, None) => {
                    return Err(Error::MissingInput {
                        scenario: graph.name.clone(),
                        node: node.name.clone(),
                    });
                }
            };
            inputs.push(node.with_options(value)?);
        }
        let value = |node: &Node| match graph.index_of(node.name()) {
            Some(index) => Ok::<Value, Error>(inputs[index].clone()),
            None => unreachable!("a branch depends on an input"),
        };
        let held = graph.held(value)?;
        let selected = (!held.is_empty()).then(|| graph.with_arms(&held));
        let selected = selected.as_ref().unwrap_or(graph);
        let expanded = selected.expanded(value)?;
        let run = expanded.as_ref().unwrap_or(selected);
        for part in run.nodes().iter().filter(|node| node.is_input()).skip(inputs.len()) {
            inputs.extend(part.default_value()?);
        }
        let values = evaluate(run, inputs, self.workers, self.resources)
            .map_err(|failed| Error::TaskFailed { task: failed.job, source: failed.error })?;
        let values = if expanded.is_some() { whole(graph, run, &values) } else { values };
        Ok(Values { graph, values })
    }
}

/// Returns the values by node of the whole graph: a node with parts has all of them.
fn whole(graph: &Graph, run: &Graph, values: &[Option<Value>]) -> Vec<Option<Value>> {
    let value = |name: &str| values.get(run.index_of(name)?)?.clone();
    let of = |node: &Node| {
        let parts = run.parts_of(node.name());
        match node.data.parts.filter(|_| !node.is_input() && run.index_of(node.name()).is_none()) {
            None => value(node.name()),
            Some(of) => {
                let part = |part: &Node| Some((part.part.as_ref()?.key.clone(), value(part.name())?));
                parts.map(part).collect::<Option<_>>().map(of.collect)
            }
        }
    };
    graph.nodes().iter().map(of).collect()
}

/// The results of an execution in memory: the outputs that no task reads.
#[derive(Debug)]
pub struct Values<'a> {
    graph: &'a Graph,
    values: Vec<Option<Value>>,
}

impl Values<'_> {
    /// Returns the value of an output; `None` if it is not a result or has another type.
    pub fn get<T: 'static>(&self, node: &str) -> Option<&T> {
        let index = self.graph.index_of(node)?;
        self.values.get(index)?.as_ref()?.get()
    }
}
