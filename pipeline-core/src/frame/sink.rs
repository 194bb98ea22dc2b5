//! A plan's rows, batch by batch, and their way into an object.
//!
//! The streaming engine makes the rows on its own threads and hands them over in order, in batches of
//! a fixed number of rows; this thread writes them as an Arrow IPC file, and the store hashes the
//! bytes as they pass. At any time a few batches are in memory, however long the table is.
//!
//! The bytes are a function of the rows alone: batches have a fixed length, each column is brought
//! into one canonical form, and the file is not compressed. So the hash of the file is the hash of
//! the table's content, whatever chunks, threads and plans made it.

use super::columns;
use super::error::TableError;
use super::row::Row;
use polars::prelude::*;
use std::io::Write;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::sync_channel;

/// Rows in a batch of a stored table. Part of the format: another number gives other hashes.
const BATCH: NonZeroUsize = NonZeroUsize::new(1 << 16).unwrap();

/// Calls `take` with the plan's batches, in order, until it fails or there are no more.
pub(super) fn batches<E: From<TableError>>(
    plan: LazyFrame,
    mut take: impl FnMut(DataFrame) -> Result<(), E>,
) -> Result<(), E> {
    let (send, receive) = sync_channel::<DataFrame>(1);
    // A receiver that is gone stops the engine.
    let callback = PlanCallback::new(move |batch| Ok(send.send(batch).is_err()));
    let plan = plan.sink_batches(callback, true, Some(BATCH)).map_err(TableError::from)?;
    std::thread::scope(|scope| {
        let engine =
            scope.spawn(|| catch_unwind(AssertUnwindSafe(|| plan.collect_with_engine(Engine::Streaming))));
        let taken = receive.iter().try_for_each(&mut take);
        drop(receive);
        let message = match engine.join() {
            Ok(Ok(Ok(_))) => return taken,
            Ok(Ok(Err(error))) => return taken.and(Err(TableError::from(error).into())),
            Ok(Err(payload)) | Err(payload) => payload,
        };
        let message = message
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| message.downcast_ref::<String>().cloned());
        taken.and(Err(TableError::Panic { message: message.unwrap_or_default() }.into()))
    })
}

/// Writes the plan's rows as an Arrow IPC file; how many there were. The plan must have the columns
/// of `R` in their order.
pub(super) fn write<R: Row>(plan: LazyFrame, out: &mut dyn Write) -> Result<u64, TableError> {
    let schema: Schema = R::COLUMNS
        .iter()
        .map(|column| Field::new(column.name.into(), columns::data_type(column.ty)))
        .collect();
    let fields = R::COLUMNS.iter().map(|_| Default::default()).collect();
    let mut writer = IpcWriter::new(out).batched(&schema, fields)?;
    let mut rows = 0;
    batches(plan, |batch| {
        // A table without rows may come as a batch without rows or as none: its bytes are the same.
        if batch.height() == 0 {
            return Ok(());
        }
        writer.write_batch(&canonical::<R>(&batch, rows)?)?;
        rows += batch.height() as u64;
        Ok::<(), TableError>(())
    })?;
    writer.finish()?;
    Ok(rows)
}

/// The batch in its canonical form; refuses gaps in columns that may have none. `before` rows came
/// before it.
fn canonical<R: Row>(batch: &DataFrame, before: u64) -> Result<DataFrame, TableError> {
    let mut canonical = Vec::with_capacity(R::COLUMNS.len());
    for (column, field) in batch.columns().iter().zip(R::COLUMNS) {
        if !field.nullable && column.null_count() > 0 {
            let gap = column.is_null().first_true_idx().unwrap_or(0) as u64;
            let row_number = before + gap + 1;
            return Err(TableError::MissingValue { row: R::NAME, column: field.name, row_number });
        }
        canonical.push(columns::canonical(column, field.ty)?);
    }
    Ok(DataFrame::new_infer_height(canonical)?)
}
