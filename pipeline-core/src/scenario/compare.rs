//! Comparison of runs, and the history of a node over runs.

use super::version::VersionChange;
use super::{Instance, KpiValue, Run, ScenarioType, Store};
use crate::data::{Number, TableDifference, Value, ValueRef};
use crate::engine::{JobReport, JobStatus, RunStatus};
use crate::graph::{Better, Graph, Node};
use crate::registry::{RunId, VersionId};
use crate::scenario::error::{Error, Result};
use crate::store::Hash;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// A builder for a comparison of runs; made by [`Store::compare`].
///
/// ```
/// # use skipstone::{scenario, task, testing};
/// # #[task(skippable)] fn double(x: f64) -> f64 { 2.0 * x }
/// # scenario! { pub Doubling { input x: f64 = 1.0; doubled = double(x); } }
/// let store = testing::store();
/// Doubling::create(&store, "a")?.submit()?;
/// let b = Doubling::create(&store, "b")?;
/// b.x.write(5.0)?;
/// b.submit()?;
///
/// let comparison = store
///     .compare::<Doubling>(&["a", "b"])
///     .with("doubled", "difference", |first: &f64, other: &f64| other - first)
///     .run()?;
/// assert_eq!(comparison.inputs[0].node, "x");
/// let difference = &comparison.nodes[0].compared[0].values[1];
/// assert_eq!(difference.as_ref().and_then(|it| it.get::<f64>()), Some(8.0));
/// # Ok::<(), skipstone::Error>(())
/// ```
#[must_use = "nothing is compared before `run` is called"]
pub struct Compare<'a> {
    store: &'a Store,
    graph: Arc<Graph>,
    names: Vec<String>,
    keys: HashMap<String, Vec<String>>,
    tables: bool,
    comparators: Vec<Comparator>,
}

/// A custom comparison of a node's values, added by a program.
#[derive(Clone)]
pub struct Comparator {
    pub(crate) node: String,
    name: String,
    compare: CompareValues,
}

type CompareValues = Arc<dyn Fn(&Value, &Value) -> Result<ComparedValue> + Send + Sync>;

impl Comparator {
    /// Creates a comparison with this name. `compare` gets the value of `node` in the first run and in another run.
    pub fn new<T: 'static, D: Serialize>(
        node: &str,
        name: &str,
        compare: impl Fn(&T, &T) -> D + Send + Sync + 'static,
    ) -> Comparator {
        let compare = move |a: &Value, b: &Value| {
            let (Some(a), Some(b)) = (a.get::<T>(), b.get::<T>()) else {
                return Err(Error::OtherNodeType {
                    node: String::new(),
                    found: "another type".into(),
                    expected: crate::data::short_type_name::<T>(),
                });
            };
            serde_json::to_value(compare(a, b)).map(ComparedValue).map_err(|error| {
                crate::data::DataError::Encode { message: format!("it can't be converted to JSON: {error}") }
                    .into()
            })
        };
        Comparator { node: node.into(), name: name.into(), compare: Arc::new(compare) }
    }
}

impl std::fmt::Debug for Comparator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Comparator({} of {})", self.name, self.node)
    }
}

/// A comparison of runs. The first run is the baseline that the others are compared with.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Comparison {
    /// The runs.
    pub runs: Vec<ComparedRun>,
    /// The inputs that differ.
    pub inputs: Vec<ComparedInput>,
    /// For each run, the changes from the first run's version to its own; empty if the versions are the same.
    pub code: Vec<Vec<VersionChange>>,
    /// The outputs.
    pub nodes: Vec<ComparedNode>,
    /// The KPIs.
    pub kpis: Vec<ComparedKpi>,
}

/// A run of a [`Comparison`].
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ComparedRun {
    /// The scenario's name.
    pub scenario: String,
    /// The run's number.
    pub run: RunId,
    /// How it ended.
    pub status: RunStatus,
    /// When it began, in microseconds since 1970.
    pub started_us: i64,
    /// The version of the scenario's type.
    pub version: Option<VersionId>,
}

/// An input that differs.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ComparedInput {
    /// The input's name.
    pub node: String,
    /// A summary of the value in each run; `None` if a run has no such input.
    pub values: Vec<Option<String>>,
}

/// An output of the compared runs.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ComparedNode {
    /// The output's name.
    pub node: String,
    /// Whether the content is the same in all runs.
    pub equal: bool,
    /// A summary of the value in each run; `None` if a run has no value.
    pub values: Vec<Option<String>>,
    /// The hash of the content in each run; `None` if a run has no value.
    pub contents: Vec<Option<Hash>>,
    /// For tables: the difference of each run's table from the first run's; `None` if they are equal or one is missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<Option<TableDifference>>,
    /// The results of custom comparisons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub compared: Vec<CustomComparison>,
    /// Why runs could not be compared, as sentences, such as a result that the store no longer has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// The results of a custom comparison.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct CustomComparison {
    /// The comparison's name.
    pub name: String,
    /// For each run, its comparison with the first run; `None` if a value is missing.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Option<serde_json::Value>>))]
    pub values: Vec<Option<ComparedValue>>,
}

/// The result of a custom comparison of two values. It displays as JSON; a string displays without quotes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct ComparedValue(serde_json::Value);

impl ComparedValue {
    /// Deserializes the value; `None` if it is not a valid `T`.
    pub fn get<T: DeserializeOwned>(&self) -> Option<T> {
        T::deserialize(&self.0).ok()
    }
}

impl fmt::Display for ComparedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            serde_json::Value::String(text) => f.write_str(text),
            value => write!(f, "{value}"),
        }
    }
}

/// A KPI of the compared runs.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ComparedKpi {
    /// The node, or the node and field: `segment.mean`.
    pub kpi: String,
    /// The unit of the values.
    pub unit: String,
    /// Whether higher or lower values are better.
    pub better: Better,
    /// The value in each run.
    pub values: Vec<Option<Number>>,
    /// The difference of each value from the first run's.
    pub changes: Vec<Option<Number>>,
    /// The index of the run with the best value; the first one if several are equal.
    pub best: Option<usize>,
}

/// A node's value in one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct HistoryPoint {
    /// The run's number.
    pub run: RunId,
    /// When the run began, in microseconds since 1970.
    pub started_us: i64,
    /// Who submitted the run.
    pub author: String,
    /// The version of the scenario's type.
    pub version: Option<VersionId>,
    /// How the job that makes the node ended; `None` for an input.
    pub status: Option<JobStatus>,
    /// Why that job ran or was skipped; `None` for an input.
    pub reason: Option<String>,
    /// A summary of the value; `None` if the run has no value of the node.
    pub value: Option<String>,
    /// The hash of the content.
    pub content: Option<Hash>,
    /// Whether the content differs from the previous run that has a value.
    pub changed: bool,
}

impl Store {
    /// Sets up a comparison of runs of scenarios of type `S`.
    ///
    /// Each name stands for a scenario's latest completed run that included all jobs or, if the scenario has no such
    /// run, for its latest run. A number that is not the name of a scenario stands for the run with that number.
    pub fn compare<S: ScenarioType>(&self, names: &[&str]) -> Compare<'_> {
        self.compare_on(S::graph(), names)
    }

    /// As [`Store::compare`], for scenarios with this graph.
    pub fn compare_on(&self, graph: &Arc<Graph>, names: &[&str]) -> Compare<'_> {
        Compare {
            store: self,
            graph: graph.clone(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            keys: HashMap::new(),
            tables: true,
            comparators: Vec::new(),
        }
    }
}

impl Compare<'_> {
    /// Matches the rows of a node's table by these columns, instead of those with `#[row(key)]`.
    pub fn keys(mut self, node: &str, columns: &[&str]) -> Self {
        self.keys.insert(node.into(), columns.iter().map(|column| (*column).to_owned()).collect());
        self
    }

    /// Compares tables only by their content hashes, not row by row.
    pub fn without_tables(mut self) -> Self {
        self.tables = false;
        self
    }

    /// Adds a custom comparison: a function of a node's value in the first run and in another run. The returned value
    /// is shown in reports and is part of the JSON.
    pub fn with<T: 'static, D: Serialize>(
        mut self,
        node: &str,
        name: &str,
        compare: impl Fn(&T, &T) -> D + Send + Sync + 'static,
    ) -> Self {
        self.comparators.push(Comparator::new(node, name, compare));
        self
    }

    /// Adds several custom comparisons.
    pub fn with_all(mut self, comparators: &[Comparator]) -> Self {
        self.comparators.extend(comparators.iter().cloned());
        self
    }

    /// Compares the runs.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NothingToCompare`] if there are fewer than two names, [`Error::NoScenario`], [`Error::NoRun`]
    /// or [`Error::NeverRun`] if a run does not exist, [`Error::OtherType`] if a scenario has another type,
    /// [`Error::NoNode`] if a key or a custom comparison refers to an output that does not exist, and an error if a key
    /// column does not exist or the store can't be read.
    pub fn run(self) -> Result<Comparison> {
        if self.names.len() < 2 {
            return Err(Error::NothingToCompare);
        }
        let runs: Vec<Run> = self.names.iter().map(|name| self.find(name)).collect::<Result<_>>()?;
        for name in self.keys.keys().chain(self.comparators.iter().map(|comparator| &comparator.node)) {
            if self.graph.node(name).is_none_or(Node::is_input) {
                let names = self.graph.nodes().iter().filter(|node| !node.is_input()).map(Node::name);
                let suggestion = skipstone_wiring::suggestion(name, names);
                let scenario_type = self.graph.name().into();
                return Err(Error::NoNode { scenario_type, what: "output", node: name.clone(), suggestion });
            }
        }
        let code = runs.iter().map(|run| self.code(&runs[0], run)).collect::<Result<_>>()?;
        Ok(Comparison {
            inputs: inputs(&runs),
            code,
            nodes: self.nodes(&runs)?,
            kpis: kpis(&runs),
            runs: runs
                .into_iter()
                .map(|run| ComparedRun {
                    run: run.id,
                    status: run.status,
                    started_us: crate::registry::micros(run.started),
                    version: run.version,
                    scenario: run.scenario,
                })
                .collect(),
        })
    }

    fn find(&self, name: &str) -> Result<Run> {
        let number = name
            .parse::<i64>()
            .ok()
            .filter(|_| self.store.registry().scenario(name).is_ok_and(|it| it.is_none()));
        let run = match number {
            Some(number) => self.store.run(RunId(number))?,
            None => self.latest(&Instance::open(self.store, &self.graph, name)?)?,
        };
        if run.scenario_type != self.graph.name() {
            let (name, expected) = (run.scenario, self.graph.name().into());
            return Err(Error::OtherType { name, found: run.scenario_type, expected });
        }
        Ok(run)
    }

    /// Returns the latest completed run that included all jobs or, if there isn't one, the latest run.
    fn latest(&self, instance: &Instance) -> Result<Run> {
        for info in instance.runs(None)?.into_iter().filter(|run| run.status == RunStatus::Completed) {
            let run = self.store.run(info.run)?;
            let mut nodes = self.graph.nodes().iter().filter(|node| !node.is_input());
            if nodes.all(|node| job_of(&run, &self.graph, node.name()).is_some()) {
                return Ok(run);
            }
        }
        instance.last_run()
    }

    fn code(&self, first: &Run, run: &Run) -> Result<Vec<VersionChange>> {
        match (first.version, run.version) {
            (Some(from), Some(to)) if from != to => Ok(self.store.version_diff(from, to)?.changes),
            _ => Ok(Vec::new()),
        }
    }

    fn nodes(&self, runs: &[Run]) -> Result<Vec<ComparedNode>> {
        let mut names: Vec<&str> =
            self.graph.nodes().iter().filter(|node| !node.is_input()).map(Node::name).collect();
        // Outputs of earlier versions are compared as well.
        for output in runs.iter().flat_map(|run| &run.jobs).flat_map(|job| &job.outputs) {
            if !names.contains(&output.node.as_str()) {
                names.push(&output.node);
            }
        }
        names.into_iter().map(|name| self.node(name, runs)).collect()
    }

    fn node(&self, name: &str, runs: &[Run]) -> Result<ComparedNode> {
        let output = |run: &Run| {
            run.jobs.iter().flat_map(|job| &job.outputs).find(|output| output.node == name).cloned()
        };
        let outputs: Vec<_> = runs.iter().map(output).collect();
        let contents: Vec<Option<Hash>> =
            outputs.iter().map(|output| output.as_ref().map(|output| output.value.content())).collect();
        let mut compared = ComparedNode {
            node: name.into(),
            equal: contents.iter().all(|content| content.is_some() && *content == contents[0]),
            values: outputs
                .iter()
                .map(|output| output.as_ref().map(|output| output.value.summary.clone()))
                .collect(),
            contents,
            tables: Vec::new(),
            compared: Vec::new(),
            problems: Vec::new(),
        };
        let Some(node) = self.graph.node(name) else { return Ok(compared) };
        let comparators: Vec<&Comparator> =
            self.comparators.iter().filter(|comparator| comparator.node == name).collect();
        let keys = self.keys.get(name);
        let tables = self.tables && !compared.equal && !node.data.columns.is_empty();
        if !tables && comparators.is_empty() {
            return Ok(compared);
        }
        let values: Vec<Option<Value>> = runs
            .iter()
            .zip(&outputs)
            .map(|(run, output)| {
                match output.as_ref().map(|output| self.value(run, node, output.value.hash)) {
                    None => None,
                    Some(Ok(value)) => Some(value),
                    Some(Err(error)) => {
                        compared.problems.push(format!("run {}: {error}", run.id));
                        None
                    }
                }
            })
            .collect();
        if tables {
            for (value, content) in values.iter().zip(&compared.contents) {
                let pair =
                    values[0].as_ref().zip(value.as_ref()).filter(|_| *content != compared.contents[0]);
                let difference = pair.and_then(|(first, value)| {
                    first.difference(value, keys.map(Vec::as_slice).unwrap_or_default())
                });
                compared.tables.push(difference.transpose()?);
            }
        }
        for comparator in comparators {
            let mut values_of = Vec::new();
            for value in &values {
                let pair = values[0].as_ref().zip(value.as_ref());
                values_of.push(pair.map(|(first, value)| (comparator.compare)(first, value)).transpose()?);
            }
            compared.compared.push(CustomComparison { name: comparator.name.clone(), values: values_of });
        }
        Ok(compared)
    }

    /// Loads the value that a node had in a run.
    fn value(&self, run: &Run, node: &Node, hash: Hash) -> Result<Value> {
        Instance::open(self.store, &self.graph, &run.scenario)?.load(node, hash)
    }
}

fn inputs(runs: &[Run]) -> Vec<ComparedInput> {
    let mut names: Vec<&str> = Vec::new();
    for input in runs.iter().flat_map(|run| &run.inputs) {
        if !names.contains(&input.node.as_str()) {
            names.push(&input.node);
        }
    }
    let of = |run: &Run, name: &str| {
        run.inputs
            .iter()
            .find(|input| input.node == name)
            .map(|input| (input.value.hash, input.value.summary.clone()))
    };
    names
        .into_iter()
        .filter_map(|name| {
            let found: Vec<_> = runs.iter().map(|run| of(run, name)).collect();
            let content = |found: &Option<(Hash, String)>| found.as_ref().map(|(content, _)| *content);
            if found.iter().all(|one| content(one) == content(&found[0])) {
                return None;
            }
            // Files of the same name are distinguished by their contents.
            let same_summary =
                found.iter().all(|one| one.as_ref().map(|it| &it.1) == found[0].as_ref().map(|it| &it.1));
            let summary = |(content, value): (Hash, String)| match same_summary {
                true => format!("{value} ({})", content.short()),
                false => value,
            };
            Some(ComparedInput {
                node: name.into(),
                values: found.into_iter().map(|one| one.map(summary)).collect(),
            })
        })
        .collect()
}

fn kpis(runs: &[Run]) -> Vec<ComparedKpi> {
    let mut known: Vec<&KpiValue> = Vec::new();
    for kpi in runs.iter().flat_map(|run| &run.kpis) {
        if !known.iter().any(|other| other.kpi == kpi.kpi) {
            known.push(kpi);
        }
    }
    known
        .into_iter()
        .map(|kpi| {
            let of =
                |run: &Run| run.kpis.iter().find(|other| other.kpi == kpi.kpi).and_then(|other| other.value);
            let values: Vec<Option<Number>> = runs.iter().map(of).collect();
            let changes = values.iter().map(|value| Some((*value)?.minus(values[0]?))).collect();
            let better = |a: Number, b: Number| if kpi.better == Better::Lower { a < b } else { a > b };
            let mut best: Option<(usize, Number)> = None;
            for (place, value) in values.iter().enumerate() {
                if let Some(value) = value.filter(|value| !value.is_nan())
                    && best.is_none_or(|(_, known)| better(value, known))
                {
                    best = Some((place, value));
                }
            }
            ComparedKpi {
                kpi: kpi.kpi.clone(),
                unit: kpi.unit.clone(),
                better: kpi.better,
                values,
                changes,
                best: best.map(|(place, _)| place),
            }
        })
        .collect()
}

impl Instance {
    /// Returns the value of a node in each run of the scenario, the earliest first. Runs without the node are left out.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoNode`] if neither the scenario nor any of its runs has the node, and an error if the store
    /// can't be read.
    pub fn history(&self, node: &str) -> Result<Vec<HistoryPoint>> {
        let node = self.graph.name_of(node);
        let store = &self.store;
        let mut points: Vec<HistoryPoint> = Vec::new();
        let mut last = None;
        for info in self.runs(None)?.into_iter().rev() {
            let run = store.run(info.run)?;
            let input = run.inputs.iter().find(|input| input.node == node);
            let job = run.jobs.iter().find(|job| job.outputs.iter().any(|output| output.node == node));
            let job = job.or_else(|| job_of(&run, &self.graph, node));
            if input.is_none() && job.is_none() {
                continue;
            }
            let output = job.and_then(|job| job.outputs.iter().find(|output| output.node == node));
            let of_run = input.map(|input| &input.value).or(output.map(|output| &output.value));
            let content = of_run.map(ValueRef::content);
            points.push(HistoryPoint {
                run: run.id,
                started_us: info.started_us,
                author: info.author,
                version: info.version,
                status: job.map(|job| job.status),
                reason: job.map(|job| job.reason.to_string()),
                value: of_run.map(|value| value.summary.clone()),
                content,
                changed: content.is_some() && last.is_some() && content != last,
            });
            last = content.or(last);
        }
        if points.is_empty() {
            self.find(node, "node")?;
        }
        Ok(points)
    }
}

/// Returns the job that makes this node, in whichever arm of a branch.
fn job_of<'a>(run: &'a Run, graph: &Graph, node: &str) -> Option<&'a JobReport> {
    graph.makers_of(node).find_map(|call| run.job(&call.name))
}
