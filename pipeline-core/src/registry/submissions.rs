//! What submissions did.

use super::results::{insert_codes, insert_results};
use super::{Registry, RegistryError, ResultRow};
use rusqlite::Connection;

/// A row of `submissions`, before it has an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SubmissionRow {
    pub(crate) status: String,
    pub(crate) started: i64,
    pub(crate) duration: i64,
    pub(crate) jobs: String,
}

/// A row of `job_states` to be written: the name of a job and its state as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JobStateRow {
    pub(crate) job: String,
    pub(crate) state: String,
    /// Whether it was the same when the states were read.
    pub(crate) unchanged: bool,
}

/// What is kept with a submission.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// All of them, also those that are as they were when the submission began: another may have written
    /// its own meanwhile, and the last one's hold together.
    pub(crate) states: Vec<JobStateRow>,
    /// The scenario's latest submission when the states were read that these are compared with.
    pub(crate) as_of: Option<i64>,
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
            // Under the lock: nobody writes from here on.
            let as_they_were = latest_submission(transaction, scenario)? == kept.as_of;
            transaction.execute(
                "INSERT INTO submissions (scenario, status, started, duration, jobs) VALUES (?1, ?2, ?3, ?4, ?5)",
                (scenario, &submission.status, submission.started, submission.duration, &submission.jobs),
            )?;
            let id = transaction.last_insert_rowid();
            let mut statement = transaction.prepare_cached(
                "INSERT INTO job_states (scenario, job, submission, state) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (scenario, job) DO UPDATE SET submission = excluded.submission, state = excluded.state
                 WHERE state <> excluded.state",
            )?;
            for state in kept.states.iter().filter(|state| !(as_they_were && state.unchanged)) {
                statement.execute((scenario, &state.job, id, &state.state))?;
            }
            insert_results(transaction, &kept.results)?;
            insert_codes(transaction, &kept.codes)?;
            Ok(id)
        })
    }

    /// The number of a scenario's latest submission.
    pub(crate) fn latest_submission(&self, scenario: i64) -> Result<Option<i64>, RegistryError> {
        self.read(|connection| latest_submission(connection, scenario))
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

    /// What each job of a scenario last did: the name of the job and its state as JSON.
    pub(crate) fn job_states(&self, scenario: i64) -> Result<Vec<(String, String)>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT job, state FROM job_states WHERE scenario = ?1")?
                .query_map([scenario], |row| Ok((row.get(0)?, row.get(1)?)))?
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

fn latest_submission(connection: &Connection, scenario: i64) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT max(id) FROM submissions WHERE scenario = ?1")?
        .query_row([scenario], |row| row.get(0))
}
