//! Detects tasks that end the program.
//!
//! If a task's function calls `std::process::exit`, the program ends with the exit code that the task chose, while
//! other tasks are still running. Unlike a panic, this can't be caught. But the C library drops the thread-local values
//! of the calling thread first. If they are dropped during a call of a task's function, the program is exiting: it
//! prints the name of the task, and ends with code 1. The next process that opens the store records the run as failed,
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
        if let Some(task) = self.0.take().filter(|_| !EXIT_ALLOWED.load(Ordering::Relaxed)) {
            eprintln!(
                "error: task `{task}` ended the program with `std::process::exit`, so its run failed: return an error \
                 instead"
            );
            end();
        }
    }
}

/// Lets tasks end this process with their own exit code: for a worker process, which has no other work.
pub(crate) fn allow_exit() {
    EXIT_ALLOWED.store(true, Ordering::Relaxed);
}

static EXIT_ALLOWED: AtomicBool = AtomicBool::new(false);

/// Calls a task's function through `work`, and reports the task if it ends the program.
pub(crate) fn watched<T>(task: &str, work: impl FnOnce() -> T) -> T {
    /// Ends the call, also after a panic.
    struct Guard(Option<String>);
    impl Drop for Guard {
        fn drop(&mut self) {
            CALLED.with(|called| called.0.replace(self.0.take()));
        }
    }
    let _guard = Guard(CALLED.with(|called| called.0.replace(Some(task.to_owned()))));
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
