//! Writes a plan's rows to an object, batch by batch.
//!
//! The streaming engine computes the rows on its own threads and hands them over in order, in batches of a fixed number
//! of rows. This thread brings them into their canonical form and hashes them as they are written. Only a few batches
//! are in memory at any time, however long the table is.
//!
//! The bytes depend on the rows alone: batches have a fixed length, each column has one canonical form, and files are
//! not compressed. So their hash is the hash of the table's content, whatever chunks, threads and plans produced it.

use super::columns;
use super::contents::Hashers;
use super::error::TableError;
use super::ipc;
use super::long::{self, Files, PredictedColumns};
use super::multiset::RowHashes;
use super::row::{Column, Row};
use crate::data::{ColumnContent, Columns, JobProgress, Sink};
use polars::io::ipc::BatchedWriter;
use polars::prelude::*;
use skipstone_exact::ExactError;
use std::num::NonZeroUsize;

/// The number of rows in a batch of a stored table. Part of the format: another number changes the hashes.
pub(super) const BATCH: NonZeroUsize = NonZeroUsize::new(1 << 16).unwrap();

/// Calls `take` with the plan's batches, in order, until it fails or the plan ends. The rows count as progress of this
/// thread's job.
pub(super) fn batches<E: From<ExactError>>(
    plan: LazyFrame,
    take: impl FnMut(DataFrame) -> Result<(), E>,
) -> Result<(), E> {
    count_rows();
    skipstone_exact::batches(plan, BATCH, take)
}

/// The same with the rows in any order.
fn batches_in_any_order<E: From<ExactError>>(
    plan: LazyFrame,
    take: impl FnMut(DataFrame) -> Result<(), E>,
) -> Result<(), E> {
    count_rows();
    skipstone_exact::batches_in_any_order(plan, BATCH, take)
}

fn count_rows() {
    skipstone_exact::count_rows(|| {
        let progress = JobProgress::current();
        Box::new(move |rows| progress.add_rows(rows))
    });
}

/// Writes the plan's rows as Arrow IPC files and returns their number. The plan must have the columns of `R` in their
/// order.
///
/// If the sink accepts columns, a table of more than one batch has its columns in separate files, and its content is an
/// index of these.
pub(super) fn write<R: Row>(plan: LazyFrame, sink: &mut Sink<'_>) -> Result<u64, TableError> {
    let mut hashes = sink.unordered.then(RowHashes::default);
    let rows = match sink.columns.take() {
        Some(columns) if long::can_be_in_files::<R>() => {
            write_columns::<R>(plan, &columns, sink, &mut hashes)
        }
        _ => write_whole::<R>(plan, sink, &mut hashes),
    }?;
    if let Some(hashes) = hashes {
        // Rows in another order are the same table, but the contents of its columns differ.
        sink.contents.clear();
        sink.multiset = Some(hashes.finish(R::COLUMNS));
    }
    Ok(rows)
}

/// Writes the rows as one file, however many there are.
fn write_whole<R: Row>(
    plan: LazyFrame,
    sink: &mut Sink<'_>,
    hashes: &mut Option<RowHashes>,
) -> Result<u64, TableError> {
    let mut file = file::<R>(&mut *sink)?;
    let mut hashers = Hashers::of(R::COLUMNS)?;
    let rows = canonical_batches::<R>(plan, R::COLUMNS, hashes, |batch| {
        hashers.add(batch.height(), batch.columns())?;
        Ok(file.write_batch(&batch)?)
    })?;
    file.finish()?;
    sink.contents = hashers.finish()?;
    Ok(rows)
}

/// Writes the columns to separate files once there is more than one batch.
fn write_columns<R: Row>(
    plan: LazyFrame,
    to: &Columns<'_>,
    sink: &mut Sink<'_>,
    hashes: &mut Option<RowHashes>,
) -> Result<u64, TableError> {
    let mut first = None;
    let watch = sink.watch;
    // Columns of an earlier table may have their rows in another order than newly computed ones.
    let kept = if hashes.is_none() { to } else { &Columns::Hashed };
    let predicted = PredictedColumns::of::<R>(&plan, kept)?;
    let long = std::thread::scope(|scope| {
        let begin = || Files::begin::<R>(scope, to, &predicted, watch);
        if let Some(rows) = predicted.rows() {
            // An earlier table has some of the columns, or all: only the others are computed.
            let mut files = begin();
            let computed = predicted.computed::<R>();
            let made = match computed.is_empty() {
                true => Ok(rows),
                false => {
                    let plan =
                        plan.select(computed.iter().map(|column| col(column.name)).collect::<Vec<_>>());
                    canonical_batches::<R>(plan, &computed, hashes, |batch| Ok(files.write(&batch)?))
                }
            };
            return files.finish(made, sink).map(Some);
        }
        let mut files: Option<Files<'_>> = None;
        let rows = canonical_batches::<R>(plan, R::COLUMNS, hashes, |batch| {
            match (&mut files, first.take()) {
                (None, None) => first = Some(batch),
                (None, Some(first)) => {
                    let files = files.insert(begin());
                    files.write(&first)?;
                    files.write(&batch)?;
                }
                (Some(files), _) => files.write(&batch)?,
            }
            Ok(())
        });
        match files {
            Some(files) => files.finish(rows, sink).map(Some),
            None => rows.map(|_| None),
        }
    })?;
    match long {
        Some(rows) => {
            predicted.note::<R>(&mut sink.contents);
            Ok(rows)
        }
        None => {
            let mut hashers = Hashers::of(R::COLUMNS)?;
            let mut file = file::<R>(&mut *sink)?;
            if let Some(batch) = &first {
                file.write_batch(batch)?;
                hashers.add(batch.height(), batch.columns())?;
            }
            file.finish()?;
            sink.contents = hashers.finish()?;
            Ok(first.map_or(0, |batch| batch.height() as u64))
        }
    }
}

/// Returns the contents of the columns of a table in one object, as writing it does.
pub(super) fn contents<R: Row>(plan: LazyFrame) -> Result<Vec<ColumnContent>, TableError> {
    let mut hashers = Hashers::of(R::COLUMNS)?;
    canonical_batches::<R>(plan, R::COLUMNS, &mut None, |batch| {
        Ok(hashers.add(batch.height(), batch.columns())?)
    })?;
    Ok(hashers.finish()?)
}

/// Creates a writer for one file with all columns.
fn file<'a, 'b, R: Row>(out: &'a mut Sink<'b>) -> PolarsResult<BatchedWriter<&'a mut Sink<'b>>> {
    ipc::writer(out, &ipc::schema(R::COLUMNS))
}

/// Calls `take` with the plan's batches of these columns of `R` in canonical form, and returns the number of rows. The
/// rows come in any order if their hashes are added up.
fn canonical_batches<R: Row>(
    plan: LazyFrame,
    fields: &[Column],
    hashes: &mut Option<RowHashes>,
    mut take: impl FnMut(DataFrame) -> Result<(), TableError>,
) -> Result<u64, TableError> {
    let mut rows = 0;
    let ordered = hashes.is_none();
    let taken = |batch: DataFrame| {
        // A table without rows may come as an empty batch or as no batch; its bytes must be the same.
        if batch.height() == 0 {
            return Ok(());
        }
        let batch = canonical::<R>(&batch, fields, rows)?;
        rows += batch.height() as u64;
        if let Some(hashes) = hashes {
            hashes.add(&batch, fields)?;
        }
        take(batch)
    };
    match ordered {
        true => batches(plan, taken),
        false => batches_in_any_order(plan, taken),
    }?;
    Ok(rows)
}

/// Returns the batch in canonical form. Fails if a required value is missing. `before` is the number of rows in earlier
/// batches.
fn canonical<R: Row>(batch: &DataFrame, fields: &[Column], before: u64) -> Result<DataFrame, TableError> {
    let mut canonical = Vec::with_capacity(fields.len());
    for (column, field) in batch.columns().iter().zip(fields) {
        if !field.nullable && column.null_count() > 0 {
            let gap = column.is_null().first_true_idx().unwrap_or(0) as u64;
            let row_number = before + gap + 1;
            return Err(TableError::MissingValue { row: R::NAME, column: field.name, row_number });
        }
        canonical.push(columns::canonical(column, field.ty)?);
    }
    Ok(DataFrame::new_infer_height(canonical)?)
}
