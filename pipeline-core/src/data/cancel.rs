//! Cancellation of work.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Cancels a submission: waiting jobs are canceled at once, running jobs when they check their token.
///
/// A long-running task gets the token of its job and checks it from time to time:
///
/// ```
/// use skipstone::{CancelToken, task, data::Canceled};
///
/// #[task(skippable)]
/// fn count(up_to: u64) -> Result<u64, Canceled> {
///     let token = CancelToken::current();
///     let mut sum = 0;
///     for number in 0..up_to {
///         token.check()?;
///         sum += number;
///     }
///     Ok(sum)
/// }
/// # assert_eq!(count(3), Ok(3));
/// ```
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    canceled: AtomicBool,
    /// Whether a caller has observed the cancellation.
    observed: AtomicBool,
    parent: Option<CancelToken>,
    /// When the job times out.
    deadline: Option<Instant>,
}

/// The error of a task that ends because its submission was canceled or its job timed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("canceled")]
pub struct Canceled;

thread_local! {
    static CURRENT: RefCell<CancelToken> = RefCell::default();
}

impl CancelToken {
    /// Creates a token that is not canceled.
    pub fn new() -> CancelToken {
        CancelToken::default()
    }

    /// Returns the token of the job whose function this thread is calling. It is canceled with its submission, and when
    /// the job times out. Outside of a job, the token is never canceled.
    pub fn current() -> CancelToken {
        CURRENT.with_borrow(CancelToken::clone)
    }

    /// Cancels the submissions that have this token.
    pub fn cancel(&self) {
        self.0.canceled.store(true, Ordering::SeqCst);
    }

    /// Whether [`CancelToken::cancel`] was called, or the job has timed out.
    pub fn is_canceled(&self) -> bool {
        let canceled = self.looks_canceled();
        if canceled {
            self.0.observed.store(true, Ordering::SeqCst);
            if let Some(parent) = &self.0.parent {
                // Observing the cancellation of a job also marks its canceled submission as observed.
                parent.is_canceled();
            }
        }
        canceled
    }

    /// Returns an error if the token is canceled, to be propagated with `?`.
    ///
    /// # Errors
    ///
    /// [`Canceled`] when [`CancelToken::is_canceled`].
    pub fn check(&self) -> Result<(), Canceled> {
        if self.is_canceled() { Err(Canceled) } else { Ok(()) }
    }

    /// Whether it is canceled, without marking the cancellation as observed.
    pub(crate) fn looks_canceled(&self) -> bool {
        self.0.canceled.load(Ordering::SeqCst) || self.is_late() || self.is_stopped()
    }

    /// Whether the job's submission was canceled.
    pub(crate) fn is_stopped(&self) -> bool {
        self.0.parent.as_ref().is_some_and(CancelToken::looks_canceled)
    }

    /// Whether the job has timed out.
    pub(crate) fn is_late(&self) -> bool {
        self.0.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Whether a caller has observed the cancellation.
    pub(crate) fn was_observed(&self) -> bool {
        self.0.observed.load(Ordering::SeqCst)
    }

    /// Creates a token for one call of a function. It is canceled with this token, and after `limit`.
    pub(crate) fn child(&self, limit: Option<Duration>) -> CancelToken {
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        CancelToken(Arc::new(Inner { parent: Some(self.clone()), deadline, ..Inner::default() }))
    }

    /// Makes this the current token of the thread while `work` runs.
    pub(crate) fn of<T>(&self, work: impl FnOnce() -> T) -> T {
        struct Restore(CancelToken);
        impl Drop for Restore {
            fn drop(&mut self) {
                CURRENT.set(std::mem::take(&mut self.0));
            }
        }
        let _restore = Restore(CURRENT.replace(self.clone()));
        work()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_canceled_with_its_submission_or_by_its_timeout_but_does_not_cancel_its_submission() {
        let submission = CancelToken::new();
        let (job, late) = (submission.child(None), submission.child(Some(Duration::ZERO)));
        assert_eq!((job.check(), late.check()), (Ok(()), Err(Canceled)));
        assert!(late.is_late() && late.was_observed() && !late.is_stopped() && !submission.is_canceled());
        job.cancel();
        assert!(job.is_canceled() && !submission.is_canceled());
        submission.cancel();
        assert!(submission.child(None).is_stopped());
    }

    #[test]
    fn each_thread_has_its_own_current_token() {
        let token = CancelToken::new();
        token.of(|| {
            token.cancel();
            assert!(CancelToken::current().is_canceled());
            CancelToken::new().of(|| assert!(!CancelToken::current().is_canceled()));
            assert!(CancelToken::current().is_canceled());
        });
        assert!(!CancelToken::current().is_canceled());
    }
}
