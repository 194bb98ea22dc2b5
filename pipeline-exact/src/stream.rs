//! A plan carried out by polars' streaming engine, batch by batch: at any time a few batches are in memory, however long the
//! table is.

use super::error::ExactError;
use super::order;
use polars::prelude::*;
use std::any::Any;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Counts rows, from any thread.
pub type Counter = Box<dyn Fn(usize) + Send + Sync>;

static COUNTER: OnceLock<fn() -> Counter> = OnceLock::new();

/// Counts the rows of all plans by what `new` gives, which is called on the thread that carries a plan out. The first call
/// counts.
pub fn count_rows(new: fn() -> Counter) {
    let _ = COUNTER.set(new);
}

fn counter() -> Counter {
    COUNTER.get().map_or_else(|| Box::new(|_| {}) as Counter, |new| new())
}

/// Calls `take` with the plan's rows, in batches of so many, in order, until it fails or there are no more.
///
/// # Errors
///
/// When the plan fails, or `take` does.
pub fn batches<E: From<ExactError>>(
    plan: LazyFrame,
    rows: NonZeroUsize,
    take: impl FnMut(DataFrame) -> Result<(), E>,
) -> Result<(), E> {
    take_batches(plan, rows, true, take)
}

/// As [`batches`], with the rows in whatever order the engine makes them: another one in each run.
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
    let plan = if ordered { order::kept(plan) } else { plan };
    let engine = Sending::new(plan, send, ordered, Some(rows))?;
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

/// Shares the plan's batches out, in no order and of any length, among several threads, each with a
/// state of its own; the states, when there are no more batches.
pub(crate) fn shared<S: Send>(
    plan: LazyFrame,
    new: impl Fn() -> S + Sync,
    take: impl Fn(&mut S, DataFrame) -> Result<(), ExactError> + Sync,
) -> Result<Vec<S>, ExactError> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let (send, receive) = sync_channel::<DataFrame>(1);
    let engine = Sending::new(order::kept(plan), send, false, None)?;
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
                // Nobody takes any more, which stops the engine.
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

/// A plan whose batches the streaming engine sends away.
struct Sending(LazyFrame);

impl Sending {
    fn new(
        plan: LazyFrame,
        send: SyncSender<DataFrame>,
        ordered: bool,
        rows: Option<NonZeroUsize>,
    ) -> Result<Sending, ExactError> {
        // A receiver that is gone stops the engine.
        let callback = PlanCallback::new(move |batch| Ok(send.send(batch).is_err()));
        Ok(Sending(plan.sink_batches(callback, ordered, rows)?))
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
