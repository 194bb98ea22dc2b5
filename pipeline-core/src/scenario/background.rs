//! A submission that is carried out on threads of its own.

use super::submit::Submit;
use super::{Instance, Run};
use crate::data::CancelToken;
use crate::engine::{Event, JobEvent, JobStatus, RunStatus};
use crate::registry::RunId;
use crate::scenario::error::{Error, Result};
use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A submission that is being carried out; made by [`Instance::submit_background`](super::Instance::submit_background).
///
/// When this is dropped the submission goes on. When the program ends it ends, too: the next one that opens the
/// store finds it failed.
#[must_use = "`wait` says how it ended"]
#[derive(Debug)]
pub struct BackgroundRun {
    run: RunId,
    cancel: CancelToken,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// By job, in running order.
    jobs: Vec<(String, JobStatus)>,
    listeners: Vec<Sender<Event>>,
    status: Option<RunStatus>,
    /// Until somebody takes it.
    outcome: Option<Result<Run>>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, event: &Event) {
        let mut state = self.lock();
        if let Event::Job(JobEvent { job, change, .. }) = event
            && let Some((_, status)) = state.jobs.iter_mut().find(|(name, _)| **name == **job)
        {
            *status = change.status();
        }
        // Those whose receivers are gone hear nothing more.
        state.listeners.retain(|listener| listener.send(event.clone()).is_ok());
    }
}

impl Instance {
    /// Runs what has to be run, on threads of its own; see [`Submit::background`].
    ///
    /// # Errors
    ///
    /// As [`Submit::background`].
    pub fn submit_background(&self) -> Result<BackgroundRun> {
        self.submission().background()
    }
}

impl Submit {
    /// Runs what has to be run on threads of its own, and returns as soon as it has begun.
    ///
    /// # Errors
    ///
    /// When nothing could be run: an input is missing, the store can't be read.
    pub fn background(self) -> Result<BackgroundRun> {
        begin(self)
    }
}

/// Begins the submission, and waits until it has begun.
fn begin(mut submit: Submit) -> Result<BackgroundRun> {
    let shared: Arc<Shared> = Arc::default();
    let jobs = submit.instance.graph.ordered().map(|(_, call)| (call.name.clone(), JobStatus::Submitted));
    shared.lock().jobs = jobs.collect();
    let log_capture = shared.clone();
    submit.observers.push(Arc::new(move |event| log_capture.hear(event)));
    let cancel = submit.cancel.clone();
    let (send, receive) = mpsc::channel();
    let working = shared.clone();
    let thread = std::thread::Builder::new().name("pipeline-submission".into()).stack_size(8 << 20);
    let thread = thread.spawn(move || {
        let run = || {
            submit.run(|run| {
                // Whoever waits for this is told.
                let _ = send.send(run);
            })
        };
        // Whoever waits for the end gets one, also when an observer panics.
        let outcome = std::panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|payload| {
            let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
            Err(Error::Panicked { message: text })
        });
        let mut state = working.lock();
        state.status = Some(match &outcome {
            Ok(run) => run.status,
            Err(error) => error.run().map_or(RunStatus::Failed, |run| run.status),
        });
        state.outcome = Some(outcome);
        state.listeners.clear();
        drop(state);
        working.changed.notify_all();
    });
    thread.map_err(|source| Error::NoThread { source })?;
    match receive.recv() {
        Ok(run) => Ok(BackgroundRun { run, cancel, shared }),
        // It ended before it began.
        Err(_) => BackgroundRun { run: RunId(0), cancel, shared }
            .wait()
            .and_then(|run| Err(Error::NoRun { run: run.id })),
    }
}

impl BackgroundRun {
    /// The submission's number in its store.
    pub fn id(&self) -> RunId {
        self.run
    }

    /// How far it is.
    pub fn status(&self) -> RunStatus {
        self.shared.lock().status.unwrap_or(RunStatus::Running)
    }

    /// How far each job is, in running order.
    pub fn jobs(&self) -> Vec<(String, JobStatus)> {
        self.shared.lock().jobs.clone()
    }

    /// Cancels it: jobs that wait are canceled at once, jobs that run when their functions ask
    /// [`CancelToken::current`].
    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// What happens from now on; ends with the submission.
    pub fn events(&self) -> Receiver<Event> {
        let (send, receive) = mpsc::channel();
        let mut state = self.shared.lock();
        if state.status.is_none() {
            state.listeners.push(send);
        }
        receive
    }

    /// Waits until it is over, or no longer than this; whether it is over.
    pub fn wait_timeout(&self, limit: Duration) -> bool {
        let end = Instant::now().checked_add(limit);
        let mut state = self.shared.lock();
        while state.status.is_none() {
            let left = match end {
                None => Duration::from_secs(3_600),
                Some(end) => end.saturating_duration_since(Instant::now()),
            };
            if left.is_zero() {
                return false;
            }
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Waits until it is over.
    ///
    /// # Errors
    ///
    /// As [`Instance::submit`](super::Instance::submit).
    pub fn wait(self) -> Result<Run> {
        let mut state = self.shared.lock();
        loop {
            if let Some(outcome) = state.outcome.take() {
                return outcome;
            }
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
