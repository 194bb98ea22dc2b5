//! Calls a function with a time limit.

use super::exits;
use super::panics;
use crate::data::Canceled;
use crate::engine::job::report::{FailureKind, JobError};
use crate::engine::workspace::Function;
use crate::engine::workspace::context::Context;
use crate::graph::{Arguments, Outputs};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, mpsc};
use std::time::Duration;

/// Calls the function of the job with this name: on this thread, or if it has a time limit, on another thread, which is
/// abandoned when the limit is exceeded.
pub(super) fn call(
    function: &Function,
    name: &str,
    arguments: &Arguments,
    context: &Context,
    limit: Option<Duration>,
) -> Result<Outputs, JobError> {
    let Some(limit) = limit else {
        return exits::watched(name, || function.call(arguments)).map_err(JobError::from);
    };
    let (send, receive) = mpsc::channel();
    let work = {
        let (function, arguments, context) = (function.clone(), arguments.clone(), context.clone());
        let name = name.to_owned();
        move || {
            let called = context.of(|| {
                let call = || exits::watched(&name, || function.call(&arguments)).map_err(JobError::from);
                panics::watched(AssertUnwindSafe(call))
                    .unwrap_or_else(|payload| Err(panics::error(&*payload)))
            });
            // After a timeout the receiver no longer exists.
            drop(send.send(called));
        }
    };
    let thread = std::thread::Builder::new().name("pipeline-task".into()).stack_size(8 << 20);
    if let Err(error) = thread.spawn(work) {
        return Err(JobError::new(
            FailureKind::NotCarriedOut,
            format!("can't start a thread for a task with a time limit: {error}"),
        ));
    }
    match receive.recv_timeout(limit) {
        Ok(called) => called.map_err(|error| context.blame(Some(limit), error)),
        Err(_) => Err(JobError::late(limit, JobError::of(FailureKind::TimedOut, Arc::new(Canceled)))),
    }
}
