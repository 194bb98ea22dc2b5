//! Tasks that end the program.
//!
//! `std::process::exit` in a task's function would end everything as if all were well: other tasks in the middle of
//! their work, and with the exit code that the task chose. It can't be caught as a panic can. But on its way out the C library
//! destroys what the calling thread keeps for itself, and a thread that does so while it calls a task's function is
//! on that way: so the program fails, and says which task it was. The next look at the store finds the run as that of a
//! program that ended.

use std::cell::RefCell;

thread_local! {
    /// The task whose function this thread is calling.
    static CALLED: Called = const { Called(RefCell::new(None)) };
}

struct Called(RefCell<Option<String>>);

impl Drop for Called {
    fn drop(&mut self) {
        if let Some(task) = self.0.take() {
            eprintln!(
                "error: task `{task}` ended the program with `std::process::exit`, and its run failed: let the task return an error"
            );
            end();
        }
    }
}

/// Calls the function of a task with this name.
pub(super) fn noticed<T>(task: &str, work: impl FnOnce() -> T) -> T {
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
