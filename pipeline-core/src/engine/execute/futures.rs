//! Waits for the futures of `async` tasks, each on the thread of its job.

use std::sync::OnceLock;
use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};

/// The runtime that the program gave.
static GIVEN: OnceLock<Handle> = OnceLock::new();

/// The runtime that the library makes if the program gives none.
static OWN: OnceLock<Runtime> = OnceLock::new();

/// Makes `async` tasks run on the tokio runtime of the caller, so that they share connections and timers with the rest of the
/// program. Without it, they run on a runtime that the library makes for them. Only the first call has an effect.
///
/// The runtime must live as long as tasks may run.
///
/// # Panics
///
/// If the caller is not in a runtime, or if the runtime has only one thread: that thread would have to drive the futures for
/// which others wait.
pub fn use_current_runtime() {
    let handle = Handle::current();
    assert!(
        handle.runtime_flavor() != RuntimeFlavor::CurrentThread,
        "async tasks need a multi-threaded runtime: `#[tokio::main]`, or `#[tokio::test(flavor = \"multi_thread\")]`"
    );
    let _ = GIVEN.set(handle);
}

/// Waits for the future of a task.
pub fn wait_for<F>(future: F) -> F::Output
where
    F: Future + Send,
    F::Output: Send,
{
    let runtime = GIVEN.get().unwrap_or_else(|| own().handle());
    // A submission with one job runs it on its own thread, which may be one of a runtime.
    match Handle::try_current().map(|current| current.runtime_flavor()) {
        Err(_) => runtime.block_on(future),
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(|| runtime.block_on(future)),
        Ok(_) => std::thread::scope(|scope| {
            let waiting = scope.spawn(|| runtime.block_on(future));
            waiting.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        }),
    }
}

fn own() -> &'static Runtime {
    OWN.get_or_init(|| {
        let runtime = Builder::new_multi_thread().enable_all().thread_name("pipeline-async").build();
        runtime.unwrap_or_else(|error| panic!("can't start the runtime for async tasks: {error}"))
    })
}
