//! Execute: turns a job description into an outcome.
//!
//! [`execute`] is a single function, which threads, worker processes and tests call. It opens the arguments, calls the
//! task's function within its time limit, and publishes the outputs.

pub(crate) mod exits;
#[cfg(feature = "tokio")]
mod futures;
mod limited;
pub(crate) mod panics;

#[cfg(feature = "tokio")]
pub use futures::{use_current_runtime, wait_for};

use crate::data::{DataError, DataType, Value};
use crate::engine::error::EngineError;
use crate::engine::job::report::{FailureKind, JobError};
use crate::engine::job::spec::{Argument, CallResult, JobSpec, Outcome};
use crate::engine::publish;
use crate::engine::workspace::context::Context;
use crate::engine::workspace::{self, Function, OpenFailure, Workspace};
use crate::graph::Arguments;
use crate::store::Damaged;
use std::panic::AssertUnwindSafe;
use std::time::{Instant, SystemTime};

/// Makes one call of a task. Never fails: every error is a failure of the job.
pub(crate) fn execute(spec: &JobSpec, workspace: &Workspace<'_>, context: &Context) -> Outcome {
    let mut call = Call { spec, workspace, context, damaged: Vec::new(), warnings: Vec::new() };
    let token = context.token.child(None);
    let context = Context { token, ..context.clone() };
    call.context = &context;
    let result = context.of(|| call.carry_out());
    let stopped = result.is_err() && context.token.is_stopped() && context.token.was_observed();
    let Call { damaged, warnings, .. } = call;
    Outcome { result, stopped, damaged, warnings, peak_memory: None }
}

/// A call while it runs.
struct Call<'a> {
    spec: &'a JobSpec,
    workspace: &'a Workspace<'a>,
    context: &'a Context,
    /// Damaged objects that were found.
    damaged: Vec<Damaged>,
    warnings: Vec<String>,
}

impl Call<'_> {
    fn carry_out(&mut self) -> Result<CallResult, JobError> {
        let (spec, limit) = (self.spec, self.spec.timeout);
        let Some(function) = (self.workspace.function)(spec) else {
            return Err(JobError::new(
                FailureKind::NotCarriedOut,
                format!(
                    "this program has no task `{}` at {}:{}: rebuild it",
                    spec.task.path, spec.task.file, spec.task.line
                ),
            ));
        };
        let (started, clock) = (SystemTime::now(), Instant::now());
        // Reading a value runs code of its type, which may panic like the function itself.
        let arguments = panics::watched(AssertUnwindSafe(|| self.arguments(&function)))
            .map_err(|payload| panics::error(&*payload))??;
        let context = self.context.limited(limit);
        let made = panics::watched(AssertUnwindSafe(|| {
            let outputs = limited::call(&function, &spec.job, &arguments, &context, limit)?;
            (context.writing)();
            // Tables are computed while they are written, so the time limit includes the writing.
            let publish = || {
                publish::outputs(spec, self.workspace, function.task, outputs, &context, &mut self.damaged)
            };
            context.token.of(publish).map_err(|error| context.blame(limit, error))
        }))
        .unwrap_or_else(|payload| Err(panics::error(&*payload)))
        .map_err(|error| match context.token.was_observed() {
            // It ended because it was canceled, so its inputs are not to blame.
            true => error,
            false => with_diagnosis(error, spec, &arguments),
        })?;
        let arguments = spec.arguments.iter().zip(&arguments.values).zip(function.task.parameters);
        let changed =
            arguments.into_iter().find_map(|((argument, value), data)| argument.changed(value, data));
        let record = match (spec.publish, changed) {
            (_, Some(file)) => {
                self.warnings.push(format!(
                    "{} changed while task `{}` read it: the result is not stored; run again",
                    file.display(),
                    spec.job
                ));
                None
            }
            (Some(publish), None) => {
                let times = (started, clock.elapsed());
                return publish::record(spec, self.workspace, function.task, publish, made, times);
            }
            (None, None) => None,
        };
        Ok(CallResult { outputs: made, record })
    }

    /// Opens the values of the arguments.
    fn arguments(&mut self, function: &Function) -> Result<Arguments, JobError> {
        let types = function.task.parameters;
        let values = self.spec.arguments.iter().zip(types).map(|(argument, data)| {
            self.open(argument, data).map_err(|OpenFailure { error, damaged }| {
                self.damaged.extend(damaged);
                JobError::from(error)
            })
        });
        let values = values.collect::<Result<_, JobError>>()?;
        Ok(Arguments { values, resources: self.workspace.resources.clone() })
    }

    fn open(&mut self, argument: &Argument, data: &DataType) -> Result<Value, OpenFailure> {
        if let Some(of) = data.parts.filter(|_| argument.is_gathered()) {
            let part =
                |(key, part): &(String, Argument)| Ok((key.as_str().into(), self.open(part, &(of.part)())?));
            return Ok((of.collect)(argument.parts.iter().map(part).collect::<Result<_, OpenFailure>>()?));
        }
        let (workspace, value) = (self.workspace, &argument.value);
        if let Some(given) = &value.given {
            return (data.parse)(given).map_err(|message| {
                let message = format!("input `{}`: {message}", argument.node);
                DataError::Decode { ty: data.name(), message }.into()
            });
        }
        if let Some(content) = &argument.secret {
            let here = workspace.values.get(&value.hash, data);
            return Ok(here.map_or_else(|| (data.decode)(&content.0), Ok)?);
        }
        let object = workspace.results.objects.blob(value.hash, workspace.lease.clone())?;
        let opened = workspace::open(workspace.results, workspace.values, workspace.since, data, &object);
        opened.map_err(|failed| match failed.error {
            EngineError::Data(DataError::Decode { message, .. }) if argument.input => {
                let (node, ty) = (argument.node.clone(), data.name());
                OpenFailure { error: EngineError::OutdatedInput { node, ty, message }, ..failed }
            }
            _ => failed,
        })
    }
}

/// Adds the diagnosis of an input to the error, if an input caused it.
fn with_diagnosis(error: JobError, spec: &JobSpec, arguments: &Arguments) -> JobError {
    let nodes = spec.arguments.iter().map(|argument| &argument.node);
    let diagnosis = nodes
        .zip(&arguments.values)
        .find_map(|(node, value)| Some(format!("input `{node}`: {}", value.source()?.diagnose()?)));
    match diagnosis {
        None => error,
        Some(message) if message.ends_with(&error.message) => JobError { message, ..error },
        Some(message) => {
            // The rest of the reader's message is advice about options that don't apply here.
            let cause = error.message.lines().next().unwrap_or_default().to_owned();
            JobError { message, causes: vec![cause], ..error }
        }
    }
}
