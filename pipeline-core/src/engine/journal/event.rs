//! What happens, told while it happens.

use crate::data::JobProgress;
use crate::engine::job::log::LogLine;
use crate::engine::job::report::{JobError, JobReport, OutputReport};
use crate::engine::job::status::{JobStatus, RunStatus};
use crate::registry::RunId;
use std::sync::Arc;
use std::time::Duration;

/// Something that happened. Events of one submission come from several threads.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// A submission began or ended.
    Submission(SubmissionEvent),
    /// A job went on.
    Job(JobEvent),
    /// A node has a value.
    Node(NodeEvent),
    /// A scenario was made, changed or removed.
    Scenario(ScenarioEvent),
    /// Something that a person should know, and that did not stop the submission.
    Warning {
        /// The scenario's name.
        scenario: Arc<str>,
        /// A sentence.
        message: String,
    },
}

/// A submission began or ended.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SubmissionEvent {
    /// The scenario's name.
    pub scenario: Arc<str>,
    /// The submission's number in its store.
    pub run: RunId,
    /// Running, or how it ended.
    pub status: RunStatus,
    /// How many jobs it has.
    pub jobs: usize,
}

/// A job went on.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct JobEvent {
    /// The scenario's name.
    pub scenario: Arc<str>,
    /// The submission's number.
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
        /// How far it is, from now on.
        progress: Arc<JobProgress>,
    },
    /// Its function has returned, and what it made is written; tables are computed as they are.
    Writing,
    /// Its function said something through `tracing`.
    Said(LogLine),
    /// It failed, and will be tried again.
    Retrying {
        /// How often it failed.
        attempts: u32,
        /// Why it failed the last time.
        error: JobError,
        /// How long it waits until the next time.
        wait: Duration,
    },
    /// It is over, one way or another.
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
            | JobChange::Said(_)
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
    /// The submission's number.
    pub run: RunId,
    /// The value.
    pub output: OutputReport,
    /// Whether its task was called for it.
    pub made: bool,
}

/// A scenario was made, changed or removed, by this store's handles in this process.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScenarioEvent {
    /// The scenario's name; before, where it was renamed.
    pub scenario: Arc<str>,
    /// What happened to it.
    pub change: ScenarioChange,
}

/// What happened to a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScenarioChange {
    /// It was made.
    Created {
        /// The scenario that it was duplicated or imported from.
        origin: Option<String>,
    },
    /// It has another name.
    Renamed {
        /// The name that it has now.
        to: String,
    },
    /// Tags were added.
    Tagged {
        /// The tags.
        tags: Vec<String>,
    },
    /// Tags were taken away.
    Untagged {
        /// The tags.
        tags: Vec<String>,
    },
    /// Its note was replaced.
    Noted {
        /// The note.
        note: String,
    },
    /// A property was set, or removed where there is no value.
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
        /// The value in a few words.
        value: String,
    },
    /// It was removed.
    Deleted,
}
