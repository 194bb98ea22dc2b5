//! How far a job is, and how a submission ended.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The state of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// The submission is made.
    Submitted,
    /// It waits for other jobs.
    Blocked,
    /// It waits for a worker.
    Pending,
    /// Its function is being called.
    Running,
    /// Its function was called and its result kept.
    Completed,
    /// Its result was known; the function was not called.
    Skipped,
    /// Its function returned an error or panicked, or its result could not be kept.
    Failed,
    /// The submission was canceled before it began.
    Canceled,
    /// A job that it needs failed.
    Abandoned,
}

impl fmt::Display for JobStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            JobStatus::Submitted => "submitted",
            JobStatus::Blocked => "blocked",
            JobStatus::Pending => "pending",
            JobStatus::Running => "running",
            JobStatus::Completed => "completed",
            JobStatus::Skipped => "skipped",
            JobStatus::Failed => "failed",
            JobStatus::Canceled => "canceled",
            JobStatus::Abandoned => "abandoned",
        })
    }
}

/// How far a submission is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// It is being carried out.
    Running,
    /// Every job completed or was skipped.
    Completed,
    /// A job failed.
    Failed,
    /// It was canceled.
    Canceled,
}

impl RunStatus {
    /// All of them.
    pub const ALL: [RunStatus; 4] =
        [RunStatus::Running, RunStatus::Completed, RunStatus::Failed, RunStatus::Canceled];

    /// The status as one word.
    pub fn as_str(self) -> &'static str {
        match self {
            RunStatus::Running => "running",
            RunStatus::Completed => "completed",
            RunStatus::Failed => "failed",
            RunStatus::Canceled => "canceled",
        }
    }

    /// The status that the jobs of a submission make.
    pub(crate) fn of(jobs: impl Iterator<Item = JobStatus> + Clone) -> RunStatus {
        let has = |status| jobs.clone().any(|job| job == status);
        if has(JobStatus::Failed) {
            RunStatus::Failed
        } else if has(JobStatus::Canceled) {
            RunStatus::Canceled
        } else if has(JobStatus::Abandoned) {
            // What it needs was known when the run began, and then no more.
            RunStatus::Failed
        } else {
            RunStatus::Completed
        }
    }

    /// The status that this word says.
    pub(crate) fn from_word(word: &str) -> Option<RunStatus> {
        RunStatus::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

impl fmt::Display for RunStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
