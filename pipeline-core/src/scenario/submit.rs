//! A submission that is being set up.

use super::feasibility::Feasibility;
use super::inputs::{Found, Overrides, for_engine};
use super::recorded::{Began, Clock};
use super::run::RunInput;
use super::runs::SubmissionGuard;
use super::{Instance, Run};
use crate::data::{CancelToken, Value, ValueRef};
use crate::engine::{
    CallRole, Decision, Event, Executor, Force, Observer, PlannedJob, Replaced, RunOptions, Submission,
    SubmissionEvent, Threads, Toolchain, publish_value,
};
use crate::graph::{Graph, Maker, TaskFunction};
use crate::registry::RunId;
use crate::scenario::error::{Error, Result};
use crate::store::Lease;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// A submission that is being set up; made by [`Instance::submission`].
#[must_use = "nothing runs before `submit` is called"]
pub struct Submit {
    pub(super) instance: Instance,
    executor: Arc<dyn Executor>,
    workers: usize,
    pub(super) observers: Vec<Observer>,
    pub(super) cancel: CancelToken,
    force: Force,
    strict: bool,
    overrides: Overrides,
    to: Vec<usize>,
    from: Vec<usize>,
    given: HashMap<usize, Value>,
    replaced: HashMap<usize, Replaced>,
    recheck: f64,
    /// Holds what the submission finds and makes, where somebody needs that for longer.
    lease: Option<Arc<Lease>>,
}

impl Instance {
    /// Runs what has to be run, and waits for it.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when a job failed, with the whole run inside; other errors when nothing
    /// could be run: an input is missing, the store can't be read.
    ///
    /// # Blocking
    ///
    /// Until the last job is over. The calling thread works, too.
    pub fn submit(&self) -> Result<Run> {
        self.submission().submit()
    }

    /// A submission with settings of its own.
    pub fn submission(&self) -> Submit {
        Submit::new(self)
    }
}

impl Submit {
    pub(super) fn new(instance: &Instance) -> Submit {
        Submit {
            instance: instance.clone(),
            executor: Arc::new(Threads),
            workers: match instance.store.settings() {
                Some(settings) => settings.workers.value,
                None => std::thread::available_parallelism().map_or(1, usize::from),
            },
            observers: Vec::new(),
            cancel: CancelToken::new(),
            force: Force::Nothing,
            strict: false,
            overrides: Overrides::new(),
            to: Vec::new(),
            from: Vec::new(),
            given: HashMap::new(),
            replaced: HashMap::new(),
            recheck: instance.store.settings().map_or(0.0, |settings| settings.recheck.value),
            lease: None,
        }
    }

    /// How many tasks may run at the same time; as many as the settings of the store say, or else as the
    /// machine has cores, unless set; never less than one.
    pub fn workers(mut self, workers: usize) -> Submit {
        self.workers = workers.max(1);
        self
    }

    /// Runs jobs by this executor; on threads of this process unless set.
    pub fn executor(mut self, executor: impl Executor) -> Submit {
        self.executor = Arc::new(executor);
        self
    }

    /// Called with everything that happens, from the threads on which it happens.
    pub fn observe(mut self, observer: impl Fn(&Event) + Send + Sync + 'static) -> Submit {
        self.observers.push(Arc::new(observer));
        self
    }

    /// Calls every task, whatever is known.
    pub fn force_all(mut self) -> Submit {
        self.force = Force::Everything;
        self
    }

    /// Calls the task that makes this node, or all jobs of the task with this name, whatever is known; may be
    /// said of several.
    ///
    /// # Errors
    ///
    /// When there is no such output and no such task.
    pub fn force(mut self, name: &str) -> Result<Submit> {
        let jobs = self.instance.jobs_of(name)?;
        match &mut self.force {
            Force::Jobs(names) => names.extend(jobs),
            Force::Nothing => self.force = Force::Jobs(jobs),
            Force::Everything => {}
        }
        Ok(self)
    }

    /// Runs only what this node needs; of several, what any of them needs.
    ///
    /// # Errors
    ///
    /// When there is no such output.
    pub fn to(mut self, node: &str) -> Result<Submit> {
        if self.instance.find(node, "output")?.is_input() {
            return Err(self.instance.no_node(node, "output"));
        }
        self.to.extend(self.instance.graph.index_of(node));
        Ok(self)
    }

    /// Runs only what reads this node, and what reads the outputs of that, and so on; of several nodes, of
    /// any. What these tasks read besides has to be known.
    ///
    /// # Errors
    ///
    /// When there is no such node.
    pub fn from(mut self, node: &str) -> Result<Submit> {
        self.instance.find(node, "node")?;
        self.from.extend(self.instance.graph.index_of(node));
        Ok(self)
    }

    /// Takes this as the value of a node, whatever it is set to or its task makes; a task all of whose outputs
    /// are given is not called. For tests: what depends on the value is kept under the value's own content, so
    /// that nothing is taken for what it is not.
    ///
    /// # Errors
    ///
    /// When there is no such node, it is of another type, or the value can't be encoded.
    pub fn with_value<T: Send + Sync + 'static>(mut self, node: &str, value: T) -> Result<Submit> {
        let found = self.instance.find(node, "node")?;
        if !found.data.is::<T>() {
            let (node, found) = (node.into(), found.type_text.clone());
            return Err(Error::OtherNodeType { node, found, expected: crate::data::short_type_name::<T>() });
        }
        let value = (found.data.round_trip)(Box::new(value))?;
        match (found.is_input(), self.instance.graph.index_of(node)) {
            (false, Some(index)) => drop(self.given.insert(index, value)),
            _ => drop(self.overrides.insert(node.into(), value)),
        }
        Ok(self)
    }

    /// Calls this function in place of the task's, for tests. Its results are not kept as results of the task.
    ///
    /// # Errors
    ///
    /// When the scenario does not use the task.
    pub fn with_task<T: TaskFunction>(mut self, function: T::Function) -> Result<Submit> {
        let calls = self.instance.graph.calls.iter().enumerate();
        let calls: Vec<usize> =
            calls.filter(|(_, call)| std::ptr::eq(call.task, T::task())).map(|(index, _)| index).collect();
        if calls.is_empty() {
            return Err(self.instance.no_node(T::NAME, "task"));
        }
        let replaced: Replaced = Arc::new(move |arguments| T::run(function, arguments));
        self.replaced.extend(calls.into_iter().map(|call| (call, replaced.clone())));
        Ok(self)
    }

    /// Gives an input this value for this submission alone, from a text as a person types it: the scenario keeps its
    /// own. This is how a secret is given.
    ///
    /// # Errors
    ///
    /// When there is no such input, or the text is no value of its type.
    pub fn set(mut self, input: &str, text: &str) -> Result<Submit> {
        let value = self.instance.usable_input(input, text)?;
        self.overrides.insert(input.into(), value);
        Ok(self)
    }

    /// Holds what the submission finds and makes by this lease.
    #[cfg(feature = "cli")]
    pub(crate) fn holding(mut self, lease: Arc<Lease>) -> Submit {
        self.lease = Some(lease);
        self
    }

    /// Works on these values in place of those that are written.
    #[cfg(feature = "cli")]
    pub(crate) fn on(mut self, overrides: Overrides) -> Submit {
        self.overrides.extend(overrides);
        self
    }

    /// Makes what the program was built with (compiler, target, profile) part of every key.
    pub fn strict(mut self) -> Submit {
        self.strict = true;
        self
    }

    /// Spends up to this share, between 0 and 1, of the time that all jobs together take, or took when their results were
    /// made, on known results: tasks are called again whose results another build of the program made, and what they make
    /// is compared. Nothing of it is kept, and the jobs stay skipped; [`JobReport::rechecked`](crate::jobs::JobReport::rechecked)
    /// tells of which it was done. As the settings of the store say, or else 0, unless set: a skipped task is promised not to be called.
    ///
    /// Those are called first of which a part is in a source that changed since, and the cheapest first. A task that took
    /// longer than the share is not called, nor one under `#[task(effects)]`, one of a pinned version, or one whose result another compiler or profile
    /// made. Where a result differs, its job fails with [`RecheckError`](crate::jobs::RecheckError), which names the task and the
    /// sources that changed; the result is forgotten, and keys count the whole program until
    /// [`Store::resolve_mismatch`](crate::Store::resolve_mismatch).
    pub fn recheck(mut self, share: f64) -> Submit {
        self.recheck = share.clamp(0.0, 1.0);
        self
    }

    /// Makes the submission end early when the token is canceled.
    pub fn cancel(mut self, token: CancelToken) -> Submit {
        self.cancel = token;
        self
    }

    /// Runs what has to be run, and waits for it; see [`Instance::submit`].
    ///
    /// # Errors
    ///
    /// As [`Instance::submit`]; [`Error::Canceled`] when the token was canceled in time.
    pub fn submit(self) -> Result<Run> {
        self.run(|_| {})
    }

    /// Runs what has to be run; says the submission's number once it has begun.
    pub(super) fn run(self, begun: impl FnOnce(RunId)) -> Result<Run> {
        let roles = self.roles();
        let Submit {
            instance,
            executor,
            workers,
            mut observers,
            cancel,
            force,
            strict,
            overrides,
            given,
            replaced,
            recheck,
            lease,
            ..
        } = self;
        let row = instance.kept()?;
        if !roles.is_empty() && !roles.contains(&CallRole::Wanted) {
            return Err(Error::NothingToRun { scenario: instance.name.clone() });
        }
        if let Force::Jobs(names) = &force {
            let mut calls = instance.graph.calls.iter().zip(&roles);
            let apart = calls.find(|(call, role)| **role != CallRole::Wanted && names.contains(&call.name));
            if let Some((call, _)) = apart {
                return Err(Error::NotInPart { scenario: instance.name.clone(), job: call.name.clone() });
            }
        }
        let clock = Clock::start();
        let results = instance.store.results();
        results.writable()?;
        // Until the registry has what this submission made, nobody may collect it.
        let lease = lease.unwrap_or_else(|| instance.store.lease());
        let strict = strict.then(Toolchain::current);
        let force = of_parts(force, &instance.graph, &roles);
        let engine = instance.store.engine_with(RunOptions { force, strict, relying: true }, lease.clone());
        // Inputs may be many files.
        let inputs = cancel.of(|| instance.whole_inputs(&overrides, &engine, true))?;
        let hindered = hindered(&instance.graph, &roles, &given, |node| {
            inputs.get(node).is_some_and(|input| input.is_err())
        });
        if !hindered.is_empty() {
            return Err(Feasibility::into_error(errors_of(inputs, &hindered), &instance.name));
        }
        let states = instance.states()?;
        let mut stored = HashMap::new();
        for (node, value) in given {
            stored.insert(node, keep_given(&instance, node, value, &lease)?);
        }
        if roles.contains(&CallRole::Known) {
            let plan =
                engine.plan_with(&instance.name, &instance.graph, &for_engine(&inputs), &states, &stored)?;
            let ordered = instance.graph.ordered().zip(&plan.jobs);
            let mut known = ordered.filter(|((index, _), _)| roles[*index] == CallRole::Known);
            let is_open = |index: &usize, job: &PlannedJob| {
                job.decision != Decision::Skip || replaced.contains_key(index)
            };
            if let Some((_, job)) = known.find(|((index, _), job)| is_open(index, job)) {
                let (scenario, job, reason) =
                    (instance.name.clone(), job.name.clone(), job.reason.to_string());
                return Err(Error::NotKnown { scenario, job, reason });
            }
        }
        let began = Began::keep(&instance, row, clock, RunInput::all(&instance.graph, &inputs))?;
        let number = began.id.as_ref().ok().copied();
        let _under_way = SubmissionGuard { store: &instance.store, run: number };
        begun(RunId(number.unwrap_or_default()));
        observers.extend(instance.store.observers());
        let observer: Option<Observer> = match observers.len() {
            0 => None,
            1 => observers.pop(),
            _ => Some(Arc::new(move |event| observers.iter().for_each(|observer| observer(event)))),
        };
        let wanted = |index: &usize| roles.get(*index) != Some(&CallRole::Excluded);
        let jobs = (0..instance.graph.calls.len()).filter(wanted).count();
        let notify = |status, run| {
            if let Some(observer) = &observer {
                let scenario = instance.name.as_str().into();
                observer(&Event::Submission(SubmissionEvent { scenario, run, status, jobs }));
            }
        };
        notify(crate::engine::RunStatus::Running, RunId(number.unwrap_or_default()));
        let log_capture = instance.log_capture(&inputs);
        let finished = engine.submit(Submission {
            scenario: &instance.name,
            graph: &instance.graph,
            inputs: for_engine(&inputs),
            states: &states,
            executor,
            workers,
            observer: observer.clone(),
            cancel,
            run: number.map(RunId),
            roles,
            given: stored,
            replaced,
            log_capture,
            recheck,
            author: instance.store.author(),
        });
        let warn = |message: &str| {
            if let Some(observer) = &observer {
                observer(&Event::Warning {
                    scenario: instance.name.as_str().into(),
                    message: message.into(),
                });
            }
        };
        let kept = Run::keep(&instance, row, began, &states, finished, warn);
        if let Some(run) = kept.as_ref().ok().or_else(|| kept.as_ref().err().and_then(Error::run)) {
            notify(run.status, run.id);
        }
        kept?.into_result()
    }

    /// Why no job could begin on these inputs; nothing where one could.
    pub(super) fn blockers(&self, inputs: Vec<Found>) -> Vec<Error> {
        let unavailable = |node: usize| inputs.get(node).is_some_and(|input| input.is_err());
        let hindered = hindered(&self.instance.graph, &self.roles(), &self.given, unavailable);
        errors_of(inputs, &hindered)
    }

    /// An error where no job could begin because inputs have no values; files are not looked at.
    ///
    /// # Errors
    ///
    /// [`Error::MissingInput`] or [`Error::MissingSecret`], of the first of them.
    #[cfg(feature = "cli")]
    pub(crate) fn check_values(&self) -> Result<()> {
        let instance = &self.instance;
        let written = instance.written()?;
        let lacks = |node: usize| {
            let node = &instance.graph.nodes[node];
            node.is_input() && !self.overrides.contains_key(node.name()) && instance.lacks(node, &written)
        };
        match hindered(&instance.graph, &self.roles(), &self.given, lacks).first() {
            Some(&node) => Err(instance.missing(&instance.graph.nodes[node])),
            None => Ok(()),
        }
    }

    /// What to do with each call.
    fn roles(&self) -> Vec<CallRole> {
        if self.to.is_empty() && self.from.is_empty() {
            return Vec::new();
        }
        let graph = &self.instance.graph;
        let needed = if self.to.is_empty() { None } else { Some(self.needed(&self.to)) };
        let reached = if self.from.is_empty() { None } else { Some(reached(graph, &self.from)) };
        let has = |set: &Option<HashSet<usize>>, call| set.as_ref().is_none_or(|set| set.contains(&call));
        let wanted: Vec<usize> =
            (0..graph.calls.len()).filter(|&call| has(&needed, call) && has(&reached, call)).collect();
        let called = wanted.iter().filter(|&&call| !self.is_given(call));
        let nodes: Vec<usize> = called.flat_map(|&call| graph.calls[call].arguments.clone()).collect();
        let before = self.needed(&nodes);
        let mut roles = vec![CallRole::Excluded; graph.calls.len()];
        before.into_iter().for_each(|call| roles[call] = CallRole::Known);
        wanted.into_iter().for_each(|call| roles[call] = CallRole::Wanted);
        roles
    }

    /// Whether all that a call makes is given: it is not called, and needs nothing.
    fn is_given(&self, call: usize) -> bool {
        self.instance.graph.calls[call].outputs.iter().all(|node| self.given.contains_key(node))
    }

    /// The calls that these nodes need.
    fn needed(&self, nodes: &[usize]) -> HashSet<usize> {
        let graph = &self.instance.graph;
        let (mut calls, mut open) = (HashSet::new(), nodes.to_vec());
        while let Some(node) = open.pop() {
            if let Maker::Call(call) = graph.nodes[node].maker
                && calls.insert(call)
                && !self.is_given(call)
            {
                open.extend(&graph.calls[call].arguments);
            }
        }
        calls
    }
}

/// The unavailable inputs for want of which no job could begin; none where one could. Of a scenario without jobs, all.
fn hindered(
    graph: &Graph,
    roles: &[CallRole],
    given: &HashMap<usize, Value>,
    unavailable: impl Fn(usize) -> bool,
) -> Vec<usize> {
    if graph.calls.is_empty() {
        return (0..graph.nodes.len()).filter(|&node| unavailable(node)).collect();
    }
    let (mut out_of_reach, mut needed) = (HashSet::<usize>::new(), BTreeSet::new());
    for (index, call) in graph.ordered() {
        let role = roles.get(index).copied().unwrap_or(CallRole::Wanted);
        if role == CallRole::Excluded || call.outputs.iter().all(|node| given.contains_key(node)) {
            continue;
        }
        let missing: Vec<usize> = call.arguments.iter().copied().filter(|&node| unavailable(node)).collect();
        if !missing.is_empty() || call.arguments.iter().any(|node| out_of_reach.contains(node)) {
            out_of_reach.extend(call.outputs.iter().filter(|node| !given.contains_key(node)));
        } else if role == CallRole::Wanted {
            return Vec::new();
        }
        needed.extend(missing);
    }
    needed.into_iter().collect()
}

/// Why these inputs are not available.
fn errors_of(inputs: Vec<Found>, nodes: &[usize]) -> Vec<Error> {
    let mut errors: Vec<_> = inputs.into_iter().map(Result::err).collect();
    nodes.iter().filter_map(|&node| Arc::into_inner(errors.get_mut(node)?.take()?)).collect()
}

/// What to run whatever is known: of everything, what is part of the run.
fn of_parts(force: Force, graph: &Graph, roles: &[CallRole]) -> Force {
    match force {
        Force::Everything if !roles.is_empty() => {
            let wanted = graph.calls.iter().zip(roles).filter(|(_, role)| **role == CallRole::Wanted);
            Force::Jobs(wanted.map(|(call, _)| call.name.clone()).collect())
        }
        force => force,
    }
}

/// The calls that read these nodes, or what is made of them.
fn reached(graph: &Graph, nodes: &[usize]) -> HashSet<usize> {
    let (mut calls, mut open) = (HashSet::new(), nodes.to_vec());
    while let Some(node) = open.pop() {
        for &call in &graph.nodes[node].readers {
            if calls.insert(call) {
                open.extend(&graph.calls[call].outputs);
            }
        }
    }
    calls
}

/// Keeps a value that is given for a node, so that it can be read like any other.
fn keep_given(
    instance: &Instance,
    node: usize,
    value: Value,
    lease: &Lease,
) -> Result<(Arc<ValueRef>, Value)> {
    let kept = publish_value(instance.store.results(), &value, lease)?;
    let found = &instance.graph.nodes[node];
    let value = if found.data.scanned { instance.load(found, kept.hash)? } else { value };
    Ok((Arc::new(kept), value))
}
