//! Runs query plans with polars' streaming engine, batch by batch. Only a few batches are in memory at any time,
//! however long the table is.

use super::error::ExactError;
use super::order;
use polars::prelude::*;
use std::any::Any;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Is called with the number of rows of each batch, from any thread.
pub type Counter = Box<dyn Fn(usize) + Send + Sync>;

static COUNTER: OnceLock<fn() -> Counter> = OnceLock::new();

/// Counts the rows of all query plans with counters from `new`, which is called for each plan, on the thread that runs
/// it. Only the first call of this function has an effect.
pub fn count_rows(new: fn() -> Counter) {
    let _ = COUNTER.set(new);
}

fn counter() -> Counter {
    COUNTER.get().map_or_else(|| Box::new(|_| {}) as Counter, |new| new())
}

/// Runs a query plan, and calls `take` with its rows in order, in batches of `rows` rows, until `take` fails or no rows
/// are left.
///
/// # Errors
///
/// When the plan or `take` fails.
pub fn batches<E: From<ExactError>>(
    plan: LazyFrame,
    rows: NonZeroUsize,
    take: impl FnMut(DataFrame) -> Result<(), E>,
) -> Result<(), E> {
    take_batches(plan, rows, true, take)
}

/// Like [`batches`], with the rows in the order in which the engine produces them, which differs from run to run.
///
/// # Errors
///
/// As [`batches`].
pub fn batches_in_any_order<E: From<ExactError>>(
    plan: LazyFrame,
    rows: NonZeroUsize,
    take: impl FnMut(DataFrame) -> Result<(), E>,
) -> Result<(), E> {
    take_batches(plan, rows, false, take)
}

fn take_batches<E: From<ExactError>>(
    plan: LazyFrame,
    rows: NonZeroUsize,
    ordered: bool,
    mut take: impl FnMut(DataFrame) -> Result<(), E>,
) -> Result<(), E> {
    let (send, receive) = sync_channel::<DataFrame>(1);
    let plan = if ordered { order::preserve_order(plan) } else { plan };
    let engine = StreamedPlan::new(plan, send, ordered, Some(rows))?;
    let count = counter();
    std::thread::scope(|scope| {
        let engine = scope.spawn(|| engine.run());
        let taken = receive.iter().try_for_each(|batch| {
            count(batch.height());
            take(batch)
        });
        drop(receive);
        let ran = engine.join().unwrap_or_else(|payload| Err(panicked(&*payload)));
        taken.and(ran.map_err(E::from))
    })
}

/// Runs a query plan, and distributes its batches to several threads, each with its own state. Batches come in any
/// order and length. Returns the states after the last batch.
pub(crate) fn fold_in_parallel<S: Send>(
    plan: LazyFrame,
    new: impl Fn() -> S + Sync,
    take: impl Fn(&mut S, DataFrame) -> Result<(), ExactError> + Sync,
) -> Result<Vec<S>, ExactError> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let (send, receive) = sync_channel::<DataFrame>(1);
    let engine = StreamedPlan::new(order::preserve_order(plan), send, false, None)?;
    let receive = Mutex::new(Some(receive));
    let count = counter();
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
            count(batch.height());
            take(&mut state, batch).inspect_err(|_| {
                // Without a receiver, the engine stops.
                drop(receive.lock().unwrap_or_else(PoisonError::into_inner).take());
            })?;
        }
        Ok(state)
    };
    std::thread::scope(|scope| {
        let engine = scope.spawn(|| engine.run());
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let states: Result<Vec<S>, ExactError> = workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|payload| Err(panicked(&*payload))))
            .collect();
        drop(receive.lock().unwrap_or_else(PoisonError::into_inner).take());
        let ran = engine.join().unwrap_or_else(|payload| Err(panicked(&*payload)));
        let states = states?;
        ran.map(|()| states)
    })
}

/// A query plan whose batches the streaming engine sends to a channel.
struct StreamedPlan(LazyFrame);

impl StreamedPlan {
    fn new(
        plan: LazyFrame,
        send: SyncSender<DataFrame>,
        ordered: bool,
        rows: Option<NonZeroUsize>,
    ) -> Result<StreamedPlan, ExactError> {
        // The engine stops if the receiver was dropped.
        let callback = PlanCallback::new(move |batch| Ok(send.send(batch).is_err()));
        Ok(StreamedPlan(plan.sink_batches(callback, ordered, rows)?))
    }

    fn run(self) -> Result<(), ExactError> {
        match catch_unwind(AssertUnwindSafe(|| self.0.collect_with_engine(Engine::Streaming))) {
            Ok(result) => Ok(result.map(drop)?),
            Err(payload) => Err(panicked(&*payload)),
        }
    }
}

fn panicked(payload: &(dyn Any + Send)) -> ExactError {
    let message = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned());
    ExactError::Panic { message: message.unwrap_or_default() }
}
