//! The report of a job, as it is shown and stored.

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

/// The report of one job in a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JobReport {
    /// The job's name: the task's name, with the first output if the task is used more than once.
    pub name: String,
    /// The key of the part that it is for, if it is one of a job for each part of a node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The task's name.
    pub task: String,
    /// How the job ended.
    pub status: JobStatus,
    /// Why it ran, or why it did not.
    pub reason: Reason,
    /// When it started, in microseconds since 1970; 0 if that was not recorded.
    #[serde(default)]
    pub started_us: i64,
    /// How long it took; in microseconds when serialized.
    #[serde(rename = "duration_us", serialize_with = "as_micros", deserialize_with = "from_micros")]
    pub duration: Duration,
    /// How often its function was called.
    #[serde(default, skip_serializing_if = "is_at_most_one")]
    pub attempts: u32,
    /// The key of its result, if it has one in the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Hash>,
    /// The time that skipping saved: how long the task took when it made the reused result; in microseconds when
    /// serialized.
    #[serde(
        rename = "saved_us",
        default,
        serialize_with = "as_micros_if_known",
        deserialize_with = "from_micros_if_known",
        skip_serializing_if = "Option::is_none"
    )]
    pub saved: Option<Duration>,
    /// How long it took to recompute the known result, if that was done to check it; in microseconds when serialized.
    /// This call does not count as a call of the run.
    #[serde(
        rename = "rechecked_us",
        default,
        serialize_with = "as_micros_if_known",
        deserialize_with = "from_micros_if_known",
        skip_serializing_if = "Option::is_none"
    )]
    pub rechecked: Option<Duration>,
    /// The task's stored result that is nearest to the missing one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<KnownResult>,
    /// The peak memory use of its process during the call, in bytes, if it had its own process.
    #[serde(rename = "peak_memory_bytes", default, skip_serializing_if = "Option::is_none")]
    pub peak_memory: Option<u64>,
    /// Its outputs, if it completed or was skipped.
    pub outputs: Vec<OutputReport>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<JobError>,
    /// The events that its function logged through `tracing`, up to 64 KiB.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<LogLine>,
}

impl JobReport {
    /// The name of the job that runs for each part of a node, if this is one for a part.
    pub fn whole(&self) -> Option<&str> {
        without_part(&self.name, self.part.as_deref()?)
    }

    /// The report of a job that has not started.
    pub fn waiting(name: &str, task: &str) -> JobReport {
        JobReport::new(name, task, JobStatus::Submitted, Reason::FirstRun)
    }

    /// A report without times, outputs and log.
    pub(crate) fn new(name: &str, task: &str, status: JobStatus, reason: Reason) -> JobReport {
        JobReport {
            name: name.into(),
            part: None,
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

/// The kind of failure that ended a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub enum FailureKind {
    /// The function returned an error, or returned a different result when it was called to check a known one.
    Returned,
    /// The function panicked, or the code that reads or writes one of its values panicked.
    Panicked,
    /// The call exceeded the time limit of its task.
    TimedOut,
    /// The process that ran the function ended before the function returned.
    ProcessEnded,
    /// The function could not be called, or its result could not be computed or stored: an argument could not be read,
    /// the query plan of a table failed, the disk is full, or no thread or process could be started.
    NotCarriedOut,
}

/// Why a job failed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "WrittenJobError")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct JobError {
    /// The kind of the failure.
    pub kind: FailureKind,
    /// The message of the error.
    pub message: String,
    /// The causes of the error, outermost first.
    pub causes: Vec<String>,
    /// The error value that the function returned.
    #[serde(skip)]
    pub source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// The serialized form of a [`JobError`], of this version and of earlier ones.
#[derive(Deserialize)]
struct WrittenJobError {
    message: String,
    causes: Vec<String>,
    /// `None` if an earlier version wrote it.
    kind: Option<FailureKind>,
    /// Only earlier versions wrote this field.
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
    /// The file and line of a panic, if they are known. The message ends with them.
    pub fn place(&self) -> Option<&str> {
        let (_, place) = self.message.rsplit_once(" (at ")?;
        place.strip_suffix(')').filter(|_| self.kind == FailureKind::Panicked)
    }

    /// Masks the message and the causes. If that changes anything, drops the source, which still has the unmasked
    /// strings.
    pub(crate) fn masked(self, mask: impl Fn(String) -> String) -> JobError {
        let (message, causes) =
            (mask(self.message.clone()), self.causes.iter().cloned().map(&mask).collect());
        match message == self.message && causes == self.causes {
            true => self,
            false => JobError { kind: self.kind, message, causes, source: None },
        }
    }

    /// Wraps an error that other code returned, with its chain of sources as causes.
    pub(crate) fn of(kind: FailureKind, error: Arc<dyn std::error::Error + Send + Sync>) -> JobError {
        let mut causes = Vec::new();
        let mut next = error.source();
        while let Some(cause) = next {
            causes.push(cut(cause.to_string()));
            next = cause.source();
        }
        JobError { kind, message: cut(error.to_string()), causes, source: Some(error) }
    }

    /// The error of a call that exceeded its time limit. `error` is the error that the call ended with.
    pub(crate) fn late(limit: Duration, error: JobError) -> JobError {
        let mut late = JobError::new(
            FailureKind::TimedOut,
            format!(
                "it exceeded its time limit of {}: raise `timeout`, or check `CancelToken::current()` in the task",
                words(limit)
            ),
        );
        if error.message != Canceled.to_string() {
            late.causes.push(error.message);
            late.causes.extend(error.causes);
        }
        late
    }

    /// An error with a message, without causes and source.
    pub(crate) fn new(kind: FailureKind, message: String) -> JobError {
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

/// Formats a duration as it is written in `#[task]`.
pub(crate) fn words(length: Duration) -> String {
    length_text(u64::try_from(length.as_millis()).unwrap_or(u64::MAX))
}

/// Truncates a message, which may quote a whole file, to 2,000 characters.
fn cut(message: String) -> String {
    const LENGTH: usize = 2_000;
    match message.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message,
    }
}

/// Removes the key of a part from the end of a name.
pub(crate) fn without_part<'a>(name: &'a str, part: &str) -> Option<&'a str> {
    name.strip_suffix(']')?.strip_suffix(part)?.strip_suffix('[')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn job_errors_of_earlier_versions_can_be_read() {
        let read = |panicked: bool| -> JobError {
            let written =
                serde_json::json!({ "message": "no luck", "causes": ["rain"], "panicked": panicked });
            serde_json::from_value(written).expect("an error")
        };
        assert_eq!([read(false).kind, read(true).kind], [FailureKind::Returned, FailureKind::Panicked]);
        let late = JobError::new(FailureKind::TimedOut, "too long".into());
        let again: JobError =
            serde_json::from_str(&serde_json::to_string(&late).expect("JSON")).expect("an error");
        assert_eq!((again.kind, again.message.as_str()), (FailureKind::TimedOut, "too long"));
    }
}
