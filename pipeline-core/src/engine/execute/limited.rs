//! Calling a function, within its time.

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

/// Calls the function of the job with this name on this thread, or where its time is limited on one that can be left alone.
pub(super) fn call(
    function: &Function,
    name: &str,
    arguments: &Arguments,
    context: &Context,
    limit: Option<Duration>,
) -> Result<Outputs, JobError> {
    let Some(limit) = limit else {
        return exits::noticed(name, || function.call(arguments)).map_err(JobError::from);
    };
    let (send, receive) = mpsc::channel();
    let work = {
        let (function, arguments, context) = (function.clone(), arguments.clone(), context.clone());
        let name = name.to_owned();
        move || {
            let called = context.of(|| {
                let call = || exits::noticed(&name, || function.call(&arguments)).map_err(JobError::from);
                panics::watched(AssertUnwindSafe(call))
                    .unwrap_or_else(|payload| Err(panics::error(&*payload)))
            });
            // Whoever waited may have gone: it took too long.
            drop(send.send(called));
        }
    };
    let thread = std::thread::Builder::new().name("pipeline-task".into()).stack_size(8 << 20);
    if let Err(error) = thread.spawn(work) {
        return Err(JobError::saying(
            FailureKind::NotCarriedOut,
            format!("no thread for a task with a time limit: {error}"),
        ));
    }
    match receive.recv_timeout(limit) {
        Ok(called) => called.map_err(|error| context.blame(Some(limit), error)),
        Err(_) => Err(JobError::late(limit, JobError::of(FailureKind::TimedOut, Arc::new(Canceled)))),
    }
}
