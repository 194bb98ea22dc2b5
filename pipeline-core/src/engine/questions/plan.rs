//! What a submission would do, without doing it.

use crate::data::{Value, ValueRef};
use crate::engine::ask::Verdict;
use crate::engine::ask::known::KnownContents;
use crate::engine::ask::state::{JobState, JobStates};
use crate::engine::error::EngineError;
use crate::engine::job::change::KnownResult;
use crate::engine::job::reason::Reason;
use crate::engine::{Engine, FoundInput, as_micros_if_known};
use crate::graph::Graph;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

/// What a submission would do.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Plan {
    /// The scenario's name.
    pub scenario: String,
    /// The scenario's type.
    #[serde(rename = "type")]
    pub scenario_type: String,
    /// The jobs in running order.
    pub jobs: Vec<PlannedJob>,
    /// The nodes at which the wave of changes may stop: where they turn out as they were before, what reads
    /// them is known.
    pub cut_offs: Vec<String>,
}

/// What a submission would do with one job.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
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
    /// The result of the task that is nearest to the one that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<KnownResult>,
    /// How long the function may take, by its latest results, if it is called; in microseconds when
    /// serialized.
    #[serde(rename = "expected_us", serialize_with = "as_micros_if_known")]
    pub expected: Option<Duration>,
}

/// What would happen to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Decision {
    /// The function would be called.
    Run,
    /// The result is known.
    Skip,
    /// That depends on what the jobs before it make.
    Undecided,
    /// The job would fail: an input that it reads is not available, or its plan does not hold.
    Fail,
}

impl Plan {
    /// How long the functions take together that would be called, and how long with those that may be:
    /// as far as earlier results tell.
    pub fn expected(&self) -> (Duration, Duration) {
        let sum = |decision| -> Duration {
            self.jobs.iter().filter(|job| job.decision == decision).filter_map(|job| job.expected).sum()
        };
        let least = sum(Decision::Run);
        (least, least + sum(Decision::Undecided))
    }

    /// Whether there is a job of which it isn't known how long it takes.
    pub fn is_new_work(&self) -> bool {
        self.jobs
            .iter()
            .any(|job| matches!(job.decision, Decision::Run | Decision::Undecided) && job.expected.is_none())
    }

    /// Whether a submission would do anything but skip: call a function, or fail for want of an input.
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
        inputs: &[FoundInput],
        states: &JobStates,
    ) -> Result<Plan, EngineError> {
        self.plan_with(scenario, graph, inputs, states, &HashMap::new())
    }

    /// The plan for these inputs and for values in place of those that tasks make, by node.
    pub(crate) fn plan_with(
        &self,
        scenario: &str,
        graph: &Graph,
        inputs: &[FoundInput],
        states: &JobStates,
        given: &HashMap<usize, (Arc<ValueRef>, Value)>,
    ) -> Result<Plan, EngineError> {
        let mut contents = KnownContents::new(graph, inputs);
        contents.give(given);
        let mut jobs = Vec::with_capacity(graph.calls.len());
        for (_, call) in graph.ordered() {
            let unknown = contents.unknown(call);
            let all_given = !given.is_empty() && call.outputs.iter().all(|node| given.contains_key(node));
            let (decision, reason, nearest) = match unknown {
                _ if all_given => (Decision::Skip, Reason::Given, None),
                Some(reason @ Reason::InputUnavailable { .. }) => (Decision::Fail, reason, None),
                _ if !call.skippable => (Decision::Run, Reason::NotSkippable, None),
                Some(reason) => (Decision::Undecided, reason, None),
                None => match self.decide(graph, call, &contents.inputs(call), states)? {
                    Verdict::Skip { record, reason, .. } => {
                        contents.take(call, &record);
                        contents.give(given);
                        (Decision::Skip, reason, None)
                    }
                    Verdict::Run { reason, nearest, .. } => (Decision::Run, reason, nearest),
                },
            };
            let called = matches!(decision, Decision::Run | Decision::Undecided);
            let expected = if called { self.expected(call)? } else { None };
            jobs.push(PlannedJob {
                name: call.name.clone(),
                task: call.task.name().into(),
                outputs: graph.outputs_of(call).map(|node| node.name.clone()).collect(),
                decision,
                reason,
                nearest,
                expected,
            });
        }
        let called = |job: &PlannedJob| matches!(job.decision, Decision::Run | Decision::Undecided);
        let calls = graph.ordered().zip(&jobs).filter(|(_, job)| called(job)).map(|(call, _)| call);
        for (index, message) in self.failing_plans(graph, calls, inputs) {
            let place = graph.order.iter().position(|ordered| *ordered == index);
            if let Some(job) = place.and_then(|place| jobs.get_mut(place)) {
                (job.decision, job.reason) = (Decision::Fail, Reason::PlanFails { message });
            }
        }
        // Where it can't be noted, it is read again.
        let _ = self.results.objects.note_intact();
        let cut_offs = cut_offs(graph, &jobs, states);
        Ok(Plan { scenario: scenario.into(), scenario_type: graph.name.clone(), jobs, cut_offs })
    }
}

/// The nodes that others wait for and that had a value before.
fn cut_offs(graph: &Graph, jobs: &[PlannedJob], states: &JobStates) -> Vec<String> {
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    for job in jobs {
        let Reason::DependsOn { nodes } = &job.reason else { continue };
        for node in nodes.iter().filter(|node| seen.insert(*node)) {
            let maker = graph.maker_of(node).and_then(|call| states.get(JobState::name(graph, call)));
            if maker.is_some_and(|state| state.outputs.iter().any(|(name, _)| name == node)) {
                found.push(node.clone());
            }
        }
    }
    found
}
