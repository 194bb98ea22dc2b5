//! Jobs on threads of this process.

use super::Executor;
use crate::engine::execute::execute;
use crate::engine::job::spec::{JobSpec, Outcome};
use crate::engine::workspace::Workspace;
use crate::engine::workspace::context::Context;

/// Runs each job on the thread that asks for it: the executor of a submission unless another is chosen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Threads;

impl Executor for Threads {
    fn run(&self, spec: &JobSpec, workspace: &Workspace<'_>, context: &Context) -> Outcome {
        execute(spec, workspace, context)
    }
}
