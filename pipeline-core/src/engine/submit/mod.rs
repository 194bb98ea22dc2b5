//! A submission: all jobs of a graph, from their inputs to the registry.

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

/// What a submission does with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallRole {
    /// What has to be done.
    Wanted,
    /// Its result has to be known.
    Known,
    /// Nothing.
    Excluded,
}

/// What to run, and how.
pub(crate) struct Submission<'a> {
    /// The scenario's name.
    pub(crate) scenario: &'a str,
    pub(crate) graph: &'a Graph,
    /// By node: the inputs, then nothing.
    pub(crate) inputs: Vec<FoundInput>,
    pub(crate) states: &'a JobStates,
    pub(crate) executor: Arc<dyn Executor>,
    pub(crate) workers: usize,
    pub(crate) observer: Option<Observer>,
    pub(crate) cancel: CancelToken,
    /// The submission's number, where it is kept.
    pub(crate) run: Option<RunId>,
    /// By call; all are wanted where it is empty.
    pub(crate) roles: Vec<CallRole>,
    /// Values in place of those that tasks make, by node.
    pub(crate) given: HashMap<usize, (Arc<ValueRef>, Value)>,
    /// Functions in place of tasks', by call.
    pub(crate) replaced: HashMap<usize, Replaced>,
    pub(crate) log_capture: LogCapture,
    /// The share of the time for making known results again.
    pub(crate) recheck: f64,
    /// Who submits.
    pub(crate) author: &'a str,
}

/// What came of a submission.
pub(crate) struct Finished {
    /// In running order.
    pub(crate) jobs: Vec<JobReport>,
    /// By the name of the job's state.
    pub(crate) states: Vec<(String, JobState)>,
    /// The results that were made and kept.
    pub(crate) results: Vec<ResultRow>,
    pub(crate) warnings: Vec<String>,
}

impl Engine<'_> {
    /// Runs a submission to its end.
    pub(crate) fn submit(&self, submission: Submission<'_>) -> Finished {
        let recheck = submission.recheck;
        let again = if recheck > 0.0 { submission.inputs.clone() } else { Vec::new() };
        let workers = submission.workers;
        let mut running = ActiveSubmission::new(self, submission);
        running.warn_of_unread();
        let waits = waits(running.graph);
        running.notify_waiting(&waits.counts);
        let work = |index: usize| {
            let call = &running.graph.calls[index];
            if running.role(index) == CallRole::Excluded {
                return;
            }
            let done = self.job(&running, index, call);
            running.release(call);
            running.notify_finished(call, &done);
            running.set(index, done);
        };
        // Whoever has nothing to do keeps no collection waiting. What could not be listed stays locked,
        // and whoever goes on hears of it.
        let idle = || drop(self.lease.flush());
        let ready = |index: usize| {
            let call = &running.graph.calls[index];
            if running.role(index) != CallRole::Excluded && running.failed_before(call).is_empty() {
                running.journal.notify(&call.name, || JobChange::Pending);
            }
        };
        let ready: Option<&(dyn Fn(usize) + Sync)> = running.journal.has_listener().then_some(&ready);
        schedule::run(waits, workers, &Work { work: &work, idle: &idle, ready });
        if recheck > 0.0
            && let Err(error) = self.recheck(&mut running, &again, recheck)
        {
            running.journal.warn(&format!("known results could not be made again: {error}"));
        }
        idle();
        if let Err(error) = self.results.objects.note_intact() {
            running.journal.warn(&error.to_string());
        }
        running.finish()
    }
}
