//! A job as the page shows it.

use serde::Serialize;
use skipstone::JobStatus;
use skipstone::jobs::{FailureKind, JobError, JobReport, LogLine, OutputReport, Reason};
use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Duration;
use utoipa::ToSchema;

/// Why a job ran, would run, or was skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReasonText {
    /// The reason, with its kind and details as fields.
    #[serde(flatten)]
    reason: Reason,
    /// The reason as a sentence.
    text: String,
}

impl From<&Reason> for ReasonText {
    fn from(reason: &Reason) -> ReasonText {
        ReasonText { reason: reason.clone(), text: reason.to_string() }
    }
}

/// A job of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Job {
    pub(crate) name: String,
    task: String,
    pub(crate) status: JobStatus,
    /// Why it ran or was skipped; `null` until it has finished.
    reason: Option<ReasonText>,
    /// When it started; 0 if it has not.
    started_us: i64,
    duration_us: i64,
    /// The number of times its function was called.
    attempts: u32,
    /// The cache key of its result.
    key: Option<String>,
    /// If the job was skipped: how long the task took when the reused result was computed.
    saved_us: Option<i64>,
    outputs: Vec<OutputReport>,
    error: Option<JobFailure>,
    pub(crate) log: Vec<LogLine>,
    /// The source file of its function; empty if unknown.
    file: String,
    /// The line of its function; 0 if unknown.
    line: u32,
    /// What it has written so far, while it runs in this process.
    pub(crate) progress: Option<Progress>,
}

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct JobFailure {
    message: String,
    /// The chain of causes, outermost first.
    causes: Vec<String>,
    /// The kind of failure.
    kind: FailureKind,
    /// File and line of the panic, if known.
    place: Option<String>,
}

/// The amount of data that a job has written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Progress {
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
}

/// The duration in microseconds.
pub(crate) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

impl From<&JobError> for JobFailure {
    fn from(error: &JobError) -> JobFailure {
        JobFailure {
            message: error.message.clone(),
            causes: error.causes.clone(),
            kind: error.kind,
            place: error.place().map(str::to_owned),
        }
    }
}

/// File and line of the task with this name; empty and 0 unless the program has exactly one such task.
fn place_of(task: &str) -> (&'static str, u32) {
    static PLACES: OnceLock<HashMap<&'static str, (&'static str, u32)>> = OnceLock::new();
    let places = PLACES.get_or_init(|| {
        let mut places = HashMap::new();
        for task in skipstone::graph::tasks() {
            places.entry(task.name()).and_modify(|place| *place = ("", 0)).or_insert(task.place());
        }
        places
    });
    places.get(task).copied().unwrap_or_default()
}

impl Job {
    /// Converts a recorded job, finished or not.
    pub(crate) fn of(report: &JobReport) -> Job {
        let finished = !matches!(
            report.status,
            JobStatus::Submitted | JobStatus::Blocked | JobStatus::Pending | JobStatus::Running
        );
        let (file, line) = place_of(&report.task);
        Job {
            name: report.name.clone(),
            task: report.task.clone(),
            status: report.status,
            reason: finished.then(|| ReasonText::from(&report.reason)),
            started_us: report.started_us,
            duration_us: micros(report.duration),
            attempts: report.attempts,
            key: report.key.map(|key| key.to_string()),
            saved_us: report.saved.map(micros),
            outputs: report.outputs.clone(),
            error: report.error.as_ref().map(JobFailure::from),
            log: report.log.clone(),
            file: file.into(),
            line,
            progress: None,
        }
    }
}
