//! What happens at this moment, for those who listen: the jobs of runs that this process carries out, and that others have
//! changed the store or a scenario file.
//!
//! Each listener has a place in one channel of bounded length: one that is too slow is told to ask afresh.

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

/// How many events wait for a slow listener.
const WAITING: usize = 1_024;

/// How many lines of a job's log are kept while it runs.
const LINES: usize = 500;

/// Something that happened, as it is sent to the page.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum StudioEvent {
    /// The stream begins, or events were missed: what is shown may be old.
    Hello,
    /// A submission began or ended.
    Submission {
        /// The scenario.
        scenario: String,
        /// The submission's number.
        run: RunId,
        /// Running, or how it ended.
        status: RunStatus,
        /// How many jobs it has.
        jobs: usize,
    },
    /// A job went on.
    Job {
        /// The scenario.
        scenario: String,
        /// The submission's number.
        run: RunId,
        /// The job.
        job: String,
        /// How far it is.
        status: JobStatus,
        /// `writing` once the function has returned.
        #[serde(skip_serializing_if = "Option::is_none")]
        phase: Option<String>,
        /// What its function said.
        #[serde(skip_serializing_if = "Option::is_none")]
        said: Option<LogLine>,
        /// That it failed and is called again.
        #[serde(skip_serializing_if = "Option::is_none")]
        retry: Option<Retry>,
        /// What it did, when it is over.
        #[serde(skip_serializing_if = "Option::is_none")]
        report: Option<Box<Job>>,
    },
    /// A job that runs came further; a few times a second.
    Progress {
        /// The scenario.
        scenario: String,
        /// The submission's number.
        run: RunId,
        /// The job.
        job: String,
        /// The rows that were written so far.
        rows: u64,
        /// The bytes that were written so far.
        bytes: u64,
    },
    /// A node has a value.
    Node {
        /// The scenario.
        scenario: String,
        /// The submission's number.
        run: RunId,
        /// The node.
        node: String,
        /// Whether its task was called for it.
        made: bool,
    },
    /// A scenario was made, changed or removed by this process.
    Scenario {
        /// The scenario.
        scenario: String,
    },
    /// Something that a person should know.
    Warning {
        /// The scenario.
        scenario: String,
        /// A sentence.
        message: String,
    },
    /// Another process changed the store.
    Store,
    /// A scenario file was changed, by this process or by anybody.
    File {
        /// Its path in the project.
        path: String,
        /// The hash of its text; none when it is gone.
        hash: Option<String>,
    },
}

/// That a job failed and is called again.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Retry {
    /// How often it failed.
    pub attempts: u32,
    /// Why it failed the last time.
    pub error: String,
    /// How long it waits, in microseconds.
    pub wait_us: i64,
}

/// How far a job of a run of this process is.
#[derive(Debug, Clone)]
pub struct LiveJob {
    /// How far it is.
    pub status: JobStatus,
    /// How much it has written.
    pub progress: Option<Arc<JobProgress>>,
    /// What it said, the last lines.
    pub log: Vec<LogLine>,
    told: (u64, u64),
}

struct LiveRun {
    scenario: String,
    running: Option<BackgroundRun>,
    /// Whether it is to be canceled as soon as that can be done.
    canceled: bool,
    jobs: HashMap<String, LiveJob>,
}

/// What happens at this moment.
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
        // Its last event may have come before it was kept.
        runs.retain(|_, live| {
            live.running.as_ref().is_none_or(|running| running.status() == RunStatus::Running)
        });
        runs
    }

    fn hear(&self, event: &Event) {
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
                        told: (0, 0),
                    });
                    job.status = change.status();
                    match change {
                        JobChange::Running { progress } => job.progress = Some(progress.clone()),
                        JobChange::Said(line) => {
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
            // Nobody listens: nobody is told.
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
                said: if let JobChange::Said(line) = change { Some(line.clone()) } else { None },
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
    /// Listens to a store.
    pub fn of(store: &Store) -> Live {
        let shared = Arc::new(Shared { events: broadcast::channel(WAITING).0, runs: Mutex::default() });
        let hearing = shared.clone();
        let subscription = store.subscribe(move |event| hearing.hear(event));
        Live { shared, _subscription: subscription }
    }

    /// What happens from now on.
    pub fn listen(&self) -> broadcast::Receiver<StudioEvent> {
        self.shared.events.subscribe()
    }

    /// How many listen.
    pub fn listeners(&self) -> usize {
        self.shared.events.receiver_count()
    }

    /// Tells everybody who listens.
    pub fn notify(&self, event: StudioEvent) {
        let _ = self.shared.events.send(event);
    }

    /// Keeps a submission so that it can be canceled, until it is over.
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

    /// Cancels a run of this process; whether it is one.
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

    /// How many runs of this process are under way.
    pub fn under_way(&self) -> usize {
        self.shared.runs().len()
    }

    /// How far the jobs of a run of this process are, by name; none when it is not one, or is over.
    pub fn jobs(&self, run: RunId) -> Option<HashMap<String, LiveJob>> {
        self.shared.runs().get(&run).map(|live| live.jobs.clone())
    }

    /// Tells how much the jobs have written since this was last called.
    pub fn notify_progress(&self) {
        let mut events = Vec::new();
        for (run, live) in self.shared.runs().iter_mut() {
            for (name, job) in &mut live.jobs {
                let Some(progress) = &job.progress else { continue };
                let now = (progress.rows(), progress.bytes());
                if now != job.told {
                    job.told = now;
                    let (rows, bytes) = now;
                    let (scenario, job) = (live.scenario.clone(), name.clone());
                    events.push(StudioEvent::Progress { scenario, run: *run, job, rows, bytes });
                }
            }
        }
        events.into_iter().for_each(|event| self.notify(event));
    }
}
