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
use super::order;
use super::row::Row;
use crate::data::JobProgress;
use polars::prelude::*;
use std::any::Any;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};

/// Rows in a batch of a stored table. Part of the format: another number gives other hashes.
const BATCH: NonZeroUsize = NonZeroUsize::new(1 << 16).unwrap();

/// Calls `take` with the plan's batches, in order, until it fails or there are no more.
pub(super) fn batches<E: From<TableError>>(
    plan: LazyFrame,
    mut take: impl FnMut(DataFrame) -> Result<(), E>,
) -> Result<(), E> {
    let (send, receive) = sync_channel::<DataFrame>(1);
    let engine = Sending::new(plan, send, Some(BATCH))?;
    let progress = JobProgress::current();
    std::thread::scope(|scope| {
        let engine = scope.spawn(|| engine.run());
        let taken = receive.iter().try_for_each(|batch| {
            progress.add_rows(batch.height());
            take(batch)
        });
        drop(receive);
        let ran = engine.join().unwrap_or_else(|payload| Err(panicked(&*payload)));
        taken.and(ran.map_err(E::from))
    })
}

/// Shares the plan's batches out, in no order and of any length, among several threads, each with a
/// state of its own; the states, when there are no more batches.
pub(super) fn shared<S: Send>(
    plan: LazyFrame,
    new: impl Fn() -> S + Sync,
    take: impl Fn(&mut S, DataFrame) -> Result<(), TableError> + Sync,
) -> Result<Vec<S>, TableError> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let (send, receive) = sync_channel::<DataFrame>(1);
    let engine = Sending::new(plan, send, None)?;
    let receive = Mutex::new(Some(receive));
    let progress = JobProgress::current();
    let next = || {
        receive
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .and_then(|receive| receive.recv().ok())
    };
    let work = || {
        let mut state = new();
        while let Some(batch) = next() {
            progress.add_rows(batch.height());
            take(&mut state, batch).inspect_err(|_| {
                // Nobody takes any more, which stops the engine.
                drop(receive.lock().unwrap_or_else(PoisonError::into_inner).take());
            })?;
        }
        Ok(state)
    };
    std::thread::scope(|scope| {
        let engine = scope.spawn(|| engine.run());
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let states: Result<Vec<S>, TableError> = workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|payload| Err(panicked(&*payload))))
            .collect();
        drop(receive.lock().unwrap_or_else(PoisonError::into_inner).take());
        let ran = engine.join().unwrap_or_else(|payload| Err(panicked(&*payload)));
        let states = states?;
        ran.map(|()| states)
    })
}

/// A plan whose batches the streaming engine sends away.
struct Sending(LazyFrame);

impl Sending {
    fn new(
        plan: LazyFrame,
        send: SyncSender<DataFrame>,
        rows: Option<NonZeroUsize>,
    ) -> Result<Sending, TableError> {
        // A receiver that is gone stops the engine.
        let callback = PlanCallback::new(move |batch| Ok(send.send(batch).is_err()));
        Ok(Sending(order::kept(plan).sink_batches(callback, rows.is_some(), rows)?))
    }

    fn run(self) -> Result<(), TableError> {
        match catch_unwind(AssertUnwindSafe(|| self.0.collect_with_engine(Engine::Streaming))) {
            Ok(result) => Ok(result.map(drop)?),
            Err(payload) => Err(panicked(&*payload)),
        }
    }
}

fn panicked(payload: &(dyn Any + Send)) -> TableError {
    let message = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned());
    TableError::Panic { message: message.unwrap_or_default() }
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
