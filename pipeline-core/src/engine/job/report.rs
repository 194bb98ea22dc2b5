//! What one job did, as it is told and kept.

use crate::data::{Canceled, ValueRef};
use crate::engine::error::EngineError;
use crate::engine::job::change::KnownResult;
use crate::engine::job::log::LogLine;
use crate::engine::job::reason::Reason;
use crate::engine::job::status::JobStatus;
use crate::engine::{as_micros, as_micros_if_known, from_micros, from_micros_if_known};
use crate::graph::TaskFailure;
use crate::store::Hash;
use serde::{Deserialize, Serialize};
use skipstone_wiring::length_text;
use std::sync::Arc;
use std::time::Duration;

/// What one job did.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JobReport {
    /// The job's name: the task's, with the first output where the task is used more than once.
    pub name: String,
    /// The task's name.
    pub task: String,
    /// How the job ended.
    pub status: JobStatus,
    /// Why it ran, or did not.
    pub reason: Reason,
    /// When it began, in microseconds since 1970; 0 where that was not kept.
    #[serde(default)]
    pub started_us: i64,
    /// How long it took, in microseconds when serialized.
    #[serde(rename = "duration_us", serialize_with = "as_micros", deserialize_with = "from_micros")]
    pub duration: Duration,
    /// How often its function was called.
    #[serde(default, skip_serializing_if = "is_at_most_one")]
    pub attempts: u32,
    /// The key of its result, where one is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Hash>,
    /// How long the task took when the result was made that spared this job its call; in microseconds
    /// when serialized.
    #[serde(
        rename = "saved_us",
        default,
        serialize_with = "as_micros_if_known",
        deserialize_with = "from_micros_if_known",
        skip_serializing_if = "Option::is_none"
    )]
    pub saved: Option<Duration>,
    /// How long it took to make the known result again, where that was done to check it; in microseconds when
    /// serialized. The run does not count this call.
    #[serde(
        rename = "rechecked_us",
        default,
        serialize_with = "as_micros_if_known",
        deserialize_with = "from_micros_if_known",
        skip_serializing_if = "Option::is_none"
    )]
    pub rechecked: Option<Duration>,
    /// The result of the task that is nearest to the one that was missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<KnownResult>,
    /// The most memory that its process had in use while its function was called, in bytes, where it had one of its own.
    #[serde(rename = "peak_memory_bytes", default, skip_serializing_if = "Option::is_none")]
    pub peak_memory: Option<u64>,
    /// What it made, when it completed or was skipped.
    pub outputs: Vec<OutputReport>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<JobError>,
    /// What its function said through `tracing`, up to 64 KiB.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<LogLine>,
}

impl JobReport {
    /// A job that waits to begin.
    pub fn waiting(name: &str, task: &str) -> JobReport {
        JobReport::new(name, task, JobStatus::Submitted, Reason::NeverRun)
    }

    /// A job that did nothing yet.
    pub(crate) fn new(name: &str, task: &str, status: JobStatus, reason: Reason) -> JobReport {
        JobReport {
            name: name.into(),
            task: task.into(),
            status,
            reason,
            started_us: 0,
            duration: Duration::ZERO,
            attempts: 0,
            key: None,
            saved: None,
            rechecked: None,
            nearest: None,
            peak_memory: None,
            outputs: Vec::new(),
            error: None,
            log: Vec::new(),
        }
    }
}

fn is_at_most_one(attempts: &u32) -> bool {
    *attempts <= 1
}

/// One output of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct OutputReport {
    /// The node.
    pub node: String,
    /// Its value.
    #[serde(flatten)]
    pub value: ValueRef,
}

/// What kind of failure ended a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub enum FailureKind {
    /// The function returned an error, or another result when it was called to check a known one.
    Returned,
    /// The function panicked, or the code that reads or writes one of its values did.
    Panicked,
    /// A call took longer than the time limit of its task.
    TimedOut,
    /// The process in which the function ran ended before the function returned.
    ProcessEnded,
    /// The function could not be called, or its result could not be made or kept: an argument could not be read, the plan of
    /// a table failed, the disk is full, there was no thread or process.
    NotCarriedOut,
}

/// Why a job failed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "WrittenJobError")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct JobError {
    /// Of which kind the failure is.
    pub kind: FailureKind,
    /// What happened.
    pub message: String,
    /// What that came from, outermost first.
    pub causes: Vec<String>,
    /// The error that the function returned, as it is.
    #[serde(skip)]
    pub source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// A [`JobError`] as this version and earlier ones wrote it.
#[derive(Deserialize)]
struct WrittenJobError {
    message: String,
    causes: Vec<String>,
    /// Missing in what earlier versions wrote.
    kind: Option<FailureKind>,
    /// In what earlier versions wrote.
    #[serde(default)]
    panicked: bool,
}

impl From<WrittenJobError> for JobError {
    fn from(written: WrittenJobError) -> JobError {
        let WrittenJobError { message, causes, kind, panicked } = written;
        let kind = kind.unwrap_or(if panicked { FailureKind::Panicked } else { FailureKind::Returned });
        JobError { kind, message, causes, source: None }
    }
}

impl JobError {
    /// File and line of the panic, where the program was told them: its message ends with them.
    pub fn place(&self) -> Option<&str> {
        let (_, place) = self.message.rsplit_once(" (at ")?;
        place.strip_suffix(')').filter(|_| self.kind == FailureKind::Panicked)
    }

    /// The error with its texts changed; without its source, which has them unchanged, if that was needed.
    pub(crate) fn masked(self, mask: impl Fn(String) -> String) -> JobError {
        let (message, causes) =
            (mask(self.message.clone()), self.causes.iter().cloned().map(&mask).collect());
        match message == self.message && causes == self.causes {
            true => self,
            false => JobError { kind: self.kind, message, causes, source: None },
        }
    }

    /// An error that something else returned.
    pub(crate) fn of(kind: FailureKind, error: Arc<dyn std::error::Error + Send + Sync>) -> JobError {
        let mut causes = Vec::new();
        let mut next = error.source();
        while let Some(cause) = next {
            causes.push(cut(cause.to_string()));
            next = cause.source();
        }
        JobError { kind, message: cut(error.to_string()), causes, source: Some(error) }
    }

    /// A call that took longer than this, with the error that it ended with.
    pub(crate) fn late(limit: Duration, error: JobError) -> JobError {
        let mut late = JobError::saying(
            FailureKind::TimedOut,
            format!(
                "it took longer than its time limit of {}: raise `timeout`, or let it look at `CancelToken::current()`",
                words(limit)
            ),
        );
        if error.message != Canceled.to_string() {
            late.causes.push(error.message);
            late.causes.extend(error.causes);
        }
        late
    }

    /// An error that no function returned.
    pub(crate) fn saying(kind: FailureKind, message: String) -> JobError {
        JobError { kind, message, causes: Vec::new(), source: None }
    }
}

impl From<TaskFailure> for JobError {
    fn from(failure: TaskFailure) -> JobError {
        JobError::of(FailureKind::Returned, Arc::from(failure.0))
    }
}

impl<E> From<E> for JobError
where
    EngineError: From<E>,
{
    fn from(error: E) -> JobError {
        JobError::of(FailureKind::NotCarriedOut, Arc::new(EngineError::from(error)))
    }
}

/// A length of time as it is written in `#[task]`.
pub(crate) fn words(length: Duration) -> String {
    length_text(u64::try_from(length.as_millis()).unwrap_or(u64::MAX))
}

/// The beginning of a message that goes on with what a file says.
fn cut(message: String) -> String {
    const LENGTH: usize = 2_000;
    match message.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_a_job_failed_is_read_as_earlier_versions_wrote_it() {
        let read = |panicked: bool| -> JobError {
            let written =
                serde_json::json!({ "message": "no luck", "causes": ["rain"], "panicked": panicked });
            serde_json::from_value(written).expect("an error")
        };
        assert_eq!([read(false).kind, read(true).kind], [FailureKind::Returned, FailureKind::Panicked]);
        let late = JobError::saying(FailureKind::TimedOut, "too long".into());
        let again: JobError =
            serde_json::from_str(&serde_json::to_string(&late).expect("text")).expect("an error");
        assert_eq!((again.kind, again.message.as_str()), (FailureKind::TimedOut, "too long"));
    }
}
