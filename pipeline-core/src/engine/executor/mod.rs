//! Executors: where jobs run.

mod processes;
mod threads;

pub use processes::{Processes, WorkerTest, init_worker};
pub use threads::Threads;

use super::job::spec::{JobSpec, Outcome};
use super::workspace::Workspace;
use super::workspace::context::Context;
use std::fmt;

/// Runs jobs. An executor has no access to graphs, scenarios or the registry.
pub trait Executor: fmt::Debug + Send + Sync + 'static {
    /// Whether each call runs in its own process.
    fn isolates(&self) -> bool {
        false
    }

    /// Makes one call of a task, and returns its outcome when it has ended. Called from several threads at once, one
    /// for each job that may run at the same time.
    fn run(&self, spec: &JobSpec, workspace: &Workspace<'_>, context: &Context) -> Outcome;
}
