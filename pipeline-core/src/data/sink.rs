//! Where a value's content is written.

use super::index::{Columns, Watch};
use super::{CancelToken, ColumnContent, JobProgress};
use crate::store::{Damaged, Hash};
use std::io::{self, Write};

/// After how many bytes it is looked whether what is written is still wanted.
const CHECKED: usize = 1 << 20;

/// Where a value's content is written.
pub struct Sink<'a> {
    out: &'a mut (dyn Write + Send),
    pub(crate) watch: Watch<'a>,
    unchecked: usize,
    pub(crate) rows: Option<u64>,
    /// Where the columns of a long table go; `None` where the content has to be in one piece.
    #[cfg_attr(not(feature = "polars"), allow(dead_code, reason = "who writes tables needs polars"))]
    pub(crate) columns: Option<Columns<'a>>,
    /// The objects with columns that were written, and their bytes.
    pub(crate) column_objects: Vec<Hash>,
    pub(crate) column_bytes: u64,
    /// The contents of a table's columns.
    pub(crate) contents: Vec<ColumnContent>,
    /// Whether the rows of a table have no order.
    pub(crate) unordered: bool,
    /// The content of a table whose rows have none.
    pub(crate) multiset: Option<Hash>,
    /// Damaged objects that were replaced.
    pub(crate) damaged: Vec<Damaged>,
}

impl<'a> Sink<'a> {
    /// For the content in one piece.
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

    /// For what a task made, whose columns go there.
    pub(crate) fn of_output(out: &'a mut (dyn Write + Send), columns: Columns<'a>) -> Sink<'a> {
        Sink { columns: Some(columns), ..Sink::new(out) }
    }

    /// The same for a job: it ends when that is canceled, and its bytes count as the job's progress.
    pub(crate) fn watched(self, token: &'a CancelToken, progress: &'a JobProgress) -> Sink<'a> {
        Sink { watch: Watch { token: Some(token), progress: Some(progress) }, ..self }
    }
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A table may take longer to write than the function took that described it; what is short is finished.
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
