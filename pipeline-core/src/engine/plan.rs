//! What a submission would do, without doing it.

use super::decide::Verdict;
use super::reason::Reason;
use super::state::{InputState, JobStates};
use super::{Engine, InputContent};
use crate::error::Error;
use crate::graph::Graph;
use crate::store::Hash;
use serde::Serialize;

/// What a submission would do.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// The scenario's name.
    pub scenario: String,
    /// The scenario's type.
    #[serde(rename = "type")]
    pub scenario_type: String,
    /// The jobs in running order.
    pub jobs: Vec<PlannedJob>,
}

/// What a submission would do with one job.
#[derive(Debug, Clone, Serialize)]
pub struct PlannedJob {
    /// The job's name.
    pub name: String,
    /// The task's name.
    pub task: String,
    /// The nodes that it makes.
    pub outputs: Vec<String>,
    /// What would happen.
    pub decision: Decision,
    /// Why.
    pub reason: Reason,
}

/// What would happen to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The function would be called.
    Run,
    /// The result is known.
    Skip,
    /// That depends on what the jobs before it make.
    Undecided,
}

impl Plan {
    /// Whether a submission would call any function.
    pub fn has_work(&self) -> bool {
        self.jobs.iter().any(|job| job.decision != Decision::Skip)
    }
}

impl Engine<'_> {
    /// The plan for these inputs, which are given by node.
    pub(crate) fn plan(
        &self,
        scenario: &str,
        graph: &Graph,
        inputs: &[InputContent],
        states: &JobStates,
    ) -> Result<Plan, Error> {
        let mut contents: Vec<Option<(Hash, String)>> =
            inputs.iter().map(|input| Some((input.content, input.brief.clone()))).collect();
        contents.resize(graph.nodes.len(), None);
        let mut jobs = Vec::with_capacity(graph.calls.len());
        for (_, call) in graph.ordered() {
            let unknown: Vec<String> = call
                .arguments
                .iter()
                .filter(|&&node| contents[node].is_none())
                .map(|&node| graph.nodes[node].name.clone())
                .collect();
            let (decision, reason) = if !call.task.is_skippable() {
                (Decision::Run, Reason::NotSkippable)
            } else if !unknown.is_empty() {
                (Decision::Undecided, Reason::DependsOn { nodes: unknown })
            } else {
                let inputs = InputState::of(graph, call, |node| contents[node].clone());
                match self.decide(graph, call, &inputs, states)? {
                    Verdict::Skip(record) => {
                        for (output, &node) in record.outputs.into_iter().zip(&call.outputs) {
                            contents[node] = Some((output.object, output.brief));
                        }
                        (Decision::Skip, Reason::ResultKnown)
                    }
                    Verdict::Run { reason, .. } => (Decision::Run, reason),
                }
            };
            jobs.push(PlannedJob {
                name: call.name.clone(),
                task: call.task.name().into(),
                outputs: graph.outputs_of(call).map(|node| node.name.clone()).collect(),
                decision,
                reason,
            });
        }
        self.remember_verified()?;
        Ok(Plan { scenario: scenario.into(), scenario_type: graph.name.clone(), jobs })
    }
}
