//! Tasks that end the program.
//!
//! A call of `std::process::exit` in a task's function ends the program with the exit code that the task chose, while other
//! tasks are in the middle of their work. It can't be caught as a panic can. But the C library drops the thread-local
//! values of the calling thread first. If they are dropped while the thread calls a task's function, the program is
//! exiting: it prints which task did that, and ends with code 1. Whoever opens the store next records the run as failed,
//! because its program ended.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};

thread_local! {
    /// The task whose function this thread is calling.
    static CALLED: Called = const { Called(RefCell::new(None)) };
}

struct Called(RefCell<Option<String>>);

impl Drop for Called {
    fn drop(&mut self) {
        if let Some(task) = self.0.take().filter(|_| !AS_TOLD.load(Ordering::Relaxed)) {
            eprintln!(
                "error: task `{task}` ended the program with `std::process::exit`, and its run failed: let the task return an error"
            );
            end();
        }
    }
}

/// Lets the program end as a task tells it to: in a process that has no other work.
pub(crate) fn exit_as_requested() {
    AS_TOLD.store(true, Ordering::Relaxed);
}

static AS_TOLD: AtomicBool = AtomicBool::new(false);

/// Calls the function of a task with this name.
pub(crate) fn noticed<T>(task: &str, work: impl FnOnce() -> T) -> T {
    /// Also where the function panics, the call is over.
    struct Over(Option<String>);
    impl Drop for Over {
        fn drop(&mut self) {
            CALLED.with(|called| called.0.replace(self.0.take()));
        }
    }
    let _over = Over(CALLED.with(|called| called.0.replace(Some(task.to_owned()))));
    work()
}

#[cfg(unix)]
fn end() -> ! {
    signal_hook::low_level::exit(1)
}

#[cfg(not(unix))]
fn end() -> ! {
    std::process::abort()
}
