//! Describe: calls table tasks with empty tables, to learn before anything runs whether their query plans are valid,
//! and which columns each column is computed from.
//!
//! A function that takes and returns tables describes a query plan, and does not need rows for that. A function that
//! asks for rows does more: its result on empty tables proves nothing. `#[task(opaque)]` marks functions that must not
//! be called without rows.

use crate::data::{DataType, Description, Shape, Value};
use crate::engine::execute::{exits, panics};
use crate::engine::job::report::{FailureKind, JobError};
use crate::graph::parts::ArgumentNodes;
use crate::graph::{Arguments, Call, Resources, TaskDef};
use skipstone_wiring::{Passing, suggestion};
use std::panic::AssertUnwindSafe;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tracing_core::{Dispatch, dispatcher};

/// How long a submission waits for the calls with empty tables. Jobs whose calls take longer run unchecked.
const TIME_LIMIT: Duration = Duration::from_secs(1);

/// A call of a task with empty tables that has not been made yet.
pub(crate) struct Describing {
    name: String,
    task: &'static TaskDef,
    arguments: Arguments,
    of: Description,
}

/// The outcome of a call with empty tables.
pub(crate) enum Described {
    /// The query plan is valid. `tables` has the outputs as plans without rows; they hold nothing else unless the
    /// function asked for rows.
    Holds { tables: Vec<Value>, rows_were_read: bool },
    /// The query plan is invalid, whatever rows the tables have.
    Fails(JobError),
    /// Unknown: the function asked for rows and failed, or it panicked.
    Opaque,
}

impl Describing {
    /// Prepares the call of a table task. `value` looks up the other arguments by node. `None` if the task is not a
    /// table task, or if an argument is unknown.
    pub(crate) fn new(call: &Call, value: impl Fn(usize) -> Option<Value>) -> Option<Describing> {
        let slots: Vec<_> = call.argument_nodes().collect();
        Describing::of(&call.name, call.task, |argument| match slots.get(argument)? {
            ArgumentNodes::One(node) if call.passing(argument) == Passing::One => value(*node),
            ArgumentNodes::One(_) | ArgumentNodes::Parts { .. } => None,
        })
    }

    /// Like [`Describing::new`], with the other arguments looked up by position.
    pub(crate) fn of(
        name: &str,
        task: &'static TaskDef,
        value: impl Fn(usize) -> Option<Value>,
    ) -> Option<Describing> {
        let is_table_task = task.outputs.iter().all(|output| output.viewed.is_some());
        if !is_table_task
            || !task.resources.is_empty()
            || task.is_opaque()
            || task.has_effects()
            || task.is_isolated()
        {
            return None;
        }
        let of = Description::default();
        let mut tables = 0;
        let mut argument = |(index, data): (usize, &DataType)| {
            let empty = of.argument(index);
            let table = match data.viewed {
                Some(_) => (data.empty)(&empty),
                None => value(index).filter(|_| data.external).and_then(|value| value.without_rows(&empty)),
            };
            tables += usize::from(table.is_some());
            // A function that reads a file or a non-empty table does more than describe a query plan.
            let has_rows = data.scanned || data.external || (data.shape)() == Shape::Table;
            table.or_else(|| value(index).filter(|_| !has_rows))
        };
        let arguments = task.parameters.iter().enumerate().map(&mut argument);
        let values = arguments.collect::<Option<Vec<Value>>>()?;
        let arguments = Arguments { values, resources: Resources::default() };
        (tables > 0).then(|| Describing { name: name.to_owned(), task, arguments, of })
    }

    /// Calls the function on this thread.
    pub(crate) fn call(self) -> Described {
        let Describing { name, task, arguments, of } = self;
        let call = || of.of(|| exits::watched(&name, || (task.run)(&arguments)));
        let made = quietly(|| {
            panics::watched(AssertUnwindSafe(|| {
                let outputs = call().map_err(JobError::from)?;
                let values = outputs.0.into_iter().zip(task.outputs);
                values
                    .map(|(output, definition)| (definition.round_trip)(output).map_err(JobError::from))
                    .collect::<Result<Vec<Value>, JobError>>()
            }))
        });
        match made {
            Ok(Ok(values)) => Described::Holds { tables: values, rows_were_read: of.rows_were_read() },
            Ok(Err(error)) if !of.rows_were_read() => Described::Fails(explained(task, error)),
            Ok(Err(_)) | Err(_) => Described::Opaque,
        }
    }
}

/// Makes the calls in order until the time limit. Returns the failed ones by the index that they were given.
pub(crate) fn failing(calls: Vec<(usize, Describing)>) -> Vec<(usize, JobError)> {
    if calls.is_empty() {
        return Vec::new();
    }
    let until = Instant::now() + TIME_LIMIT;
    let (send, receive) = mpsc::channel();
    let work = move || {
        for (index, call) in calls {
            let described = call.call();
            // The submission has stopped waiting.
            if send.send((index, described)).is_err() {
                return;
            }
        }
    };
    let thread = std::thread::Builder::new().name("pipeline-describe".into()).stack_size(8 << 20);
    if thread.spawn(work).is_err() {
        return Vec::new();
    }
    let mut failing = Vec::new();
    while let Ok((index, described)) = receive.recv_timeout(until.saturating_duration_since(Instant::now())) {
        if let Described::Fails(error) = described {
            failing.push((index, error));
        }
    }
    failing
}

/// Runs `work` without keeping its log events or its printed lines.
fn quietly<T>(work: impl FnOnce() -> T) -> T {
    let work = || dispatcher::with_default(&Dispatch::none(), work);
    #[cfg(feature = "cli")]
    let work = || {
        use crate::engine::workspace::{log::JobLog, printed};
        printed::of(&JobLog::new(None, crate::engine::LogCapture::of(crate::engine::LogLevel::Off)), work)
    };
    work()
}

/// Shortens the error to one sentence. If it names an unknown column, suggests the nearest column of the arguments.
fn explained(task: &TaskDef, error: JobError) -> JobError {
    let JobError { message, causes, source, .. } = error;
    let unknown = message.split_once("unable to find column \"").and_then(|(_, rest)| rest.split_once('"'));
    let message = match unknown {
        None => message,
        Some((column, rest)) => {
            let there = rest.split_once("valid columns: [").and_then(|(_, rest)| rest.split_once(']'));
            let there: Vec<&str> = there.map_or_else(Vec::new, |(names, _)| {
                names.split(", ").map(|name| name.trim_matches('"')).collect()
            });
            let known = task.parameters.iter().flat_map(|data| data.columns).map(|column| column.name);
            let hint = suggestion(column, there.iter().copied().chain(known));
            let names: Vec<String> = there.iter().map(|name| format!("`{name}`")).collect();
            match names.is_empty() {
                true => format!("no column `{column}`{hint}"),
                false => format!("no column `{column}` among {}{hint}", names.join(", ")),
            }
        }
    };
    JobError { kind: FailureKind::NotCarriedOut, message, causes, source }
}
