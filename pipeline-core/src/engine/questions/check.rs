//! Checks inputs and the query plans of table tasks before anything runs.

use crate::data::Value;
use crate::engine::describe::{self, Described, Describing};
use crate::engine::{Engine, FoundInput};
use crate::graph::{Call, Graph};
use serde::Serialize;

/// The outcome of checking what can be checked of a scenario before it runs: its inputs, and the query plans of its table tasks.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// The scenario's name.
    pub scenario: String,
    /// The scenario's type.
    #[serde(rename = "type")]
    pub scenario_type: String,
    /// The inputs.
    pub inputs: Vec<CheckedInput>,
    /// The jobs in running order.
    pub jobs: Vec<CheckedJob>,
}

/// The outcome of checking one input: whether it has a value, and whether a file begins as its type requires.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct CheckedInput {
    /// The input's name.
    pub node: String,
    /// The finding.
    pub finding: Finding,
    /// What is wrong with it, or missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The outcome of checking the query plan of one job.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct CheckedJob {
    /// The job's name.
    pub name: String,
    /// The task's name.
    pub task: String,
    /// The finding.
    pub finding: Finding,
    /// The error of an invalid query plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Whether a job's query plan or an input is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Finding {
    /// It is valid; a query plan is so whatever rows the tables have.
    Holds,
    /// It is invalid; a query plan is so whatever rows the tables have.
    Fails,
    /// Unknown until the task runs: the task does more than describe tables, or a value is not given yet.
    Unknown,
}

impl Check {
    /// Whether no input and no query plan is known to be invalid.
    pub fn is_ok(&self) -> bool {
        let inputs = self.inputs.iter().map(|input| input.finding);
        inputs.chain(self.jobs.iter().map(|job| job.finding)).all(|finding| finding != Finding::Fails)
    }
}

impl Engine<'_> {
    /// Calls the table tasks with empty tables. `inputs` are indexed by node.
    pub(crate) fn check(&self, graph: &Graph, inputs: &[FoundInput]) -> Vec<CheckedJob> {
        let jobs = graph.ordered().map(|(_, call)| {
            let described = self.described(graph, call, inputs);
            let (finding, message) = match described {
                Described::Holds { .. } => (Finding::Holds, None),
                Described::Fails(error) => (Finding::Fails, Some(error.message)),
                Described::Opaque => (Finding::Unknown, None),
            };
            CheckedJob { name: call.name.clone(), task: call.task.name().into(), finding, message }
        });
        jobs.collect()
    }

    /// Calls a task with empty tables and these inputs.
    pub(crate) fn described(&self, graph: &Graph, call: &Call, inputs: &[FoundInput]) -> Described {
        match Describing::new(call, |node| self.given(graph, inputs, node)) {
            Some(describing) => describing.call(),
            None => Described::Opaque,
        }
    }

    /// Returns the calls whose query plans are invalid, with the messages.
    pub(super) fn failing_plans<'g>(
        &self,
        graph: &Graph,
        calls: impl Iterator<Item = (usize, &'g Call)>,
        inputs: &[FoundInput],
    ) -> Vec<(usize, String)> {
        let describing =
            |(index, call)| Some((index, Describing::new(call, |node| self.given(graph, inputs, node))?));
        let failing = describe::failing(calls.filter_map(describing).collect());
        failing.into_iter().map(|(index, error)| (index, error.message)).collect()
    }

    /// Returns the value of an input.
    fn given(&self, graph: &Graph, inputs: &[FoundInput], node: usize) -> Option<Value> {
        let found = inputs.get(node)?.as_ref().ok()?;
        let load = || self.load(&graph.nodes[node].data, &found.reference.hash).ok();
        found.value.clone().or_else(load)
    }
}
