//! The progress of jobs.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The progress of a running job. It can be read at any time, from any thread.
#[derive(Debug, Default)]
pub struct JobProgress {
    rows: AtomicU64,
    bytes: AtomicU64,
}

impl JobProgress {
    /// The number of table rows that the job has processed. A table that is scanned twice counts twice.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// The number of bytes of results written so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    #[cfg(feature = "polars")]
    pub(crate) fn add_rows(&self, rows: usize) {
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    pub(crate) fn add_bytes(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Sets the progress of a job that another process runs.
    pub(crate) fn set(&self, rows: u64, bytes: u64) {
        self.rows.store(rows, Ordering::Relaxed);
        self.bytes.store(bytes, Ordering::Relaxed);
    }

    /// Calls `work` as a part of the job: what `work` does on this thread counts here.
    pub(crate) fn of<T>(self: &Arc<Self>, work: impl FnOnce() -> T) -> T {
        let before = CURRENT.replace(Some(self.clone()));
        let _restore = Restore(before);
        work()
    }

    /// The progress of the job that this thread works for, or an unused one if it works for no job.
    #[cfg(feature = "polars")]
    pub(crate) fn current() -> Arc<JobProgress> {
        CURRENT.with_borrow(|current| current.clone().unwrap_or_default())
    }
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<JobProgress>>> = const { RefCell::new(None) };
}

/// Restores the previous job of the thread, also after a panic.
struct Restore(Option<Arc<JobProgress>>);

impl Drop for Restore {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}
