//! Events: what happens in a store, reported as it happens.

use crate::data::JobProgress;
use crate::engine::job::log::LogLine;
use crate::engine::job::report::{JobError, JobReport, OutputReport};
use crate::engine::job::status::{JobStatus, RunStatus};
use crate::registry::RunId;
use std::sync::Arc;
use std::time::Duration;

/// An event of a store. Events of one submission come from several threads.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// A submission began or ended.
    Submission(SubmissionEvent),
    /// A job's status changed.
    Job(JobEvent),
    /// A node has a value.
    Node(NodeEvent),
    /// A scenario was created, changed or deleted.
    Scenario(ScenarioEvent),
    /// A problem that did not stop the submission.
    Warning {
        /// The scenario's name.
        scenario: Arc<str>,
        /// The message, one sentence.
        message: String,
    },
}

/// A submission began or ended.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SubmissionEvent {
    /// The scenario's name.
    pub scenario: Arc<str>,
    /// The number of the run in its store.
    pub run: RunId,
    /// `Running`, or how it ended.
    pub status: RunStatus,
    /// The number of its jobs.
    pub jobs: usize,
}

/// A job's status changed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct JobEvent {
    /// The scenario's name.
    pub scenario: Arc<str>,
    /// The number of the run.
    pub run: RunId,
    /// The job's name.
    pub job: Arc<str>,
    /// What happened to it.
    pub change: JobChange,
}

/// What happened to a job.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum JobChange {
    /// It waits for other jobs.
    Blocked,
    /// It waits for a worker.
    Pending,
    /// Its function is being called.
    Running {
        /// The progress of the call; updated while it runs.
        progress: Arc<JobProgress>,
    },
    /// Its function has returned, and its outputs are being written. Tables are computed while they are written.
    Writing,
    /// Its function logged an event through `tracing`.
    Logged(LogLine),
    /// It failed, and will be retried.
    Retrying {
        /// The number of failed attempts so far.
        attempts: u32,
        /// The error of the last attempt.
        error: JobError,
        /// The wait until the next attempt.
        wait: Duration,
    },
    /// It has ended.
    Finished(Box<JobReport>),
}

impl JobChange {
    /// The status that the job has now.
    pub fn status(&self) -> JobStatus {
        match self {
            JobChange::Blocked => JobStatus::Blocked,
            JobChange::Pending => JobStatus::Pending,
            JobChange::Finished(report) => report.status,
            JobChange::Running { .. }
            | JobChange::Writing
            | JobChange::Logged(_)
            | JobChange::Retrying { .. } => JobStatus::Running,
        }
    }
}

/// A node has a value.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NodeEvent {
    /// The scenario's name.
    pub scenario: Arc<str>,
    /// The number of the run.
    pub run: RunId,
    /// The value.
    pub output: OutputReport,
    /// Whether the task was called to make it; `false` if its job was skipped.
    pub made: bool,
}

/// A scenario was created, changed or deleted through this store's handles in this process.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScenarioEvent {
    /// The scenario's name; if it was renamed, the old one.
    pub scenario: Arc<str>,
    /// What happened to it.
    pub change: ScenarioChange,
}

/// What happened to a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScenarioChange {
    /// It was created.
    Created {
        /// The scenario that it was duplicated or imported from.
        origin: Option<String>,
    },
    /// It was renamed.
    Renamed {
        /// Its new name.
        to: String,
    },
    /// Tags were added.
    Tagged {
        /// The tags.
        tags: Vec<String>,
    },
    /// Tags were removed.
    Untagged {
        /// The tags.
        tags: Vec<String>,
    },
    /// Its note was replaced.
    Noted {
        /// The note.
        note: String,
    },
    /// A property was set, or removed if `value` is `None`.
    Property {
        /// Its name.
        name: String,
        /// Its value.
        value: Option<String>,
    },
    /// An input was set.
    InputSet {
        /// The node.
        node: String,
        /// A short summary of the value.
        value: String,
    },
    /// It was deleted.
    Deleted,
}
