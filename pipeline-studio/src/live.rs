//! Events for the page: the progress of runs in this process, and changes to the store and to scenario files by other
//! processes.
//!
//! All listeners receive from one bounded channel. A listener that falls behind gets a `hello` event, and then reloads
//! what it shows.

use serde::Serialize;
use skipstone::runs::RunId;
use skipstone::{
    JobStatus, RunStatus, Store,
    data::JobProgress,
    events::{Event, JobChange, JobEvent, SubmissionEvent, Subscription},
    jobs::LogLine,
    runs::BackgroundRun,
};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;
use utoipa::ToSchema;

use crate::job::Job;

/// Capacity of the channel: how many events a listener may fall behind.
const CAPACITY: usize = 1_024;

/// Maximum number of log lines kept per running job.
const LINES: usize = 500;

/// An event, as it is sent to the page.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum StudioEvent {
    /// The stream has started, or events were missed: what the page shows may be out of date.
    Hello,
    /// A run started or ended.
    Submission {
        /// The scenario.
        scenario: String,
        /// The run's number.
        run: RunId,
        /// `running`, or how the run ended.
        status: RunStatus,
        /// The number of jobs.
        jobs: usize,
    },
    /// The state of a job changed.
    Job {
        /// The scenario.
        scenario: String,
        /// The run's number.
        run: RunId,
        /// The job.
        job: String,
        /// The job's status.
        status: JobStatus,
        /// `writing` once the function has returned.
        #[serde(skip_serializing_if = "Option::is_none")]
        phase: Option<String>,
        /// A line that its function logged.
        #[serde(skip_serializing_if = "Option::is_none")]
        said: Option<LogLine>,
        /// Set if an attempt failed and the task will be retried.
        #[serde(skip_serializing_if = "Option::is_none")]
        retry: Option<Retry>,
        /// The finished job.
        #[serde(skip_serializing_if = "Option::is_none")]
        report: Option<Box<Job>>,
    },
    /// A running job has written more data. Sent a few times per second.
    Progress {
        /// The scenario.
        scenario: String,
        /// The run's number.
        run: RunId,
        /// The job.
        job: String,
        /// The number of rows written so far.
        rows: u64,
        /// The number of bytes written so far.
        bytes: u64,
    },
    /// A node has a new value.
    Node {
        /// The scenario.
        scenario: String,
        /// The run's number.
        run: RunId,
        /// The node.
        node: String,
        /// Whether a task computed it; `false` if the result was already known.
        made: bool,
    },
    /// A scenario was created, changed or deleted by this process.
    Scenario {
        /// The scenario.
        scenario: String,
    },
    /// A warning for the user.
    Warning {
        /// The scenario.
        scenario: String,
        /// The message.
        message: String,
    },
    /// Another process changed the store.
    Store,
    /// A scenario file was changed, by this process or another.
    File {
        /// Its path, relative to the project's directory.
        path: String,
        /// The hash of its content; `null` if it was deleted.
        hash: Option<String>,
    },
}

/// A failed attempt of a job that will be retried.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Retry {
    /// The number of failed attempts.
    pub attempts: u32,
    /// The error of the last attempt.
    pub error: String,
    /// The wait before the next attempt, in microseconds.
    pub wait_us: i64,
}

/// The state of a job of a run in this process.
#[derive(Debug, Clone)]
pub struct LiveJob {
    /// The job's status.
    pub status: JobStatus,
    /// What it has written so far.
    pub progress: Option<Arc<JobProgress>>,
    /// The last lines that it logged.
    pub log: Vec<LogLine>,
    /// The rows and bytes of the last progress event.
    reported: (u64, u64),
}

struct LiveRun {
    scenario: String,
    running: Option<BackgroundRun>,
    /// Whether it was canceled before [`Live::keep`] got its handle.
    canceled: bool,
    jobs: HashMap<String, LiveJob>,
}

/// The runs of this process, and a channel of events.
pub struct Live {
    shared: Arc<Shared>,
    _subscription: Subscription,
}

struct Shared {
    events: broadcast::Sender<StudioEvent>,
    runs: Mutex<HashMap<RunId, LiveRun>>,
}

impl Shared {
    fn runs(&self) -> MutexGuard<'_, HashMap<RunId, LiveRun>> {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        // A run's last event may have arrived before `keep` was called.
        runs.retain(|_, live| {
            live.running.as_ref().is_none_or(|running| running.status() == RunStatus::Running)
        });
        runs
    }

    fn on_event(&self, event: &Event) {
        match event {
            Event::Submission(SubmissionEvent { scenario, run, status: RunStatus::Running, .. }) => {
                let live = LiveRun {
                    scenario: scenario.to_string(),
                    running: None,
                    canceled: false,
                    jobs: HashMap::new(),
                };
                self.runs().entry(*run).or_insert(live);
            }
            Event::Submission(SubmissionEvent { run, .. }) => {
                self.runs().remove(run);
            }
            Event::Job(JobEvent { run, job, change, .. }) => {
                if let Some(live) = self.runs().get_mut(run) {
                    let job = live.jobs.entry(job.to_string()).or_insert_with(|| LiveJob {
                        status: change.status(),
                        progress: None,
                        log: Vec::new(),
                        reported: (0, 0),
                    });
                    job.status = change.status();
                    match change {
                        JobChange::Running { progress } => job.progress = Some(progress.clone()),
                        JobChange::Logged(line) => {
                            if job.log.len() == LINES {
                                job.log.remove(0);
                            }
                            job.log.push(line.clone());
                        }
                        JobChange::Finished(_) => job.progress = None,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        if let Some(event) = StudioEvent::of(event) {
            // Sending fails only without listeners.
            let _ = self.events.send(event);
        }
    }
}

impl StudioEvent {
    fn of(event: &Event) -> Option<StudioEvent> {
        Some(match event {
            Event::Submission(SubmissionEvent { scenario, run, status, jobs, .. }) => {
                StudioEvent::Submission {
                    scenario: scenario.to_string(),
                    run: *run,
                    status: *status,
                    jobs: *jobs,
                }
            }
            Event::Job(JobEvent { scenario, run, job, change, .. }) => StudioEvent::Job {
                scenario: scenario.to_string(),
                run: *run,
                job: job.to_string(),
                status: change.status(),
                phase: matches!(change, JobChange::Writing).then(|| "writing".into()),
                said: if let JobChange::Logged(line) = change { Some(line.clone()) } else { None },
                retry: match change {
                    JobChange::Retrying { attempts, error, wait } => Some(Retry {
                        attempts: *attempts,
                        error: error.message.clone(),
                        wait_us: i64::try_from(wait.as_micros()).unwrap_or(i64::MAX),
                    }),
                    _ => None,
                },
                report: match change {
                    JobChange::Finished(report) => Some(Box::new(Job::of(report))),
                    _ => None,
                },
            },
            Event::Node(event) => StudioEvent::Node {
                scenario: event.scenario.to_string(),
                run: event.run,
                node: event.output.node.clone(),
                made: event.made,
            },
            Event::Scenario(event) => StudioEvent::Scenario { scenario: event.scenario.to_string() },
            Event::Warning { scenario, message } => {
                StudioEvent::Warning { scenario: scenario.to_string(), message: message.clone() }
            }
            _ => return None,
        })
    }
}

impl Live {
    /// Subscribes to the events of a store.
    pub fn of(store: &Store) -> Live {
        let shared = Arc::new(Shared { events: broadcast::channel(CAPACITY).0, runs: Mutex::default() });
        let handler = shared.clone();
        let subscription = store.subscribe(move |event| handler.on_event(event));
        Live { shared, _subscription: subscription }
    }

    /// Returns a receiver of all events from now on.
    pub fn listen(&self) -> broadcast::Receiver<StudioEvent> {
        self.shared.events.subscribe()
    }

    /// The number of listeners.
    pub fn listeners(&self) -> usize {
        self.shared.events.receiver_count()
    }

    /// Sends an event to all listeners.
    pub fn notify(&self, event: StudioEvent) {
        let _ = self.shared.events.send(event);
    }

    /// Keeps the handle of a run until the run has ended, for cancellation.
    pub fn keep(&self, scenario: &str, running: BackgroundRun) {
        let live =
            || LiveRun { scenario: scenario.into(), running: None, canceled: false, jobs: HashMap::new() };
        let mut runs = self.shared.runs();
        if running.status() == RunStatus::Running {
            let kept = runs.entry(running.id()).or_insert_with(live);
            if kept.canceled {
                running.cancel();
            }
            kept.running = Some(running);
        }
    }

    /// Cancels a run. Returns `false` if this process has no such run.
    pub fn cancel(&self, run: RunId) -> bool {
        match self.shared.runs().get_mut(&run) {
            Some(live) => {
                live.canceled = true;
                live.running.iter().for_each(BackgroundRun::cancel);
                true
            }
            None => false,
        }
    }

    /// Cancels all runs of this process.
    pub fn cancel_all(&self) {
        self.shared.runs().values().filter_map(|live| live.running.as_ref()).for_each(BackgroundRun::cancel);
    }

    /// The number of runs in progress in this process.
    pub fn under_way(&self) -> usize {
        self.shared.runs().len()
    }

    /// The jobs of a run by name; `None` if the run has ended or belongs to another process.
    pub fn jobs(&self, run: RunId) -> Option<HashMap<String, LiveJob>> {
        self.shared.runs().get(&run).map(|live| live.jobs.clone())
    }

    /// Sends a progress event for each job that has written data since the last call.
    pub fn notify_progress(&self) {
        let mut events = Vec::new();
        for (run, live) in self.shared.runs().iter_mut() {
            for (name, job) in &mut live.jobs {
                let Some(progress) = &job.progress else { continue };
                let now = (progress.rows(), progress.bytes());
                if now != job.reported {
                    job.reported = now;
                    let (rows, bytes) = now;
                    let (scenario, job) = (live.scenario.clone(), name.clone());
                    events.push(StudioEvent::Progress { scenario, run: *run, job, rows, bytes });
                }
            }
        }
        events.into_iter().for_each(|event| self.notify(event));
    }
}
