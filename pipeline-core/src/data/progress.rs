//! How far the work of a job is.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How far a job is that is being run; may be asked at any time, from any thread.
#[derive(Debug, Default)]
pub struct JobProgress {
    rows: AtomicU64,
    bytes: AtomicU64,
}

impl JobProgress {
    /// Rows of tables that the job has gone through; a table that it goes through twice counts twice.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Bytes of results that were made.
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

    /// Sets how far a job is that another process runs.
    pub(crate) fn set(&self, rows: u64, bytes: u64) {
        self.rows.store(rows, Ordering::Relaxed);
        self.bytes.store(bytes, Ordering::Relaxed);
    }

    /// Calls `work` as a part of the job: what it does on this thread counts here.
    pub(crate) fn of<T>(self: &Arc<Self>, work: impl FnOnce() -> T) -> T {
        let before = CURRENT.replace(Some(self.clone()));
        let _back = Back(before);
        work()
    }

    /// The progress of the job that this thread works for; of nobody, when it works for none.
    #[cfg(feature = "polars")]
    pub(crate) fn current() -> Arc<JobProgress> {
        CURRENT.with_borrow(|current| current.clone().unwrap_or_default())
    }
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<JobProgress>>> = const { RefCell::new(None) };
}

/// Puts back who this thread worked for, also after a panic.
struct Back(Option<Arc<JobProgress>>);

impl Drop for Back {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}
