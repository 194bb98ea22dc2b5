//! One task's way from its inputs to its end.

use crate::engine::Engine;
use crate::engine::ask::Verdict;
use crate::engine::ask::history::KnownResult;
use crate::engine::ask::state::{InputState, JobState};
use crate::engine::execute::attempt::Tried;
use crate::engine::job::reason::Reason;
use crate::engine::job::report::JobReport;
use crate::engine::job::status::JobStatus;
use crate::engine::journal::event::JobChange;
use crate::engine::publish::Made;
use crate::engine::submit::flight::Flight;
use crate::engine::submit::{Part, Running};
use crate::error::Error;
use crate::graph::Call;
use crate::registry::{ResultRow, micros};
use crate::store::Hash;
use std::time::{Duration, Instant, SystemTime};

/// What a job leaves behind: its report, and its state for the registry.
pub(crate) struct Done {
    pub(crate) report: JobReport,
    pub(crate) state: JobState,
    /// What the registry is to know of the result, when one was kept.
    pub(crate) made: Option<ResultRow>,
}

impl Engine<'_> {
    /// Takes the job from its inputs to its end. Never fails: what goes wrong is the job's failure.
    pub(crate) fn job(&self, running: &Running<'_>, index: usize, call: &Call) -> Done {
        let started = SystemTime::now();
        let mut done = self.carry_out(running, index, call);
        done.report.started_us = micros(started);
        done
    }

    fn carry_out(&self, running: &Running<'_>, index: usize, call: &Call) -> Done {
        let began = Instant::now();
        if let Some(outputs) = running.all_given(call) {
            let inputs = InputState::of(running.graph, call, |node| running.content(node));
            running.give(call, &mut outputs.clone(), &mut Vec::new());
            return running.ended(call, JobStatus::Skipped, Reason::Given, inputs, Duration::ZERO, outputs);
        }
        let waited_for = running.failed_before(call);
        if !waited_for.is_empty() {
            let reason = Reason::UpstreamFailed { jobs: waited_for };
            return running.without_run(call, JobStatus::Abandoned, reason);
        }
        if running.canceled() {
            return running.without_run(call, JobStatus::Canceled, Reason::Canceled);
        }
        if let Some(failed) = running.without_inputs(call) {
            return failed;
        }
        let inputs = InputState::of(running.graph, call, |node| running.content(node));
        let (verdict, _flight) = match self.claim(running, index, call, &inputs) {
            Ok(claim) => claim,
            Err(error) => {
                return running.failed(call, Reason::StoreFailed, inputs, began.elapsed(), error.into());
            }
        };
        let mut done = match verdict {
            Verdict::Skip { key, record, reason } => {
                for (output, &node) in record.outputs.iter().zip(&call.outputs) {
                    running.made(node, output, None);
                }
                let saved = u64::try_from(record.duration_us).ok().map(Duration::from_micros);
                let mut outputs = record.outputs.clone();
                running.give(call, &mut outputs, &mut Vec::new());
                let mut done =
                    running.ended(call, JobStatus::Skipped, reason, inputs, began.elapsed(), outputs);
                done.report.saved = saved;
                done.report.key = Some(key);
                done
            }
            Verdict::Run { .. } if running.part(index) == Part::Known => {
                return running.without_run(call, JobStatus::Abandoned, Reason::NotSelected);
            }
            Verdict::Run { reason, key, replace, nearest } => {
                self.warn_of_damage(running, call, &reason);
                self.run(running, call, inputs, (reason, key, replace, nearest), began)
            }
        };
        done.state.key = done.report.key;
        if done.state.key.is_none() {
            done.state.last_key = running.last_key(call);
        }
        done.state.strict = self.terms.strict().cloned();
        done.state.coarse = self.coarse().ok().flatten();
        done.state.unknown =
            crate::engine::ask::unknown::listed(&crate::engine::ask::unknown::of_task(call.task));
        done
    }

    /// Calls the function of a job whose result is not known.
    fn run(
        &self,
        running: &Running<'_>,
        call: &Call,
        inputs: Vec<InputState>,
        (reason, key, replace, nearest): (Reason, Option<Hash>, bool, Option<KnownResult>),
        began: Instant,
    ) -> Done {
        running.keep_begin(self, call);
        let Tried { outcome, attempts, canceled, log } = self.attempts(running, call, &inputs, key, replace);
        let time = began.elapsed();
        let mut done = match outcome {
            Ok(Made { mut values, mut outputs, row }) => {
                running.give(call, &mut outputs, &mut values);
                for ((value, output), &node) in values.into_iter().zip(&outputs).zip(&call.outputs) {
                    running.made(node, output, value);
                }
                let mut done = running.ended(call, JobStatus::Completed, reason, inputs, time, outputs);
                done.report.key = key.filter(|_| row.is_some());
                done.made = row;
                done
            }
            Err(error) if canceled => {
                let mut done = running.without_run(call, JobStatus::Canceled, Reason::Canceled);
                done.report.duration = time;
                done.report.error = Some(error);
                done
            }
            Err(error) => running.failed(call, reason, inputs, time, error),
        };
        done.report.nearest = nearest;
        done.report.attempts = attempts;
        done.report.log = log;
        done.report.started_us = micros(SystemTime::now() - began.elapsed());
        running.keep_end(self, &done.report);
        done
    }

    /// What to do with the job, and for a call the right to make it: an equal job that is running makes
    /// the result of this one, too.
    fn claim(
        &self,
        running: &Running<'_>,
        index: usize,
        call: &Call,
        inputs: &[InputState],
    ) -> Result<(Verdict, Option<Flight<'_>>), Error> {
        if running.is_replaced(index) {
            // Whatever it gives is no result of the task.
            return Ok((
                Verdict::Run { reason: Reason::Replaced, key: None, replace: false, nearest: None },
                None,
            ));
        }
        let look = || self.decide(running.graph, call, inputs, running.states);
        loop {
            let verdict = look()?;
            if let Verdict::Run { .. } = &verdict {
                self.lease.settle()?;
            }
            if running.part(index) == Part::Known {
                return Ok((verdict, None));
            }
            let Verdict::Run { key: Some(key), .. } = &verdict else { return Ok((verdict, None)) };
            if let Some(flight) = self.flights.take(*key) {
                // Whoever had the key may have published the result since we looked.
                let verdict = look()?;
                self.lease.settle()?;
                return Ok((verdict, Some(flight)));
            }
        }
    }

    fn warn_of_damage(&self, running: &Running<'_>, call: &Call, reason: &Reason) {
        if matches!(
            reason,
            Reason::OutputMissing { .. } | Reason::OutputDamaged { .. } | Reason::RecordDamaged
        ) {
            running.warn(&format!(
                "{reason} in the store {}: task `{}` runs again",
                self.results.place().display(),
                call.name
            ));
        }
    }
}

impl Running<'_> {
    /// Tells that a job is over.
    pub(crate) fn tell_finished(&self, call: &Call, done: &Done) {
        self.tell(call, || JobChange::Finished(Box::new(done.report.clone())));
        if matches!(done.report.status, JobStatus::Completed | JobStatus::Skipped) {
            for output in &done.report.outputs {
                self.tell_node(output, done.report.status == JobStatus::Completed);
            }
        }
    }
}
