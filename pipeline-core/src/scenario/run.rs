//! What a submission did.

use super::Instance;
use crate::engine::{Finished, JobReport, JobStates, JobStatus};
use crate::error::{Error, Result};
use crate::registry::{JobStateRow, Kept, ScenarioRow, SubmissionRow, micros, micros_of};
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
    /// How the submission ended.
    pub status: RunStatus,
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
}

/// How a submission ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// Every job completed or was skipped.
    Completed,
    /// A job failed.
    Failed,
    /// It was canceled.
    Canceled,
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

impl Run {
    /// Keeps the submission in the registry.
    pub(super) fn keep(
        instance: &Instance,
        row: &ScenarioRow,
        clock: Clock,
        before: &JobStates,
        finished: Finished,
    ) -> Result<Run> {
        let Finished { jobs, states, results, codes, warnings } = finished;
        let has = |status| jobs.iter().any(|job| job.status == status);
        let status = if has(JobStatus::Failed) {
            RunStatus::Failed
        } else if has(JobStatus::Canceled) {
            RunStatus::Canceled
        } else {
            RunStatus::Completed
        };
        let wall = clock.since.elapsed();
        let submission = SubmissionRow {
            status: status.as_str().into(),
            started: micros(clock.started),
            duration: micros_of(wall),
            jobs: serde_json::to_string(&jobs).unwrap_or_else(|_| "[]".into()),
        };
        let states: Vec<JobStateRow> = states
            .into_iter()
            .filter_map(|(job, state)| {
                let state = serde_json::to_string(&state).ok()?;
                Some(JobStateRow { unchanged: before.was(&job, &state), job, state })
            })
            .collect();
        let kept = Kept { states, as_of: before.as_of, results, codes };
        let id = instance.store().registry().add_submission(row.id, &submission, &kept);
        let (id, failed) = match id {
            Ok(id) => (id, None),
            Err(error) => (0, Some(error)),
        };
        let run = Run {
            scenario: instance.name().into(),
            scenario_type: instance.graph().name().into(),
            id,
            status,
            started: clock.started,
            wall,
            written: jobs
                .iter()
                .filter(|job| job.status == JobStatus::Completed)
                .flat_map(|job| &job.outputs)
                .filter(|output| !output.plan)
                .map(|output| output.bytes)
                .sum(),
            peak_memory: peak_memory(),
            jobs,
            warnings,
        };
        match failed {
            None => Ok(run),
            Some(source) => Err(Error::NotRecorded { run: Box::new(run), source }),
        }
    }

    pub(super) fn into_result(self) -> Result<Run> {
        match self.status {
            RunStatus::Completed => Ok(self),
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

impl RunStatus {
    /// The status as one word.
    pub fn as_str(self) -> &'static str {
        match self {
            RunStatus::Completed => "completed",
            RunStatus::Failed => "failed",
            RunStatus::Canceled => "canceled",
        }
    }
}
