//! A submission: all jobs of a graph, from their inputs to the registry.

pub(crate) mod flight;
pub(crate) mod job;
pub(crate) mod schedule;
pub(crate) mod waits;

use crate::data::{CancelToken, DataError, Value, ValueRef};
use crate::engine::Engine;
use crate::engine::ask::state::{InputState, JobState, JobStates};
use crate::engine::execute::log::Hearing;
use crate::engine::job::reason::Reason;
use crate::engine::job::report::{JobError, JobReport, OutputReport};
use crate::engine::job::status::JobStatus;
use crate::engine::journal::event::{Event, JobChange, JobEvent, NodeEvent};
use crate::engine::resolve::{FoundInput, InputContent, ReadFiles};
use crate::engine::submit::job::Done;
use crate::engine::submit::schedule::Work;
use crate::engine::submit::waits::waits;
use crate::error::Error;
use crate::graph::{Arguments, Call, Graph, Maker, Outputs, TaskDef, TaskFailure};
use crate::registry::{ResultRow, micros};
use crate::store::{Hash, Lease};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

/// Called with everything that happens, from the threads on which it happens.
pub(crate) type Observer = Arc<dyn Fn(&Event) + Send + Sync>;

/// What a submission does with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// What has to be done.
    Wanted,
    /// Its result has to be known.
    Known,
    /// Nothing.
    Left,
}

/// A function that stands in for a task's.
pub(crate) type Replaced = Arc<dyn Fn(&Arguments) -> Result<Outputs, TaskFailure> + Send + Sync>;

/// The function that a job calls.
#[derive(Clone)]
pub(crate) enum Function {
    Task(&'static TaskDef),
    Replaced(Replaced),
}

impl Function {
    pub(crate) fn call(&self, arguments: &Arguments) -> Result<Outputs, TaskFailure> {
        match self {
            Function::Task(task) => (task.run)(arguments),
            Function::Replaced(function) => function(arguments),
        }
    }
}

/// What to run, and how.
pub(crate) struct Submission<'a> {
    /// The scenario's name.
    pub(crate) scenario: &'a str,
    pub(crate) graph: &'a Graph,
    /// By node: the inputs, then nothing.
    pub(crate) inputs: Vec<FoundInput>,
    pub(crate) states: &'a JobStates,
    pub(crate) workers: usize,
    pub(crate) observer: Option<Observer>,
    pub(crate) cancel: CancelToken,
    /// The submission's number, where it is kept.
    pub(crate) run: Option<i64>,
    /// By call; all are wanted where it is empty.
    pub(crate) parts: Vec<Part>,
    /// Values in place of those that tasks make, by node.
    pub(crate) given: HashMap<usize, (ValueRef, Value)>,
    /// Functions in place of tasks', by call.
    pub(crate) replaced: HashMap<usize, Replaced>,
    pub(crate) hearing: Hearing,
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

/// A submission on its way, shared by the workers.
pub(crate) struct Running<'a> {
    pub(crate) scenario: Arc<str>,
    pub(crate) graph: &'a Graph,
    pub(crate) states: &'a JobStates,
    slots: Vec<Mutex<Slot>>,
    /// By node: how many jobs have yet to read it.
    readers_left: Vec<AtomicUsize>,
    done: Vec<OnceLock<Done>>,
    warnings: Mutex<Vec<String>>,
    observer: Option<Observer>,
    lease: &'a Lease,
    pub(crate) cancel: CancelToken,
    run: Option<i64>,
    parts: Vec<Part>,
    given: HashMap<usize, (ValueRef, Value)>,
    replaced: HashMap<usize, Replaced>,
    pub(crate) hearing: Hearing,
    pub(crate) author: String,
}

/// What is known of a node.
#[derive(Default)]
struct Slot {
    content: Option<ValueRef>,
    value: Option<Value>,
    files: Option<Arc<ReadFiles>>,
    /// Why the input has no content.
    error: Option<Arc<Error>>,
}

impl Engine<'_> {
    /// Runs a submission to its end.
    pub(crate) fn submit(&self, submission: Submission<'_>) -> Finished {
        let Submission {
            scenario,
            graph,
            inputs,
            states,
            workers,
            observer,
            cancel,
            run,
            parts,
            given,
            replaced,
            hearing,
            recheck,
            author,
        } = submission;
        let again = if recheck > 0.0 { inputs.clone() } else { Vec::new() };
        let mut slots: Vec<Mutex<Slot>> = Vec::with_capacity(graph.nodes.len());
        for input in inputs {
            slots.push(Mutex::new(match input {
                Ok(InputContent { reference, value, files }) => {
                    Slot { content: Some(reference), value, files, error: None }
                }
                Err(error) => Slot { error: Some(error), ..Slot::default() },
            }));
        }
        slots.resize_with(graph.nodes.len(), Mutex::default);
        let mut running = Running {
            scenario: scenario.into(),
            graph,
            states,
            slots,
            readers_left: graph.nodes.iter().map(|node| AtomicUsize::new(node.readers.len())).collect(),
            done: graph.calls.iter().map(|_| OnceLock::new()).collect(),
            warnings: Mutex::default(),
            observer,
            lease: &self.lease,
            cancel,
            run,
            parts,
            given,
            replaced,
            hearing,
            author: author.to_owned(),
        };
        for title in crate::engine::ask::unknown::of_graph(graph) {
            running.warn(&format!(
                "the compiler read {title} for this program, and no rule of the fingerprint found it: it counts for every task of its crate"
            ));
        }
        running.warn_of_unread();
        let waits = waits(graph);
        running.tell_waiting(&waits.counts);
        let work = |index: usize| {
            let call = &graph.calls[index];
            if running.part(index) == Part::Left {
                return;
            }
            let done = self.job(&running, index, call);
            running.release(call);
            running.tell_finished(call, &done);
            if running.done[index].set(done).is_err() {
                unreachable!("the scheduler runs each job once");
            }
        };
        // Whoever has nothing to do keeps no collection waiting. What could not be listed stays locked,
        // and whoever goes on hears of it.
        let idle = || drop(self.lease.settle());
        let ready = |index: usize| {
            let call = &graph.calls[index];
            if running.part(index) != Part::Left && running.failed_before(call).is_empty() {
                running.tell(call, || JobChange::Pending);
            }
        };
        let ready: Option<&(dyn Fn(usize) + Sync)> = running.observer.is_some().then_some(&ready);
        schedule::run(waits, workers, &Work { work: &work, idle: &idle, ready });
        if recheck > 0.0
            && let Err(error) = self.recheck(&mut running, &again, recheck)
        {
            running.warn(&format!("known results could not be made again: {error}"));
        }
        idle();
        if let Err(error) = self.results.objects.note_whole() {
            running.warn(&error.to_string());
        }
        running.finish()
    }
}

impl Running<'_> {
    fn slot(&self, node: usize) -> MutexGuard<'_, Slot> {
        self.slots[node].lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn canceled(&self) -> bool {
        self.cancel.looks_canceled()
    }

    pub(crate) fn part(&self, call: usize) -> Part {
        self.parts.get(call).copied().unwrap_or(Part::Wanted)
    }

    pub(crate) fn is_replaced(&self, call: usize) -> bool {
        self.replaced.contains_key(&call)
    }

    /// The function that a call calls.
    pub(crate) fn function(&self, call: &Call) -> Function {
        let index = match self.graph.nodes[call.outputs[0]].maker {
            Maker::Call(index) if !self.replaced.is_empty() => index,
            _ => return Function::Task(call.task),
        };
        match self.replaced.get(&index) {
            Some(function) => Function::Replaced(function.clone()),
            None => Function::Task(call.task),
        }
    }

    /// The outputs of a call, where all of them are given.
    pub(crate) fn all_given(&self, call: &Call) -> Option<Vec<ValueRef>> {
        if self.given.is_empty() {
            return None;
        }
        call.outputs.iter().map(|node| Some(self.given.get(node)?.0.clone())).collect()
    }

    /// Puts the values that are given in place of what a call made.
    pub(crate) fn give(&self, call: &Call, outputs: &mut [ValueRef], values: &mut [Option<Value>]) {
        for (number, &node) in call.outputs.iter().enumerate() {
            let Some((output, value)) = self.given.get(&node) else { continue };
            outputs[number] = output.clone();
            match values.get_mut(number) {
                Some(place) => *place = Some(value.clone()),
                None => self.made(node, output, Some(value.clone())),
            }
        }
    }

    /// Tells what happened to a job, where somebody listens.
    pub(crate) fn tell(&self, call: &Call, change: impl FnOnce() -> JobChange) {
        self.let_hear(|| {
            let (scenario, job) = (self.scenario.clone(), call.name.as_str().into());
            Event::Job(JobEvent { scenario, run: self.run.unwrap_or_default(), job, change: change() })
        });
    }

    /// Lets the listener hear of something. It may take as long as it likes: nothing waits for it but the job that
    /// tells, so no collection may be kept waiting meanwhile.
    fn let_hear(&self, event: impl FnOnce() -> Event) {
        if let Some(observer) = &self.observer {
            // An entry that can't be listed now stays with the next one.
            let _ = self.lease.settle();
            observer(&event());
        }
    }

    pub(crate) fn tell_node(&self, output: &OutputReport, made: bool) {
        self.let_hear(|| {
            let (scenario, output) = (self.scenario.clone(), output.clone());
            Event::Node(NodeEvent { scenario, run: self.run.unwrap_or_default(), output, made })
        });
    }

    /// Tells of each job whether it has to wait for others.
    fn tell_waiting(&self, counts: &[usize]) {
        if self.observer.is_some() {
            for (index, call) in self.graph.ordered().filter(|(index, _)| self.part(*index) != Part::Left) {
                self.tell(call, || if counts[index] > 0 { JobChange::Blocked } else { JobChange::Pending });
            }
        }
    }

    /// What passes on what a job says.
    pub(crate) fn log_listener(&self, call: &Call) -> Option<crate::engine::execute::log::Listener> {
        let observer = self.observer.clone()?;
        let (scenario, run, job): (_, _, Arc<str>) =
            (self.scenario.clone(), self.run.unwrap_or_default(), call.name.as_str().into());
        Some(Arc::new(move |line| {
            let change = JobChange::Said(line.clone());
            observer(&Event::Job(JobEvent { scenario: scenario.clone(), run, job: job.clone(), change }));
        }))
    }

    /// Keeps that a function is being called, for those who look from elsewhere, and for the case that this
    /// process ends before the submission does. Where that can't be kept, the job goes on.
    pub(crate) fn keep_begin(&self, engine: &Engine<'_>, call: &Call) {
        if let Some(run) = self.run {
            drop(engine.registry.begin_job(run, &call.name, micros(SystemTime::now())));
        }
    }

    /// Keeps that it is over.
    pub(crate) fn keep_end(&self, engine: &Engine<'_>, report: &JobReport) {
        if let (Some(run), Ok(text)) = (self.run, serde_json::to_string(report)) {
            drop(engine.registry.end_job(run, &report.name, &text));
        }
    }

    pub(crate) fn warn(&self, message: &str) {
        self.let_hear(|| Event::Warning { scenario: self.scenario.clone(), message: message.into() });
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(message.into());
    }

    /// Warns of unavailable inputs that no task reads: no job fails because of them.
    fn warn_of_unread(&self) {
        for (node, slot) in
            self.graph.nodes.iter().zip(&self.slots).filter(|(node, _)| node.readers.is_empty())
        {
            let error = slot.lock().unwrap_or_else(PoisonError::into_inner).error.clone();
            if let Some(error) = error {
                self.warn(&format!("{error} (no task reads `{}`)", node.name));
            }
        }
    }

    /// The content of a node, once it is made.
    pub(crate) fn content(&self, node: usize) -> Option<ValueRef> {
        self.slot(node).content.clone()
    }

    /// The value of a node, read from the store when it is not in memory.
    pub(crate) fn value(&self, node: usize, engine: &Engine<'_>) -> Result<Value, Error> {
        let mut slot = self.slot(node);
        if let Some(value) = &slot.value {
            return Ok(value.clone());
        }
        let known =
            slot.content.as_ref().unwrap_or_else(|| unreachable!("a job runs after its inputs are made"));
        let found = &self.graph.nodes[node];
        let value = engine.load(&found.data, &known.hash).map_err(|error| match (error, &found.maker) {
            (Error::Data(DataError::Decode { message, .. }), Maker::Input { .. }) => {
                Error::OutdatedInput { node: found.name.clone(), ty: found.type_text.clone(), message }
            }
            (error, _) => error,
        })?;
        slot.value = Some(value.clone());
        Ok(value)
    }

    /// A node has a value now.
    pub(crate) fn made(&self, node: usize, output: &ValueRef, value: Option<Value>) {
        let mut slot = self.slot(node);
        slot.content = Some(output.clone());
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
    pub(crate) fn files_of(&self, call: &Call) -> impl Iterator<Item = Arc<ReadFiles>> {
        call.arguments.iter().filter_map(|&node| self.slot(node).files.clone())
    }

    /// The jobs that this call waits for and that have no result.
    pub(crate) fn failed_before(&self, call: &Call) -> Vec<String> {
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
        JobReport { duration, ..JobReport::new(&call.name, call.task.name(), status, reason) }
    }

    /// The state of a job that worked on `inputs`.
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

    /// The key of the job's last result that was kept.
    pub(crate) fn last_key(&self, call: &Call) -> Option<Hash> {
        let earlier = self.states.get(JobState::name(self.graph, call))?;
        earlier.key.or(earlier.last_key)
    }

    /// A job that has its outputs.
    pub(crate) fn ended(
        &self,
        call: &Call,
        status: JobStatus,
        reason: Reason,
        inputs: Vec<InputState>,
        duration: Duration,
        outputs: Vec<ValueRef>,
    ) -> Done {
        let names = || self.graph.outputs_of(call).map(|node| node.name.clone());
        let mut report = self.report(call, status, reason, duration);
        report.outputs =
            names().zip(&outputs).map(|(node, value)| OutputReport { node, value: value.clone() }).collect();
        let outputs = names().zip(outputs).collect();
        Done { report, state: JobState { outputs, ..self.state(call, status, inputs) }, made: None }
    }

    /// A job that failed.
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

    /// A job that did not begin: what it last worked on stays known, what it last made is no longer
    /// the value of its nodes.
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

    /// A job that failed because it reads inputs that are not available, where there are any.
    pub(crate) fn without_inputs(&self, call: &Call) -> Option<Done> {
        let error =
            |&node: &usize| Some((self.graph.nodes[node].name.clone(), self.slot(node).error.clone()?));
        let unavailable: Vec<_> = call.arguments.iter().filter_map(error).collect();
        let reason = Reason::unavailable(&unavailable)?;
        let error = match unavailable.as_slice() {
            [(_, error)] => JobError::of(error.clone()),
            _ => JobError::saying(reason.to_string()),
        };
        let mut done = self.without_run(call, JobStatus::Failed, reason);
        done.state.error = Some(error.message.clone());
        done.report.error = Some(error);
        Some(done)
    }

    /// The jobs that came to an end, by call.
    pub(crate) fn all_done(&self) -> impl Iterator<Item = (usize, &Done)> {
        self.done.iter().enumerate().filter_map(|(index, done)| Some((index, done.get()?)))
    }

    pub(crate) fn is_done(&self, index: usize) -> bool {
        self.done[index].get().is_some()
    }

    /// The end of a job that came to one.
    pub(crate) fn done_mut(&mut self, index: usize) -> &mut Done {
        self.done[index].get_mut().unwrap_or_else(|| unreachable!("it is asked for jobs that came to an end"))
    }

    /// Puts another end in place of a job's.
    pub(crate) fn put(&mut self, index: usize, done: Done) {
        self.done[index] = OnceLock::from(done);
    }

    fn finish(self) -> Finished {
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
        let warnings = self.warnings.into_inner().unwrap_or_else(PoisonError::into_inner);
        Finished { jobs, states, results, warnings }
    }
}
