//! Journal: what happens in a submission is told to listeners, and written to the registry.

pub(crate) mod event;
pub(crate) mod kept;
pub(crate) mod run;

use crate::engine::job::report::{JobReport, OutputReport};
use crate::engine::workspace::log::{JobLog, Listener, LogCapture};
use crate::registry::RunId;
use crate::registry::{Registry, micros};
use crate::store::Lease;
use event::{Event, JobChange, JobEvent, NodeEvent};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// Called with everything that happens, from the threads on which it happens.
pub(crate) type Observer = Arc<dyn Fn(&Event) + Send + Sync>;

/// What happens in one submission.
pub(crate) struct Journal<'a> {
    /// The scenario's name.
    pub(crate) scenario: Arc<str>,
    /// The submission's number, where it is kept.
    pub(crate) run: Option<RunId>,
    pub(crate) observer: Option<Observer>,
    pub(crate) registry: &'a Registry,
    pub(crate) lease: Arc<Lease>,
    pub(crate) log_capture: LogCapture,
    pub(crate) warnings: Mutex<Vec<String>>,
}

impl Journal<'_> {
    /// The number of the run; 0 if the registry does not have it.
    fn run_id(&self) -> RunId {
        self.run.unwrap_or(RunId(0))
    }

    /// Whether somebody listens.
    pub(crate) fn has_listener(&self) -> bool {
        self.observer.is_some()
    }

    /// Tells what happened to a job, where somebody listens.
    pub(crate) fn notify(&self, job: &str, change: impl FnOnce() -> JobChange) {
        self.send(|| {
            let (scenario, job) = (self.scenario.clone(), job.into());
            Event::Job(JobEvent { scenario, run: self.run_id(), job, change: change() })
        });
    }

    /// Lets the listener hear of something. It may take as long as it likes: nothing waits for it but the job that
    /// tells, so no collection may be kept waiting meanwhile.
    fn send(&self, event: impl FnOnce() -> Event) {
        if let Some(observer) = &self.observer {
            // An entry that can't be listed now stays with the next one.
            let _ = self.lease.flush();
            observer(&event());
        }
    }

    pub(crate) fn notify_node(&self, output: &OutputReport, made: bool) {
        self.send(|| {
            let (scenario, output) = (self.scenario.clone(), output.clone());
            Event::Node(NodeEvent { scenario, run: self.run_id(), output, made })
        });
    }

    /// The log of a job, which passes on what that says.
    pub(crate) fn log_of(&self, job: &str) -> JobLog {
        let listener = self.observer.clone().map(|observer| {
            let (scenario, run, job): (_, _, Arc<str>) = (self.scenario.clone(), self.run_id(), job.into());
            let listener: Listener = Arc::new(move |line| {
                let change = JobChange::Said(line.clone());
                observer(&Event::Job(JobEvent { scenario: scenario.clone(), run, job: job.clone(), change }));
            });
            listener
        });
        JobLog::new(listener, self.log_capture.clone())
    }

    /// What tells that what a job made is being written.
    pub(crate) fn writing(&self, job: &str) -> Arc<dyn Fn() + Send + Sync> {
        let Some(observer) = self.observer.clone() else { return Arc::new(|| {}) };
        let (scenario, run, job, lease): (_, _, Arc<str>, _) =
            (self.scenario.clone(), self.run_id(), job.into(), self.lease.clone());
        Arc::new(move || {
            let _ = lease.flush();
            let (scenario, job) = (scenario.clone(), job.clone());
            observer(&Event::Job(JobEvent { scenario, run, job, change: JobChange::Writing }));
        })
    }

    /// Writes that a function is being called, for those who look from elsewhere, and for the case that this
    /// process ends before the submission does. Where that can't be written, the job goes on.
    pub(crate) fn job_begins(&self, job: &str) {
        if let Some(run) = self.run {
            drop(self.registry.begin_job(run.0, job, micros(SystemTime::now())));
        }
    }

    /// Writes that it is over.
    pub(crate) fn job_is_over(&self, report: &JobReport) {
        if let (Some(run), Ok(text)) = (self.run, serde_json::to_string(report)) {
            drop(self.registry.end_job(run.0, &report.name, &text));
        }
    }

    pub(crate) fn warn(&self, message: &str) {
        self.send(|| Event::Warning { scenario: self.scenario.clone(), message: message.into() });
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(message.into());
    }
}
