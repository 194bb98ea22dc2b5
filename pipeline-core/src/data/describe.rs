//! Calls of tasks over empty tables, to learn what they describe.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A call of a task over empty tables.
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
    /// Which of the task's parameters it is for.
    pub(crate) argument: usize,
}

/// A column of an argument.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArgumentColumn {
    /// The place of the task's parameter.
    pub argument: usize,
    /// The column's name.
    pub column: String,
}

/// Of each column of a table, the columns of the arguments that it comes of.
#[doc(hidden)]
pub type Origins = Vec<(String, Vec<ArgumentColumn>)>;

impl Description {
    /// Calls a function over empty tables: what it would carry out is described.
    pub(crate) fn of<T>(&self, call: impl FnOnce() -> T) -> T {
        #[cfg(feature = "polars")]
        let call = || skipstone_exact::describing(call);
        call()
    }

    pub(crate) fn argument(&self, argument: usize) -> EmptyTable {
        EmptyTable { of: self.clone(), argument }
    }

    /// Whether the function asked for rows: then it does more than describe.
    pub(crate) fn rows_were_read(&self) -> bool {
        self.rows_were_read.load(Ordering::Relaxed)
    }
}

#[cfg_attr(not(feature = "polars"), allow(dead_code, reason = "tables need polars"))]
impl EmptyTable {
    /// The function asks for rows.
    pub(crate) fn rows_are_read(&self) {
        self.of.rows_were_read.store(true, Ordering::Relaxed);
    }
}
