//! Panics of tasks: catches them, and reports each one once.

use crate::engine::job::report::{FailureKind, JobError};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{UnwindSafe, catch_unwind};

thread_local! {
    /// Whether a task's function is being called on this thread.
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    /// The place of the last panic, if the hook is installed.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Calls `work` and catches its panic.
pub(crate) fn watched<T>(work: impl FnOnce() -> T + UnwindSafe) -> std::thread::Result<T> {
    PLACE.set(None);
    let before = WATCHED.replace(true);
    let result = catch_unwind(work);
    WATCHED.set(before);
    result
}

/// Returns the message of a panic.
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    format!("panicked: {}", text.unwrap_or_else(|| "a panic without a message".into()))
}

/// Returns the error of a job whose function panicked.
pub(crate) fn error(payload: &(dyn Any + Send)) -> JobError {
    let place = place().map(|place| format!(" (at {place})")).unwrap_or_default();
    JobError::new(FailureKind::Panicked, message(payload) + &place)
}

/// Returns the file and line of the last panic caught on this thread.
fn place() -> Option<String> {
    PLACE.take()
}

/// Installs a panic hook that prints nothing for panics of tasks: the job's error has the message and the place. For
/// programs, not for libraries: a process has a single panic hook.
pub(crate) fn report_through_jobs() {
    let other = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !WATCHED.get() {
            return other(panic);
        }
        PLACE.set(panic.location().map(|place| format!("{}:{}", place.file(), place.line())));
    }));
}
