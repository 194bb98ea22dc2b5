//! Journal: reports what happens in a submission to listeners, and writes it to the registry.

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

/// A callback that receives every event, on the thread on which it happens.
pub(crate) type Observer = Arc<dyn Fn(&Event) + Send + Sync>;

/// The journal of one submission.
pub(crate) struct Journal<'a> {
    /// The scenario's name.
    pub(crate) scenario: Arc<str>,
    /// The number of the run, if it is recorded.
    pub(crate) run: Option<RunId>,
    pub(crate) observer: Option<Observer>,
    pub(crate) registry: &'a Registry,
    pub(crate) lease: Arc<Lease>,
    pub(crate) log_capture: LogCapture,
    pub(crate) warnings: Mutex<Vec<String>>,
}

impl Journal<'_> {
    /// The number of the run; 0 if it is not recorded.
    fn run_id(&self) -> RunId {
        self.run.unwrap_or(RunId(0))
    }

    /// Whether the journal has a listener.
    pub(crate) fn has_listener(&self) -> bool {
        self.observer.is_some()
    }

    /// Reports a change of a job to the listener, if there is one.
    pub(crate) fn notify(&self, job: &str, change: impl FnOnce() -> JobChange) {
        self.send(|| {
            let (scenario, job) = (self.scenario.clone(), job.into());
            Event::Job(JobEvent { scenario, run: self.run_id(), job, change: change() })
        });
    }

    /// Sends an event to the listener. A listener may take any length of time, and only the reporting job waits for it.
    /// The lease is flushed first, so that garbage collections don't have to wait, too.
    fn send(&self, event: impl FnOnce() -> Event) {
        if let Some(observer) = &self.observer {
            // If the flush fails, the entries stay pending until the next one.
            let _ = self.lease.flush();
            observer(&event());
        }
    }

    /// Reports that a node has a value.
    pub(crate) fn notify_node(&self, output: &OutputReport, made: bool) {
        self.send(|| {
            let (scenario, output) = (self.scenario.clone(), output.clone());
            Event::Node(NodeEvent { scenario, run: self.run_id(), output, made })
        });
    }

    /// Creates the log of a job, which forwards its lines to the listener.
    pub(crate) fn log_of(&self, job: &str) -> JobLog {
        let listener = self.observer.clone().map(|observer| {
            let (scenario, run, job): (_, _, Arc<str>) = (self.scenario.clone(), self.run_id(), job.into());
            let listener: Listener = Arc::new(move |line| {
                let change = JobChange::Logged(line.clone());
                observer(&Event::Job(JobEvent { scenario: scenario.clone(), run, job: job.clone(), change }));
            });
            listener
        });
        JobLog::new(listener, self.log_capture.clone())
    }

    /// Returns a callback that reports that a job's outputs are being written.
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

    /// Records that a job's function is being called: other processes can see it, and the record remains if this
    /// process ends before the submission does. If the write fails, the job continues.
    pub(crate) fn job_started(&self, job: &str) {
        if let Some(run) = self.run {
            drop(self.registry.begin_job(run.0, job, micros(SystemTime::now())));
        }
    }

    /// Records that the job has ended.
    pub(crate) fn job_ended(&self, report: &JobReport) {
        if let (Some(run), Ok(text)) = (self.run, serde_json::to_string(report)) {
            drop(self.registry.end_job(run.0, &report.name, &text));
        }
    }

    /// Reports a warning, and adds it to the run's warnings.
    pub(crate) fn warn(&self, message: &str) {
        self.send(|| Event::Warning { scenario: self.scenario.clone(), message: message.into() });
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(message.into());
    }
}
