//! Calling a function once, and keeping what it made.

use crate::data::{Sink, Value, ValueRef};
use crate::engine::Engine;
use crate::engine::ask::state::InputState;
use crate::engine::execute::attempt::{self, Context};
use crate::engine::job::record::{RecordInput, ResultRecord};
use crate::engine::job::report::JobError;
use crate::engine::job::toolchain::Toolchain;
use crate::engine::journal::event::JobChange;
use crate::engine::submit::Running;
use crate::error::Error;
use crate::graph::{Arguments, Call};
use crate::registry::{ResultRow, micros, micros_of};
use crate::store::{Existing, Hash, Presence, RecordRead, Written};
use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant, SystemTime};

/// The result of calling a function and keeping what it made.
pub(crate) struct Made {
    /// Those that are at hand; the others are in the store.
    pub(crate) values: Vec<Option<Value>>,
    pub(crate) outputs: Vec<ValueRef>,
    pub(crate) row: Option<ResultRow>,
}

impl Engine<'_> {
    /// Calls the function and keeps its result.
    pub(crate) fn call(
        &self,
        running: &Running<'_>,
        call: &Call,
        context: &Context,
        inputs: &[InputState],
        key: Option<Hash>,
        replace: bool,
    ) -> Result<Made, JobError> {
        let started = SystemTime::now();
        let clock = Instant::now();
        // Reading a value runs code of its type, which may panic like the function itself.
        let read = || call.arguments.iter().map(|&node| running.value(node, self)).collect();
        let arguments: Result<Vec<Value>, Error> =
            crate::engine::execute::panics::watched(AssertUnwindSafe(read))
                .map_err(|payload| JobError::panic(&*payload))?;
        let arguments = Arguments(arguments?);
        let mut made = crate::engine::execute::panics::watched(AssertUnwindSafe(|| {
            let function = running.function(call);
            let limit = call.trying.timeout;
            let context = context.limited(limit);
            let outputs = attempt::run(&function, &call.name, &arguments, &context, limit)?;
            running.tell(call, || JobChange::Writing);
            // A table is made while it is written: that counts, too.
            let keep = || self.keep(call, outputs.0);
            context.token.of(keep).map_err(|error| context.blame(limit, error))
        }))
        .unwrap_or_else(|payload| Err(JobError::panic(&*payload)))
        .map_err(|error| match context.token.was_told() {
            // It ended because it was told to: nothing is wrong with what it read.
            true => error,
            false => with_diagnosis(error, call, running, &arguments),
        })?;

        let changed = running.files_of(call).find_map(|files| files.changed());
        match (key, changed) {
            (_, Some(file)) => running.warn(&format!(
                "{} changed while task `{}` read it: the result is not kept for later; submit again",
                file.display(),
                call.name
            )),
            (Some(key), None) => {
                let record = self.record(running, call, inputs, &made.outputs, started, clock.elapsed());
                let existing = if replace { Existing::Replace } else { Existing::Keep };
                if !self.results.records.put(&key, &record, existing, &self.lease)? {
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
        outputs: &[ValueRef],
        started: SystemTime,
        took: Duration,
    ) -> ResultRecord {
        ResultRecord {
            task: call.task.identity(),
            code: call.task.code.hash.into(),
            pinned: call.task.version().map(str::to_owned),
            toolchain: Toolchain::current(),
            scenario: running.scenario.to_string(),
            inputs: inputs
                .iter()
                .map(|input| RecordInput { parameter: input.parameter.clone(), content: input.value.hash })
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
            scenario: running.scenario.to_string(),
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
        self.lease.settle()?;
        for object in record.objects() {
            if self.presence(&object)? != Presence::Whole {
                return Ok(());
            }
        }
        for ((value, own), theirs) in made.values.iter_mut().zip(&mut made.outputs).zip(record.outputs) {
            if own.hash != theirs.hash {
                *value = None;
                *own = theirs;
            }
        }
        Ok(())
    }

    /// Writes the outputs to the store.
    fn keep(&self, call: &Call, outputs: Vec<Box<dyn Any + Send + Sync>>) -> Result<Made, JobError> {
        let mut made = Made { values: Vec::new(), outputs: Vec::new(), row: None };
        for (output, definition) in outputs.into_iter().zip(call.task.outputs) {
            let data = definition.data;
            let value = (data.faithful)(output)?;
            let mut writer = self.results.objects.writer()?;
            let mut sink = Sink::new(&mut writer);
            value.save(&mut sink)?;
            let rows = sink.rows;
            let Written { hash: object, bytes, replaced } = writer.finish(&self.lease)?;
            if replaced {
                self.distrust(&[object])?;
            }
            let value = if data.scanned {
                (data.load)(&self.results.objects.blob(object, self.lease.clone())?)?
            } else {
                self.keep_in_memory(&data, &object, &value, bytes);
                value
            };
            let summary = rows.map_or_else(|| value.brief(), |rows| format!("{rows} rows"));
            made.outputs.push(ValueRef { rows, ..ValueRef::object(object, bytes, summary) });
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
