//! What submissions did.

use super::results::{insert_codes, insert_results};
use super::{Registry, RegistryError, ResultRow};

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

/// What is kept with a submission.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) states: Vec<JobStateRow>,
    pub(crate) results: Vec<ResultRow>,
    /// Code fingerprints and their parts.
    pub(crate) codes: Vec<(String, String)>,
}

impl Registry {
    /// Keeps a submission with all that belongs to it; the submission's id.
    pub(crate) fn add_submission(
        &self,
        scenario: i64,
        submission: &SubmissionRow,
        kept: &Kept,
    ) -> Result<i64, RegistryError> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO submissions (scenario, status, started, duration, jobs) VALUES (?1, ?2, ?3, ?4, ?5)",
                (scenario, &submission.status, submission.started, submission.duration, &submission.jobs),
            )?;
            let id = transaction.last_insert_rowid();
            let mut statement = transaction.prepare_cached(
                // What is as it was is not written again. It is compared here, under the lock: another submission
                // may have written something else meanwhile.
                "INSERT INTO job_states (scenario, job, submission, state) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (scenario, job) DO UPDATE SET submission = excluded.submission, state = excluded.state
                 WHERE state <> excluded.state",
            )?;
            for state in &kept.states {
                statement.execute((scenario, &state.job, id, &state.state))?;
            }
            insert_results(transaction, &kept.results)?;
            insert_codes(transaction, &kept.codes)?;
            Ok(id)
        })
    }

    /// Says whether a submission's results stay when nobody else reaches them; whether there is such a
    /// submission.
    pub(crate) fn pin(&self, submission: i64, pinned: bool) -> Result<bool, RegistryError> {
        self.write(|transaction| {
            let changed = transaction.execute(
                "UPDATE submissions SET pinned = ?2 WHERE id = ?1",
                (submission, i64::from(pinned)),
            )?;
            Ok(changed > 0)
        })
    }

    /// The pinned submissions: number and jobs as JSON.
    pub(crate) fn pinned_jobs(&self) -> Result<Vec<(i64, String)>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT id, jobs FROM submissions WHERE pinned <> 0")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
    }

    /// The states of all jobs of all scenarios: the scenario's name and the state as JSON.
    pub(crate) fn all_job_states(&self) -> Result<Vec<(String, String)>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT scenarios.name, state FROM job_states JOIN scenarios ON scenarios.id = scenario",
                )?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
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
