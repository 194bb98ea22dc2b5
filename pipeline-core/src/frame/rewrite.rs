//! Rewrites rows of files that polars can't read, to a temporary file that is deleted with the plan.

use super::TableError;
use super::columns::{self, column};
use super::ipc;
use super::row::{Cell, Row};
use crate::data::CancelToken;
use polars::io::ipc::BatchedWriter;
use polars::prelude::*;
use std::fs::File;
use std::io::BufWriter;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use tempfile::TempPath;

/// The maximum number of rows in memory.
const BATCH: usize = 1 << 14;

/// Receives the cells of a row.
pub(super) type Take<'a> = dyn FnMut(Vec<Cell>) -> Result<(), TableError> + 'a;

/// Reads a file and passes on each of its rows.
pub(super) type Read<'a> = dyn Fn(&Path, &mut Take<'_>) -> Result<(), TableError> + 'a;

/// Returns a plan with the rows of the files, one file after the other.
pub(super) fn plan<R: Row>(paths: &[PathBuf], read: &Read<'_>) -> Result<LazyFrame, TableError> {
    let mut rows = Rewriter::<R>::new();
    for path in paths {
        read(path, &mut |row| rows.add(row))?;
    }
    rows.plan()
}

/// Returns the first error in a file.
pub(super) fn problem(path: &Path, read: &Read<'_>) -> Option<String> {
    read(path, &mut |_| Ok(())).err().map(|error| error.to_string())
}

/// Collects rows and writes them to a file, batch by batch.
struct Rewriter<R> {
    rows: Vec<Vec<Cell>>,
    written: Option<Written>,
    row: PhantomData<fn() -> R>,
}

struct Written {
    writer: BatchedWriter<BufWriter<File>>,
    path: TempPath,
}

impl<R: Row> Rewriter<R> {
    fn new() -> Rewriter<R> {
        Rewriter { rows: Vec::new(), written: None, row: PhantomData }
    }

    /// Adds a row: a cell for each column of `R`.
    fn add(&mut self, row: Vec<Cell>) -> Result<(), TableError> {
        self.rows.push(row);
        if self.rows.len() < BATCH {
            return Ok(());
        }
        if CancelToken::current().is_canceled() {
            return Err(TableError::Canceled);
        }
        let batch = self.batch()?;
        let written = match &mut self.written {
            Some(written) => written,
            None => self.written.insert(Written::new::<R>()?),
        };
        Ok(written.writer.write_batch(&batch)?)
    }

    /// Takes the collected rows as a table in the form of the store.
    fn batch(&mut self) -> Result<DataFrame, TableError> {
        let rows = std::mem::take(&mut self.rows);
        let of = |(number, found): (usize, &super::row::Column)| {
            let values = column(found.name, found.ty, rows.iter().filter_map(|row| row.get(number)))?;
            columns::canonical(&values, found.ty)
        };
        let columns = R::COLUMNS.iter().enumerate().map(of).collect::<PolarsResult<Vec<_>>>()?;
        Ok(DataFrame::new(rows.len(), columns)?)
    }

    /// Returns a plan with all rows that were added. Without a full batch, the rows stay in memory.
    fn plan(mut self) -> Result<LazyFrame, TableError> {
        let rest = self.batch()?;
        let Some(Written { mut writer, path }) = self.written else {
            return Ok(columns::unstored::<R>(rest.lazy()));
        };
        writer.write_batch(&rest)?;
        writer.finish()?;
        drop(writer);
        let file = PlRefPath::new(path.to_string_lossy());
        let options = UnifiedScanArgs { glob: false, ..Default::default() };
        let plan = LazyFrame::scan_ipc(file, Default::default(), options)?;
        let held = move |batch| {
            let _ = &path;
            Ok(batch)
        };
        let plan =
            plan.map(held, OptFlags::STREAMING | OptFlags::PROJECTION_PUSHDOWN, None, Some("rewritten rows"));
        Ok(columns::unstored::<R>(plan))
    }
}

impl Written {
    fn new<R: Row>() -> Result<Written, TableError> {
        let file = tempfile::Builder::new().prefix("pipeline-").suffix(".arrow").tempfile();
        let (file, path) = file.map_err(TableError::Rewrite)?.into_parts();
        let out = BufWriter::with_capacity(1 << 18, file);
        Ok(Written { writer: ipc::writer(out, &ipc::schema(R::COLUMNS))?, path })
    }
}
