//! One job, from its inputs to its outcome.

use super::attempts::AttemptResult;
use super::single_flight::Flight;
use super::{ActiveSubmission, CallRole, Done};
use crate::data::Value;
use crate::engine::Engine;
use crate::engine::ask::Verdict;
use crate::engine::ask::state::{InputState, JobState};
use crate::engine::describe::{self, Describing};
use crate::engine::error::EngineError;
use crate::engine::job::change::KnownResult;
use crate::engine::job::reason::Reason;
use crate::engine::job::record::ResultRecord;
use crate::engine::job::report::JobError;
use crate::engine::job::spec::{CallResult, EarlierTable, PublishAs};
use crate::engine::job::status::JobStatus;
use crate::graph::Call;
use crate::registry::{ResultRow, micros};
use crate::store::{Hash, RecordRead};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant, SystemTime};

impl Engine<'_> {
    /// Runs or skips the job. Never fails: every error is a failure of the job.
    pub(crate) fn job(&self, running: &ActiveSubmission<'_>, index: usize, call: &Call) -> Done {
        let started = SystemTime::now();
        let mut done = self.carry_out(running, index, call);
        done.report.started_us = micros(started);
        done
    }

    fn carry_out(&self, running: &ActiveSubmission<'_>, index: usize, call: &Call) -> Done {
        let began = Instant::now();
        if let Some(outputs) = running.all_given(call) {
            let inputs = InputState::of(running.graph, call, |node| running.value(node));
            running.made(call, &mut outputs.clone());
            return running.ended(call, JobStatus::Skipped, Reason::Given, inputs, Duration::ZERO, outputs);
        }
        if let Some(error) = running.why_failing(index) {
            return running.plan_fails(call, error);
        }
        let jobs = running.failed_before(call);
        if !jobs.is_empty() {
            let reason = Reason::UpstreamFailed { jobs };
            return running.without_run(call, JobStatus::Abandoned, reason);
        }
        if running.canceled() {
            return running.without_run(call, JobStatus::Canceled, Reason::Canceled);
        }
        if let Some(failed) = running.without_inputs(call) {
            return failed;
        }
        let inputs = InputState::of(running.graph, call, |node| running.value(node));
        let (verdict, _flight) = match self.claim(running, index, call, &inputs) {
            Ok(claim) => claim,
            Err(error) => {
                return running.failed(call, Reason::StoreFailed, inputs, began.elapsed(), error.into());
            }
        };
        if running.canceled() {
            return running.without_run(call, JobStatus::Canceled, Reason::Canceled);
        }
        let mut done = match verdict {
            Verdict::Skip { key, record, reason } => {
                let saved = u64::try_from(record.duration_us).ok().map(Duration::from_micros);
                let mut outputs = record.outputs.clone();
                running.made(call, &mut outputs);
                let mut done =
                    running.ended(call, JobStatus::Skipped, reason, inputs, began.elapsed(), outputs);
                done.report.saved = saved;
                done.report.key = Some(key);
                done
            }
            Verdict::Run { .. } if running.role(index) == CallRole::Reuse => {
                return running.without_run(call, JobStatus::Abandoned, Reason::NotSelected);
            }
            Verdict::Run { .. } if !running.failing(|| self.failing(running)).is_empty() => {
                match running.why_failing(index) {
                    Some(error) => return running.plan_fails(call, error),
                    None => return running.not_started(call),
                }
            }
            Verdict::Run { reason, key, replace, nearest } => {
                self.warn_of_damage(running, call, &reason);
                let publish = key.map(|key| PublishAs { key, replace });
                self.run(running, (index, call), inputs, (reason, publish, nearest), began)
            }
        };
        done.state.key = done.report.key;
        if done.state.key.is_none() {
            done.state.last_key = running.last_key(call);
        }
        done.state.strict = self.options.strict().cloned();
        done.state.coarse = self.coarse().ok().flatten();
        done.state.unknown =
            crate::engine::ask::unknown::listed(&crate::engine::ask::unknown::of_task(call.task));
        done
    }

    /// Returns the calls whose query plans are invalid, of those that are not done yet.
    fn failing(&self, running: &ActiveSubmission<'_>) -> HashMap<usize, JobError> {
        let wanted = running.graph.ordered().filter(|(index, call)| {
            running.role(*index) == CallRole::Run
                && !running.is_replaced(*index)
                && !running.is_done(*index)
                && call.retry_policy.retries == 0
        });
        // The calls for the parts of a node have the same query plan.
        let mut described = HashSet::new();
        let wanted = wanted
            .filter(|(_, call)| call.part.as_ref().is_none_or(|part| described.insert(part.whole.clone())));
        let value = |node: usize| self.value_of(running, node);
        let calls = wanted.filter_map(|(index, call)| Some((index, Describing::new(call, value)?)));
        let failing = describe::failing(calls.collect());
        // A known result was made by the same function from the same tables, so its query plan is valid.
        let is_known = |index: usize| {
            let call = &running.graph.calls[index];
            let inputs = InputState::of(running.graph, call, |node| running.value(node));
            inputs.len() == call.argument_nodes().count()
                && matches!(
                    self.decide(running.graph, call, &inputs, running.states),
                    Ok(Verdict::Skip { .. })
                )
        };
        failing.into_iter().filter(|(index, _)| !is_known(*index)).collect()
    }

    /// Returns the value of a node that is not a table, if it is already known.
    fn value_of(&self, running: &ActiveSubmission<'_>, node: usize) -> Option<Value> {
        let data = &running.graph.nodes[node].data;
        let value = running.value(node).filter(|_| data.viewed.is_none())?;
        match &value.given {
            Some(given) => (data.parse)(given).ok(),
            None if value.secret => running.values.get(&value.hash, data),
            None => self.load(data, &value.hash).ok().or_else(|| running.values.get(&value.hash, data)),
        }
    }

    /// Calls the function of a job whose result is not known.
    fn run(
        &self,
        running: &ActiveSubmission<'_>,
        (index, call): (usize, &Call),
        inputs: Vec<InputState>,
        (reason, publish, nearest): (Reason, Option<PublishAs>, Option<KnownResult>),
        began: Instant,
    ) -> Done {
        running.journal.job_started(&call.name);
        let AttemptResult { result, attempts, canceled, log, peak_memory } =
            self.attempts(running, (index, call), publish, self.earlier(running, call, nearest.as_ref()));
        let time = began.elapsed();
        let mut done = match result {
            Ok(CallResult { mut outputs, record }) => {
                let kept = publish.zip(record);
                let row = kept.map(|(publish, record)| self.row(&publish.key, &record, &inputs));
                running.made(call, &mut outputs);
                let mut done = running.ended(call, JobStatus::Completed, reason, inputs, time, outputs);
                done.report.key = publish.map(|publish| publish.key).filter(|_| row.is_some());
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
        done.report.peak_memory = peak_memory;
        done.report.started_us = micros(SystemTime::now() - began.elapsed());
        running.journal.job_ended(&done.report);
        done
    }

    /// Returns the long tables that the job made earlier, and those of the nearest result.
    fn earlier(
        &self,
        running: &ActiveSubmission<'_>,
        call: &Call,
        nearest: Option<&KnownResult>,
    ) -> Vec<EarlierTable> {
        if !call.task.outputs.iter().any(|output| output.scanned) {
            return Vec::new();
        }
        let state = running.states.get(JobState::name(running.graph, call));
        let own = state.into_iter().flat_map(|state| state.outputs.iter().map(|(_, output)| output.clone()));
        let record = nearest.and_then(|nearest| match self.results.records.get(&nearest.key) {
            Ok(RecordRead::Found::<ResultRecord>(record)) => Some(record.outputs),
            _ => None,
        });
        let all = own.chain(record.into_iter().flatten());
        let tables = all.filter(|output| !output.columns.is_empty());
        tables.map(|output| EarlierTable { hash: output.hash, contents: output.contents.clone() }).collect()
    }

    /// Returns the row of a record for the registry's index.
    fn row(&self, key: &Hash, record: &ResultRecord, inputs: &[InputState]) -> ResultRow {
        ResultRow {
            key: key.to_string(),
            task: record.task.clone(),
            scenario: record.scenario.clone(),
            code: record.code.clone(),
            pinned: record.pinned.clone(),
            strict: self.options.strict().and_then(|toolchain| serde_json::to_string(toolchain).ok()),
            inputs: serde_json::to_string(inputs).unwrap_or_default(),
            made: record.started_us,
            duration: record.duration_us,
        }
    }

    /// Decides what to do with the job, and takes the right to call its function: if an equal job is running, this one
    /// waits for its result.
    fn claim(
        &self,
        running: &ActiveSubmission<'_>,
        index: usize,
        call: &Call,
        inputs: &[InputState],
    ) -> Result<(Verdict, Option<Flight<'_>>), EngineError> {
        if running.is_replaced(index) {
            // The outputs of a replacement are not results of the task.
            return Ok((
                Verdict::Run { reason: Reason::Replaced, key: None, replace: false, nearest: None },
                None,
            ));
        }
        let look = || self.decide(running.graph, call, inputs, running.states);
        loop {
            let verdict = look()?;
            if let Verdict::Run { .. } = &verdict {
                self.lease.flush()?;
            }
            if running.role(index) == CallRole::Reuse {
                return Ok((verdict, None));
            }
            let Verdict::Run { key: Some(key), .. } = &verdict else { return Ok((verdict, None)) };
            if running.canceled() {
                return Ok((verdict, None));
            }
            if let Some(flight) = self.single_flight.take(*key, || running.canceled()) {
                // The job that had the key may have published the result since the first look.
                let verdict = look()?;
                self.lease.flush()?;
                return Ok((verdict, Some(flight)));
            }
        }
    }

    fn warn_of_damage(&self, running: &ActiveSubmission<'_>, call: &Call, reason: &Reason) {
        if matches!(
            reason,
            Reason::OutputMissing { .. } | Reason::OutputDamaged { .. } | Reason::RecordDamaged
        ) {
            running.journal.warn(&format!(
                "{reason} in the store {}: task `{}` runs again",
                self.results.place().display(),
                call.name
            ));
        }
    }
}
