//! The state of an active submission, shared by its workers: the known nodes, and how each job ended.

use super::{CallRole, Finished, Submission};
use crate::data::{CancelToken, PartRef, Value, ValueRef};
use crate::engine::Engine;
use crate::engine::ask::state::{InputState, JobState, JobStates};
use crate::engine::executor::{Executor, Processes};
use crate::engine::job::Unavailable;
use crate::engine::job::files::ReadFiles;
use crate::engine::job::reason::Reason;
use crate::engine::job::report::{FailureKind, JobError, JobReport, OutputReport};
use crate::engine::job::spec::{Argument, Secret};
use crate::engine::job::status::JobStatus;
use crate::engine::journal::Journal;
use crate::engine::journal::event::JobChange;
use crate::engine::resolve::InputContent;
use crate::engine::workspace::values::Values;
use crate::engine::workspace::{Function, Replaced};
use crate::graph::parts::ArgumentNodes;
use crate::graph::{Call, Graph, Maker};
use crate::registry::ResultRow;
use crate::store::Hash;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

/// The outcome of a job: its report, and its state for the registry.
pub(crate) struct Done {
    pub(crate) report: JobReport,
    pub(crate) state: JobState,
    /// The row for the registry's index, if a result was stored.
    pub(crate) made: Option<ResultRow>,
}

/// A submission while its jobs run.
pub(crate) struct ActiveSubmission<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) states: &'a JobStates,
    pub(crate) journal: Journal<'a>,
    pub(crate) executor: Arc<dyn Executor>,
    /// Runs jobs whose tasks require their own process, if the executor doesn't isolate calls.
    pub(crate) isolating: Processes,
    pub(crate) values: Values<'a>,
    slots: Vec<Mutex<Slot>>,
    /// By node: the number of jobs that still have to read it.
    readers_left: Vec<AtomicUsize>,
    done: Vec<OnceLock<Done>>,
    pub(crate) cancel: CancelToken,
    roles: Vec<CallRole>,
    given: HashMap<usize, (Arc<ValueRef>, Value)>,
    replaced: HashMap<usize, Replaced>,
    /// The calls whose query plans are invalid, once they were checked.
    failing: OnceLock<HashMap<usize, JobError>>,
    pub(crate) author: String,
}

/// What is known of a node.
#[derive(Default)]
struct Slot {
    value: Option<Arc<ValueRef>>,
    files: Option<Arc<ReadFiles>>,
    /// The content of a secret.
    secret: Option<Arc<Secret>>,
    /// Why the input has no content.
    error: Option<Unavailable>,
}

impl<'a> ActiveSubmission<'a> {
    pub(crate) fn new(engine: &Engine<'a>, submission: Submission<'a>) -> ActiveSubmission<'a> {
        let Submission { scenario, graph, inputs, states, executor, observer, cancel, .. } = submission;
        let values = Values::new(engine.memory);
        let mut slots: Vec<Mutex<Slot>> = Vec::with_capacity(graph.nodes.len());
        for (input, node) in inputs.into_iter().zip(&graph.nodes) {
            slots.push(Mutex::new(match input {
                Ok(InputContent { reference, value, files }) => {
                    if !node.readers.is_empty() {
                        values.retain(&reference, &node.data);
                    }
                    // The content was already read when the input was resolved.
                    let secret =
                        value.as_ref().filter(|_| reference.secret).and_then(|value| value.content().ok());
                    if let Some(value) = value.filter(|_| reference.given.is_none()) {
                        values.hold(&reference.hash, &node.data, value);
                    }
                    Slot {
                        value: Some(Arc::new(reference.without_files())),
                        files,
                        secret: secret.map(|content| Arc::new(Secret(content))),
                        error: None,
                    }
                }
                Err(error) => Slot { error: Some(error), ..Slot::default() },
            }));
        }
        slots.resize_with(graph.nodes.len(), Mutex::default);
        let journal = Journal {
            scenario: scenario.into(),
            run: submission.run,
            observer,
            registry: engine.registry,
            lease: engine.lease.clone(),
            log_capture: submission.log_capture,
            warnings: Mutex::default(),
        };
        for title in crate::engine::ask::unknown::of_graph(graph) {
            journal.warn(&format!(
                "the compiler read {title}, which the fingerprint does not track: it is part of the keys of all \
                 tasks of its crate"
            ));
        }
        ActiveSubmission {
            graph,
            states,
            journal,
            executor,
            isolating: Processes::new(),
            values,
            slots,
            readers_left: graph.nodes.iter().map(|node| AtomicUsize::new(node.readers.len())).collect(),
            done: graph.calls.iter().map(|_| OnceLock::new()).collect(),
            cancel,
            roles: submission.roles,
            given: submission.given,
            replaced: submission.replaced,
            failing: OnceLock::new(),
            author: submission.author.to_owned(),
        }
    }

    fn slot(&self, node: usize) -> MutexGuard<'_, Slot> {
        self.slots[node].lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn canceled(&self) -> bool {
        self.cancel.looks_canceled()
    }

    pub(crate) fn role(&self, call: usize) -> CallRole {
        self.roles.get(call).copied().unwrap_or(CallRole::Run)
    }

    pub(crate) fn is_replaced(&self, call: usize) -> bool {
        self.replaced.contains_key(&call)
    }

    /// Returns the calls whose query plans are invalid. `look` checks them once, before the first function is called.
    pub(crate) fn failing(
        &self,
        look: impl FnOnce() -> HashMap<usize, JobError>,
    ) -> &HashMap<usize, JobError> {
        self.failing.get_or_init(look)
    }

    /// Returns the error of a call whose query plan was found invalid.
    pub(crate) fn why_failing(&self, call: usize) -> Option<JobError> {
        self.failing.get()?.get(&call).cloned()
    }

    /// Returns the function to call: that of the task, or its replacement.
    pub(crate) fn function(&self, index: usize, call: &Call) -> Function {
        Function { task: call.task, replaced: self.replaced.get(&index).cloned() }
    }

    /// Returns the arguments of a call whose inputs are available.
    pub(crate) fn arguments(&self, call: &Call) -> Vec<Argument> {
        let parameters = call.task.parameter_names().zip(call.argument_nodes());
        let one = |parameter: &str, node: usize| {
            let (slot, found) = (self.slot(node), &self.graph.nodes[node]);
            Some(Argument {
                parameter: parameter.into(),
                node: found.name.clone(),
                input: found.is_input(),
                value: slot.value.as_deref()?.clone(),
                parts: Vec::new(),
                files: slot.files.clone(),
                secret: slot.secret.clone(),
            })
        };
        let argument = |(parameter, nodes): (&str, ArgumentNodes<'_>)| match nodes {
            ArgumentNodes::One(node) => one(parameter, node),
            ArgumentNodes::Parts { node, keys, nodes } => {
                let parts =
                    keys.iter().zip(nodes).map(|(key, &node)| Some((key.to_string(), one(parameter, node)?)));
                let parts = parts.collect::<Option<Vec<_>>>()?;
                let refs = parts
                    .iter()
                    .map(|(key, part)| PartRef { key: key.clone(), content: part.value.content() });
                let value = ValueRef::of_parts(refs.collect());
                let (parameter, node, input) = (parameter.into(), node.to_string(), false);
                Some(Argument { parameter, node, input, value, parts, files: None, secret: None })
            }
        };
        parameters.filter_map(argument).collect()
    }

    /// Returns the outputs of a call if all of them were given to the submission.
    pub(crate) fn all_given(&self, call: &Call) -> Option<Vec<Arc<ValueRef>>> {
        if self.given.is_empty() {
            return None;
        }
        call.outputs.iter().map(|node| Some(self.given.get(node)?.0.clone())).collect()
    }

    /// Sets the values of a call's output nodes. Values that were given to the submission replace those in `outputs`.
    pub(crate) fn made(&self, call: &Call, outputs: &mut [Arc<ValueRef>]) {
        for (output, &node) in outputs.iter_mut().zip(&call.outputs) {
            let given = self.given.get(&node);
            if let Some((value, _)) = given {
                *output = value.clone();
            }
            let found = &self.graph.nodes[node];
            if found.readers.is_empty() {
                self.values.drop_unread(output, &found.data);
            } else {
                self.values.retain(output, &found.data);
                if let Some((_, value)) = given {
                    self.values.hold(&output.hash, &found.data, value.clone());
                }
            }
            self.slot(node).value = Some(output.clone());
        }
    }

    /// Reports each job as blocked or pending.
    pub(crate) fn notify_waiting(&self, counts: &[usize]) {
        if self.journal.has_listener() {
            for (index, call) in self.graph.ordered().filter(|(index, _)| self.role(*index) != CallRole::Skip)
            {
                self.journal.notify(&call.name, || {
                    if counts[index] > 0 { JobChange::Blocked } else { JobChange::Pending }
                });
            }
        }
    }

    /// Reports that a job has ended, and the values of its nodes.
    pub(crate) fn notify_finished(&self, call: &Call, done: &Done) {
        self.journal.notify(&call.name, || JobChange::Finished(Box::new(done.report.clone())));
        if matches!(done.report.status, JobStatus::Completed | JobStatus::Skipped) {
            for output in &done.report.outputs {
                self.journal.notify_node(output, done.report.status == JobStatus::Completed);
            }
        }
    }

    /// Warns of unavailable inputs that no task reads: no job fails because of them.
    pub(crate) fn warn_of_unread(&self) {
        for (node, slot) in
            self.graph.nodes.iter().zip(&self.slots).filter(|(node, _)| node.readers.is_empty())
        {
            let error = slot.lock().unwrap_or_else(PoisonError::into_inner).error.clone();
            if let Some(error) = error {
                self.journal.warn(&format!("{error} (no task reads `{}`)", node.name));
            }
        }
    }

    /// Returns the value of a node; `None` if it has no value yet.
    pub(crate) fn value(&self, node: usize) -> Option<Arc<ValueRef>> {
        self.slot(node).value.clone()
    }

    /// Drops the values that no other job will read.
    pub(crate) fn release(&self, call: &Call) {
        let mut nodes = call.arguments.clone();
        nodes.sort_unstable();
        nodes.dedup();
        for node in nodes {
            if self.readers_left[node].fetch_sub(1, Ordering::SeqCst) == 1
                && let Some(value) = &self.slot(node).value
            {
                self.values.release(value, &self.graph.nodes[node].data);
            }
        }
    }

    /// Returns the jobs that this call depends on and that have no result.
    pub(crate) fn failed_before(&self, call: &Call) -> Vec<String> {
        let mut jobs = Vec::new();
        for &node in &call.arguments {
            if let Maker::Call(maker) = self.graph.nodes[node].maker
                && self.slot(node).value.is_none()
                && !jobs.contains(&self.graph.calls[maker].name)
            {
                jobs.push(self.graph.calls[maker].name.clone());
            }
        }
        jobs
    }

    fn report(&self, call: &Call, status: JobStatus, reason: Reason, duration: Duration) -> JobReport {
        let part = call.part.as_ref().map(|part| part.key.to_string());
        JobReport { part, duration, ..JobReport::new(&call.name, call.task.name(), status, reason) }
    }

    /// Creates the state of a job that worked on `inputs`.
    fn state(&self, call: &Call, status: JobStatus, inputs: Vec<InputState>) -> JobState {
        JobState {
            task: call.task.identity(),
            status,
            code: call.task.code.hash.into(),
            pinned: call.task.version().map(str::to_owned),
            strict: None,
            coarse: None,
            unknown: HashMap::new(),
            key: None,
            last_key: None,
            inputs,
            outputs: Vec::new(),
            error: None,
        }
    }

    /// Returns the key of the job's last stored result.
    pub(crate) fn last_key(&self, call: &Call) -> Option<Hash> {
        let earlier = self.states.get(JobState::name(self.graph, call))?;
        earlier.key.or(earlier.last_key)
    }

    /// The outcome of a job that has its outputs.
    pub(crate) fn ended(
        &self,
        call: &Call,
        status: JobStatus,
        reason: Reason,
        inputs: Vec<InputState>,
        duration: Duration,
        outputs: Vec<Arc<ValueRef>>,
    ) -> Done {
        let names = || self.graph.outputs_of(call).map(|node| node.name.clone());
        let mut report = self.report(call, status, reason, duration);
        report.outputs = names()
            .zip(&outputs)
            .map(|(node, value)| OutputReport { node, value: ValueRef::clone(value) })
            .collect();
        let outputs = names().zip(outputs).collect();
        Done { report, state: JobState { outputs, ..self.state(call, status, inputs) }, made: None }
    }

    /// The outcome of a job that failed.
    pub(crate) fn failed(
        &self,
        call: &Call,
        reason: Reason,
        inputs: Vec<InputState>,
        duration: Duration,
        error: JobError,
    ) -> Done {
        let status = JobStatus::Failed;
        let mut report = self.report(call, status, reason, duration);
        let message = Some(error.message.clone());
        report.error = Some(error);
        Done { report, state: JobState { error: message, ..self.state(call, status, inputs) }, made: None }
    }

    /// The outcome of a job that did not start. Its last code and inputs stay recorded; its nodes lose their values.
    pub(crate) fn without_run(&self, call: &Call, status: JobStatus, reason: Reason) -> Done {
        let earlier = self.states.get(JobState::name(self.graph, call));
        let state = JobState {
            status,
            task: earlier.map(|state| state.task.clone()).unwrap_or_default(),
            code: earlier.map(|state| state.code.clone()).unwrap_or_default(),
            pinned: earlier.and_then(|state| state.pinned.clone()),
            strict: earlier.and_then(|state| state.strict.clone()),
            coarse: earlier.and_then(|state| state.coarse),
            unknown: earlier.map(|state| state.unknown.clone()).unwrap_or_default(),
            key: None,
            last_key: self.last_key(call),
            inputs: earlier.map(|state| state.inputs.clone()).unwrap_or_default(),
            outputs: Vec::new(),
            error: matches!(reason, Reason::UpstreamFailed { .. }).then(|| reason.to_string()),
        };
        Done { report: self.report(call, status, reason, Duration::ZERO), state, made: None }
    }

    /// The outcome of a job whose query plan is invalid.
    pub(crate) fn plan_fails(&self, call: &Call, error: JobError) -> Done {
        let reason = Reason::PlanFails { message: error.message.clone() };
        let mut done = self.without_run(call, JobStatus::Failed, reason);
        done.state.error = Some(error.message.clone());
        done.report.error = Some(error);
        done
    }

    /// The outcome of a job that is not started because the query plans of other jobs are invalid.
    pub(crate) fn not_started(&self, call: &Call) -> Done {
        let mut failing: Vec<usize> =
            self.failing.get().into_iter().flat_map(HashMap::keys).copied().collect();
        failing.sort_unstable();
        let jobs = failing.into_iter().map(|index| self.graph.calls[index].name.clone()).collect();
        self.without_run(call, JobStatus::Abandoned, Reason::NotBegun { jobs })
    }

    /// The outcome of a job that reads unavailable inputs; `None` if its inputs are available.
    pub(crate) fn without_inputs(&self, call: &Call) -> Option<Done> {
        let error =
            |&node: &usize| Some((self.graph.nodes[node].name.clone(), self.slot(node).error.clone()?));
        let unavailable: Vec<_> = call.arguments.iter().filter_map(error).collect();
        let reason = Reason::unavailable(&unavailable)?;
        let error = match unavailable.as_slice() {
            [(_, error)] => JobError::of(FailureKind::NotCarriedOut, error.clone()),
            _ => JobError::new(FailureKind::NotCarriedOut, reason.to_string()),
        };
        let mut done = self.without_run(call, JobStatus::Failed, reason);
        done.state.error = Some(error.message.clone());
        done.report.error = Some(error);
        Some(done)
    }

    /// Returns the jobs that have ended, by call.
    pub(crate) fn all_done(&self) -> impl Iterator<Item = (usize, &Done)> {
        self.done.iter().enumerate().filter_map(|(index, done)| Some((index, done.get()?)))
    }

    pub(crate) fn is_done(&self, index: usize) -> bool {
        self.done[index].get().is_some()
    }

    /// Returns the outcome of a job that has ended.
    pub(crate) fn done_mut(&mut self, index: usize) -> &mut Done {
        self.done[index].get_mut().unwrap_or_else(|| unreachable!("the caller asks for jobs that have ended"))
    }

    /// Sets the outcome of a job, once.
    pub(crate) fn set(&self, index: usize, done: Done) {
        if self.done[index].set(done).is_err() {
            unreachable!("the scheduler runs each job once");
        }
    }

    /// Replaces the outcome of a job.
    pub(crate) fn replace_outcome(&mut self, index: usize, done: Done) {
        self.done[index] = OnceLock::from(done);
    }

    pub(super) fn finish(self) -> Finished {
        let mut done: Vec<Option<Done>> = self.done.into_iter().map(OnceLock::into_inner).collect();
        let mut jobs = Vec::with_capacity(done.len());
        let mut states = Vec::with_capacity(done.len());
        let mut results = Vec::new();
        for (index, call) in self.graph.ordered() {
            if let Some(Done { report, state, made }) = done[index].take() {
                let name = JobState::name(self.graph, call);
                jobs.push(report);
                results.extend(made);
                states.push((name.to_owned(), state));
            }
        }
        let warnings = self.journal.warnings.into_inner().unwrap_or_else(PoisonError::into_inner);
        Finished { jobs, states, results, warnings }
    }
}
