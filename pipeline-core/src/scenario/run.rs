//! The record of a run.

use crate::data::{Number, ValueRef};
use crate::engine::{JobReport, JobStatus, RunStatus};
use crate::graph::Better;
use crate::registry::{RunId, VersionId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::{Duration, SystemTime};

/// A recorded run of a scenario: its inputs, jobs and KPIs; returned by [`Instance::submit`](crate::Instance::submit).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Run {
    /// The scenario's name.
    pub scenario: String,
    /// The scenario's type.
    pub scenario_type: String,
    /// The run's number in its store.
    pub id: RunId,
    /// How the run ended, or that it is running.
    pub status: RunStatus,
    /// The number of the version of the scenario's type.
    pub version: Option<VersionId>,
    /// Who submitted it.
    pub author: String,
    /// The inputs, as the run found them.
    pub inputs: Vec<RunInput>,
    /// When the run began.
    pub started: SystemTime,
    /// How long the run took, or has taken so far.
    pub wall: Duration,
    /// The size of the tables and values that jobs wrote to the store, in bytes.
    pub written: u64,
    /// The peak memory use of the process since it started, in bytes; `None` if the system does not report it, and for
    /// runs loaded from a store.
    pub peak_memory: Option<u64>,
    /// The reports of the jobs, in running order.
    pub jobs: Vec<JobReport>,
    /// Warnings, as sentences.
    pub warnings: Vec<String>,
    /// The KPIs.
    pub kpis: Vec<KpiValue>,
}

/// A KPI of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct KpiValue {
    /// The node, or the node and field: `segment.mean`.
    pub kpi: String,
    /// The value; `None` if it is missing.
    pub value: Option<Number>,
    /// The unit of the value.
    pub unit: String,
    /// Whether higher or lower values are better.
    pub better: Better,
}

/// An input as a run found it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct RunInput {
    /// The input's name.
    pub node: String,
    /// The input's value.
    #[serde(flatten)]
    pub value: ValueRef,
}

impl Run {
    /// Returns the report of the job with this name.
    pub fn job(&self, name: &str) -> Option<&JobReport> {
        self.jobs.iter().find(|job| job.name == name)
    }

    /// Returns the names of the jobs that completed: their functions were called and returned a result.
    pub fn ran(&self) -> Vec<&str> {
        self.names(JobStatus::Completed)
    }

    /// Returns the names of the jobs that were skipped, because their results were up to date.
    pub fn skipped(&self) -> Vec<&str> {
        self.names(JobStatus::Skipped)
    }

    fn names(&self, status: JobStatus) -> Vec<&str> {
        self.jobs.iter().filter(|job| job.status == status).map(|job| job.name.as_str()).collect()
    }

    /// Returns the names of the jobs that were rechecked ([`Submit::recheck`](crate::Submit::recheck)). They are not
    /// among [`Run::ran`].
    pub fn rechecked(&self) -> Vec<&str> {
        self.jobs.iter().filter(|job| job.rechecked.is_some()).map(|job| job.name.as_str()).collect()
    }

    /// Returns the time saved by skipping: the sum of the times that the results of skipped jobs took to compute.
    pub fn saved(&self) -> Duration {
        self.jobs.iter().filter_map(|job| job.saved).sum()
    }

    /// Returns the reports of the jobs that failed.
    pub fn failed(&self) -> impl Iterator<Item = &JobReport> {
        self.jobs.iter().filter(|job| job.status == JobStatus::Failed)
    }
}

/// The error of a run in which jobs failed. Its source is the error that the first failed task returned.
#[derive(Clone)]
pub struct RunFailed {
    pub(super) run: Box<Run>,
}

impl RunFailed {
    /// Returns the run.
    pub fn run(&self) -> &Run {
        &self.run
    }
}

/// Same as `Display`, because `main` prints the debug form of an error that it returns.
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
