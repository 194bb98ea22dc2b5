//! The context of a call: cancellation, progress and log.

#[cfg(feature = "cli")]
use super::printed;
use crate::data::{CancelToken, JobProgress};
use crate::engine::job::report::JobError;
use crate::engine::workspace::log::JobLog;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How a call receives cancellation, and how it reports progress: the same for calls in this process and in others.
#[derive(Clone)]
pub struct Context {
    pub(crate) token: CancelToken,
    pub(crate) progress: Arc<JobProgress>,
    pub(crate) log: JobLog,
    /// Called when the function has returned, before its outputs are written.
    pub(crate) writing: Arc<dyn Fn() + Send + Sync>,
}

impl Context {
    /// Runs `work` as a part of the call: on this thread, the current cancel token, progress and log are those of the
    /// call.
    pub(crate) fn of<T>(&self, work: impl FnOnce() -> T) -> T {
        #[cfg(feature = "cli")]
        let work = || printed::of(&self.log, work);
        self.token.of(|| self.progress.of(|| self.log.of(work)))
    }

    /// Returns the same context with a token that expires after the time limit.
    pub(crate) fn limited(&self, limit: Option<Duration>) -> Context {
        Context { token: self.token.child(limit), ..self.clone() }
    }

    /// Returns the error of work with a time limit. If the work ended because it exceeded the limit, the error says so.
    pub(crate) fn blame(&self, limit: Option<Duration>, error: JobError) -> JobError {
        match limit {
            Some(limit) if self.token.is_late() && self.token.was_observed() && !self.token.is_stopped() => {
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
