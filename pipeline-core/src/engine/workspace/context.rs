//! What the thread that works for a job has at hand.

#[cfg(feature = "cli")]
use super::printed;
use crate::data::{CancelToken, JobProgress};
use crate::engine::job::report::JobError;
use crate::engine::workspace::log::JobLog;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How a call is told to end, and how it tells how far it is: the same for a call in this process and in another.
#[derive(Clone)]
pub struct Context {
    pub(crate) token: CancelToken,
    pub(crate) progress: Arc<JobProgress>,
    pub(crate) log: JobLog,
    /// Called when the function has returned, and what it made is about to be written.
    pub(crate) writing: Arc<dyn Fn() + Send + Sync>,
}

impl Context {
    /// Does work as a part of the call: what it asks of this thread, and says, is the call's.
    pub(crate) fn of<T>(&self, work: impl FnOnce() -> T) -> T {
        #[cfg(feature = "cli")]
        let work = || printed::of(&self.log, work);
        self.token.of(|| self.progress.of(|| self.log.of(work)))
    }

    /// The same, with a token that ends after this time.
    pub(crate) fn limited(&self, limit: Option<Duration>) -> Context {
        Context { token: self.token.child(limit), ..self.clone() }
    }

    /// The error of work under a limit: where it ended because the time was over, it says that.
    pub(crate) fn blame(&self, limit: Option<Duration>, error: JobError) -> JobError {
        match limit {
            Some(limit) if self.token.is_late() && self.token.was_told() && !self.token.is_stopped() => {
                JobError::late(limit, error)
            }
            _ => error,
        }
    }

    /// Whether the call should end.
    pub fn is_canceled(&self) -> bool {
        self.token.is_canceled()
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Context({:?}, {:?})", self.token, self.progress)
    }
}
