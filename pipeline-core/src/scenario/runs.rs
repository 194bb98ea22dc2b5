//! Recorded runs: listing, loading, and recovery after a program ended.

use super::recorded::written;
use super::run::KpiValue;
use super::run::RunInput;
use super::{Instance, Run, Store};
use crate::engine::journal_of_runs as journal;
use crate::engine::{FailureKind, JobError, JobReport, JobStatus, Reason, RunStatus};
use crate::graph::WiredCall;
use crate::registry::{Orphan, RecordedRun, RunId, RunQuery, VersionId, micros};
use crate::scenario::error::{Error, Result};
use serde::Serialize;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A run in a list, without its inputs and jobs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct RunInfo {
    /// The run's number in the store.
    pub run: RunId,
    /// The scenario's name.
    pub scenario: String,
    /// The scenario's type.
    #[serde(rename = "type")]
    pub scenario_type: String,
    /// Whether the run is running, or how it ended.
    pub status: RunStatus,
    /// When the run began, in microseconds since 1970.
    pub started_us: i64,
    /// How long the run took, in microseconds.
    pub wall_us: i64,
    /// The number of the version of the scenario's type.
    pub version: Option<VersionId>,
    /// Who submitted it.
    pub author: String,
    /// Whether the run is kept: collections spare its results even if no scenario uses them.
    pub pinned: bool,
}

/// Selects the runs that [`Store::runs_where`] lists. All conditions must hold.
///
/// ```
/// # use skipstone::{RunStatus, testing};
/// # use skipstone::runs::RunFilter;
/// # let store = testing::store();
/// let failed = store.runs_where(&RunFilter::new().status(RunStatus::Failed).limit(10))?;
/// # assert!(failed.is_empty());
/// # Ok::<(), skipstone::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct RunFilter {
    scenario: Option<String>,
    status: Option<RunStatus>,
    before: Option<i64>,
    limit: Option<usize>,
}

impl RunFilter {
    /// Creates a filter that selects all runs.
    pub fn new() -> RunFilter {
        RunFilter::default()
    }

    /// Selects the runs of the scenario with this name.
    pub fn scenario(mut self, name: &str) -> RunFilter {
        self.scenario = Some(name.into());
        self
    }

    /// Selects the runs with this status.
    pub fn status(mut self, status: RunStatus) -> RunFilter {
        self.status = Some(status);
        self
    }

    /// Selects the runs that began before the run with this number: the next page of a list.
    pub fn before(mut self, run: RunId) -> RunFilter {
        self.before = Some(run.0);
        self
    }

    /// Limits the number of runs.
    pub fn limit(mut self, limit: usize) -> RunFilter {
        self.limit = Some(limit);
        self
    }
}

impl Store {
    /// Lists the runs that the filter selects, the latest first.
    ///
    /// # Errors
    ///
    /// Returns an error if the registry can't be read.
    pub fn runs_where(&self, filter: &RunFilter) -> Result<Vec<RunInfo>> {
        self.recover()?;
        let rows = self.registry().submissions_where(&RunQuery {
            scenario: filter.scenario.as_deref(),
            status: filter.status.map(RunStatus::as_str),
            before: filter.before,
            limit: filter.limit,
        })?;
        rows.into_iter().map(RunInfo::of).collect()
    }

    /// Lists the runs of all scenarios, the latest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// Returns an error if the registry can't be read.
    pub fn runs(&self, limit: Option<usize>) -> Result<Vec<RunInfo>> {
        self.recover()?;
        let rows = self.registry().submissions(None, true, limit)?;
        rows.into_iter().map(RunInfo::of).collect()
    }

    /// Loads a run with its inputs, jobs and KPIs, by its number.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoRun`] if the store has no such run, and an error if it can't be read.
    pub fn run(&self, id: RunId) -> Result<Run> {
        self.recover()?;
        let row = self.registry().submission(id.0)?.ok_or(Error::NoRun { run: id })?;
        Run::of(self, row)
    }

    /// Records running runs as failed if their processes no longer exist.
    pub(super) fn recover(&self) -> Result<()> {
        if self.is_read_only() {
            return Ok(());
        }
        self.end_orphans(|orphan| Ok(!self.results().is_alive(&orphan.session)?))
    }

    /// Ends the running runs for which `is_orphan` returns `true`.
    fn end_orphans(&self, is_orphan: impl Fn(&Orphan) -> Result<bool>) -> Result<()> {
        for orphan in self.registry().running()? {
            if !is_orphan(&orphan)? {
                continue;
            }
            // If the version can't be read, the run ends without job reports.
            let wiring = orphan.version.map(|version| self.wiring(VersionId(version)));
            let calls = wiring.and_then(Result::ok).map(|wiring| wiring.calls).unwrap_or_default();
            let jobs: Vec<JobReport> = calls.iter().map(|call| ended_with_program(call, &orphan)).collect();
            journal::end_orphan(self.registry(), &orphan, &jobs)?;
        }
        Ok(())
    }
}

/// Guard of a running submission: if a panic unwinds through it, it ends the run in the registry.
pub(super) struct SubmissionGuard<'a> {
    pub(super) store: &'a Store,
    pub(super) run: Option<i64>,
}

impl Drop for SubmissionGuard<'_> {
    fn drop(&mut self) {
        if let Some(run) = self.run.filter(|_| std::thread::panicking()) {
            // If the registry can't be written, the next process that opens the store ends the run.
            let _ = self.store.end_orphans(|orphan| Ok(orphan.id == run));
        }
    }
}

impl Instance {
    /// Lists the scenario's runs, the latest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoScenario`] if the scenario was deleted, and an error if the registry can't be read.
    pub fn runs(&self, limit: Option<usize>) -> Result<Vec<RunInfo>> {
        self.check_exists()?;
        self.store.recover()?;
        let rows = self.store.registry().submissions(Some(self.stored_row()?.id), true, limit)?;
        rows.into_iter().map(RunInfo::of).collect()
    }

    /// Loads the scenario's latest run with its inputs, jobs and KPIs.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NeverRun`] if the scenario has no runs, [`Error::NoScenario`] if it was deleted, and an error
    /// if the registry can't be read.
    pub fn last_run(&self) -> Result<Run> {
        self.check_exists()?;
        self.store.recover()?;
        let mut rows = self.store.registry().submissions(Some(self.stored_row()?.id), false, Some(1))?;
        match rows.pop() {
            Some(row) => Run::of(&self.store, row),
            None => Err(Error::NeverRun { scenario: self.name.clone() }),
        }
    }
}

impl Run {
    /// Builds a run from its row in the registry.
    pub(super) fn of(store: &Store, row: RecordedRun) -> Result<Run> {
        let unreadable = |why: String| Error::UnreadableRow { what: format!("run {}", row.id), why };
        let status = RunStatus::from_word(&row.status)
            .ok_or_else(|| unreadable(format!("unknown status `{}`", row.status)))?;
        let mut jobs: Vec<JobReport> =
            serde_json::from_str(&row.jobs).map_err(|error| unreadable(error.to_string()))?;
        let inputs: Vec<RunInput> =
            serde_json::from_str(&row.inputs).map_err(|error| unreadable(error.to_string()))?;
        if status == RunStatus::Running {
            jobs = store.jobs_so_far(&row)?;
        }
        let kpis = store.registry().kpis_of(row.id)?.iter().map(KpiValue::of).collect();
        Ok(Run {
            scenario: row.scenario,
            scenario_type: row.ty,
            id: RunId(row.id),
            status,
            version: row.version.map(VersionId),
            author: row.author,
            inputs,
            started: UNIX_EPOCH + Duration::from_micros(u64::try_from(row.started).unwrap_or_default()),
            wall: match status {
                RunStatus::Running => {
                    let now = micros(SystemTime::now()).saturating_sub(row.started);
                    Duration::from_micros(u64::try_from(now).unwrap_or_default())
                }
                _ => Duration::from_micros(u64::try_from(row.duration).unwrap_or_default()),
            },
            written: written(&jobs),
            peak_memory: None,
            jobs,
            warnings: serde_json::from_str(&row.warnings).unwrap_or_default(),
            kpis,
        })
    }
}

impl Store {
    /// Returns the reports so far of a running run: of the jobs whose functions were called.
    fn jobs_so_far(&self, row: &RecordedRun) -> Result<Vec<JobReport>> {
        let (Some(version), Some(running)) =
            (row.version, self.registry().running()?.into_iter().find(|running| running.id == row.id))
        else {
            return Ok(Vec::new());
        };
        let calls = self.wiring(VersionId(version))?.calls;
        let called = |call: &WiredCall| {
            let (_, started, report) = running.jobs.iter().find(|(job, ..)| *job == call.name)?;
            let report = report.as_deref().and_then(|text| serde_json::from_str(text).ok());
            Some(report.unwrap_or_else(|| {
                let mut job = blank(call, JobStatus::Running, Reason::FirstRun);
                job.started_us = *started;
                job
            }))
        };
        Ok(calls.iter().filter_map(called).collect())
    }
}

impl RunInfo {
    fn of(row: RecordedRun) -> Result<RunInfo> {
        let status = RunStatus::from_word(&row.status).ok_or_else(|| Error::UnreadableRow {
            what: format!("run {}", row.id),
            why: format!("unknown status `{}`", row.status),
        })?;
        Ok(RunInfo {
            run: RunId(row.id),
            scenario: row.scenario,
            scenario_type: row.ty,
            status,
            started_us: row.started,
            wall_us: row.duration,
            version: row.version.map(VersionId),
            author: row.author,
            pinned: row.pinned,
        })
    }
}

/// Returns the report of a job whose program ended before the run did.
fn ended_with_program(call: &WiredCall, orphan: &Orphan) -> JobReport {
    match orphan.jobs.iter().find(|(job, ..)| *job == call.name) {
        Some((_, started, report)) => {
            report.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| {
                let mut job = blank(call, JobStatus::Failed, Reason::ProgramEnded);
                job.started_us = *started;
                job.attempts = 1;
                job.error = Some(JobError::new(
                    FailureKind::ProcessEnded,
                    "the program ended while the task ran".into(),
                ));
                job
            })
        }
        None => blank(call, JobStatus::Abandoned, Reason::ProgramEnded),
    }
}

fn blank(call: &WiredCall, status: JobStatus, reason: Reason) -> JobReport {
    JobReport::new(&call.name, call.task.rsplit("::").next().unwrap_or(&call.task), status, reason)
}
