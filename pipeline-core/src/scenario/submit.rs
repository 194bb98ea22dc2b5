//! Setting up and running a submission.

use super::feasibility::Feasibility;
use super::inputs::{Found, Overrides, for_engine};
use super::keys::Keys;
use super::recorded::{Began, Clock};
use super::run::RunInput;
use super::runs::SubmissionGuard;
use super::{Instance, Run};
use crate::data::{CancelToken, Value, ValueRef};
use crate::engine::{
    CallRole, Decision, Event, Executor, Force, Observer, PlannedJob, Replaced, RunOptions, Submission,
    SubmissionEvent, Threads, Toolchain, publish_value,
};
use crate::graph::parts::name_of_part;
use crate::graph::{Call, Graph, Maker, Resources, Task, TaskDef};
use crate::registry::RunId;
use crate::scenario::error::{Error, Result};
use crate::store::Lease;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// A builder for a submission with run options; made by [`Instance::submission`].
///
/// ```
/// # use skipstone::{scenario, task, testing};
/// # #[task(skippable)] fn double(x: f64) -> f64 { 2.0 * x }
/// # scenario! { pub Doubling { input x: f64 = 1.0; doubled = double(x); } }
/// let store = testing::store();
/// let scenario = Doubling::create(&store, "a")?;
/// scenario.submit()?;
/// assert_eq!(scenario.submit()?.skipped(), ["double"]);
/// assert_eq!(scenario.submission().workers(2).force("doubled")?.submit()?.ran(), ["double"]);
/// # Ok::<(), skipstone::Error>(())
/// ```
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
    /// Nodes by name: of the scenario, or single parts.
    to: Vec<String>,
    from: Vec<String>,
    /// Nodes whose parts are selected, with what selects them.
    only: Vec<(String, Keys)>,
    given: HashMap<String, Value>,
    /// Functions that replace those of tasks.
    replaced: Vec<(&'static TaskDef, Replaced)>,
    recheck: f64,
    /// Holds the results that the submission finds and makes, if the caller needs them for longer.
    lease: Option<Arc<Lease>>,
    resources: Resources,
}

impl Instance {
    /// Submits the scenario: runs the jobs whose results are not up to date, and waits for them.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Failed`], which contains the run, if a job failed. Returns other errors if the run can't begin:
    /// inputs are missing, or the store can't be read or written.
    ///
    /// # Blocking
    ///
    /// Blocks until the last job has ended. The calling thread runs jobs as well.
    pub fn submit(&self) -> Result<Run> {
        self.submission().submit()
    }

    /// Sets up a submission with run options.
    pub fn submission(&self) -> Submit {
        Submit::new(self)
    }
}

impl Submit {
    pub(super) fn new(instance: &Instance) -> Submit {
        Submit {
            instance: instance.clone(),
            executor: Arc::new(Threads),
            workers: instance.store.default_workers(),
            observers: Vec::new(),
            cancel: CancelToken::new(),
            force: Force::Nothing,
            strict: false,
            overrides: Overrides::new(),
            to: Vec::new(),
            from: Vec::new(),
            only: Vec::new(),
            given: HashMap::new(),
            replaced: Vec::new(),
            recheck: instance.store.settings().map_or(0.0, |settings| settings.recheck.value),
            lease: None,
            resources: Resources::default(),
        }
    }

    /// Sets the number of tasks that may run at the same time, at least one. The default is `workers` in the store's
    /// settings, or else the number of cores.
    pub fn workers(mut self, workers: usize) -> Submit {
        self.workers = workers.max(1);
        self
    }

    /// Sets the executor that runs the jobs. The default runs them on threads of this process.
    pub fn executor(mut self, executor: impl Executor) -> Submit {
        self.executor = Arc::new(executor);
        self
    }

    /// Adds an observer, which is called with every event, on the thread on which it occurs.
    pub fn observe(mut self, observer: impl Fn(&Event) + Send + Sync + 'static) -> Submit {
        self.observers.push(Arc::new(observer));
        self
    }

    /// Runs every job, even if its result is up to date.
    pub fn force_all(mut self) -> Submit {
        self.force = Force::Everything;
        self
    }

    /// Runs the job that makes the output `name`, or all jobs of the task `name`, even if their results are up to date.
    /// Can be called several times.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoNode`] if the scenario has no such output or task.
    pub fn force(mut self, name: &str) -> Result<Submit> {
        let jobs = self.instance.with_part(name)?.jobs_of(name)?;
        match &mut self.force {
            Force::Jobs(names) => names.extend(jobs),
            Force::Nothing => self.force = Force::Jobs(jobs),
            Force::Everything => {}
        }
        Ok(self)
    }

    /// Selects the jobs that this output depends on. After several calls, a job is selected if any of the outputs
    /// depends on it.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoNode`] if the scenario has no such output.
    pub fn to(mut self, node: &str) -> Result<Submit> {
        let instance = self.instance.with_part(node)?;
        let found = instance.find(node, "output")?;
        if found.is_input() {
            return Err(instance.no_node(node, "output"));
        }
        self.to.push(found.name().into());
        Ok(self)
    }

    /// Selects the jobs that depend on this node, directly or indirectly. After several calls, a job is selected if it
    /// depends on any of the nodes. Results of other jobs that the selected jobs read must be up to date.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoNode`] if the scenario has no such node.
    pub fn from(mut self, node: &str) -> Result<Submit> {
        self.from.push(self.instance.with_part(node)?.find(node, "node")?.name().into());
        Ok(self)
    }

    /// Selects the jobs for parts of a node: those whose keys match a pattern, `2026-11-*`; are in a range, `2026-11-01..2026-11-15`,
    /// `2026-11-01..` or `..2026-11-15`; or are in a list, `a,b`. Jobs that take all parts are not selected. After several calls, a
    /// job is selected if any of them selects it.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoNode`] if the scenario has no such node. The submission returns [`Error::NoParts`] if no part of the node is
    /// selected.
    pub fn only(mut self, node: &str, keys: &str) -> Result<Submit> {
        let name = self.instance.find(node, "node")?.name().to_owned();
        self.only.push((name, Keys::parse(keys)));
        Ok(self)
    }

    /// Replaces the value of a node for this submission, for tests. A task whose outputs all have given values is not
    /// called.
    ///
    /// Downstream results are stored under keys with the content of the given value, so they are never confused with
    /// other results.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoNode`] if the scenario has no such node, [`Error::OtherNodeType`] if it has another type, and
    /// an error if the value can't be encoded.
    pub fn with_value<T: Send + Sync + 'static>(mut self, node: &str, value: T) -> Result<Submit> {
        let instance = self.instance.with_part(node)?;
        let found = instance.find(node, "node")?;
        if !found.data.is::<T>() {
            let (node, found) = (node.into(), found.type_text.clone());
            return Err(Error::OtherNodeType { node, found, expected: crate::data::short_type_name::<T>() });
        }
        let value = (found.data.round_trip)(Box::new(value))?;
        let values = if found.is_input() { &mut self.overrides } else { &mut self.given };
        values.insert(found.name().into(), value);
        Ok(self)
    }

    /// Provides a resource to the tasks of this submission that take a [`Resource`](crate::Resource) of its type, in place of the
    /// store's.
    pub fn provide<T: Send + Sync + 'static>(mut self, resource: T) -> Submit {
        self.resources.provide(resource);
        self
    }

    /// Replaces the function of a task for this submission, for tests. Its results are not stored as results of the
    /// task.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoNode`] if the scenario does not use the task.
    pub fn with_task<T: Task>(mut self, function: T::Function) -> Result<Submit> {
        if !self.instance.graph.calls.iter().any(|call| call.task.is(T::TASK)) {
            return Err(self.instance.no_node(T::NAME, "task"));
        }
        self.replaced.push((T::TASK, Arc::new(move |arguments| T::run(function, arguments))));
        Ok(self)
    }

    /// Sets an input for this submission only, from a string as a person types it. The scenario's own value is
    /// unchanged. Secrets are given this way.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoNode`] if the scenario has no such input, [`Error::BadValue`] if the string is not valid for
    /// the input's type, and [`Error::InputFile`] if a file can't be read.
    pub fn set(mut self, input: &str, text: &str) -> Result<Submit> {
        let value = self.instance.checked_input(input, text)?;
        self.overrides.insert(self.instance.graph.name_of(input).into(), value);
        Ok(self)
    }

    /// Sets the lease that holds the results that the submission finds and makes.
    #[cfg(feature = "cli")]
    pub(crate) fn holding(mut self, lease: Arc<Lease>) -> Submit {
        self.lease = Some(lease);
        self
    }

    /// Sets input values for this submission, which take precedence over written ones.
    pub(crate) fn on(mut self, overrides: Overrides) -> Submit {
        self.overrides.extend(overrides);
        self
    }

    /// Makes the toolchain (compiler, target, profile) part of every cache key.
    pub fn strict(mut self) -> Submit {
        self.strict = true;
        self
    }

    /// Sets the share of the run's time, between 0 and 1, that may be spent on rechecks. The default is `recheck` in
    /// the store's settings, or else 0: the tasks of skipped jobs are not called.
    ///
    /// A recheck calls the task of a skipped job again if another build of the program made the stored result, and
    /// compares the outputs. The new outputs are discarded and the job stays skipped;
    /// [`JobReport::rechecked`](crate::jobs::JobReport::rechecked) reports how long the recheck took. The run's time is
    /// the time that all jobs take together, where a skipped job counts with the time that its result took.
    ///
    /// Tasks with a part in a source that changed since are rechecked first, then the fastest tasks. Not rechecked are
    /// tasks that took longer than the share, tasks with `#[task(effects)]` or a pinned version, and results that
    /// another compiler or profile made.
    ///
    /// If an output differs, the job fails with [`RecheckError`](crate::jobs::RecheckError), which names the task and
    /// the changed sources. The stored result is discarded, and cache keys include the whole program until
    /// [`Store::resolve_mismatch`](crate::Store::resolve_mismatch) is called.
    pub fn recheck(mut self, share: f64) -> Submit {
        self.recheck = share.clamp(0.0, 1.0);
        self
    }

    /// Sets the token that cancels the submission.
    pub fn cancel(mut self, token: CancelToken) -> Submit {
        self.cancel = token;
        self
    }

    /// Submits the scenario and waits for the run; see [`Instance::submit`].
    ///
    /// # Errors
    ///
    /// As [`Instance::submit`]. Also returns [`Error::Canceled`] or [`Error::CanceledEarly`] if the token was canceled
    /// before the run ended, [`Error::NothingToRun`] if the selection is empty, [`Error::NotSelected`] if a forced job is
    /// not selected, and [`Error::UpstreamNotUpToDate`] if the selected jobs need a result that is not up to date.
    pub fn submit(self) -> Result<Run> {
        self.run(|_| {})
    }

    /// Runs the submission; calls `on_start` with the run's number once it has begun.
    pub(super) fn run(self, on_start: impl FnOnce(RunId)) -> Result<Run> {
        let submit = self.selected()?;
        submit.check_parts()?;
        let given = given_nodes(&submit.instance.graph, &submit.given);
        let (roles, replaced) = (submit.roles(&submit.instance.graph, &given), submit.replaced_calls());
        let Submit {
            instance,
            executor,
            workers,
            mut observers,
            cancel,
            force,
            strict,
            overrides,
            recheck,
            lease,
            resources,
            ..
        } = submit;
        let row = instance.stored_row()?;
        let resources = instance.store.resources().with(&resources);
        check_resources(&instance, &roles, &replaced, &resources)?;
        if !roles.is_empty() && !roles.contains(&CallRole::Run) {
            return Err(Error::NothingToRun { scenario: instance.name.clone() });
        }
        if let Force::Jobs(names) = &force {
            let mut calls = instance.graph.calls.iter().zip(&roles);
            let excluded = calls.find(|(call, role)| **role != CallRole::Run && names.contains(&call.name));
            if let Some((call, _)) = excluded {
                return Err(Error::NotSelected { scenario: instance.name.clone(), job: call.name.clone() });
            }
        }
        let clock = Clock::start();
        let results = instance.store.results();
        results.writable()?;
        // The lease spares the results from collection until the registry refers to them.
        let lease = lease.unwrap_or_else(|| instance.store.lease());
        let strict = strict.then(Toolchain::current);
        let force = restricted(force, &instance.graph, &roles);
        let engine =
            instance.store.engine_with(RunOptions { force, strict, hold_results: true }, lease.clone());
        let engine = engine.providing(resources);
        // Reading inputs may take long, so it can be canceled.
        let inputs = cancel.of(|| instance.intact_inputs(&overrides, &engine, true))?;
        let blocking = blocking_inputs(&instance.graph, &roles, &given, |node| {
            inputs.get(node).is_some_and(|input| input.is_err())
        });
        if !blocking.is_empty() {
            return Err(Feasibility::into_error(errors_of(inputs, &blocking), &instance.name));
        }
        let states = instance.states()?;
        let mut stored = HashMap::new();
        for (node, value) in given {
            stored.insert(node, store_given(&instance, node, value, &lease)?);
        }
        if roles.contains(&CallRole::Reuse) {
            let plan =
                engine.plan_with(&instance.name, &instance.graph, &for_engine(&inputs), &states, &stored)?;
            let ordered = instance.graph.ordered().zip(&plan.jobs);
            let mut known = ordered.filter(|((index, _), _)| roles[*index] == CallRole::Reuse);
            let would_run = |index: &usize, job: &PlannedJob| {
                job.decision != Decision::Skip || replaced.contains_key(index)
            };
            if let Some((_, job)) = known.find(|((index, _), job)| would_run(index, job)) {
                let (scenario, job, reason) =
                    (instance.name.clone(), job.name.clone(), job.reason.to_string());
                return Err(Error::UpstreamNotUpToDate { scenario, job, reason });
            }
        }
        let began = Began::record(&instance, row, clock, RunInput::all(&instance.graph, &inputs))?;
        let number = began.id.as_ref().ok().copied();
        let _guard = SubmissionGuard { store: &instance.store, run: number };
        on_start(RunId(number.unwrap_or_default()));
        observers.extend(instance.store.observers());
        let observer: Option<Observer> = match observers.len() {
            0 => None,
            1 => observers.pop(),
            _ => Some(Arc::new(move |event| observers.iter().for_each(|observer| observer(event)))),
        };
        let wanted = |index: &usize| roles.get(*index) != Some(&CallRole::Skip);
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
        let recorded = Run::record(&instance, row, began, &states, finished, warn);
        if let Some(run) = recorded.as_ref().ok().or_else(|| recorded.as_ref().err().and_then(Error::run)) {
            notify(run.status, run.id);
        }
        recorded?.into_result()
    }

    /// Returns the errors of the inputs without which no job could begin; empty if one could.
    pub(super) fn blockers(&self, inputs: Vec<Found>) -> Vec<Error> {
        let unavailable = |node: usize| inputs.get(node).is_some_and(|input| input.is_err());
        let graph = self.graph();
        let given = given_nodes(&graph, &self.given);
        let blocking = blocking_inputs(&graph, &self.roles(&graph, &given), &given, unavailable);
        errors_of(inputs, &blocking)
    }

    /// Checks that a job could begin with the values that inputs have. Files are not read.
    ///
    /// # Errors
    ///
    /// Returns [`Error::MissingInput`] or [`Error::MissingSecret`] for the first input whose missing value keeps all
    /// jobs from beginning.
    #[cfg(feature = "cli")]
    pub(crate) fn check_values(&self) -> Result<()> {
        let instance = &self.instance;
        let written = instance.written()?;
        let lacks = |node: usize| {
            let node = &instance.graph.nodes[node];
            node.is_input() && !self.overrides.contains_key(node.name()) && instance.lacks(node, &written)
        };
        let graph = self.graph();
        let given = given_nodes(&graph, &self.given);
        match blocking_inputs(&graph, &self.roles(&graph, &given), &given, lacks).first() {
            Some(&node) => Err(instance.missing(&instance.graph.nodes[node])),
            None => Ok(()),
        }
    }

    /// Leaves out the calls of the arms of branches that the values of the inputs exclude.
    pub(super) fn selected(self) -> Result<Submit> {
        let instance = self.instance.selected(&self.overrides)?;
        let force = match self.force {
            Force::Jobs(names) => {
                Force::Jobs(names.into_iter().flat_map(|name| instance.graph.jobs_of(name)).collect())
            }
            force => force,
        };
        Ok(Submit { instance, force, ..self })
    }

    /// Returns the graph with the calls that run; with all of them if an input that decides a branch has no value.
    fn graph(&self) -> Arc<Graph> {
        let selected = self.instance.selected(&self.overrides);
        selected.map_or_else(|_| self.instance.graph.clone(), |instance| instance.graph)
    }

    /// Returns the functions that replace those of tasks, by call. Of several for one task, the last counts.
    fn replaced_calls(&self) -> HashMap<usize, Replaced> {
        let calls = self.instance.graph.calls.iter().enumerate();
        let of_call = |(index, call): (usize, &Call)| {
            let (_, replaced) = self.replaced.iter().rfind(|(task, _)| call.task.is(task))?;
            Some((index, replaced.clone()))
        };
        calls.filter_map(of_call).collect()
    }

    /// Returns the role of each call; empty if no selection is made and all calls run.
    fn roles(&self, graph: &Graph, given: &HashMap<usize, Value>) -> Vec<CallRole> {
        if self.to.is_empty() && self.from.is_empty() && self.only.is_empty() {
            return Vec::new();
        }
        let needed =
            if self.to.is_empty() { None } else { Some(needed_for(graph, &places(graph, &self.to), given)) };
        let reached =
            if self.from.is_empty() { None } else { Some(reached(graph, &places(graph, &self.from))) };
        let only = if self.only.is_empty() { None } else { Some(self.of_parts(graph, given)) };
        let has = |set: &Option<HashSet<usize>>, call| set.as_ref().is_none_or(|set| set.contains(&call));
        let wanted: Vec<usize> = (0..graph.calls.len())
            .filter(|&call| has(&needed, call) && has(&reached, call) && has(&only, call))
            .collect();
        let called = wanted.iter().filter(|&&call| !is_given(graph, call, given));
        let nodes: Vec<usize> = called.flat_map(|&call| graph.calls[call].arguments.clone()).collect();
        let before = needed_for(graph, &nodes, given);
        let mut roles = vec![CallRole::Skip; graph.calls.len()];
        before.into_iter().for_each(|call| roles[call] = CallRole::Reuse);
        wanted.into_iter().for_each(|call| roles[call] = CallRole::Run);
        roles
    }

    /// Returns the calls for the selected parts, and those that they depend on.
    fn of_parts(&self, graph: &Graph, given: &HashMap<usize, Value>) -> HashSet<usize> {
        let mut calls = HashSet::new();
        for (name, keys) in &self.only {
            let parts = graph
                .parts_of(name)
                .filter(|part| part.part.as_ref().is_some_and(|part| keys.has(&part.key)));
            let nodes: Vec<usize> = parts.filter_map(|part| graph.index_of(part.name())).collect();
            let made = nodes.iter().filter_map(|&node| match graph.nodes[node].maker {
                Maker::Call(call) => Some(call),
                Maker::Input { .. } => None,
            });
            let of_part =
                |&call: &usize| graph.calls[call].part.as_ref().is_some_and(|part| keys.has(&part.key));
            calls.extend(made.chain(reached(graph, &nodes)).filter(of_part));
        }
        let arguments: Vec<usize> =
            calls.iter().flat_map(|&call| graph.calls[call].arguments.clone()).collect();
        calls.extend(needed_for(graph, &arguments, given));
        calls
    }

    /// Returns an error if a selection of parts selects none.
    fn check_parts(&self) -> Result<()> {
        let graph = &self.instance.graph;
        for (name, keys) in &self.only {
            let all: Vec<&str> =
                graph.parts_of(name).filter_map(|part| Some(&*part.part.as_ref()?.key)).collect();
            if !all.iter().any(|key| keys.has(key)) {
                let (scenario_type, node, keys) = (graph.name().into(), name.clone(), keys.to_string());
                let known = match all.as_slice() {
                    [] => "it has no parts".to_owned(),
                    [only] => format!("its only part is `{only}`"),
                    [first, .., last] => format!("its {} parts are `{first}` to `{last}`", all.len()),
                };
                return Err(Error::NoParts { scenario_type, node, keys, known });
            }
        }
        Ok(())
    }
}

/// Whether all outputs of a call are given. It is not called, and needs no arguments.
fn is_given(graph: &Graph, call: usize, given: &HashMap<usize, Value>) -> bool {
    graph.calls[call].outputs.iter().all(|node| given.contains_key(node))
}

/// Returns the calls that these nodes depend on.
fn needed_for(graph: &Graph, nodes: &[usize], given: &HashMap<usize, Value>) -> HashSet<usize> {
    let (mut calls, mut open) = (HashSet::new(), nodes.to_vec());
    while let Some(node) = open.pop() {
        if let Maker::Call(call) = graph.nodes[node].maker
            && calls.insert(call)
            && !is_given(graph, call, given)
        {
            open.extend(&graph.calls[call].arguments);
        }
    }
    calls
}

/// Returns the nodes of the graph of a run with these names: each itself, or its parts.
fn places(graph: &Graph, names: &[String]) -> Vec<usize> {
    let of_parts =
        |name: &str| graph.parts_of(name).filter_map(|part| graph.index_of(part.name())).collect::<Vec<_>>();
    let place = |name: &String| match of_parts(name) {
        parts if parts.is_empty() => graph.index_of(name).into_iter().collect(),
        parts => parts,
    };
    names.iter().flat_map(place).collect()
}

/// Returns the values of the nodes of the graph of a run if these are given: a value with parts gives each of them.
fn given_nodes(graph: &Graph, given: &HashMap<String, Value>) -> HashMap<usize, Value> {
    let of_node = |(name, value): (&String, &Value)| -> Vec<(usize, Value)> {
        if let Some(index) = graph.index_of(name) {
            return vec![(index, value.clone())];
        }
        let parts = graph.whole().node(name).and_then(|node| node.data.parts).map(|of| (of.parts)(value));
        let place = |key: &str| graph.index_of(&name_of_part(name, key));
        let parts = parts.iter().flat_map(|parts| parts.iter());
        parts.filter_map(|(key, value)| Some((place(key)?, value.clone()))).collect()
    };
    given.iter().flat_map(of_node).collect()
}

/// Returns the unavailable inputs that keep all jobs from beginning; empty if a job could begin. In a scenario without
/// jobs, these are all unavailable inputs.
fn blocking_inputs(
    graph: &Graph,
    roles: &[CallRole],
    given: &HashMap<usize, Value>,
    unavailable: impl Fn(usize) -> bool,
) -> Vec<usize> {
    if graph.calls.is_empty() {
        return (0..graph.nodes.len()).filter(|&node| unavailable(node)).collect();
    }
    let (mut unreachable, mut needed) = (HashSet::<usize>::new(), BTreeSet::new());
    for (index, call) in graph.ordered() {
        let role = roles.get(index).copied().unwrap_or(CallRole::Run);
        if role == CallRole::Skip || call.outputs.iter().all(|node| given.contains_key(node)) {
            continue;
        }
        let missing: Vec<usize> = call.arguments.iter().copied().filter(|&node| unavailable(node)).collect();
        if !missing.is_empty() || call.arguments.iter().any(|node| unreachable.contains(node)) {
            unreachable.extend(call.outputs.iter().filter(|node| !given.contains_key(node)));
        } else if role == CallRole::Run {
            return Vec::new();
        }
        needed.extend(missing);
    }
    needed.into_iter().collect()
}

/// Returns the errors that make these inputs unavailable.
fn errors_of(inputs: Vec<Found>, nodes: &[usize]) -> Vec<Error> {
    let mut errors: Vec<_> = inputs.into_iter().map(Result::err).collect();
    nodes.iter().filter_map(|&node| Arc::into_inner(errors.get_mut(node)?.take()?)).collect()
}

/// Restricts forcing all jobs to the selected ones.
fn restricted(force: Force, graph: &Graph, roles: &[CallRole]) -> Force {
    match force {
        Force::Everything if !roles.is_empty() => {
            let wanted = graph.calls.iter().zip(roles).filter(|(_, role)| **role == CallRole::Run);
            Force::Jobs(wanted.map(|(call, _)| call.name.clone()).collect())
        }
        force => force,
    }
}

/// Returns the calls that depend on these nodes.
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

/// Stores a value that is given for a node, so jobs can read it like any other.
fn store_given(
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

/// Returns an error if a task that certainly runs lacks a resource. A skippable one may not be called.
fn check_resources(
    instance: &Instance,
    roles: &[CallRole],
    replaced: &HashMap<usize, Replaced>,
    resources: &Resources,
) -> Result<()> {
    for (index, call) in instance.graph.calls.iter().enumerate() {
        let runs = roles.get(index).is_none_or(|role| *role == CallRole::Run) && !call.skippable;
        let missing = call.task.resources.iter().find(|resource| !resources.has(resource));
        if let Some(resource) = missing.filter(|_| runs && !replaced.contains_key(&index)) {
            let (scenario, task, ty) = (instance.name.clone(), call.name.clone(), (resource.name)());
            return Err(Error::NoResource { scenario, task, ty });
        }
    }
    Ok(())
}
