//! What a submission did.

use super::Instance;
use super::inputs::Found;
use super::kpi::{KpiValue, kpi_rows};
use crate::data::ValueRef;
use crate::engine::{Finished, JobReport, JobStates, JobStatus, RunStatus};
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::registry::{
    Begun, JobStateRow, Kept, RegistryError, ScenarioRow, SubmissionRow, micros, micros_of,
};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::{Duration, Instant, SystemTime};

/// What a submission did, job by job.
#[derive(Debug, Clone)]
pub struct Run {
    /// The scenario's name.
    pub scenario: String,
    /// The scenario's type.
    pub scenario_type: String,
    /// The submission's number in its store.
    pub id: i64,
    /// How the submission ended, or that it runs.
    pub status: RunStatus,
    /// The number of the version of the scenario's type.
    pub version: Option<i64>,
    /// Who submitted it.
    pub author: String,
    /// What it worked on.
    pub inputs: Vec<RunInput>,
    /// When it began.
    pub started: SystemTime,
    /// How long it took.
    pub wall: Duration,
    /// The bytes of the tables and values that were written to the store.
    pub written: u64,
    /// The most memory that the program has had in use since it began, in bytes, where the system tells.
    pub peak_memory: Option<u64>,
    /// The jobs in running order.
    pub jobs: Vec<JobReport>,
    /// What a person should know besides, as sentences.
    pub warnings: Vec<String>,
    /// The numbers that it is judged by.
    pub kpis: Vec<KpiValue>,
}

/// An input as a submission found it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunInput {
    /// The node.
    pub node: String,
    /// Its value.
    #[serde(flatten)]
    pub value: ValueRef,
}

impl RunInput {
    /// The inputs of a graph that are available, in their order.
    pub(super) fn all(graph: &Graph, inputs: &[Found]) -> Vec<RunInput> {
        let nodes = graph.nodes().iter().zip(inputs);
        nodes
            .filter_map(|(node, input)| Some((node, input.as_ref().ok()?)))
            .map(|(node, input)| RunInput { node: node.name().into(), value: input.reference.clone() })
            .collect()
    }
}

/// When a submission began, by both clocks.
pub(super) struct Clock {
    started: SystemTime,
    since: Instant,
}

impl Clock {
    pub(super) fn start() -> Clock {
        Clock { started: SystemTime::now(), since: Instant::now() }
    }
}

/// A submission that began.
pub(super) struct Began {
    pub(super) clock: Clock,
    pub(super) version: i64,
    pub(super) session: String,
    pub(super) inputs: Vec<RunInput>,
    /// Its number, where that could be kept.
    pub(super) id: Result<i64, RegistryError>,
}

impl Began {
    /// Keeps that a submission begins.
    pub(super) fn keep(
        instance: &Instance,
        row: &ScenarioRow,
        clock: Clock,
        inputs: Vec<RunInput>,
    ) -> Result<Began> {
        let (version, session) =
            (instance.store.version_of(&instance.graph)?, instance.store.results().session()?);
        let mut began = Began { clock, version, session, inputs, id: Ok(0) };
        began.id = match began.begin(instance, row) {
            Ok(Some(id)) => Ok(id),
            Ok(None) => return Err(instance.store.no_scenario(&instance.name)),
            // What is done is known to the next one, whether this one is recorded or not.
            Err(error) => Err(error),
        };
        Ok(began)
    }

    fn begin(&self, instance: &Instance, row: &ScenarioRow) -> Result<Option<i64>, RegistryError> {
        let inputs = serde_json::to_string(&self.inputs).unwrap_or_else(|_| "[]".into());
        instance.store.registry().begin_submission(&Begun {
            scenario: row.id,
            version: self.version,
            started: micros(self.clock.started),
            author: instance.store.author(),
            session: &self.session,
            inputs: &inputs,
        })
    }
}

impl Run {
    /// Keeps the end of a submission in the registry; tells of what is wrong with its KPIs.
    pub(super) fn keep(
        instance: &Instance,
        row: &ScenarioRow,
        began: Began,
        before: &JobStates,
        finished: Finished,
        warn: impl Fn(&str),
    ) -> Result<Run> {
        let (kpis, mut warnings) = kpi_rows(instance, &finished, began.version);
        warnings.iter().for_each(|warning| warn(warning));
        let Finished { jobs, states, results, warnings: told } = finished;
        warnings.splice(0..0, told);
        let status = RunStatus::of(jobs.iter().map(|job| job.status));
        let wall = began.clock.since.elapsed();
        let end = SubmissionRow {
            status: status.as_str().into(),
            duration: micros_of(wall),
            warnings: serde_json::to_string(&warnings).unwrap_or_else(|_| "[]".into()),
            jobs: serde_json::to_string(&jobs).unwrap_or_else(|_| "[]".into()),
        };
        let states: Vec<JobStateRow> = states
            .into_iter()
            .filter_map(|(job, state)| {
                let state = serde_json::to_string(&state).ok()?;
                Some(JobStateRow { unchanged: before.was(&job, &state), job, state })
            })
            .collect();
        let values = kpis.iter().map(KpiValue::of).collect();
        let kept = Kept { states, as_of: before.as_of, results, kpis };
        let id = match &began.id {
            Ok(id) => Ok(*id),
            Err(_) => began.begin(instance, row).map(Option::unwrap_or_default),
        };
        let id = id.and_then(|id| {
            instance.store.registry().end_submission(row.id, id, &end, &kept)?;
            Ok(id)
        });
        let (id, failed) = match id {
            Ok(id) => (id, None),
            Err(error) => (0, Some(error)),
        };
        let run = Run {
            scenario: instance.name().into(),
            scenario_type: instance.graph().name().into(),
            id,
            status,
            version: Some(began.version),
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

    /// The job with this name.
    pub fn job(&self, name: &str) -> Option<&JobReport> {
        self.jobs.iter().find(|job| job.name == name)
    }

    /// The names of the jobs whose function was called and returned a result.
    pub fn ran(&self) -> Vec<&str> {
        self.names(JobStatus::Completed)
    }

    /// The names of the jobs whose result was known.
    pub fn skipped(&self) -> Vec<&str> {
        self.names(JobStatus::Skipped)
    }

    fn names(&self, status: JobStatus) -> Vec<&str> {
        self.jobs.iter().filter(|job| job.status == status).map(|job| job.name.as_str()).collect()
    }

    /// The names of the jobs whose known result was made again to check it; none of them is among those that ran.
    pub fn rechecked(&self) -> Vec<&str> {
        self.jobs.iter().filter(|job| job.rechecked.is_some()).map(|job| job.name.as_str()).collect()
    }

    /// How long the tasks took that were not called, when their results were made: the time that
    /// skipping saved, added up over tasks.
    pub fn saved(&self) -> Duration {
        self.jobs.iter().filter_map(|job| job.saved).sum()
    }

    /// The jobs that failed.
    pub fn failed(&self) -> impl Iterator<Item = &JobReport> {
        self.jobs.iter().filter(|job| job.status == JobStatus::Failed)
    }
}

/// The bytes that jobs wrote to the store.
pub(super) fn written(jobs: &[JobReport]) -> u64 {
    jobs.iter()
        .filter(|job| job.status == JobStatus::Completed)
        .flat_map(|job| &job.outputs)
        .map(|output| output.value.bytes)
        .sum()
}

/// The most memory that this process has had in use, in bytes.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// A run in which jobs failed. Its source is the error of the first of them, as the task returned it.
#[derive(Clone)]
pub struct RunFailed {
    run: Box<Run>,
}

impl RunFailed {
    /// What was done.
    pub fn run(&self) -> &Run {
        &self.run
    }
}

/// As it is displayed: `main` shows the debug form of an error that it returns.
impl fmt::Debug for RunFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for RunFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.run.failed().next().is_none() {
            return write!(f, "scenario `{}`: jobs were abandoned; run it again", self.run.scenario);
        }
        for (i, job) in self.run.failed().enumerate() {
            let error = job.error.as_ref().map(|error| error.message.as_str()).unwrap_or_default();
            let joint = if i == 0 { "" } else { "\n" };
            write!(f, "{joint}scenario `{}`: task `{}` failed: {error}", self.run.scenario, job.name)?;
        }
        Ok(())
    }
}

impl std::error::Error for RunFailed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let error = self.run.failed().next()?.error.as_ref()?.source.as_deref()?;
        Some(error)
    }
}
