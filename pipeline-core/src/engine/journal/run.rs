//! The beginning and the end of a run, as the registry has them.

use crate::engine::ask::state::{JobState, JobStates};
use crate::engine::job::report::JobReport;
use crate::engine::job::status::RunStatus;
use crate::registry::{
    JobStateRow, Kept, KpiRow, NewSubmission, Orphan, Registry, RegistryError, ResultRow, SubmissionRow,
    micros, micros_of,
};
use serde::Serialize;
use std::time::{Duration, SystemTime};

/// A run that begins.
pub(crate) struct RunBegins<'a, I> {
    pub(crate) scenario: i64,
    pub(crate) version: i64,
    pub(crate) started: SystemTime,
    pub(crate) author: &'a str,
    /// The process that carries it out.
    pub(crate) session: &'a str,
    /// What it works on.
    pub(crate) inputs: &'a [I],
}

/// A run that is over.
pub(crate) struct RunEnds<'a> {
    pub(crate) status: RunStatus,
    pub(crate) took: Duration,
    pub(crate) warnings: &'a [String],
    pub(crate) jobs: &'a [JobReport],
    /// By the name of the job's state.
    pub(crate) states: Vec<(String, JobState)>,
    /// The results that were made and kept.
    pub(crate) results: Vec<ResultRow>,
    pub(crate) kpis: Vec<KpiRow>,
}

/// Writes that a run begins; its number. `None` when the scenario is gone.
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

/// Writes how a run ended. `before` are the states that its jobs had when it began.
pub(crate) fn end(
    registry: &Registry,
    scenario: i64,
    run: i64,
    ends: RunEnds<'_>,
    before: &JobStates,
) -> Result<(), RegistryError> {
    let RunEnds { status, took, warnings, jobs, states, results, kpis } = ends;
    let states = states.into_iter().filter_map(|(job, state)| {
        let state = serde_json::to_string(&state).ok()?;
        Some(JobStateRow { unchanged: before.was(&job, &state), job, state })
    });
    let kept = Kept { states: states.collect(), as_of: before.as_of, results, kpis };
    let end = row(status, micros_of(took), warnings, jobs);
    registry.end_submission(scenario, run, &end, &kept)
}

/// Writes the end of a run whose program ended first. The jobs are as far as the registry knows them.
pub(crate) fn end_orphan(
    registry: &Registry,
    orphan: &Orphan,
    jobs: &[JobReport],
) -> Result<(), RegistryError> {
    let over = jobs.iter().map(|job| job.started_us.saturating_add(micros_of(job.duration)));
    let took = over.max().unwrap_or_default().saturating_sub(orphan.started).max(0);
    let warning = "the program ended before the run did: it crashed, or was stopped";
    // It failed also where every job is over: what nodes have now was not written.
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

/// A list as JSON.
fn json<T: Serialize>(list: &[T]) -> String {
    serde_json::to_string(list).unwrap_or_else(|_| "[]".into())
}
