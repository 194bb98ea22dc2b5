//! What submissions did.

use super::{Registry, RegistryError};

/// A row of `submissions`, before it has an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SubmissionRow {
    pub(crate) status: String,
    pub(crate) started: i64,
    pub(crate) duration: i64,
    pub(crate) jobs: String,
}

/// A row of `job_states`: the name of a job and its state as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JobStateRow {
    pub(crate) job: String,
    pub(crate) state: String,
}

impl Registry {
    /// Keeps a submission and the states of its jobs; the submission's id.
    pub(crate) fn add_submission(
        &self,
        scenario: i64,
        submission: &SubmissionRow,
        states: &[JobStateRow],
    ) -> Result<i64, RegistryError> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO submissions (scenario, status, started, duration, jobs) VALUES (?1, ?2, ?3, ?4, ?5)",
                (scenario, &submission.status, submission.started, submission.duration, &submission.jobs),
            )?;
            let id = transaction.last_insert_rowid();
            let mut statement = transaction.prepare_cached(
                "INSERT OR REPLACE INTO job_states (scenario, job, submission, state) VALUES (?1, ?2, ?3, ?4)",
            )?;
            for state in states {
                statement.execute((scenario, &state.job, id, &state.state))?;
            }
            Ok(id)
        })
    }

    /// What each job of a scenario last did.
    pub(crate) fn job_states(&self, scenario: i64) -> Result<Vec<JobStateRow>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT job, state FROM job_states WHERE scenario = ?1")?
                .query_map([scenario], |row| Ok(JobStateRow { job: row.get(0)?, state: row.get(1)? }))?
                .collect()
        })
    }

    /// What one job of a scenario last did.
    pub(crate) fn job_state(&self, scenario: i64, job: &str) -> Result<Option<String>, RegistryError> {
        use rusqlite::OptionalExtension;
        self.read(|connection| {
            connection
                .prepare_cached("SELECT state FROM job_states WHERE scenario = ?1 AND job = ?2")?
                .query_row((scenario, job), |row| row.get(0))
                .optional()
        })
    }
}
