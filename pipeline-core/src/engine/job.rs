//! One task's way from its inputs to the store.

use super::decide::Verdict;
use super::event::Event;
use super::flight::Flight;
use super::history::KnownResult;
use super::reason::Reason;
use super::record::{RecordInput, ResultRecord, StoredOutput};
use super::state::{InputState, JobState};
use super::submit::Running;
use super::toolchain::Toolchain;
use super::{Engine, as_micros, as_micros_if_known};
use crate::data::{JobProgress, Sink, StoredObject, Value};
use crate::error::Error;
use crate::graph::{Arguments, Call, Graph, TaskFailure};
use crate::registry::{ResultRow, micros, micros_of};
use crate::store::{Hash, HashingWriter, Presence, RecordRead};
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// The state of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// The submission is made.
    Submitted,
    /// It waits for other jobs.
    Blocked,
    /// It waits for a worker.
    Pending,
    /// Its function is being called.
    Running,
    /// Its function was called and its result kept.
    Completed,
    /// Its result was known; the function was not called.
    Skipped,
    /// Its function returned an error or panicked, or its result could not be kept.
    Failed,
    /// The submission was canceled before it began.
    Canceled,
    /// A job that it needs failed.
    Abandoned,
}

impl fmt::Display for JobStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            JobStatus::Submitted => "submitted",
            JobStatus::Blocked => "blocked",
            JobStatus::Pending => "pending",
            JobStatus::Running => "running",
            JobStatus::Completed => "completed",
            JobStatus::Skipped => "skipped",
            JobStatus::Failed => "failed",
            JobStatus::Canceled => "canceled",
            JobStatus::Abandoned => "abandoned",
        })
    }
}

/// What one job did.
#[derive(Debug, Clone, Serialize)]
pub struct JobReport {
    /// The job's name: the task's, with the first output where the task is used more than once.
    pub name: String,
    /// The task's name.
    pub task: String,
    /// How the job ended.
    pub status: JobStatus,
    /// Why it ran, or did not.
    pub reason: Reason,
    /// How long it took, in microseconds when serialized.
    #[serde(rename = "duration_us", serialize_with = "as_micros")]
    pub duration: Duration,
    /// The key of its result, where one is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Hash>,
    /// How long the task took when the result was made that spared this job its call; in microseconds
    /// when serialized.
    #[serde(
        rename = "saved_us",
        serialize_with = "as_micros_if_known",
        skip_serializing_if = "Option::is_none"
    )]
    pub saved: Option<Duration>,
    /// The result of the task that is nearest to the one that was missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<KnownResult>,
    /// What it made, when it completed or was skipped.
    pub outputs: Vec<OutputReport>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<JobError>,
}

/// One output of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutputReport {
    /// The node.
    pub node: String,
    /// The hash of its content, which names its object.
    pub hash: Hash,
    /// The size of its object, also where there is none.
    pub bytes: u64,
    /// Whether a plan is kept in place of an object: to compute the table again from the one that it is
    /// made from costs no more than to read it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub plan: bool,
    /// How many rows it has, if it is a table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
}

impl OutputReport {
    pub(super) fn of(node: &str, output: &StoredOutput) -> OutputReport {
        OutputReport {
            node: node.into(),
            hash: output.object,
            bytes: output.bytes,
            plan: output.plan.is_some(),
            rows: output.rows,
        }
    }
}

/// Why a job failed.
#[derive(Debug, Clone, Serialize)]
pub struct JobError {
    /// What happened.
    pub message: String,
    /// What that came from, outermost first.
    pub causes: Vec<String>,
    /// Whether the function panicked.
    pub panicked: bool,
    /// The error that the function returned, as it is.
    #[serde(skip)]
    pub source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl JobError {
    fn of(error: Arc<dyn std::error::Error + Send + Sync>) -> JobError {
        let mut causes = Vec::new();
        let mut next = error.source();
        while let Some(cause) = next {
            causes.push(cut(cause.to_string()));
            next = cause.source();
        }
        JobError { message: cut(error.to_string()), causes, panicked: false, source: Some(error) }
    }

    fn panic(payload: &(dyn Any + Send)) -> JobError {
        let place = super::panics::place().map(|place| format!(" (at {place})")).unwrap_or_default();
        JobError {
            message: super::panics::message(payload) + &place,
            causes: Vec::new(),
            panicked: true,
            source: None,
        }
    }
}

impl From<TaskFailure> for JobError {
    fn from(failure: TaskFailure) -> JobError {
        JobError::of(Arc::from(failure.0))
    }
}

impl<E> From<E> for JobError
where
    Error: From<E>,
{
    fn from(error: E) -> JobError {
        JobError::of(Arc::new(Error::from(error)))
    }
}

/// The beginning of a message that goes on with what a file says.
fn cut(message: String) -> String {
    const LENGTH: usize = 2_000;
    match message.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message,
    }
}

/// What a job leaves behind: its report, and its state for the registry.
pub(super) struct Done {
    pub(super) report: JobReport,
    pub(super) state: JobState,
    /// What the registry is to know of the result, when one was kept.
    pub(super) made: Option<ResultRow>,
}

/// The result of calling a function and keeping what it made.
struct Made {
    /// Those that are at hand; the others are in the store.
    values: Vec<Option<Value>>,
    outputs: Vec<StoredOutput>,
    row: Option<ResultRow>,
}

impl Engine<'_> {
    /// Takes the job from its inputs to its end. Never fails: what goes wrong is the job's failure.
    pub(super) fn job(&self, running: &Running<'_>, call: &Call) -> Done {
        let began = Instant::now();
        let waited_for = running.failed_before(call);
        if !waited_for.is_empty() {
            let reason = Reason::UpstreamFailed { jobs: waited_for };
            return running.without_run(call, JobStatus::Abandoned, reason);
        }
        if running.canceled() {
            return running.without_run(call, JobStatus::Canceled, Reason::Canceled);
        }
        let inputs = InputState::of(running.graph, call, |node| running.content(node));
        let (verdict, _flight) = match self.claim(running, call, &inputs) {
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
                let mut done = running.ended(
                    call,
                    JobStatus::Skipped,
                    reason,
                    inputs,
                    began.elapsed(),
                    record.outputs.clone(),
                );
                done.report.saved = saved;
                done.report.key = Some(key);
                done
            }
            Verdict::Run { reason, key, replace, nearest } => {
                self.warn_of_damage(running, call, &reason);
                let progress = Arc::new(JobProgress::default());
                running.tell(&Event::Running { job: &call.name, progress: &progress });
                let called = progress.of(|| self.call(running, call, &inputs, key, replace));
                let mut done = match called {
                    Ok(Made { values, outputs, row }) => {
                        for ((value, output), &node) in values.into_iter().zip(&outputs).zip(&call.outputs) {
                            running.made(node, output, value);
                        }
                        let time = began.elapsed();
                        let mut done =
                            running.ended(call, JobStatus::Completed, reason, inputs, time, outputs);
                        done.report.key = key.filter(|_| row.is_some());
                        done.made = row;
                        done
                    }
                    Err(error) => running.failed(call, reason, inputs, began.elapsed(), error),
                };
                done.report.nearest = nearest;
                done
            }
        };
        done.state.key = done.report.key;
        if done.state.key.is_none() {
            done.state.last_key = running.last_key(call);
        }
        done.state.strict = self.terms.strict().cloned();
        done
    }

    /// What to do with the job, and for a call the right to make it: an equal job that is running makes
    /// the result of this one, too.
    fn claim(
        &self,
        running: &Running<'_>,
        call: &Call,
        inputs: &[InputState],
    ) -> Result<(Verdict, Option<Flight<'_>>), Error> {
        let look = || self.decide(running.graph, call, inputs, running.states);
        loop {
            let verdict = look()?;
            if let Verdict::Run { .. } = &verdict {
                self.results.settle()?;
            }
            let Verdict::Run { key: Some(key), .. } = &verdict else { return Ok((verdict, None)) };
            if let Some(flight) = self.flights.take(*key) {
                // Whoever had the key may have published the result since we looked.
                let verdict = look()?;
                self.results.settle()?;
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
                self.results.root.display(),
                call.name
            ));
        }
    }

    /// Calls the function and keeps its result.
    fn call(
        &self,
        running: &Running<'_>,
        call: &Call,
        inputs: &[InputState],
        key: Option<Hash>,
        replace: bool,
    ) -> Result<Made, JobError> {
        let started = SystemTime::now();
        let clock = Instant::now();
        // Reading a value runs code of its type, which may panic like the function itself.
        let read = || call.arguments.iter().map(|&node| running.value(node, self)).collect();
        let arguments: Result<Vec<Value>, Error> =
            super::panics::watched(AssertUnwindSafe(read)).map_err(|payload| JobError::panic(&*payload))?;
        let arguments = Arguments(arguments?);
        let mut made = super::panics::watched(AssertUnwindSafe(|| {
            let outputs = (call.task.run)(&arguments)?;
            running.tell(&Event::Writing { job: &call.name });
            self.keep(running.graph, call, inputs, &arguments, outputs.0)
        }))
        .unwrap_or_else(|payload| Err(JobError::panic(&*payload)))
        .map_err(|error| with_diagnosis(error, call, running, &arguments))?;

        let changed = running.files_of(call).find_map(|files| files.changed());
        match (key, changed) {
            (_, Some(file)) => running.warn(&format!(
                "{} changed while task `{}` read it: the result is not kept for later; submit again",
                file.display(),
                call.name
            )),
            (Some(key), None) => {
                let record = self.record(running, call, inputs, &made.outputs, started, clock.elapsed());
                if !self.results.records.put(&key, &record, replace)? {
                    self.adopt(&key, &mut made)?;
                }
                made.row = Some(self.row(running, &key, &record, inputs));
            }
            (None, None) => {}
        }
        Ok(made)
    }

    fn record(
        &self,
        running: &Running<'_>,
        call: &Call,
        inputs: &[InputState],
        outputs: &[StoredOutput],
        started: SystemTime,
        took: Duration,
    ) -> ResultRecord {
        ResultRecord {
            task: call.task.path(),
            code: call.task.code.hash.into(),
            pinned: call.task.version().map(str::to_owned),
            toolchain: Toolchain::current(),
            scenario: running.scenario.into(),
            inputs: inputs
                .iter()
                .map(|input| RecordInput { parameter: input.parameter.clone(), content: input.content })
                .collect(),
            outputs: outputs.to_vec(),
            started_us: micros(started),
            duration_us: micros_of(took),
            version: env!("CARGO_PKG_VERSION").into(),
        }
    }

    /// What the registry's index has of a record.
    fn row(
        &self,
        running: &Running<'_>,
        key: &Hash,
        record: &ResultRecord,
        inputs: &[InputState],
    ) -> ResultRow {
        ResultRow {
            key: key.to_string(),
            task: record.task.clone(),
            scenario: running.scenario.into(),
            code: record.code.clone(),
            pinned: record.pinned.clone(),
            strict: self.terms.strict().and_then(|toolchain| serde_json::to_string(toolchain).ok()),
            inputs: serde_json::to_string(inputs).unwrap_or_default(),
            made: record.started_us,
            duration: record.duration_us,
        }
    }

    /// Another process published a result for the same key meanwhile: its result is the one that
    /// everybody has, also where the task is not deterministic.
    fn adopt(&self, key: &Hash, made: &mut Made) -> Result<(), JobError> {
        let RecordRead::Found(record) = self.results.records.get::<ResultRecord>(key)? else { return Ok(()) };
        if record.outputs.len() != made.outputs.len() {
            return Ok(());
        }
        self.rely_on_outputs(&record)?;
        self.results.settle()?;
        for object in record.objects() {
            if self.presence(&object)? != Presence::Whole {
                return Ok(());
            }
        }
        for ((value, own), theirs) in made.values.iter_mut().zip(&mut made.outputs).zip(record.outputs) {
            if own.object != theirs.object {
                *value = None;
                *own = theirs;
            }
        }
        Ok(())
    }

    /// Writes the outputs to the store, those that need it.
    fn keep(
        &self,
        graph: &Graph,
        call: &Call,
        inputs: &[InputState],
        arguments: &Arguments,
        outputs: Vec<Box<dyn Any + Send + Sync>>,
    ) -> Result<Made, JobError> {
        let mut made = Made { values: Vec::new(), outputs: Vec::new(), row: None };
        for (output, definition) in outputs.into_iter().zip(call.task.outputs) {
            let data = definition.data;
            let value = (data.faithful)(output)?;
            if let Some(derivation) = self.derivation(graph, call, inputs, &value) {
                // The content has to be known all the same: it is what readers' keys are made of.
                let mut writer = HashingWriter::default();
                let mut sink = Sink::new(&mut writer);
                value.save(&mut sink)?;
                let rows = sink.rows;
                let (object, bytes) = writer.finish();
                self.keep_arguments(inputs, arguments)?;
                let brief = rows.map_or_else(|| value.brief(), |rows| format!("{rows} rows"));
                made.outputs.push(StoredOutput { object, plan: Some(derivation.plan), bytes, rows, brief });
                made.values.push(Some(value));
                continue;
            }
            let mut writer = self.results.objects.writer()?;
            let mut sink = Sink::new(&mut writer);
            value.save(&mut sink)?;
            let rows = sink.rows;
            let (object, bytes) = writer.finish()?;
            self.remember_own(&object);
            let value = if data.scanned {
                (data.load)(&StoredObject { hash: object, path: self.results.objects.path(&object) })?
            } else {
                self.keep_in_memory(&data, &object, &value, bytes);
                value
            };
            let brief = rows.map_or_else(|| value.brief(), |rows| format!("{rows} rows"));
            made.outputs.push(StoredOutput { object, plan: None, bytes, rows, brief });
            made.values.push(Some(value));
        }
        Ok(made)
    }
}

/// The error with what is wrong with an input, where one of them is to blame.
fn with_diagnosis(error: JobError, call: &Call, running: &Running<'_>, arguments: &Arguments) -> JobError {
    let nodes = call.arguments.iter().map(|&node| &running.graph.nodes[node].name);
    let diagnosis = nodes
        .zip(&arguments.0)
        .find_map(|(node, value)| Some(format!("input `{node}`: {}", value.diagnose()?)));
    match diagnosis {
        None => error,
        Some(message) if message.ends_with(&error.message) => JobError { message, ..error },
        Some(message) => {
            // What the reader says goes on with advice about options that nobody here has set.
            let cause = error.message.lines().next().unwrap_or_default().to_owned();
            JobError { message, causes: vec![cause], ..error }
        }
    }
}
