//! What a submission did.

use crate::data::{Number, ValueRef};
use crate::engine::{JobReport, JobStatus, RunStatus};
use crate::graph::Better;
use crate::registry::{RunId, VersionId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::{Duration, SystemTime};

/// What a submission did, job by job.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Run {
    /// The scenario's name.
    pub scenario: String,
    /// The scenario's type.
    pub scenario_type: String,
    /// The submission's number in its store.
    pub id: RunId,
    /// How the submission ended, or that it runs.
    pub status: RunStatus,
    /// The number of the version of the scenario's type.
    pub version: Option<VersionId>,
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

/// A KPI of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct KpiValue {
    /// The node, or node and field: `segment.mean`.
    pub kpi: String,
    /// The value; `None` where it is missing.
    pub value: Option<Number>,
    /// What is counted.
    pub unit: String,
    /// Which of two values is the better one.
    pub better: Better,
}

/// An input as a submission found it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct RunInput {
    /// The node.
    pub node: String,
    /// Its value.
    #[serde(flatten)]
    pub value: ValueRef,
}

impl Run {
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

/// A run in which jobs failed. Its source is the error of the first of them, as the task returned it.
#[derive(Clone)]
pub struct RunFailed {
    pub(super) run: Box<Run>,
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
