//! Submissions that run on background threads.

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

/// A run in the background; made by [`Instance::submit_background`] or [`Submit::background`].
///
/// Dropping the handle does not stop the run. The end of the program does: the next process that opens the store
/// records the run as failed.
///
/// ```
/// # use skipstone::{RunStatus, scenario, task, testing};
/// # #[task(skippable)] fn double(x: f64) -> f64 { 2.0 * x }
/// # scenario! { pub Doubling { input x: f64 = 1.0; doubled = double(x); } }
/// let store = testing::store();
/// let scenario = Doubling::create(&store, "a")?;
/// let running = scenario.submit_background()?;
/// let run = running.wait()?;
/// assert_eq!(run.status, RunStatus::Completed);
/// # Ok::<(), skipstone::Error>(())
/// ```
#[must_use = "`wait` returns the outcome"]
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
    /// The status of each job, in running order.
    jobs: Vec<(String, JobStatus)>,
    listeners: Vec<Sender<Event>>,
    status: Option<RunStatus>,
    /// Set when the run has ended, until `wait` takes it.
    outcome: Option<Result<Run>>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn on_event(&self, event: &Event) {
        let mut state = self.lock();
        if let Event::Job(JobEvent { job, change, .. }) = event
            && let Some((_, status)) = state.jobs.iter_mut().find(|(name, _)| **name == **job)
        {
            *status = change.status();
        }
        // Drops listeners whose receivers are gone.
        state.listeners.retain(|listener| listener.send(event.clone()).is_ok());
    }
}

impl Instance {
    /// Submits the scenario in the background; see [`Submit::background`].
    ///
    /// # Errors
    ///
    /// As [`Submit::background`].
    pub fn submit_background(&self) -> Result<BackgroundRun> {
        self.submission().background()
    }
}

impl Submit {
    /// Submits the scenario on background threads, and returns as soon as the run has begun.
    ///
    /// # Errors
    ///
    /// Returns an error if the run can't begin: no thread can be spawned ([`Error::NoThread`]), inputs are missing, or
    /// the store can't be read. Errors of a run that has begun are returned by [`BackgroundRun::wait`].
    pub fn background(self) -> Result<BackgroundRun> {
        begin(self)
    }
}

/// Spawns the submission's thread, and waits until the run has begun.
fn begin(submit: Submit) -> Result<BackgroundRun> {
    let mut submit = submit.selected()?;
    let shared: Arc<Shared> = Arc::default();
    let jobs = submit.instance.graph.ordered().map(|(_, call)| (call.name.clone(), JobStatus::Submitted));
    shared.lock().jobs = jobs.collect();
    let observed = shared.clone();
    submit.observers.push(Arc::new(move |event| observed.on_event(event)));
    let cancel = submit.cancel.clone();
    let (send, receive) = mpsc::channel();
    let working = shared.clone();
    let thread = std::thread::Builder::new().name("pipeline-submission".into()).stack_size(8 << 20);
    let thread = thread.spawn(move || {
        let run = || {
            submit.run(|run| {
                // The receiver waits in `begin`.
                let _ = send.send(run);
            })
        };
        // `wait` returns an outcome even if an observer panics.
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
        // The submission ended before its run began.
        Err(_) => BackgroundRun { run: RunId(0), cancel, shared }
            .wait()
            .and_then(|run| Err(Error::NoRun { run: run.id })),
    }
}

impl BackgroundRun {
    /// Returns the run's number in its store.
    pub fn id(&self) -> RunId {
        self.run
    }

    /// Returns the current status of the run.
    pub fn status(&self) -> RunStatus {
        self.shared.lock().status.unwrap_or(RunStatus::Running)
    }

    /// Returns the name and current status of each job, in running order.
    pub fn jobs(&self) -> Vec<(String, JobStatus)> {
        self.shared.lock().jobs.clone()
    }

    /// Cancels the run. Waiting jobs are canceled at once; running jobs end when their functions check
    /// [`CancelToken::current`].
    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Returns a channel that receives the run's events from now on. It closes when the run has ended.
    pub fn events(&self) -> Receiver<Event> {
        let (send, receive) = mpsc::channel();
        let mut state = self.shared.lock();
        if state.status.is_none() {
            state.listeners.push(send);
        }
        receive
    }

    /// Waits until the run has ended, at most for `limit`. Returns whether it has ended.
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

    /// Waits until the run has ended, and returns it.
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
