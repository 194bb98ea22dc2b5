//! Calls of tasks with empty tables, to learn which operations they describe.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A call of a task with empty tables.
#[doc(hidden)]
#[derive(Clone, Default)]
pub struct Description {
    rows_were_read: Arc<AtomicBool>,
}

/// An empty table for one argument of such a call.
#[doc(hidden)]
#[derive(Clone)]
#[cfg_attr(not(feature = "polars"), allow(dead_code, reason = "tables need polars"))]
pub struct EmptyTable {
    of: Description,
    /// The index of the task's parameter.
    pub(crate) argument: usize,
}

/// A column of a table that is passed to a task.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArgumentColumn {
    /// The index of the task's parameter.
    pub argument: usize,
    /// The column's name.
    pub column: String,
}

/// For each column of a table, the columns of the arguments that it is computed from.
#[doc(hidden)]
pub type Origins = Vec<(String, Vec<ArgumentColumn>)>;

impl Description {
    /// Calls a function with empty tables. Operations of the function are described, not carried out.
    pub(crate) fn of<T>(&self, call: impl FnOnce() -> T) -> T {
        #[cfg(feature = "polars")]
        let call = || skipstone_exact::describing(call);
        call()
    }

    pub(crate) fn argument(&self, argument: usize) -> EmptyTable {
        EmptyTable { of: self.clone(), argument }
    }

    /// Whether the function asked for rows. Such a function does more than describe operations.
    pub(crate) fn rows_were_read(&self) -> bool {
        self.rows_were_read.load(Ordering::Relaxed)
    }
}

#[cfg_attr(not(feature = "polars"), allow(dead_code, reason = "tables need polars"))]
impl EmptyTable {
    /// Records that the function asked for rows.
    pub(crate) fn rows_are_read(&self) {
        self.of.rows_were_read.store(true, Ordering::Relaxed);
    }
}
