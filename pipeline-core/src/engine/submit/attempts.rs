//! Runs a task through the executor, with retries and cancellation.

use super::ActiveSubmission;
use crate::data::JobProgress;
use crate::engine::Engine;
use crate::engine::executor::{Executor, Threads};
use crate::engine::job::log::LogLine;
use crate::engine::job::report::{JobError, words};
use crate::engine::job::spec::{CallResult, EarlierTable, JobSpec, Outcome, PublishAs, TaskId};
use crate::engine::journal::event::JobChange;
use crate::engine::workspace::Workspace;
use crate::engine::workspace::context::Context;
use crate::graph::Call;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often a wait for the next attempt checks for cancellation.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// The outcome of calling a function one or more times.
pub(super) struct AttemptResult {
    pub(super) result: Result<CallResult, JobError>,
    pub(super) attempts: u32,
    /// Whether it ended because the submission was canceled.
    pub(super) canceled: bool,
    pub(super) log: Vec<LogLine>,
    /// The peak memory use of the last call, in bytes, if it had its own process.
    pub(super) peak_memory: Option<u64>,
}

impl Engine<'_> {
    /// Calls the function of a job until it succeeds, its retries are used up, or the submission is canceled.
    pub(super) fn attempts(
        &self,
        running: &ActiveSubmission<'_>,
        (index, call): (usize, &Call),
        publish: Option<PublishAs>,
        earlier: Vec<EarlierTable>,
    ) -> AttemptResult {
        let (journal, retry_policy) = (&running.journal, call.retry_policy);
        let spec = JobSpec {
            scenario: journal.scenario.to_string(),
            job: call.name.clone(),
            task: TaskId::of(call.task),
            arguments: running.arguments(call),
            earlier,
            publish,
            timeout: retry_policy.timeout,
            log: journal.log_capture.level(),
            isolated: call.task.is_isolated(),
        };
        let function = running.function(index, call);
        // A replacement of a task's function exists only in this process, and so do resources.
        let executor: &dyn Executor = match &*running.executor {
            _ if function.replaced.is_some() || !call.task.resources.is_empty() => &Threads,
            executor if spec.isolated && !executor.isolates() => &running.isolating,
            executor => executor,
        };
        let workspace = Workspace {
            results: self.results,
            lease: self.lease.clone(),
            values: &running.values,
            resources: self.resources(),
            since: self.since,
            function: &|_| Some(function.clone()),
        };
        let progress = Arc::new(JobProgress::default());
        let log = journal.log_of(&call.name);
        journal.notify(&call.name, || JobChange::Running { progress: progress.clone() });
        let writing = journal.writing(&call.name);
        let mut attempts = 0;
        loop {
            attempts += 1;
            let context = Context {
                token: running.cancel.clone(),
                progress: progress.clone(),
                log: log.clone(),
                writing: writing.clone(),
            };
            let Outcome { result, stopped, damaged, warnings, peak_memory } =
                executor.run(&spec, &workspace, &context);
            warnings.iter().for_each(|warning| journal.warn(&journal.log_capture.masked(warning.clone())));
            if let Err(error) = self.suspect_all(&damaged) {
                journal.warn(&error.to_string());
            }
            let done =
                |result, canceled| AttemptResult { result, attempts, canceled, log: log.take(), peak_memory };
            let error = match result {
                Ok(made) => return done(Ok(made), false),
                Err(error) => error.masked(|text| journal.log_capture.masked(text)),
            };
            if stopped {
                return done(Err(error), true);
            }
            if attempts > retry_policy.retries || running.canceled() {
                return done(Err(error), false);
            }
            let wait = retry_policy.wait(attempts);
            journal.warn(&format!(
                "task `{}` failed, retrying in {} (retry {attempts} of {}): {}",
                call.name,
                words(wait),
                retry_policy.retries,
                error.message
            ));
            journal.notify(&call.name, || JobChange::Retrying { attempts, error: error.clone(), wait });
            let next = Instant::now() + wait;
            while let Some(left) = next.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
            {
                if running.canceled() {
                    return done(Err(error), true);
                }
                std::thread::sleep(left.min(POLL_INTERVAL));
            }
        }
    }
}
