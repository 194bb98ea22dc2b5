//! A job as the page sees it.

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
    /// The reason with its parts.
    #[serde(flatten)]
    reason: Reason,
    /// The same in words.
    text: String,
}

impl From<&Reason> for ReasonText {
    fn from(reason: &Reason) -> ReasonText {
        ReasonText { reason: reason.clone(), text: reason.to_string() }
    }
}

/// What a job did, or does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Job {
    pub(crate) name: String,
    task: String,
    pub(crate) status: JobStatus,
    /// Why it ran or did not; none as long as it is not over.
    reason: Option<ReasonText>,
    /// When it began; 0 when it did not.
    started_us: i64,
    duration_us: i64,
    /// How often its function was called.
    attempts: u32,
    /// The key of its result.
    key: Option<String>,
    /// How long the task took when the result was made that spared this job its call.
    saved_us: Option<i64>,
    outputs: Vec<OutputReport>,
    error: Option<JobFailure>,
    pub(crate) log: Vec<LogLine>,
    /// The file of its function; empty where that is not known.
    file: String,
    /// The line of its function; 0 where that is not known.
    line: u32,
    /// How much it has written, while it runs in this process.
    pub(crate) progress: Option<Progress>,
}

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct JobFailure {
    message: String,
    /// What that came from, outermost first.
    causes: Vec<String>,
    /// Of which kind the failure is.
    kind: FailureKind,
    /// File and line of the panic, where they are known.
    place: Option<String>,
}

/// How much a job has written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Progress {
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
}

/// A length of time in microseconds.
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

/// File and line of the task with this name; nothing where the program has none, or several.
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
    /// A job that is over, or as far as it was kept.
    pub(crate) fn of(report: &JobReport) -> Job {
        let over = !matches!(
            report.status,
            JobStatus::Submitted | JobStatus::Blocked | JobStatus::Pending | JobStatus::Running
        );
        let (file, line) = place_of(&report.task);
        Job {
            name: report.name.clone(),
            task: report.task.clone(),
            status: report.status,
            reason: over.then(|| ReasonText::from(&report.reason)),
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
