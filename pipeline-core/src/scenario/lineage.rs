//! Lineage: the sources of a value, and the values derived from one.

use super::columns::ColumnLineage;
use super::wired_parts::with_parts;
use super::{Instance, Run, Store};
use crate::data::InputFile;
use crate::engine::{JobError, JobReport, JobStatus, OutputReport};
use crate::graph::parts::name_of_part;
use crate::graph::{WiredCall, Wiring};
use crate::registry::RecordedRun;
use crate::registry::{RunId, VersionId};
use crate::scenario::error::{Error, Result};
use crate::store::Hash;
use serde::Serialize;
use std::collections::{HashMap, HashSet, VecDeque};
use std::path::Path;

/// The lineage of a value: the nodes and jobs that lead from the sources to it, each after those that it depends on.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Lineage {
    /// The scenario's name.
    pub scenario: String,
    /// The scenario's type.
    #[serde(rename = "type")]
    pub scenario_type: String,
    /// The run that produced the value.
    pub run: RunId,
    /// When the run began, in microseconds since 1970.
    pub started_us: i64,
    /// Who submitted the run.
    pub author: String,
    /// The version of the scenario's type.
    pub version: VersionId,
    /// The commit that the program was compiled from, if known.
    pub commit: Option<String>,
    /// The node whose lineage this is; `None` for all nodes of the run.
    pub node: Option<String>,
    /// The values, sources first.
    pub nodes: Vec<LineageNode>,
    /// The jobs in running order.
    pub jobs: Vec<LineageJob>,
}

/// A value in a [`Lineage`].
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct LineageNode {
    /// The node's name.
    pub node: String,
    /// The node's type.
    #[serde(rename = "type")]
    pub ty: String,
    /// Whether the node is an input of the scenario.
    pub input: bool,
    /// The hash of the content.
    pub content: Hash,
    /// A summary of the value.
    pub value: String,
    /// The size of an output in the store, in bytes; `None` for inputs.
    pub bytes: Option<u64>,
    /// The number of rows of an output that is a table.
    pub rows: Option<u64>,
    /// The files that an input refers to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<InputFile>,
    /// The columns of a table: name, type, and whether values may be missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<(String, String, bool)>,
}

/// A job in a [`Lineage`].
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct LineageJob {
    /// The job's name.
    pub job: String,
    /// The path of the task's function.
    pub task: String,
    /// The fingerprint of the task's code.
    pub code: String,
    /// The pinned version of the task, which replaces the code in the cache key.
    pub pinned: Option<String>,
    /// How the job ended in the run.
    pub status: JobStatus,
    /// Why the job ran or was skipped.
    pub reason: String,
    /// The cache key of the result.
    pub key: Option<Hash>,
    /// The parameter and the node of each argument.
    pub arguments: Vec<(String, String)>,
    /// The nodes that the job makes.
    pub outputs: Vec<String>,
    /// The lineage of the columns of its tables.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<ColumnLineage>,
    /// When the job began in this run, in microseconds since 1970.
    pub started_us: i64,
    /// How long the job took in this run, in microseconds.
    pub duration_us: i64,
    /// For a skipped job: where and when its result was computed.
    pub made: Option<ComputedIn>,
    /// Why the job failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<JobError>,
}

/// Where and when a stored result was computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ComputedIn {
    /// The scenario.
    pub scenario: String,
    /// When the computation began, in microseconds since 1970.
    pub started_us: i64,
    /// How long it took, in microseconds.
    pub duration_us: i64,
}

/// The values derived from a value or a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Descendants {
    /// The hash or path that was looked up.
    pub of: String,
    /// The nodes that had the value itself.
    pub origins: Vec<Descendant>,
    /// The nodes derived from it, directly or indirectly, in any scenario: one entry for each scenario, node and
    /// content, with the latest run.
    pub descendants: Vec<Descendant>,
}

/// A value of a node in one or more runs of a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Descendant {
    /// The scenario's name.
    pub scenario: String,
    /// The latest run with this value.
    pub run: RunId,
    /// The number of runs of the scenario in which the node had this value.
    pub runs: u64,
    /// The node's name.
    pub node: String,
    /// The hash of the content.
    pub content: Hash,
    /// A summary of the value.
    pub value: String,
}

impl Instance {
    /// Returns the lineage of a node's latest value.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoNode`] if the scenario has no such node, [`Error::NoValue`] if no run has a value of it, and
    /// an error if the store can't be read.
    pub fn lineage(&self, node: &str) -> Result<Lineage> {
        let with_part = self.with_part(node)?;
        let node = with_part.find(node, "node")?.name();
        for info in self.runs(None)? {
            let run = self.store.run(info.run)?;
            if has_value(&run, node) || !parts_of(&run, node).is_empty() {
                return self.store.lineage_in(&run, Some(node));
            }
        }
        let why = "no run has a value of it; run the scenario".into();
        Err(Error::NoValue { scenario: self.name.clone(), node: node.into(), why })
    }
}

impl Store {
    /// Returns the lineage of all values of a run, or of one node's value.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoRun`] if the store has no such run, [`Error::NoValue`] if the run has no value of the node,
    /// and an error if the store can't be read.
    pub fn lineage(&self, run: RunId, node: Option<&str>) -> Result<Lineage> {
        self.lineage_in(&self.run(run)?, node)
    }

    /// Returns the lineage of a value in the latest run that has it. `content` is the value's hash or a prefix of the
    /// hash.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoContent`] if no run has the value, and an error if the store can't be read.
    pub fn lineage_of(&self, content: &str) -> Result<Lineage> {
        let found = self.registry().submissions_with(content)?;
        for row in found.into_iter().rev() {
            let run = Run::of(self, row)?;
            let outputs = run.jobs.iter().flat_map(|job| &job.outputs);
            let output =
                outputs.into_iter().find(|output| output.value.hash.to_string().starts_with(content));
            let input = || run.inputs.iter().find(|input| input.value.hash.to_string().starts_with(content));
            let node =
                output.map(|output| &output.node).or_else(|| input().map(|input| &input.node)).cloned();
            if let Some(node) = node {
                return self.lineage_in(&run, Some(&node));
            }
        }
        Err(Error::NoContent { content: content.into() })
    }

    fn lineage_in(&self, run: &Run, node: Option<&str>) -> Result<Lineage> {
        let Some(version) = run.version else {
            let why = "it was recorded without its version".into();
            return Err(Error::UnreadableRow { what: format!("the lineage of run {}", run.id), why });
        };
        let row = self.registry().version(version.0)?.ok_or(Error::NoVersion { version })?;
        let wiring = with_parts(self.wiring(version)?, run);
        let parts = node.map(|node| parts_of(run, node)).unwrap_or_default();
        if let Some(node) = node.filter(|node| parts.is_empty() && !has_value(run, node)) {
            let why = format!("run {} has no value of it", run.id);
            return Err(Error::NoValue { scenario: run.scenario.clone(), node: node.into(), why });
        }
        let needed = node.map(|node| needed(&wiring, run, node, parts));
        let is_needed = |name: &str| needed.as_ref().is_none_or(|needed| needed.contains(name));
        let mut lineage = Lineage {
            scenario: run.scenario.clone(),
            scenario_type: run.scenario_type.clone(),
            run: run.id,
            started_us: crate::registry::micros(run.started),
            author: run.author.clone(),
            version,
            commit: row.source,
            node: node.map(str::to_owned),
            nodes: Vec::new(),
            jobs: Vec::new(),
        };
        for input in run.inputs.iter().filter(|input| is_needed(&input.node)) {
            let wired = wiring.node(&input.node);
            lineage.nodes.push(LineageNode {
                node: input.node.clone(),
                ty: wired.map(|node| node.ty.clone()).unwrap_or_default(),
                input: true,
                content: input.value.hash,
                value: input.value.summary.clone(),
                bytes: None,
                rows: None,
                files: input.value.files.clone(),
                columns: wired.map(|node| node.columns.clone()).unwrap_or_default(),
            });
        }
        for call in wiring.calls.iter().filter(|call| call.outputs.iter().any(|output| is_needed(output))) {
            let Some(report) = run.job(&call.name) else { continue };
            for output in report.outputs.iter().filter(|output| is_needed(&output.node)) {
                lineage.nodes.push(output_node(&wiring, output));
            }
            lineage.jobs.push(LineageJob {
                job: call.name.clone(),
                task: call.task.clone(),
                code: call.code.clone(),
                pinned: call.version.clone(),
                status: report.status,
                reason: report.reason.to_string(),
                key: report.key,
                arguments: call.arguments.clone(),
                outputs: call.outputs.clone(),
                columns: self.column_lineage(run, &wiring, call),
                started_us: report.started_us,
                duration_us: crate::registry::micros_of(report.duration),
                made: self.made_in(report.status, report.key)?,
                error: report.error.clone(),
            });
        }
        Ok(lineage)
    }

    /// Returns where and when the result of a skipped job was computed.
    fn made_in(&self, status: JobStatus, key: Option<Hash>) -> Result<Option<ComputedIn>> {
        let Some(key) = key.filter(|_| status == JobStatus::Skipped) else { return Ok(None) };
        let row = self.registry().result(&key.to_string())?;
        Ok(row.map(|row| ComputedIn {
            scenario: row.scenario,
            started_us: row.made,
            duration_us: row.duration,
        }))
    }

    /// Returns the values derived from a value, in all scenarios. `content` is the value's hash or a prefix of the
    /// hash.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoContent`] if no run has the value, and an error if the store can't be read.
    pub fn derived_from(&self, content: &str) -> Result<Descendants> {
        let found = self.registry().submissions_with(content)?;
        let is_it = |hash: &Hash| hash.to_string().starts_with(content);
        self.descendants(content, found, |run| {
            let inputs = run.inputs.iter().filter(|input| {
                is_it(&input.value.hash) || input.value.files.iter().any(|file| is_it(&file.content))
            });
            let outputs =
                run.jobs.iter().flat_map(|job| &job.outputs).filter(|output| is_it(&output.value.hash));
            inputs.map(|input| &input.node).chain(outputs.map(|output| &output.node)).cloned().collect()
        })
    }

    /// Returns the values derived from a file, with any content that it ever had, in all scenarios. `path` is the
    /// file's path, or the value that the input was set to.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoContent`] if no run has read the file, and an error if the store can't be read.
    pub fn derived_from_file(&self, path: &Path) -> Result<Descendants> {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.into());
        let text = absolute.to_string_lossy().into_owned();
        // Inputs keep their paths as given, which may be relative to another folder.
        let given = path.to_string_lossy().into_owned();
        let json = |text: &String| serde_json::to_string(text).unwrap_or_default();
        let mut found = self.registry().submissions_with(&json(&text))?;
        for row in self.registry().submissions_with(&json(&given))? {
            if found.iter().all(|known| known.id != row.id) {
                found.push(row);
            }
        }
        found.sort_by_key(|row| row.id);
        let is_it = |input: &&super::RunInput| {
            !input.value.files.is_empty()
                && (input.value.summary == given || input.value.files.iter().any(|file| file.path == text))
        };
        self.descendants(&text, found, |run| {
            run.inputs.iter().filter(is_it).map(|input| input.node.clone()).collect()
        })
    }

    /// Returns the values derived from the nodes that `start` returns for each of the runs in `found`.
    fn descendants(
        &self,
        of: &str,
        found: Vec<RecordedRun>,
        start: impl Fn(&Run) -> Vec<String>,
    ) -> Result<Descendants> {
        let mut gathered = Gathered::default();
        let mut open: VecDeque<Hash> = VecDeque::new();
        let mut seen: HashSet<Hash> = HashSet::new();
        for row in found {
            let run = Run::of(self, row)?;
            for node in start(&run) {
                gathered.origin(&run, &node);
                open.extend(
                    self.gather(&run, &node, &mut gathered)?.into_iter().filter(|it| seen.insert(*it)),
                );
            }
        }
        if gathered.origins.is_empty() {
            return Err(Error::NoContent { content: of.into() });
        }
        // A derived value may have been written to an input of another scenario.
        let mut readers: HashMap<String, Vec<i64>> = HashMap::new();
        for (run, content) in self.registry().input_contents()? {
            readers.entry(content).or_default().push(run);
        }
        while let Some(content) = open.pop_front() {
            for &number in readers.get(&content.to_string()).into_iter().flatten() {
                let run = self.run(RunId(number))?;
                let inputs = run.inputs.iter().filter(|input| input.value.hash == content);
                for node in inputs.map(|input| input.node.clone()).collect::<Vec<_>>() {
                    let made = self.gather(&run, &node, &mut gathered)?;
                    open.extend(made.into_iter().filter(|made| seen.insert(*made)));
                }
            }
        }
        Ok(Descendants { of: of.into(), origins: gathered.origins, descendants: gathered.descendants })
    }

    /// Records the values that a run derived from one of its nodes, and returns their contents.
    fn gather(&self, run: &Run, node: &str, gathered: &mut Gathered) -> Result<Vec<Hash>> {
        let Some(version) = run.version else { return Ok(Vec::new()) };
        let wiring = with_parts(self.wiring(version)?, run);
        let mut contents = Vec::new();
        for call in wiring.downstream_where(node, |call| may_run(call, run)) {
            let Some(report) = run.job(&call.name) else { continue };
            for output in &report.outputs {
                gathered.descendant(run, output);
                contents.push(output.value.hash);
            }
        }
        Ok(contents)
    }
}

/// Values collected by scenario, node and content.
#[derive(Default)]
struct Gathered {
    origins: Vec<Descendant>,
    descendants: Vec<Descendant>,
    places: HashMap<(bool, String, String, Hash), usize>,
    /// The runs already counted, so that two paths to a value in one run count once.
    counted: HashSet<(bool, i64, String)>,
}

impl Gathered {
    fn origin(&mut self, run: &Run, node: &str) {
        let output = run.jobs.iter().flat_map(|job| &job.outputs).find(|output| output.node == node);
        let input = || run.inputs.iter().find(|input| input.node == node);
        let found = output
            .map(|output| (output.value.hash, output.value.summary.clone()))
            .or_else(|| input().map(|input| (input.value.hash, input.value.summary.clone())));
        if let Some((content, value)) = found {
            self.add(true, run, node, content, value);
        }
    }

    fn descendant(&mut self, run: &Run, output: &OutputReport) {
        self.add(false, run, &output.node, output.value.hash, output.value.summary.clone());
    }

    fn add(&mut self, origin: bool, run: &Run, node: &str, content: Hash, value: String) {
        if !self.counted.insert((origin, run.id.0, node.to_owned())) {
            return;
        }
        let list = if origin { &mut self.origins } else { &mut self.descendants };
        let key = (origin, run.scenario.clone(), node.to_owned(), content);
        if let Some(&place) = self.places.get(&key) {
            let known = &mut list[place];
            known.run = known.run.max(run.id);
            known.runs += 1;
            return;
        }
        self.places.insert(key, list.len());
        let (scenario, node) = (run.scenario.clone(), node.to_owned());
        list.push(Descendant { scenario, run: run.id, runs: 1, node, content, value });
    }
}

fn output_node(wiring: &Wiring, output: &OutputReport) -> LineageNode {
    let wired = wiring.node(&output.node);
    LineageNode {
        node: output.node.clone(),
        ty: wired.map(|node| node.ty.clone()).unwrap_or_default(),
        input: false,
        content: output.value.hash,
        value: output.value.summary.clone(),
        bytes: Some(output.value.bytes),
        rows: output.value.rows,
        files: Vec::new(),
        columns: wired.map(|node| node.columns.clone()).unwrap_or_default(),
    }
}

/// Whether a run has a value of the node.
fn has_value(run: &Run, node: &str) -> bool {
    run.inputs.iter().any(|input| input.node == node)
        || run.jobs.iter().flat_map(|job| &job.outputs).any(|output| output.node == node)
}

/// Returns whether the call was not in an arm of a branch that the run left out.
fn may_run(call: &WiredCall, run: &Run) -> bool {
    call.condition.is_none() || run.job(&call.name).is_some()
}

/// Returns the parts of a node in a run.
fn parts_of(run: &Run, node: &str) -> Vec<String> {
    let jobs = run.jobs.iter().filter(|job| job.part.is_some());
    let outputs = jobs.flat_map(|job| job.outputs.iter().map(move |output| (job, output)));
    let is_part = |(job, output): &(&JobReport, &OutputReport)| {
        job.part.as_ref().is_some_and(|key| output.node == name_of_part(node, key))
    };
    outputs.filter(is_part).map(|(_, output)| output.node.clone()).collect()
}

/// Returns a node and all nodes that it depends on in a run.
fn needed(wiring: &Wiring, run: &Run, node: &str, parts: Vec<String>) -> HashSet<String> {
    let mut found: HashSet<String> = HashSet::from([node.to_owned()]);
    found.extend(parts);
    // In reverse order: the arguments of a call are made by earlier calls.
    for call in wiring.calls.iter().rev().filter(|call| may_run(call, run)) {
        let WiredCall { arguments, outputs, .. } = call;
        if outputs.iter().any(|output| found.contains(output)) {
            found.extend(arguments.iter().map(|(_, node)| node.clone()));
        }
    }
    found
}
