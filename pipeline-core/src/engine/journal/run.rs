//! Records the start and the end of runs in the registry.

use crate::engine::ask::state::{JobState, JobStates};
use crate::engine::job::report::JobReport;
use crate::engine::job::status::RunStatus;
use crate::registry::{
    JobStateRow, KpiRow, NewSubmission, Orphan, Registry, RegistryError, ResultRow, RunRecord, SubmissionRow,
    micros, micros_of,
};
use serde::Serialize;
use std::time::{Duration, SystemTime};

/// A run that is starting.
pub(crate) struct RunBegins<'a, I> {
    pub(crate) scenario: i64,
    pub(crate) version: i64,
    pub(crate) started: SystemTime,
    pub(crate) author: &'a str,
    /// The process that executes it.
    pub(crate) session: &'a str,
    /// The values of its inputs.
    pub(crate) inputs: &'a [I],
}

/// A run that has ended.
pub(crate) struct RunEnds<'a> {
    pub(crate) status: RunStatus,
    pub(crate) took: Duration,
    pub(crate) warnings: &'a [String],
    pub(crate) jobs: &'a [JobReport],
    /// Job states, by the name under which each is stored.
    pub(crate) states: Vec<(String, JobState)>,
    /// Jobs for parts that are gone.
    pub(crate) gone: Vec<String>,
    /// The results that were made and stored.
    pub(crate) results: Vec<ResultRow>,
    pub(crate) kpis: Vec<KpiRow>,
}

/// Records that a run starts. Returns its number, or `None` if the scenario no longer exists.
pub(crate) fn begin<I: Serialize>(
    registry: &Registry,
    run: &RunBegins<'_, I>,
) -> Result<Option<i64>, RegistryError> {
    registry.begin_submission(&NewSubmission {
        scenario: run.scenario,
        version: run.version,
        started: micros(run.started),
        author: run.author,
        session: run.session,
        inputs: &json(run.inputs),
    })
}

/// Records how a run ended. `before` has the states of the jobs when it started.
pub(crate) fn end(
    registry: &Registry,
    scenario: i64,
    run: i64,
    ends: RunEnds<'_>,
    before: &JobStates,
) -> Result<(), RegistryError> {
    let RunEnds { status, took, warnings, jobs, states, gone, results, kpis } = ends;
    let states = states.into_iter().filter_map(|(job, state)| {
        let state = serde_json::to_string(&state).ok()?;
        Some(JobStateRow { unchanged: before.was(&job, &state), job, state })
    });
    let kept = RunRecord { states: states.collect(), as_of: before.as_of, gone, results, kpis };
    let end = row(status, micros_of(took), warnings, jobs);
    registry.end_submission(scenario, run, &end, &kept)
}

/// Records the end of a run whose program ended first. `jobs` has what the registry knows of its jobs.
pub(crate) fn end_orphan(
    registry: &Registry,
    orphan: &Orphan,
    jobs: &[JobReport],
) -> Result<(), RegistryError> {
    let over = jobs.iter().map(|job| job.started_us.saturating_add(micros_of(job.duration)));
    let took = over.max().unwrap_or_default().saturating_sub(orphan.started).max(0);
    let warning = "the program ended before the run did: it crashed, or was stopped";
    // The run has failed even if every job had ended: the new values of its nodes were not recorded.
    registry.end_orphan(orphan, &row(RunStatus::Failed, took, &[warning.into()], jobs))
}

fn row(status: RunStatus, took: i64, warnings: &[String], jobs: &[JobReport]) -> SubmissionRow {
    SubmissionRow {
        status: status.as_str().into(),
        duration: took,
        warnings: json(warnings),
        jobs: json(jobs),
    }
}

/// Serializes a list as JSON.
fn json<T: Serialize>(list: &[T]) -> String {
    serde_json::to_string(list).unwrap_or_else(|_| "[]".into())
}
