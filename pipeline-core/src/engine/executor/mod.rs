//! The seam to where jobs run.

mod processes;
mod threads;

pub use processes::{Processes, WorkerTest, init_worker};
pub use threads::Threads;

use super::job::spec::{JobSpec, Outcome};
use super::workspace::Workspace;
use super::workspace::context::Context;
use std::fmt;

/// Runs jobs, each to its outcome. It knows no graph, no scenario and no registry.
pub trait Executor: fmt::Debug + Send + Sync + 'static {
    /// Whether each call has a process of its own.
    fn isolates(&self) -> bool {
        false
    }

    /// Makes one call of a task, and returns when that is over. Called from as many threads at once as jobs may run at
    /// the same time.
    fn run(&self, spec: &JobSpec, workspace: &Workspace<'_>, context: &Context) -> Outcome;
}
