//! A submission: runs all jobs of a graph, and records them in the registry.

mod active;
mod attempts;
mod job;
pub(crate) mod schedule;
pub(crate) mod single_flight;
pub(crate) mod waits;

pub(crate) use active::{ActiveSubmission, Done};

use crate::data::{CancelToken, Value, ValueRef};
use crate::engine::Engine;
use crate::engine::ask::state::{JobState, JobStates};
use crate::engine::executor::Executor;
use crate::engine::job::report::JobReport;
use crate::engine::journal::Observer;
use crate::engine::journal::event::JobChange;
use crate::engine::resolve::FoundInput;
use crate::engine::workspace::Replaced;
use crate::engine::workspace::log::LogCapture;
use crate::graph::Graph;
use crate::registry::ResultRow;
use crate::registry::RunId;
use schedule::Work;
use std::collections::HashMap;
use std::sync::Arc;
use waits::waits;

/// What a submission does with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallRole {
    /// Runs it, unless its result is known.
    Run,
    /// Takes its known result, and never runs it.
    Reuse,
    /// Ignores it.
    Skip,
}

/// What to run, and how.
pub(crate) struct Submission<'a> {
    /// The scenario's name.
    pub(crate) scenario: &'a str,
    pub(crate) graph: &'a Graph,
    /// The inputs by node. Inputs are the first nodes of a graph.
    pub(crate) inputs: Vec<FoundInput>,
    pub(crate) states: &'a JobStates,
    pub(crate) executor: Arc<dyn Executor>,
    pub(crate) workers: usize,
    pub(crate) observer: Option<Observer>,
    pub(crate) cancel: CancelToken,
    /// The number of the run, if it is recorded.
    pub(crate) run: Option<RunId>,
    /// The roles by call; if empty, all calls run.
    pub(crate) roles: Vec<CallRole>,
    /// Values that replace outputs of tasks, by node.
    pub(crate) given: HashMap<usize, (Arc<ValueRef>, Value)>,
    /// Functions that replace those of tasks, by call.
    pub(crate) replaced: HashMap<usize, Replaced>,
    pub(crate) log_capture: LogCapture,
    /// The share of the run's time to spend on rechecking known results.
    pub(crate) recheck: f64,
    /// The author of the run.
    pub(crate) author: &'a str,
}

/// The outcome of a submission.
pub(crate) struct Finished {
    /// In running order.
    pub(crate) jobs: Vec<JobReport>,
    /// Job states, by the name under which each is stored.
    pub(crate) states: Vec<(String, JobState)>,
    /// The results that were made and stored.
    pub(crate) results: Vec<ResultRow>,
    pub(crate) warnings: Vec<String>,
}

impl Engine<'_> {
    /// Runs a submission to its end.
    pub(crate) fn submit(&self, submission: Submission<'_>) -> Finished {
        let recheck = submission.recheck;
        let inputs = if recheck > 0.0 { submission.inputs.clone() } else { Vec::new() };
        let workers = submission.workers;
        let mut running = ActiveSubmission::new(self, submission);
        running.warn_of_unread();
        let waits = waits(running.graph);
        running.notify_waiting(&waits.counts);
        let work = |index: usize| {
            let call = &running.graph.calls[index];
            if running.role(index) == CallRole::Skip {
                return;
            }
            let done = self.job(&running, index, call);
            running.release(call);
            running.notify_finished(call, &done);
            running.set(index, done);
        };
        // An idle worker must not keep garbage collections waiting. Entries that can't be flushed now stay locked, and
        // the next flush reports the error.
        let idle = || drop(self.lease.flush());
        let ready = |index: usize| {
            let call = &running.graph.calls[index];
            if running.role(index) != CallRole::Skip && running.failed_before(call).is_empty() {
                running.journal.notify(&call.name, || JobChange::Pending);
            }
        };
        let ready: Option<&(dyn Fn(usize) + Sync)> = running.journal.has_listener().then_some(&ready);
        schedule::run(waits, workers, &Work { work: &work, idle: &idle, ready });
        if recheck > 0.0
            && let Err(error) = self.recheck(&mut running, &inputs, recheck)
        {
            running.journal.warn(&format!("known results could not be rechecked: {error}"));
        }
        idle();
        if let Err(error) = self.results.objects.note_intact() {
            running.journal.warn(&error.to_string());
        }
        running.finish()
    }
}
