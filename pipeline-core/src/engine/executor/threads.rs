//! Runs jobs on threads of this process.

use super::Executor;
use crate::engine::execute::execute;
use crate::engine::job::spec::{JobSpec, Outcome};
use crate::engine::workspace::Workspace;
use crate::engine::workspace::context::Context;

/// The default executor: runs each job on the calling thread, a worker thread of the submission.
#[derive(Debug, Clone, Copy, Default)]
pub struct Threads;

impl Executor for Threads {
    fn run(&self, spec: &JobSpec, workspace: &Workspace<'_>, context: &Context) -> Outcome {
        execute(spec, workspace, context)
    }
}
