//! What happens during a submission.

use super::job::JobReport;
use crate::data::JobProgress;
use std::sync::Arc;

/// Something that happened. Events of one submission come from several threads.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The inputs are read, and the jobs begin.
    Started {
        /// How many jobs there are.
        jobs: usize,
    },
    /// A task is being called.
    Running {
        /// The job's name.
        job: &'a str,
        /// How far it is, from now on.
        progress: &'a Arc<JobProgress>,
    },
    /// A task's function has returned, and what it made is written; tables are computed as they are.
    Writing {
        /// The job's name.
        job: &'a str,
    },
    /// A job is over, one way or another.
    Finished {
        /// What it did.
        job: &'a JobReport,
    },
    /// Something that a person should know, and that did not stop the submission.
    Warning {
        /// A sentence.
        message: &'a str,
    },
}
