//! Describe: table tasks are called over empty tables, to learn before anything runs whether their plans hold, and which
//! columns theirs come of.
//!
//! A function that takes and returns tables describes a plan, and need not see a row for that. One that asks for rows all the
//! same does more: what it gives of none says nothing. What a function must not do without rows, `#[task(opaque)]` says.

use crate::data::{DataType, Description, Shape, Value};
use crate::engine::execute::{exits, panics};
use crate::engine::job::report::{FailureKind, JobError};
use crate::graph::{Arguments, Call, TaskDef};
use skipstone_wiring::suggestion;
use std::panic::AssertUnwindSafe;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tracing_core::{Dispatch, dispatcher};

/// How long a submission waits for its tasks to be described. What takes longer is carried out without.
const PATIENCE: Duration = Duration::from_secs(1);

/// A call of a task over empty tables, to be made.
pub(crate) struct Describing {
    name: String,
    task: &'static TaskDef,
    arguments: Arguments,
    of: Description,
}

/// What came of one.
pub(crate) enum Described {
    /// The tables that it makes, by output, as plans of no rows; nothing else is in these, unless the function asked for rows.
    Holds { tables: Vec<Value>, rows_were_read: bool },
    /// No rows would make it right.
    Fails(JobError),
    /// It says nothing: the function asks for rows, or panicked without.
    Opaque,
}

impl Describing {
    /// The call of a table task, whose other arguments are known by node; `None` of every other task, or where one is not
    /// known.
    pub(crate) fn new(call: &Call, value: impl Fn(usize) -> Option<Value>) -> Option<Describing> {
        Describing::of(&call.name, call.task, |argument| value(*call.arguments.get(argument)?))
    }

    /// The same of a task, whose other arguments are known by their places.
    pub(crate) fn of(
        name: &str,
        task: &'static TaskDef,
        value: impl Fn(usize) -> Option<Value>,
    ) -> Option<Describing> {
        let is_table_task = task.outputs.iter().all(|output| output.data.viewed.is_some());
        if !is_table_task || task.is_opaque() || task.has_effects() || task.is_isolated() {
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
            // A function that reads a file, or a table that is not empty, does more than describe.
            let has_rows = data.scanned || data.external || (data.shape)() == Shape::Table;
            table.or_else(|| value(index).filter(|_| !has_rows))
        };
        let arguments = task.parameters.iter().enumerate().map(&mut argument);
        let arguments = Arguments(arguments.collect::<Option<Vec<Value>>>()?);
        (tables > 0).then(|| Describing { name: name.to_owned(), task, arguments, of })
    }

    /// Calls the function on this thread.
    pub(crate) fn call(self) -> Described {
        let Describing { name, task, arguments, of } = self;
        let call = || of.of(|| exits::noticed(&name, || (task.run)(&arguments)));
        let made = quietly(|| {
            panics::watched(AssertUnwindSafe(|| {
                let outputs = call().map_err(JobError::from)?;
                let values = outputs.0.into_iter().zip(task.outputs);
                values
                    .map(|(output, definition)| (definition.data.round_trip)(output).map_err(JobError::from))
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

/// Makes the calls, in order, as far as there is time; what fails, with the number that it was given.
pub(crate) fn failing(calls: Vec<(usize, Describing)>) -> Vec<(usize, JobError)> {
    if calls.is_empty() {
        return Vec::new();
    }
    let until = Instant::now() + PATIENCE;
    let (send, receive) = mpsc::channel();
    let work = move || {
        for (index, call) in calls {
            let described = call.call();
            // The submission waits no longer.
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

/// Does work of which nothing is logged, nor printed to where tasks print.
fn quietly<T>(work: impl FnOnce() -> T) -> T {
    let work = || dispatcher::with_default(&Dispatch::none(), work);
    #[cfg(feature = "cli")]
    let work = || {
        use crate::engine::workspace::{log::JobLog, printed};
        printed::of(&JobLog::new(None, crate::engine::LogCapture::of(crate::engine::LogLevel::Off)), work)
    };
    work()
}

/// The error in a sentence, with the nearest column of the arguments where it names one that is not there.
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
                true => format!("there is no column `{column}`{hint}"),
                false => format!("there is no column `{column}` among {}{hint}", names.join(", ")),
            }
        }
    };
    JobError { kind: FailureKind::NotCarriedOut, message, causes, source }
}
