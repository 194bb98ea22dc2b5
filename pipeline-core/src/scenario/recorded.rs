//! Recording a run: its beginning and its end.

use super::Instance;
use super::inputs::Found;
use super::run::{KpiValue, Run, RunFailed, RunInput};
use crate::data::Number;
use crate::engine::journal_of_runs::{self as journal, RunBegins, RunEnds};
use crate::engine::{Finished, JobReport, JobStates, JobStatus, RunStatus};
use crate::graph::{Graph, Kpi};
use crate::registry::{KpiRow, RegistryError, RunId, ScenarioRow, VersionId};
use crate::scenario::error::{Error, Result};
use crate::store::Hash;
use std::time::{Instant, SystemTime};

impl RunInput {
    /// Returns the available inputs of a graph, in the graph's order.
    pub(super) fn all(graph: &Graph, inputs: &[Found]) -> Vec<RunInput> {
        // A part is recorded with the input that it is a part of.
        let nodes = graph.nodes().iter().zip(inputs).filter(|(node, _)| node.part.is_none());
        nodes
            .filter_map(|(node, input)| Some((node, input.as_ref().ok()?)))
            .map(|(node, input)| RunInput { node: node.name().into(), value: input.reference.clone() })
            .collect()
    }
}

/// The start of a submission: the system time, and a monotonic instant to measure its duration.
pub(super) struct Clock {
    started: SystemTime,
    since: Instant,
}

impl Clock {
    pub(super) fn start() -> Clock {
        Clock { started: SystemTime::now(), since: Instant::now() }
    }
}

/// A run that has begun.
pub(super) struct Began {
    pub(super) clock: Clock,
    pub(super) version: i64,
    pub(super) session: String,
    pub(super) inputs: Vec<RunInput>,
    /// The run's number, or why its beginning could not be recorded.
    pub(super) id: Result<i64, RegistryError>,
}

impl Began {
    /// Records the beginning of a run.
    pub(super) fn record(
        instance: &Instance,
        row: &ScenarioRow,
        clock: Clock,
        inputs: Vec<RunInput>,
    ) -> Result<Began> {
        let (version, session) =
            (instance.store.version_of(&instance.graph)?, instance.store.results().session()?);
        let mut began = Began { clock, version: version.0, session, inputs, id: Ok(0) };
        began.id = match began.begin(instance, row) {
            Ok(Some(id)) => Ok(id),
            Ok(None) => return Err(instance.store.no_scenario(&instance.name)),
            // The run goes on: its results are useful even if it can't be recorded.
            Err(error) => Err(error),
        };
        Ok(began)
    }

    fn begin(&self, instance: &Instance, row: &ScenarioRow) -> Result<Option<i64>, RegistryError> {
        let begins = RunBegins {
            scenario: row.id,
            version: self.version,
            started: self.clock.started,
            author: instance.store.author(),
            session: &self.session,
            inputs: &self.inputs,
        };
        journal::begin(instance.store.registry(), &begins)
    }
}

impl Run {
    /// Records the end of a run in the registry, and calls `warn` for each KPI that can't be read.
    pub(super) fn record(
        instance: &Instance,
        row: &ScenarioRow,
        began: Began,
        before: &JobStates,
        finished: Finished,
        warn: impl Fn(&str),
    ) -> Result<Run> {
        let (kpis, mut warnings) = kpi_rows(instance, &finished, began.version);
        warnings.iter().for_each(|warning| warn(warning));
        let Finished { jobs, states, results, warnings: of_jobs } = finished;
        warnings.splice(0..0, of_jobs);
        let status = RunStatus::of(jobs.iter().map(|job| job.status));
        let wall = began.clock.since.elapsed();
        let values = kpis.iter().map(KpiValue::of).collect();
        let gone = before.gone_parts(&instance.graph);
        let ends =
            RunEnds { status, took: wall, warnings: &warnings, jobs: &jobs, states, gone, results, kpis };
        let id = match &began.id {
            Ok(id) => Ok(*id),
            Err(_) => began.begin(instance, row).map(Option::unwrap_or_default),
        };
        let id =
            id.and_then(|id| journal::end(instance.store.registry(), row.id, id, ends, before).map(|()| id));
        let (id, failed) = match id {
            Ok(id) => (id, None),
            Err(error) => (0, Some(error)),
        };
        let run = Run {
            scenario: instance.name().into(),
            scenario_type: instance.graph().name().into(),
            id: RunId(id),
            status,
            version: Some(VersionId(began.version)),
            author: instance.store.author().into(),
            inputs: began.inputs,
            started: began.clock.started,
            wall,
            written: written(&jobs),
            peak_memory: peak_memory(),
            jobs,
            warnings,
            kpis: values,
        };
        match failed {
            None => Ok(run),
            Some(source) => Err(Error::NotRecorded { run: Box::new(run), source }),
        }
    }

    pub(super) fn into_result(self) -> Result<Run> {
        match self.status {
            RunStatus::Completed | RunStatus::Running => Ok(self),
            RunStatus::Canceled => Err(Error::Canceled { run: Box::new(self) }),
            RunStatus::Failed => Err(Error::Failed(RunFailed { run: Box::new(self) })),
        }
    }
}

/// Returns the number of bytes that jobs wrote to the store.
pub(super) fn written(jobs: &[JobReport]) -> u64 {
    jobs.iter()
        .filter(|job| job.status == JobStatus::Completed)
        .flat_map(|job| &job.outputs)
        .map(|output| output.value.bytes)
        .sum()
}

/// Returns the peak memory use of this process, in bytes.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// Returns the KPIs of a run that has ended, and warnings for those that could not be read.
pub(super) fn kpi_rows(instance: &Instance, finished: &Finished, version: i64) -> (Vec<KpiRow>, Vec<String>) {
    let (mut rows, mut warnings) = (Vec::new(), Vec::new());
    for kpi in &instance.graph.kpis {
        let node = &instance.graph.nodes[kpi.node];
        let outputs = finished.jobs.iter().flat_map(|job| &job.outputs);
        let Some(output) = outputs.into_iter().find(|output| output.node == node.name) else { continue };
        // A KPI that can't be read is recorded as missing and without its content, so the next run reads it again.
        let (value, content) = match read(instance, kpi, output.value.hash, version) {
            Ok(value) => (value, output.value.hash.to_string()),
            Err(error) => {
                warnings.push(format!("KPI `{}` can't be read: {error}", kpi.name));
                (None, String::new())
            }
        };
        rows.push(KpiRow {
            name: kpi.name.clone(),
            content,
            value,
            unit: kpi.unit.clone(),
            better: kpi.better.as_str().into(),
        });
    }
    (rows, warnings)
}

/// Returns the number for a KPI. If the KPI is a field, the version determines how it is read, so the number recorded
/// earlier for the same content and version is used.
fn read(
    instance: &Instance,
    kpi: &Kpi,
    content: Hash,
    version: i64,
) -> Result<Option<Number>, Box<dyn std::error::Error + Send + Sync>> {
    if kpi.field
        && let Some(known) = instance.store.registry().known_kpi(&kpi.name, &content.to_string(), version)?
    {
        return Ok(known);
    }
    let node = &instance.graph.nodes[kpi.node];
    (kpi.read)(&instance.load(node, content)?)
}
