//! Jobs on threads of this process.

use super::Executor;
use crate::engine::execute::context::Context;
use crate::engine::execute::execute;
use crate::engine::execute::workspace::Workspace;
use crate::engine::job::spec::{JobSpec, Outcome};

/// Runs each job on the thread that asks for it: the executor of a submission unless another is chosen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Threads;

impl Executor for Threads {
    fn run(&self, spec: &JobSpec, workspace: &Workspace<'_>, context: &Context) -> Outcome {
        execute(spec, workspace, context)
    }
}
