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
use crate::data::JobProgress;
use pipeline_exact::ExactError;
use polars::prelude::*;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};

/// Rows in a batch of a stored table. Part of the format: another number gives other hashes.
const BATCH: NonZeroUsize = NonZeroUsize::new(1 << 16).unwrap();

/// Calls `take` with the plan's batches, in order, until it fails or there are no more. The rows count as progress of the
/// job that this thread works for.
pub(super) fn batches<E: From<ExactError>>(
    plan: LazyFrame,
    take: impl FnMut(DataFrame) -> Result<(), E>,
) -> Result<(), E> {
    pipeline_exact::count_rows(|| {
        let progress = JobProgress::current();
        Box::new(move |rows| progress.add_rows(rows))
    });
    pipeline_exact::batches(plan, BATCH, take)
}

/// Writes the plan's rows as an Arrow IPC file; how many there were. The plan must have the columns
/// of `R` in their order.
///
/// Three things go on at once: the engine makes rows, this thread brings them into their form, and
/// another writes and hashes the bytes.
pub(super) fn write<R: Row>(plan: LazyFrame, out: &mut (dyn Write + Send)) -> Result<u64, TableError> {
    let (send, receive) = sync_channel::<Vec<u8>>(4);
    let (give_back, spare) = channel::<Vec<u8>>();
    std::thread::scope(|scope| {
        let writer = scope.spawn(move || {
            receive.into_iter().try_for_each(|mut bytes| {
                out.write_all(&bytes)?;
                bytes.clear();
                // Nobody wants it any more when the last bytes are on their way.
                let _ = give_back.send(bytes);
                Ok::<(), io::Error>(())
            })
        });
        let encoded = encode::<R>(plan, Pipe { bytes: Vec::with_capacity(PIECE), send, spare });
        let written = writer.join().unwrap_or_else(|_| Err(io::Error::other("the writing thread panicked")));
        // When nobody writes any more the pipe is broken: the reason is what counts.
        written.map_err(|error| TableError::Polars(error.into()))?;
        encoded
    })
}

/// Bytes that are written at once.
const PIECE: usize = 1 << 20;

/// Bytes on their way to another thread.
struct Pipe {
    bytes: Vec<u8>,
    send: SyncSender<Vec<u8>>,
    spare: Receiver<Vec<u8>>,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bytes = &bytes[..bytes.len().min(PIECE - self.bytes.len())];
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() == PIECE {
            let next = self.spare.try_recv().unwrap_or_else(|_| Vec::with_capacity(PIECE));
            self.send
                .send(std::mem::replace(&mut self.bytes, next))
                .map_err(|_| io::ErrorKind::BrokenPipe)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn encode<R: Row>(plan: LazyFrame, mut out: Pipe) -> Result<u64, TableError> {
    let schema: Schema = R::COLUMNS
        .iter()
        .map(|column| Field::new(column.name.into(), columns::data_type(column.ty)))
        .collect();
    let fields = R::COLUMNS.iter().map(|_| Default::default()).collect();
    let mut writer = IpcWriter::new(&mut out).batched(&schema, fields)?;
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
    let rest = std::mem::take(&mut out.bytes);
    out.send.send(rest).map_err(|_| TableError::Polars(io::Error::from(io::ErrorKind::BrokenPipe).into()))?;
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
