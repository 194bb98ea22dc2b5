//! A submission: all jobs of a graph, from their inputs to the registry.

use super::Engine;
use super::code;
use super::content::{InputContent, ReadFiles};
use super::event::Event;
use super::job::{Done, JobError, JobReport, JobStatus, OutputReport};
use super::reason::Reason;
use super::record::StoredOutput;
use super::schedule;
use super::state::{InputState, JobState, JobStates};
use super::waits::waits;
use crate::data::{DataError, Value};
use crate::error::Error;
use crate::graph::{Arguments, Call, Graph, Maker};
use crate::registry::ResultRow;
use crate::store::Hash;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

/// Ends a submission early: jobs that run are finished, jobs that wait are canceled.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// A token that is not canceled.
    pub fn new() -> CancelToken {
        CancelToken::default()
    }

    /// Cancels the submissions that have this token.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether [`CancelToken::cancel`] was called.
    pub fn is_canceled(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// What to run, and how.
pub(crate) struct Submission<'a> {
    /// The scenario's name.
    pub(crate) scenario: &'a str,
    pub(crate) graph: &'a Graph,
    /// By node: the inputs, then nothing.
    pub(crate) inputs: Vec<InputContent>,
    pub(crate) states: &'a JobStates,
    pub(crate) workers: usize,
    pub(crate) observer: &'a (dyn Fn(&Event<'_>) + Sync),
    pub(crate) cancel: CancelToken,
}

/// What came of a submission.
pub(crate) struct Finished {
    /// In running order.
    pub(crate) jobs: Vec<JobReport>,
    /// By the name of the job's state.
    pub(crate) states: Vec<(String, JobState)>,
    /// The results that were made and kept.
    pub(crate) results: Vec<ResultRow>,
    /// Code fingerprints that may be new to the registry, with their parts.
    pub(crate) codes: Vec<(String, String)>,
    pub(crate) warnings: Vec<String>,
}

/// A submission on its way, shared by the workers.
pub(super) struct Running<'a> {
    pub(super) scenario: &'a str,
    pub(super) graph: &'a Graph,
    pub(super) states: &'a JobStates,
    slots: Vec<Mutex<Slot>>,
    /// By node: how many jobs have yet to read it.
    readers_left: Vec<AtomicUsize>,
    done: Vec<OnceLock<Done>>,
    warnings: Mutex<Vec<String>>,
    observer: &'a (dyn Fn(&Event<'_>) + Sync),
    cancel: CancelToken,
}

/// What is known of a node.
#[derive(Default)]
struct Slot {
    content: Option<(Hash, String)>,
    /// What stands for an object, where there is none.
    plan: Option<Hash>,
    value: Option<Value>,
    files: Option<Arc<ReadFiles>>,
}

impl Engine<'_> {
    /// Runs a submission to its end.
    pub(crate) fn submit(&self, submission: Submission<'_>) -> Finished {
        let Submission { scenario, graph, inputs, states, workers, observer, cancel } = submission;
        observer(&Event::Started { jobs: graph.calls.len() });
        let mut slots: Vec<Mutex<Slot>> = Vec::with_capacity(graph.nodes.len());
        for input in inputs {
            let InputContent { content, brief, value, files } = input;
            slots.push(Mutex::new(Slot { content: Some((content, brief)), plan: None, value, files }));
        }
        slots.resize_with(graph.nodes.len(), Mutex::default);
        let running = Running {
            scenario,
            graph,
            states,
            slots,
            readers_left: graph.nodes.iter().map(|node| AtomicUsize::new(node.readers.len())).collect(),
            done: graph.calls.iter().map(|_| OnceLock::new()).collect(),
            warnings: Mutex::default(),
            observer,
            cancel,
        };
        let work = |index: usize| {
            let call = &graph.calls[index];
            let done = self.job(&running, call);
            running.release(call);
            running.tell(&Event::Finished { job: &done.report });
            if running.done[index].set(done).is_err() {
                unreachable!("the scheduler runs each job once");
            }
        };
        // Whoever has nothing to do keeps no collection waiting. What could not be listed stays locked,
        // and whoever goes on hears of it.
        let idle = || drop(self.results.settle());
        schedule::run(waits(graph), workers, &work, &idle);
        idle();
        if let Err(error) = self.remember_verified() {
            running.warn(&error.to_string());
        }
        running.finish()
    }
}

impl Running<'_> {
    fn slot(&self, node: usize) -> MutexGuard<'_, Slot> {
        self.slots[node].lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn canceled(&self) -> bool {
        self.cancel.is_canceled()
    }

    pub(super) fn tell(&self, event: &Event<'_>) {
        (self.observer)(event);
    }

    pub(super) fn warn(&self, message: &str) {
        self.tell(&Event::Warning { message });
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(message.into());
    }

    /// The content of a node, once it is made.
    pub(super) fn content(&self, node: usize) -> Option<(Hash, String)> {
        self.slot(node).content.clone()
    }

    /// The value of a node, read from the store when it is not in memory.
    pub(super) fn value(&self, node: usize, engine: &Engine<'_>) -> Result<Value, Error> {
        let mut slot = self.slot(node);
        if let Some(value) = &slot.value {
            return Ok(value.clone());
        }
        let (hash, _) =
            slot.content.as_ref().unwrap_or_else(|| unreachable!("a job runs after its inputs are made"));
        let found = &self.graph.nodes[node];
        if let (Some(plan), &Maker::Call(maker)) = (slot.plan, &found.maker) {
            let call = &self.graph.calls[maker];
            // Towards the inputs: no slot that is held waits for this one.
            let arguments: Result<Vec<Value>, Error> =
                call.arguments.iter().map(|&node| self.value(node, engine)).collect();
            let value = engine.derive(call, &Arguments(arguments?), node, &plan, hash)?;
            slot.value = Some(value.clone());
            return Ok(value);
        }
        let value = engine.load(&found.data, hash).map_err(|error| match (error, &found.maker) {
            (Error::Data(DataError::Decode { message, .. }), Maker::Input { .. }) => {
                Error::OutdatedInput { node: found.name.clone(), ty: found.type_text.clone(), message }
            }
            (error, _) => error,
        })?;
        slot.value = Some(value.clone());
        Ok(value)
    }

    /// A node has a value now.
    pub(super) fn made(&self, node: usize, output: &StoredOutput, value: Option<Value>) {
        let mut slot = self.slot(node);
        slot.content = Some((output.object, output.brief.clone()));
        slot.plan = output.plan;
        slot.value = value.filter(|_| !self.graph.nodes[node].readers.is_empty());
    }

    /// Drops the values that no job has yet to read.
    fn release(&self, call: &Call) {
        let mut nodes = call.arguments.clone();
        nodes.sort_unstable();
        nodes.dedup();
        for node in nodes {
            if self.readers_left[node].fetch_sub(1, Ordering::SeqCst) == 1 {
                self.slot(node).value = None;
            }
        }
    }

    /// The files outside of the store that a call reads.
    pub(super) fn files_of(&self, call: &Call) -> impl Iterator<Item = Arc<ReadFiles>> {
        call.arguments.iter().filter_map(|&node| self.slot(node).files.clone())
    }

    /// The jobs that this call waits for and that have no result.
    pub(super) fn failed_before(&self, call: &Call) -> Vec<String> {
        let mut jobs = Vec::new();
        for &node in &call.arguments {
            if let Maker::Call(maker) = self.graph.nodes[node].maker
                && self.slot(node).content.is_none()
                && !jobs.contains(&self.graph.calls[maker].name)
            {
                jobs.push(self.graph.calls[maker].name.clone());
            }
        }
        jobs
    }

    fn report(&self, call: &Call, status: JobStatus, reason: Reason, duration: Duration) -> JobReport {
        JobReport {
            name: call.name.clone(),
            task: call.task.name().into(),
            status,
            reason,
            duration,
            key: None,
            saved: None,
            nearest: None,
            outputs: Vec::new(),
            error: None,
        }
    }

    /// The state of a job that worked on `inputs`.
    fn state(&self, call: &Call, status: JobStatus, inputs: Vec<InputState>) -> JobState {
        JobState {
            status,
            code: call.task.code.hash.into(),
            pinned: call.task.version().map(str::to_owned),
            strict: None,
            key: None,
            last_key: None,
            inputs,
            outputs: Vec::new(),
            error: None,
        }
    }

    /// The key of the job's last result that was kept.
    pub(super) fn last_key(&self, call: &Call) -> Option<Hash> {
        let earlier = self.states.get(JobState::name(self.graph, call))?;
        earlier.key.or(earlier.last_key)
    }

    /// A job that has its outputs.
    pub(super) fn ended(
        &self,
        call: &Call,
        status: JobStatus,
        reason: Reason,
        inputs: Vec<InputState>,
        duration: Duration,
        outputs: Vec<StoredOutput>,
    ) -> Done {
        let names = || self.graph.outputs_of(call).map(|node| node.name.clone());
        let mut report = self.report(call, status, reason, duration);
        report.outputs =
            names().zip(&outputs).map(|(node, output)| OutputReport::of(&node, output)).collect();
        let outputs = names().zip(outputs).collect();
        Done { report, state: JobState { outputs, ..self.state(call, status, inputs) }, made: None }
    }

    /// A job that failed.
    pub(super) fn failed(
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

    /// A job that did not begin: what it last worked on stays known, what it last made is no longer
    /// the value of its nodes.
    pub(super) fn without_run(&self, call: &Call, status: JobStatus, reason: Reason) -> Done {
        let earlier = self.states.get(JobState::name(self.graph, call));
        let state = JobState {
            status,
            code: earlier.map(|state| state.code.clone()).unwrap_or_default(),
            pinned: earlier.and_then(|state| state.pinned.clone()),
            strict: earlier.and_then(|state| state.strict.clone()),
            key: None,
            last_key: self.last_key(call),
            inputs: earlier.map(|state| state.inputs.clone()).unwrap_or_default(),
            outputs: Vec::new(),
            error: matches!(reason, Reason::UpstreamFailed { .. }).then(|| reason.to_string()),
        };
        Done { report: self.report(call, status, reason, Duration::ZERO), state, made: None }
    }

    fn finish(self) -> Finished {
        let mut done: Vec<Option<Done>> = self.done.into_iter().map(OnceLock::into_inner).collect();
        let mut jobs = Vec::with_capacity(done.len());
        let mut states = Vec::with_capacity(done.len());
        let (mut results, mut codes, mut known_codes) = (Vec::new(), Vec::new(), HashSet::new());
        for (index, call) in self.graph.ordered() {
            if let Some(Done { report, state, made }) = done[index].take() {
                let name = JobState::name(self.graph, call);
                if known_codes.insert(call.task.code.hash) {
                    codes.push((call.task.code.hash.to_owned(), code::listed(&call.task.code)));
                }
                jobs.push(report);
                results.extend(made);
                states.push((name.to_owned(), state));
            }
        }
        let warnings = self.warnings.into_inner().unwrap_or_else(PoisonError::into_inner);
        Finished { jobs, states, results, codes, warnings }
    }
}
