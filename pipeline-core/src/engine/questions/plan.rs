//! Plans: dry runs, which decide what a submission would do.

use crate::data::{Value, ValueRef};
use crate::engine::ask::Verdict;
use crate::engine::ask::known::KnownContents;
use crate::engine::ask::state::{JobState, JobStates};
use crate::engine::error::EngineError;
use crate::engine::job::change::KnownResult;
use crate::engine::job::reason::Reason;
use crate::engine::job::report::without_part;
use crate::engine::{Engine, FoundInput, as_micros_if_known};
use crate::graph::Graph;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

/// The outcome of a dry run: what a submission would do.
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
    /// The nodes at which changes may stop: if their new values equal the old ones, the jobs that read them are
    /// skipped.
    pub cut_offs: Vec<String>,
}

/// What a submission would do with one job.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PlannedJob {
    /// The job's name.
    pub name: String,
    /// The key of the part that it is for, if it is one of a job for each part of a node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The task's name.
    pub task: String,
    /// Its output nodes.
    pub outputs: Vec<String>,
    /// What would happen.
    pub decision: Decision,
    /// Why.
    pub reason: Reason,
    /// The task's stored result that is nearest to the missing one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<KnownResult>,
    /// The expected duration of the call, from the task's latest results; in microseconds when serialized.
    #[serde(rename = "expected_us", serialize_with = "as_micros_if_known")]
    pub expected: Option<Duration>,
}

impl PlannedJob {
    /// The name of the job that runs for each part of a node, if this is one for a part.
    pub fn whole(&self) -> Option<&str> {
        without_part(&self.name, self.part.as_deref()?)
    }
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
    /// The job may run: that depends on the outputs of other jobs.
    #[serde(rename = "undecided")]
    MayRun,
    /// The job would fail: an input that it reads is unavailable, or its query plan is invalid.
    Fail,
}

impl Plan {
    /// Returns the expected total duration of the jobs that would run, without and with those that may run. Jobs
    /// without earlier results are not included.
    pub fn expected(&self) -> (Duration, Duration) {
        let sum = |decision| -> Duration {
            self.jobs.iter().filter(|job| job.decision == decision).filter_map(|job| job.expected).sum()
        };
        let least = sum(Decision::Run);
        (least, least + sum(Decision::MayRun))
    }

    /// Whether a job that would or may run has no expected duration.
    pub fn has_unknown_duration(&self) -> bool {
        self.jobs
            .iter()
            .any(|job| matches!(job.decision, Decision::Run | Decision::MayRun) && job.expected.is_none())
    }

    /// Whether any job would not be skipped.
    pub fn has_work(&self) -> bool {
        self.jobs.iter().any(|job| job.decision != Decision::Skip)
    }
}

impl Engine<'_> {
    /// Returns the plan for these inputs, which are indexed by node.
    pub(crate) fn plan(
        &self,
        scenario: &str,
        graph: &Graph,
        inputs: &[FoundInput],
        states: &JobStates,
    ) -> Result<Plan, EngineError> {
        self.plan_with(scenario, graph, inputs, states, &HashMap::new())
    }

    /// Returns the plan for these inputs, with `given` values instead of outputs of tasks; both by node.
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
        let mut called_tasks = HashSet::new();
        for (_, call) in graph.ordered() {
            let unknown = contents.unknown(call);
            let all_given = !given.is_empty() && call.outputs.iter().all(|node| given.contains_key(node));
            let (decision, reason, nearest) = match unknown {
                _ if all_given => (Decision::Skip, Reason::Given, None),
                Some(reason @ Reason::InputUnavailable { .. }) => (Decision::Fail, reason, None),
                Some(reason) => match self.decide_early(graph, call, &contents, states, &called_tasks)? {
                    Some(reason) => (Decision::Run, reason, None),
                    None => (Decision::MayRun, reason, None),
                },
                None => match self.decide(graph, call, &contents.inputs(call), states)? {
                    Verdict::Skip { record, reason, .. } => {
                        contents.take(call, &record);
                        contents.give(given);
                        (Decision::Skip, reason, None)
                    }
                    Verdict::Run { reason, nearest, .. } => (Decision::Run, reason, nearest),
                },
            };
            let called = matches!(decision, Decision::Run | Decision::MayRun);
            let expected = if called { self.expected(call)? } else { None };
            if called {
                called_tasks.insert(call.task.identity());
            }
            jobs.push(PlannedJob {
                name: call.name.clone(),
                part: call.part.as_ref().map(|part| part.key.to_string()),
                task: call.task.name().into(),
                outputs: graph.outputs_of(call).map(|node| node.name.clone()).collect(),
                decision,
                reason,
                nearest,
                expected,
            });
        }
        let called = |job: &PlannedJob| matches!(job.decision, Decision::Run | Decision::MayRun);
        let calls = graph.ordered().zip(&jobs).filter(|(_, job)| called(job)).map(|(call, _)| call);
        for (index, message) in self.failing_plans(graph, calls, inputs) {
            let place = graph.order.iter().position(|ordered| *ordered == index);
            if let Some(job) = place.and_then(|place| jobs.get_mut(place)) {
                (job.decision, job.reason) = (Decision::Fail, Reason::PlanFails { message });
            }
        }
        // If this fails, the objects are read again next time.
        let _ = self.results.objects.note_intact();
        let cut_offs = cut_offs(graph, &jobs, states);
        Ok(Plan { scenario: scenario.into(), scenario_type: graph.name.clone(), jobs, cut_offs })
    }
}

/// Returns the nodes that other jobs depend on and that already have a value.
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
