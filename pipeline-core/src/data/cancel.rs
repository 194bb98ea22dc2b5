//! Ending work early.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Ends a submission early: jobs that wait are canceled at once, jobs that run when they ask.
///
/// A task that works for long asks for the token of its job, and looks at it now and then:
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
    /// Whether somebody who asked was told so.
    told: AtomicBool,
    parent: Option<CancelToken>,
    /// When the time is over.
    deadline: Option<Instant>,
}

/// What a task returns that ends because its submission was canceled, or its time was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("canceled")]
pub struct Canceled;

thread_local! {
    static CURRENT: RefCell<CancelToken> = RefCell::default();
}

impl CancelToken {
    /// A token that is not canceled.
    pub fn new() -> CancelToken {
        CancelToken::default()
    }

    /// The token of the job whose function is being called on this thread; elsewhere one that nobody
    /// cancels. Canceled with its submission, and when the job's time is over.
    pub fn current() -> CancelToken {
        CURRENT.with_borrow(CancelToken::clone)
    }

    /// Cancels the submissions that have this token.
    pub fn cancel(&self) {
        self.0.canceled.store(true, Ordering::SeqCst);
    }

    /// Whether [`CancelToken::cancel`] was called, or the time is over.
    pub fn is_canceled(&self) -> bool {
        let canceled = self.looks_canceled();
        if canceled {
            self.0.told.store(true, Ordering::SeqCst);
            if let Some(parent) = &self.0.parent {
                // Who is told that the whole is canceled is told so of its parts, too.
                parent.is_canceled();
            }
        }
        canceled
    }

    /// An error when the token is canceled, to be passed on with `?`.
    ///
    /// # Errors
    ///
    /// [`Canceled`] when [`CancelToken::is_canceled`].
    pub fn check(&self) -> Result<(), Canceled> {
        if self.is_canceled() { Err(Canceled) } else { Ok(()) }
    }

    /// Whether it is canceled; nobody counts as told.
    pub(crate) fn looks_canceled(&self) -> bool {
        self.0.canceled.load(Ordering::SeqCst) || self.is_late() || self.is_stopped()
    }

    /// Whether a submission was canceled that the job belongs to.
    pub(crate) fn is_stopped(&self) -> bool {
        self.0.parent.as_ref().is_some_and(CancelToken::looks_canceled)
    }

    /// Whether the job's time is over.
    pub(crate) fn is_late(&self) -> bool {
        self.0.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Whether somebody asked, and was told to end.
    pub(crate) fn was_told(&self) -> bool {
        self.0.told.load(Ordering::SeqCst)
    }

    /// A token for one call of a function, which ends with this one.
    pub(crate) fn child(&self, limit: Option<Duration>) -> CancelToken {
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        CancelToken(Arc::new(Inner { parent: Some(self.clone()), deadline, ..Inner::default() }))
    }

    /// Makes this the current token of the thread while `work` is done.
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
    fn a_job_ends_with_its_submission_or_its_time_and_not_the_other_way() {
        let submission = CancelToken::new();
        let (job, late) = (submission.child(None), submission.child(Some(Duration::ZERO)));
        assert_eq!((job.check(), late.check()), (Ok(()), Err(Canceled)));
        assert!(late.is_late() && late.was_told() && !late.is_stopped() && !submission.is_canceled());
        job.cancel();
        assert!(job.is_canceled() && !submission.is_canceled());
        submission.cancel();
        assert!(submission.child(None).is_stopped());
    }

    #[test]
    fn the_current_token_is_the_thread_s_own() {
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
