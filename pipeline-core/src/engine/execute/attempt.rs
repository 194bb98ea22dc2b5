//! Calling a task's function: within its time, again when it fails, and not when nobody wants it any more.

use crate::data::{CancelToken, Canceled, JobProgress};
use crate::engine::Engine;
use crate::engine::ask::state::InputState;
use crate::engine::execute::exits;
use crate::engine::execute::log::{JobLog, LogLine};
use crate::engine::job::report::JobError;
use crate::engine::journal::event::JobChange;
use crate::engine::publish::Made;
use crate::engine::submit::{Function, Running};
use crate::graph::{Arguments, Call, Outputs};
use crate::store::Hash;
use pipeline_wiring::length_text;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

/// How often somebody who waits looks whether that is still wanted.
const LOOK: Duration = Duration::from_millis(10);

/// What came of calling a function, once or several times.
pub(crate) struct Tried {
    pub(crate) outcome: Result<Made, JobError>,
    pub(crate) attempts: u32,
    /// Whether it ended because the submission was canceled.
    pub(crate) canceled: bool,
    pub(crate) log: Vec<LogLine>,
}

/// What the thread that works for a job has at hand.
#[derive(Clone)]
pub(crate) struct Context {
    progress: Arc<JobProgress>,
    pub(crate) token: CancelToken,
    log: JobLog,
}

impl Context {
    fn of<T>(&self, work: impl FnOnce() -> T) -> T {
        self.token.of(|| self.progress.of(|| self.log.of(work)))
    }

    /// The same, with a token that ends after this time.
    pub(crate) fn limited(&self, limit: Option<Duration>) -> Context {
        Context { token: self.token.child(limit), ..self.clone() }
    }

    /// The error of work under a limit: where it ended because the time was over, it says that.
    pub(crate) fn blame(&self, limit: Option<Duration>, error: JobError) -> JobError {
        match limit {
            Some(limit) if self.token.is_late() && self.token.was_told() && !self.token.is_stopped() => {
                late(limit, error)
            }
            _ => error,
        }
    }
}

impl Engine<'_> {
    /// Calls the function of a job until it gives a result, or may not be called again.
    pub(crate) fn attempts(
        &self,
        running: &Running<'_>,
        call: &Call,
        inputs: &[InputState],
        key: Option<Hash>,
        replace: bool,
    ) -> Tried {
        let trying = call.trying;
        let progress = Arc::new(JobProgress::default());
        let log = JobLog::new(running.log_listener(call), running.hearing.clone());
        running.tell(call, || JobChange::Running { progress: progress.clone() });
        let mut attempts = 0;
        loop {
            attempts += 1;
            let token = running.cancel.child(None);
            let context = Context { progress: progress.clone(), token, log: log.clone() };
            let outcome = context.of(|| self.call(running, call, &context, inputs, key, replace));
            let done = |outcome, canceled| Tried { outcome, attempts, canceled, log: log.take() };
            let error = match outcome {
                Ok(made) => return done(Ok(made), false),
                Err(error) => error.masked(|text| running.hearing.masked(text)),
            };
            if context.token.is_stopped() && context.token.was_told() {
                return done(Err(error), true);
            }
            if attempts > trying.retries || running.canceled() {
                return done(Err(error), false);
            }
            let wait = trying.wait(attempts);
            running.warn(&format!(
                "task `{}` failed, and is called again in {} (retry {attempts} of {}): {}",
                call.name,
                words(wait),
                trying.retries,
                error.message
            ));
            running.tell(call, || JobChange::Retrying { attempts, error: error.clone(), wait });
            let again = Instant::now() + wait;
            while let Some(left) = again.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
            {
                if running.canceled() {
                    return done(Err(error), true);
                }
                std::thread::sleep(left.min(LOOK));
            }
        }
    }
}

/// Calls the function of the job with this name on this thread, or where its time is limited on one that can be left alone.
pub(crate) fn run(
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
                crate::engine::execute::panics::watched(AssertUnwindSafe(call))
                    .unwrap_or_else(|payload| Err(JobError::panic(&*payload)))
            });
            // Whoever waited may have gone: it took too long.
            drop(send.send(called));
        }
    };
    let thread = std::thread::Builder::new().name("pipeline-task".into()).stack_size(8 << 20);
    if let Err(error) = thread.spawn(work) {
        return Err(JobError::saying(format!("no thread for a task with a time limit: {error}")));
    }
    match receive.recv_timeout(limit) {
        Ok(called) => called.map_err(|error| context.blame(Some(limit), error)),
        Err(_) => Err(late(limit, JobError::of(Arc::new(Canceled)))),
    }
}

fn late(limit: Duration, error: JobError) -> JobError {
    let mut late = JobError::saying(format!(
        "it took longer than its time limit of {}: raise `timeout`, or let it look at `CancelToken::current()`",
        words(limit)
    ));
    if error.message != Canceled.to_string() {
        late.causes.push(error.message);
        late.causes.extend(error.causes);
    }
    late
}

/// A length of time as it is written in `#[task]`.
fn words(length: Duration) -> String {
    length_text(u64::try_from(length.as_millis()).unwrap_or(u64::MAX))
}
