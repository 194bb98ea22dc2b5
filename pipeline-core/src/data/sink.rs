//! The destination of a value's content.

use super::index::{Columns, Watch};
use super::{CancelToken, ColumnContent, JobProgress};
use crate::store::{Damaged, Hash};
use std::io::{self, Write};

/// The number of bytes between two checks for cancellation.
const CHECKED: usize = 1 << 20;

/// The destination of a value's content.
pub struct Sink<'a> {
    out: &'a mut (dyn Write + Send),
    pub(crate) watch: Watch<'a>,
    unchecked: usize,
    pub(crate) rows: Option<u64>,
    /// The destination of a long table's columns; `None` if the content must be in one piece.
    #[cfg_attr(not(feature = "polars"), allow(dead_code, reason = "writing tables needs polars"))]
    pub(crate) columns: Option<Columns<'a>>,
    /// The objects with columns that were written, and their size in bytes.
    pub(crate) column_objects: Vec<Hash>,
    pub(crate) column_bytes: u64,
    /// The contents of the table's columns.
    pub(crate) contents: Vec<ColumnContent>,
    /// Whether the rows of the table have no order.
    pub(crate) unordered: bool,
    /// The hash of the content of a table whose rows have no order.
    pub(crate) multiset: Option<Hash>,
    /// Damaged objects that were replaced.
    pub(crate) damaged: Vec<Damaged>,
}

impl<'a> Sink<'a> {
    /// Creates a sink for content in one piece.
    pub(crate) fn new(out: &'a mut (dyn Write + Send)) -> Sink<'a> {
        Sink {
            out,
            watch: Watch::default(),
            unchecked: 0,
            rows: None,
            columns: None,
            column_objects: Vec::new(),
            column_bytes: 0,
            contents: Vec::new(),
            unordered: false,
            multiset: None,
            damaged: Vec::new(),
        }
    }

    /// Creates a sink for the output of a task. Columns of tables are written to `columns`.
    pub(crate) fn of_output(out: &'a mut (dyn Write + Send), columns: Columns<'a>) -> Sink<'a> {
        Sink { columns: Some(columns), ..Sink::new(out) }
    }

    /// Attaches the sink to a job: writing fails once `token` is canceled, and bytes count as the job's progress.
    pub(crate) fn watched(self, token: &'a CancelToken, progress: &'a JobProgress) -> Sink<'a> {
        Sink { watch: Watch { token: Some(token), progress: Some(progress) }, ..self }
    }
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Writing a table may take longer than the function that described it, so long writes check for cancellation;
        // short ones are finished.
        if self.unchecked > CHECKED {
            self.unchecked = 0;
            self.watch.check()?;
        }
        self.unchecked += bytes.len();
        let written = self.out.write(bytes)?;
        self.watch.count(written);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
