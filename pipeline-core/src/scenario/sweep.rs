//! Sweeps: a scenario for each of many combinations of input values, run together.

use super::inputs::{Found, Overrides, for_engine, input_row};
use super::kpi::compare;
use super::run::KpiValue;
use super::{Input, Instance};
use crate::data::several::expand as several;
use crate::data::{CancelToken, DataError, Format, Value};
use crate::engine::{Decision, Event, JobStates, Observer, RunOptions, RunStatus, Toolchain, as_micros};
use crate::graph::parts::ArgumentNodes;
use crate::graph::{Graph, Maker, Node};
use crate::registry::{InputRow, NewScenario, RunId};
use crate::scenario::catalog::valid_label;
use crate::scenario::error::{Error, Result};
use crate::scenario::instance::usable_name;
use crate::store::{Hash, Lease};
use serde::Serialize;
use serde_json::Value as Json;
use skipstone_wiring::suggestion;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The maximum number of scenarios of a sweep.
const MOST: usize = 1_000_000;

/// A value for an input, which a sweep tries; made by [`Input::at`].
#[derive(Debug)]
pub struct InputAt {
    node: String,
    value: std::result::Result<Value, DataError>,
}

impl<T: Send + Sync + 'static> Input<T> {
    /// Returns a value for this input, to be tried in a sweep. The input is unchanged. See [`Instance::sweep`].
    pub fn at(&self, value: T) -> InputAt {
        let graph = &self.instance().graph;
        let node = graph.node(self.name()).unwrap_or_else(|| unreachable!("a handle is one of a node"));
        InputAt { node: node.name().into(), value: (node.data.round_trip)(Box::new(value)) }
    }
}

/// Many scenarios that differ in the values of some inputs, to be run together; made by [`Instance::sweep`] or
/// [`Instance::sweep_of`].
#[derive(Clone)]
#[must_use = "nothing runs before `run` is called"]
pub struct Sweep {
    base: Instance,
    name: String,
    points: Vec<Point>,
    /// Values for all scenarios.
    given: Overrides,
    workers: usize,
    observers: Vec<Observer>,
    strict: bool,
    cancel: CancelToken,
}

/// One combination of values.
#[derive(Debug, Clone)]
struct Point {
    /// The scenario's name.
    scenario: String,
    /// The values by input, in the order of the graph's inputs.
    values: Vec<(String, Value)>,
}

/// What a sweep would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SweepPlan {
    /// The sweep's name.
    pub sweep: String,
    /// The number of scenarios.
    pub scenarios: usize,
    /// The number of calls of tasks in all of them.
    pub calls: usize,
    /// The number of calls that differ: in the task, or in what it depends on. Fewer run if different calls have equal results.
    pub distinct: usize,
    /// The number of distinct calls whose results are known.
    pub known: usize,
    /// The expected duration of the other distinct calls, from earlier results of their tasks; in microseconds when serialized.
    #[serde(rename = "expected_us", serialize_with = "as_micros")]
    pub expected: Duration,
    /// Whether the duration of a call that would run is unknown.
    pub has_unknown_duration: bool,
}

/// The outcomes of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SweepReport {
    /// The sweep's name.
    pub sweep: String,
    /// The outcome of each scenario.
    pub outcomes: Vec<SweepOutcome>,
}

/// The outcome of one scenario of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SweepOutcome {
    /// The scenario's name.
    pub scenario: String,
    /// The inputs in which the scenarios differ, in the order of the scenario type.
    pub inputs: Vec<SweptInput>,
    /// How the scenario's run ended.
    pub status: RunStatus,
    /// The run's number, if the run began.
    pub run: Option<RunId>,
    /// The number of jobs that ran.
    pub ran: usize,
    /// The number of jobs that were skipped.
    pub skipped: usize,
    /// The KPIs of the run.
    pub kpis: Vec<KpiValue>,
    /// Why the run failed.
    pub error: Option<String>,
}

/// The value of an input in a scenario of a sweep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SweptInput {
    /// The input's name.
    pub node: String,
    /// A summary of its value.
    pub value: String,
}

impl Instance {
    /// Sets up a sweep: a scenario for each of these combinations of input values, with the tag `name`. Other inputs have the
    /// values that they have in this scenario.
    ///
    /// A scenario's name is that of the sweep with the values, such as `grid/threshold=1000,metric=mean`. A later sweep with
    /// the same name and values runs the same scenarios again. What several scenarios have in common is computed once.
    ///
    /// ```
    /// # use skipstone::{scenario, task, testing};
    /// #[task(skippable)]
    /// fn squared(x: f64) -> f64 {
    ///     x * x
    /// }
    ///
    /// #[task(skippable)]
    /// fn moved(squared: f64, by: f64) -> f64 {
    ///     squared + by
    /// }
    ///
    /// scenario! {
    ///     pub Moved {
    ///         input x: f64 = 1.0;
    ///         input by: f64 = 0.0;
    ///         squared = squared(x);
    ///         #[kpi(better = lower)]
    ///         moved = moved(squared, by);
    ///     }
    /// }
    ///
    /// let store = testing::store();
    /// let base = Moved::create(&store, "base")?;
    /// let grid = [1.0, 2.0].into_iter().flat_map(|x| [0.5, 1.5].map(|by| [base.x.at(x), base.by.at(by)]));
    /// let sweep = base.sweep("grid", grid)?;
    /// let plan = sweep.plan()?;
    /// assert_eq!((plan.scenarios, plan.calls, plan.distinct), (4, 8, 6));
    ///
    /// let report = sweep.run()?.best_first("moved")?;
    /// let best = Moved::open(&store, &report.outcomes[0].scenario)?;
    /// assert_eq!((best.x.read()?, best.moved.read()?), (1.0, 1.5));
    /// # Ok::<(), skipstone::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`Error::BadSweep`] if the sweep has no combination, a combination has two values for an input, or the combinations
    /// don't all have the same inputs; [`Error::BadLabel`] or [`Error::BadName`] if the name is not valid,
    /// [`Error::SecretNotStorable`] if an input is a secret, and an error if a value can't be encoded.
    pub fn sweep<P: IntoIterator<Item = InputAt>>(
        &self,
        name: &str,
        points: impl IntoIterator<Item = P>,
    ) -> Result<Sweep> {
        let point = |given: P| -> Result<Vec<(String, Value)>> {
            let value = |InputAt { node, value }| match value {
                Ok(value) => Ok((node, value)),
                Err(error) => Err(Error::Data(error)),
            };
            given.into_iter().map(value).collect()
        };
        self.sweep_over(name, points.into_iter().map(point))
    }

    /// Sets up a sweep over all combinations of these values, given as a person types them: for each input, a list
    /// (`mean,median`, or `["a","b"]` in JSON), a range with a step (`1000..2000/100`; both ends belong to it), a range of dates
    /// (`2026-11-01..2026-11-30`), or `*` for all variants of an enum. See [`Instance::sweep`].
    ///
    /// # Errors
    ///
    /// As [`Instance::sweep`]. Also returns [`Error::NoNode`] if the scenario has no such input, [`Error::SweepValues`] if its
    /// values are not valid, and [`Error::BadValue`] if one of them is not valid for the input's type.
    pub fn sweep_of(&self, name: &str, values: &[(&str, &str)]) -> Result<Sweep> {
        let mut axes: Vec<(&str, Vec<Value>)> = Vec::new();
        for (node, text) in values {
            let input = self.find(node, "input")?;
            let texts = several(text, &input.shape()).map_err(|message| Error::SweepValues {
                node: (*node).into(),
                text: (*text).into(),
                message,
            })?;
            let parsed = texts.iter().map(|text| self.checked_input(node, text)).collect::<Result<_>>()?;
            axes.push((self.graph.name_of(node), parsed));
        }
        let product = axes.iter().try_fold(1_usize, |product, (_, values)| product.checked_mul(values.len()));
        if product.is_none_or(|product| product > MOST) {
            let message = format!("it has more than {MOST} scenarios: use fewer values or a larger step");
            return Err(Error::BadSweep { sweep: name.into(), message });
        }
        let mut points: Vec<Vec<(String, Value)>> = vec![Vec::new()];
        for (node, values) in axes {
            let with = |point: Vec<(String, Value)>| {
                let pair = |value: &Value| [point.clone(), vec![(node.to_owned(), value.clone())]].concat();
                values.iter().map(pair).collect::<Vec<_>>()
            };
            points = points.into_iter().flat_map(with).collect();
        }
        self.sweep_over(name, points.into_iter().map(Ok))
    }

    fn sweep_over(
        &self,
        name: &str,
        points: impl Iterator<Item = Result<Vec<(String, Value)>>>,
    ) -> Result<Sweep> {
        valid_label(name)?;
        let bad = |message: String| Error::BadSweep { sweep: name.into(), message };
        let inputs: Vec<&Node> = self.graph.nodes().iter().filter(|node| node.is_input()).collect();
        let (mut made, mut seen) = (Vec::new(), HashSet::new());
        let mut swept: Option<Vec<&str>> = None;
        for point in points {
            let mut point = point?;
            let mut values = Vec::new();
            for node in &inputs {
                let Some(found) = point.iter().position(|(given, _)| given == node.name()) else { continue };
                if node.is_secret() {
                    return Err(super::inputs::secret_error(node));
                }
                values.push((node, point.swap_remove(found).1));
            }
            if let Some((node, _)) = point.first() {
                return Err(bad(format!(
                    "input `{node}` has two values in one scenario: remove one of them"
                )));
            }
            let names: Vec<&str> = values.iter().map(|(node, _)| node.name()).collect();
            if names.is_empty() || swept.as_ref().is_some_and(|swept| *swept != names) {
                return Err(
                    bad("its scenarios must all give values to the same inputs, at least one".into()),
                );
            }
            let scenario = name_of(name, &values)?;
            if seen.insert(scenario.clone()) {
                let values = values.into_iter().map(|(node, value)| (node.name().to_owned(), value));
                made.push(Point { scenario, values: values.collect() });
            }
            if made.len() > MOST {
                return Err(bad(format!("it has more than {MOST} scenarios")));
            }
            swept = Some(names);
        }
        if made.is_empty() {
            return Err(bad("it has no values to try".into()));
        }
        Ok(Sweep {
            base: self.clone(),
            name: name.into(),
            points: made,
            given: Overrides::new(),
            workers: self.store.default_workers(),
            observers: Vec::new(),
            strict: false,
            cancel: CancelToken::new(),
        })
    }
}

/// Returns the name of the scenario with these values. It has a hash of the values if they are too long or not simple.
fn name_of(sweep: &str, values: &[(&&Node, Value)]) -> Result<String> {
    let pair = |(node, value): &(&&Node, Value)| Some(format!("{}={}", node.name(), simple_text(value)?));
    if let Some(pairs) = values.iter().map(pair).collect::<Option<Vec<_>>>() {
        let name = format!("{sweep}/{}", pairs.join(","));
        if usable_name(&name).is_ok() {
            return Ok(name);
        }
    }
    let mut bytes = Vec::new();
    for (node, value) in values {
        let content = match value.source() {
            Some(source) => value.text().unwrap_or_else(|| source.name().display().to_string()).into_bytes(),
            None => value.content()?,
        };
        for part in [node.name().as_bytes(), &content] {
            bytes.extend((part.len() as u64).to_le_bytes());
            bytes.extend(part);
        }
    }
    let hash: String = Hash::of(&bytes).to_string().chars().take(16).collect();
    let name = format!("{sweep}/{hash}");
    usable_name(&name).map(|()| name)
}

/// Returns the whole value as a short text that no other value of its type has; `None` if it has no such text.
fn simple_text(value: &Value) -> Option<String> {
    if value.source().is_some() {
        return None;
    }
    let mut json = Vec::new();
    value.show(Format::Json, &mut json).ok()?;
    match serde_json::from_slice(&json).ok()? {
        Json::String(text) if text != "null" && !text.contains([',', '=', '"']) => Some(text),
        Json::Number(number) => {
            let text = number.to_string();
            Some(text.strip_suffix(".0").map_or(text.clone(), str::to_owned))
        }
        simple @ (Json::String(_) | Json::Bool(_) | Json::Null) => Some(simple.to_string()),
        Json::Array(_) | Json::Object(_) => None,
    }
}

impl Sweep {
    /// Sets the number of tasks that may run at the same time, at least one. The default is `workers` in the store's
    /// settings, or else the number of cores.
    pub fn workers(mut self, workers: usize) -> Sweep {
        self.workers = workers.max(1);
        self
    }

    /// Adds an observer, which is called with every event of the runs, on the thread on which it occurs.
    pub fn observe(mut self, observer: impl Fn(&Event) + Send + Sync + 'static) -> Sweep {
        self.observers.push(Arc::new(observer));
        self
    }

    /// Makes the toolchain (compiler, target, profile) part of every cache key.
    pub fn strict(mut self) -> Sweep {
        self.strict = true;
        self
    }

    /// Sets the token that cancels the sweep.
    pub fn cancel(mut self, token: CancelToken) -> Sweep {
        self.cancel = token;
        self
    }

    /// Sets an input of all scenarios, from a string as a person types it. Secrets are given this way; they are not stored.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoNode`] if the scenario has no such input, [`Error::BadValue`] if the string is not valid for
    /// the input's type, [`Error::InputFile`] if a file can't be read, and [`Error::BadSweep`] if the sweep varies the input.
    pub fn set(mut self, input: &str, text: &str) -> Result<Sweep> {
        let value = self.base.checked_input(input, text)?;
        let input = self.base.graph.name_of(input).to_owned();
        if self.points.iter().flat_map(|point| &point.values).any(|(node, _)| *node == input) {
            let message =
                format!("it varies input `{input}`, which can't have one value for all scenarios as well");
            return Err(Error::BadSweep { sweep: self.name, message });
        }
        self.given.insert(input, value);
        Ok(self)
    }

    /// Returns what the sweep would do now. Nothing is written.
    ///
    /// # Errors
    ///
    /// Returns an error if an input has no value or can't be read, or if the store can't be read.
    pub fn plan(&self) -> Result<SweepPlan> {
        let (sweep, scenarios) = (self.name.clone(), self.points.len());
        let mut plan = SweepPlan {
            sweep,
            scenarios,
            calls: 0,
            distinct: 0,
            known: 0,
            expected: Duration::ZERO,
            has_unknown_duration: false,
        };
        let strict = self.strict.then(Toolchain::current);
        let engine = self.base.store.engine(RunOptions { strict, ..RunOptions::default() });
        let mut seen = HashSet::new();
        for (number, point) in self.points.iter().enumerate() {
            let overrides = self.overrides(point);
            let selected = self.base.selected(&overrides)?;
            let inputs = selected.inputs(&overrides)?;
            let graph = selected.graph;
            if let Some(error) = inputs.iter().find_map(|input| input.as_ref().err()) {
                return Err(Error::SweepInput { scenario: point.scenario.clone(), source: error.clone() });
            }
            let symbols = symbols(&graph, &inputs, number);
            plan.calls += symbols.len();
            if symbols.iter().all(|symbol| seen.contains(symbol)) {
                continue;
            }
            let planned =
                engine.plan(&point.scenario, &graph, &for_engine(&inputs), &JobStates::default())?;
            for (job, symbol) in planned.jobs.iter().zip(symbols) {
                if !seen.insert(symbol) {
                    continue;
                }
                plan.distinct += 1;
                match job.decision {
                    Decision::Skip => plan.known += 1,
                    _ => match job.expected {
                        Some(expected) => plan.expected += expected,
                        None => plan.has_unknown_duration = true,
                    },
                }
            }
        }
        Ok(plan)
    }

    /// Creates the scenarios that don't exist yet, runs all of them, and waits. A scenario whose run fails does not stop the others.
    ///
    /// # Errors
    ///
    /// Returns [`Error::SweepCanceled`] if the token was canceled before the last run ended, [`Error::OtherType`] if a
    /// scenario of another type has one of the names, and an error if the store can't be read or written.
    ///
    /// # Blocking
    ///
    /// Blocks until the last run has ended.
    pub fn run(&self) -> Result<SweepReport> {
        let workers = self.workers;
        let threads = workers.min(self.points.len());
        // All scenarios get the values that the base has now. The lease spares them from collection meanwhile.
        let lease = self.base.store.lease();
        let common = self.common(&lease)?;
        let next = AtomicUsize::new(0);
        let outcomes: Mutex<Vec<(usize, SweepOutcome)>> = Mutex::default();
        let failure: Mutex<Option<Error>> = Mutex::default();
        let work = |share: usize| {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(point) = self.points.get(number) else { return };
                if self.cancel.is_canceled() || lock(&failure).is_some() {
                    return;
                }
                match self.outcome(point, &common, share) {
                    Ok(outcome) => lock(&outcomes).extend(outcome.map(|outcome| (number, outcome))),
                    Err(error) => drop(lock(&failure).get_or_insert(error)),
                }
            }
        };
        std::thread::scope(|scope| {
            for thread in 0..threads {
                let share = workers / threads + usize::from(thread < workers % threads);
                scope.spawn(move || work(share));
            }
        });
        if let Some(error) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        let mut outcomes = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
        outcomes.sort_unstable_by_key(|(number, _)| *number);
        let outcomes: Vec<SweepOutcome> = outcomes.into_iter().map(|(_, outcome)| outcome).collect();
        if outcomes.len() < self.points.len() {
            let (sweep, done) = (self.name.clone(), outcomes.len());
            return Err(Error::SweepCanceled { sweep, done, scenarios: self.points.len() });
        }
        Ok(SweepReport { sweep: self.name.clone(), outcomes })
    }

    fn overrides(&self, point: &Point) -> Overrides {
        let mut overrides = self.given.clone();
        overrides.extend(point.values.iter().cloned());
        overrides
    }

    /// Runs one scenario. Returns `None` if the sweep was canceled meanwhile.
    fn outcome(
        &self,
        point: &Point,
        common: &HashMap<String, InputRow>,
        workers: usize,
    ) -> Result<Option<SweepOutcome>> {
        let instance = self.instance(point, common)?;
        let mut submission = instance.submission().workers(workers).cancel(self.cancel.clone());
        submission = submission.on(self.given.clone());
        if self.strict {
            submission = submission.strict();
        }
        submission.observers.extend(self.observers.iter().cloned());
        let (run, error) = match submission.submit() {
            Ok(run) => (Some(run), None),
            Err(Error::Canceled { .. } | Error::CanceledEarly { .. }) => return Ok(None),
            Err(error @ (Error::Store(_) | Error::Registry(_))) => return Err(error),
            Err(error) => (error.run().cloned(), Some(error.to_string())),
        };
        let node = |(node, value): &(String, Value)| {
            let (node, value) = (node.clone(), value.summary());
            SweptInput { node, value }
        };
        Ok(Some(SweepOutcome {
            scenario: point.scenario.clone(),
            inputs: point.values.iter().map(node).collect(),
            status: run.as_ref().map_or(RunStatus::Failed, |run| run.status),
            run: run.as_ref().map(|run| run.id),
            ran: run.as_ref().map_or(0, |run| run.ran().len()),
            skipped: run.as_ref().map_or(0, |run| run.skipped().len()),
            kpis: run.map(|run| run.kpis).unwrap_or_default(),
            error,
        }))
    }

    /// Returns the values that all scenarios have: those of the base, and those set for the sweep. Secrets are left out.
    fn common(&self, lease: &Lease) -> Result<HashMap<String, InputRow>> {
        let mut rows = self.base.written()?;
        rows.values().filter_map(InputRow::object).try_for_each(|object| lease.hold(&object))?;
        for row in self.base.scenario_settings(lease)? {
            rows.entry(row.node.clone()).or_insert(row);
        }
        for (node, value) in &self.given {
            let found = self.base.find(node, "input")?;
            if !found.is_secret() {
                rows.insert(node.clone(), input_row(&self.base.store, found, value, lease)?);
            }
        }
        Ok(rows)
    }

    /// Returns the scenario of a combination, with its values and the common ones; creates it if it does not exist.
    fn instance(&self, point: &Point, common: &HashMap<String, InputRow>) -> Result<Instance> {
        let Instance { store, graph, .. } = &self.base;
        // The lease spares the values from collection until the registry refers to them.
        let lease = store.lease();
        let mut rows = common.clone();
        for (node, value) in &point.values {
            let found = self.base.find(node, "input")?;
            rows.insert(node.clone(), input_row(store, found, value, &lease)?);
        }
        let rows: Vec<InputRow> = rows.into_values().collect();
        let origin = self.base.row.as_ref().map(|row| row.name.as_str());
        let new = NewScenario { origin, tags: vec![self.name.clone()], ..NewScenario::default() };
        match Instance::create_from(store, graph, &point.scenario, &rows, new) {
            Err(Error::ScenarioExists { .. }) => {}
            made => return made,
        }
        let instance = Instance::open(store, graph, &point.scenario)?;
        instance.become_like(&rows)?;
        instance.tag(&[&self.name])?;
        Ok(instance)
    }
}

impl SweepReport {
    /// Sorts the outcomes by a KPI: the best value first. Outcomes without a value come last.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoKpi`] if no outcome has such a KPI, though one has others.
    pub fn best_first(mut self, kpi: &str) -> Result<SweepReport> {
        let kpis = || self.outcomes.iter().flat_map(|outcome| &outcome.kpis).map(|value| value.kpi.as_str());
        if !kpis().any(|name| name == kpi) && kpis().next().is_some() {
            return Err(Error::NoKpi { kpi: kpi.into(), suggestion: suggestion(kpi, kpis()) });
        }
        let value = |outcome: &SweepOutcome| outcome.kpis.iter().find(|value| value.kpi == kpi).cloned();
        self.outcomes.sort_by(|a, b| match (value(a), value(b)) {
            (Some(a), Some(b)) => compare(&a, &b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
        Ok(self)
    }
}

/// Returns a hash for each call, in running order, which two calls share if one of them can take the result of the other. `number`
/// is the scenario's: the calls of tasks that are not skippable are its own.
fn symbols(graph: &Graph, inputs: &[Found], number: usize) -> Vec<Hash> {
    let mut nodes: HashMap<usize, Hash> = HashMap::new();
    let mut symbols = Vec::new();
    for (_, call) in graph.ordered() {
        let mut bytes = call.task.identity().as_bytes().to_vec();
        if !call.skippable {
            bytes.extend((number as u64).to_le_bytes());
            bytes.extend(call.name.as_bytes());
        }
        let hash = |node: usize| match (&graph.nodes()[node].maker, inputs.get(node)) {
            (Maker::Input { .. }, Some(Ok(content))) => content.reference.hash,
            _ => nodes.get(&node).copied().unwrap_or_else(|| Hash::of(&[])),
        };
        for argument in call.argument_nodes() {
            match argument {
                ArgumentNodes::One(node) => bytes.extend(hash(node).as_bytes()),
                ArgumentNodes::Parts { keys, nodes, .. } => {
                    bytes.extend((keys.len() as u64).to_le_bytes());
                    for (key, &node) in keys.iter().zip(nodes) {
                        bytes.extend((key.len() as u64).to_le_bytes());
                        bytes.extend(key.as_bytes());
                        bytes.extend(hash(node).as_bytes());
                    }
                }
            }
        }
        let symbol = Hash::of(&bytes);
        for (output, &node) in call.outputs.iter().enumerate() {
            let mut bytes = symbol.as_bytes().to_vec();
            bytes.extend((output as u64).to_le_bytes());
            nodes.insert(node, Hash::of(&bytes));
        }
        symbols.push(symbol);
    }
    symbols
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for Sweep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sweep").field("name", &self.name).field("scenarios", &self.points.len()).finish()
    }
}
