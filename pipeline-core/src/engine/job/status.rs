//! The status of jobs and of runs.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The status of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// The run was submitted.
    Submitted,
    /// It waits for other jobs.
    Blocked,
    /// It waits for a worker.
    Pending,
    /// Its function is being called.
    Running,
    /// Its function was called, and its result stored.
    Completed,
    /// Its result was known, so the function was not called.
    Skipped,
    /// Its function returned an error or panicked, or its result could not be stored.
    Failed,
    /// The run was canceled before the job started or while it ran.
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

/// The status of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// It is running.
    Running,
    /// Every job completed or was skipped.
    Completed,
    /// A job failed.
    Failed,
    /// It was canceled.
    Canceled,
}

impl RunStatus {
    /// All statuses.
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

    /// The status of a run, computed from the statuses of its jobs.
    pub(crate) fn of(jobs: impl Iterator<Item = JobStatus> + Clone) -> RunStatus {
        let has = |status| jobs.clone().any(|job| job == status);
        if has(JobStatus::Failed) {
            RunStatus::Failed
        } else if has(JobStatus::Canceled) {
            RunStatus::Canceled
        } else if has(JobStatus::Abandoned) {
            // A result that the run needs was known when it started, and no longer is.
            RunStatus::Failed
        } else {
            RunStatus::Completed
        }
    }

    /// Parses the word of [`RunStatus::as_str`].
    pub(crate) fn from_word(word: &str) -> Option<RunStatus> {
        RunStatus::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

impl fmt::Display for RunStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
