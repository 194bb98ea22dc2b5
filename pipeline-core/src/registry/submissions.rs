//! Runs: recorded submissions, with their jobs and the states of jobs.

use super::kpis::{self, KpiRow};
use super::named::Named;
use super::results::insert_results;
use super::{Registry, RegistryError, ResultRow};
use rusqlite::{Connection, OptionalExtension, Row};

/// A run that is about to start.
#[derive(Debug, Clone)]
pub(crate) struct NewSubmission<'a> {
    pub(crate) scenario: i64,
    pub(crate) version: i64,
    pub(crate) started: i64,
    pub(crate) author: &'a str,
    /// The process that executes it.
    pub(crate) session: &'a str,
    /// The values of its inputs, as JSON.
    pub(crate) inputs: &'a str,
}

/// The end of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SubmissionRow {
    pub(crate) status: String,
    pub(crate) duration: i64,
    pub(crate) warnings: String,
    pub(crate) jobs: String,
}

/// A row of `submissions`, with the name and the type of its scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordedRun {
    pub(crate) id: i64,
    pub(crate) scenario: String,
    pub(crate) ty: String,
    pub(crate) status: String,
    pub(crate) started: i64,
    pub(crate) duration: i64,
    pub(crate) pinned: bool,
    pub(crate) version: Option<i64>,
    pub(crate) author: String,
    pub(crate) inputs: String,
    pub(crate) warnings: String,
    pub(crate) jobs: String,
}

/// A run that has no recorded end: it is running, or its process has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Orphan {
    pub(crate) id: i64,
    pub(crate) session: String,
    pub(crate) started: i64,
    pub(crate) version: Option<i64>,
    /// The jobs whose functions were called: name, start, and the report if the job has ended.
    pub(crate) jobs: Vec<(String, i64, Option<String>)>,
}

/// A row of `job_states` to write: the name of a job, and its state as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JobStateRow {
    pub(crate) job: String,
    pub(crate) state: String,
    /// Whether the state was the same when the states were read.
    pub(crate) unchanged: bool,
}

/// What is stored when a run ends.
#[derive(Debug, Default)]
pub(crate) struct RunRecord {
    /// The states of all jobs, including unchanged ones: another run may have written its own states in the meantime,
    /// and the states of the last run must be consistent with each other.
    pub(crate) states: Vec<JobStateRow>,
    /// The revision of the states that `unchanged` compares with.
    pub(crate) as_of: i64,
    /// Jobs for parts that are gone. Their states are removed, unless a later run wrote them.
    pub(crate) gone: Vec<String>,
    pub(crate) results: Vec<ResultRow>,
    pub(crate) kpis: Vec<KpiRow>,
}

/// The status of a run that has not ended.
const RUNNING: &str = "running";

/// Selects runs with all columns.
const KEPT: &str =
    "SELECT u.id, s.name, s.type, u.status, u.started, u.duration, u.pinned, u.version, u.author,
    u.inputs, u.warnings, u.jobs FROM submissions u JOIN scenarios s ON s.id = u.scenario";

/// Selects the runs to list; a field that is `None` selects all.
#[derive(Debug, Default)]
pub(crate) struct RunQuery<'a> {
    /// Runs of the scenario with this name.
    pub(crate) scenario: Option<&'a str>,
    /// Runs with this status.
    pub(crate) status: Option<&'a str>,
    /// Runs with smaller numbers.
    pub(crate) before: Option<i64>,
    /// The maximum number of runs.
    pub(crate) limit: Option<usize>,
}

/// Like [`KEPT`], without the columns that may be long: inputs, warnings and jobs.
const KEPT_SUMMARY: &str =
    "SELECT u.id, s.name, s.type, u.status, u.started, u.duration, u.pinned, u.version,
    u.author, '[]', '[]', '[]' FROM submissions u JOIN scenarios s ON s.id = u.scenario";

/// A pinned run: garbage collection keeps its results.
pub(crate) struct Pinned {
    pub(crate) run: i64,
    /// The scenario's name.
    pub(crate) scenario: String,
    /// The results and objects that it names; `None` if they can't be parsed.
    pub(crate) named: Option<Named>,
}

impl Registry {
    /// Records the start of a run. Returns its number, or `None` if the scenario no longer exists.
    pub(crate) fn begin_submission(&self, begun: &NewSubmission<'_>) -> Result<Option<i64>, RegistryError> {
        let NewSubmission { scenario, version, started, author, session, inputs } = *begun;
        self.write(|transaction| {
            if !super::exists(transaction, scenario)? {
                return Ok(None);
            }
            transaction
                .prepare_cached(
                    "INSERT INTO submissions (scenario, status, started, duration, version, author, session, inputs, jobs)
                     VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, ?7, '[]')",
                )?
                .execute((scenario, RUNNING, started, version, author, session, inputs))?;
            let id = transaction.last_insert_rowid();
            transaction
                .prepare_cached("UPDATE scenarios SET version = ?2 WHERE id = ?1 AND version IS NOT ?2")?
                .execute((scenario, version))?;
            Ok(Some(id))
        })
    }

    /// Records that a job's function is being called.
    pub(crate) fn begin_job(&self, submission: i64, job: &str, started: i64) -> Result<(), RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO running_jobs (submission, job, started) VALUES (?1, ?2, ?3)",
                )?
                .execute((submission, job, started))
                .map(drop)
        })
    }

    /// Records the end of a job whose function was called.
    pub(crate) fn end_job(&self, submission: i64, job: &str, report: &str) -> Result<(), RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached("UPDATE running_jobs SET report = ?3 WHERE submission = ?1 AND job = ?2")?
                .execute((submission, job, report))
                .map(drop)
        })
    }

    /// Records the end of a run, with everything that belongs to it. If another process has already ended the run,
    /// because it took this process for dead, this end replaces that one.
    pub(crate) fn end_submission(
        &self,
        scenario: i64,
        id: i64,
        end: &SubmissionRow,
        kept: &RunRecord,
    ) -> Result<(), RegistryError> {
        self.write(|transaction| {
            // The transaction has the write lock, so the states can't change from here on.
            let states_unchanged = states_revision(transaction, scenario)? == kept.as_of;
            transaction
                .prepare_cached(
                    "UPDATE submissions SET status = ?2, duration = ?3, warnings = ?4, jobs = ?5, session = NULL
                     WHERE id = ?1",
                )?
                .execute((id, &end.status, end.duration, &end.warnings, &end.jobs))?;
            transaction.prepare_cached("DELETE FROM running_jobs WHERE submission = ?1")?.execute([id])?;
            transaction
                .prepare_cached("UPDATE scenarios SET turn = turn + 1 WHERE id = ?1")?
                .execute([scenario])?;
            let mut statement = transaction.prepare_cached(
                "INSERT INTO job_states (scenario, job, submission, state) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (scenario, job) DO UPDATE SET submission = excluded.submission, state = excluded.state
                 WHERE state <> excluded.state",
            )?;
            for state in kept.states.iter().filter(|state| !(states_unchanged && state.unchanged)) {
                statement.execute((scenario, &state.job, id, &state.state))?;
            }
            let mut statement = transaction.prepare_cached(
                "DELETE FROM job_states WHERE scenario = ?1 AND job = ?2 AND submission < ?3",
            )?;
            for job in &kept.gone {
                statement.execute((scenario, job, id))?;
            }
            insert_results(transaction, &kept.results)?;
            kpis::insert(transaction, id, &kept.kpis)
        })
    }

    /// Returns the runs without a recorded end, with their jobs.
    pub(crate) fn running(&self) -> Result<Vec<Orphan>, RegistryError> {
        self.read(|connection| {
            let mut running = connection
                .prepare_cached(
                    "SELECT id, session, started, version FROM submissions WHERE session IS NOT NULL",
                )?
                .query_map([], |row| {
                    let (id, session) = (row.get(0)?, row.get(1)?);
                    Ok(Orphan { id, session, started: row.get(2)?, version: row.get(3)?, jobs: Vec::new() })
                })?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            for submission in &mut running {
                submission.jobs = connection
                    .prepare_cached("SELECT job, started, report FROM running_jobs WHERE submission = ?1")?
                    .query_map([submission.id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                    .collect::<rusqlite::Result<_>>()?;
            }
            Ok(running)
        })
    }

    /// Records the end of a run whose process has ended, unless another process already did.
    pub(crate) fn end_orphan(&self, orphan: &Orphan, end: &SubmissionRow) -> Result<(), RegistryError> {
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "UPDATE submissions SET status = ?3, duration = ?4, warnings = ?5, jobs = ?6, session = NULL
                     WHERE id = ?1 AND session = ?2",
                )?
                .execute((orphan.id, &orphan.session, &end.status, end.duration, &end.warnings, &end.jobs))?;
            transaction
                .prepare_cached("DELETE FROM running_jobs WHERE submission = ?1")?
                .execute([orphan.id])
                .map(drop)
        })
    }

    /// Returns how often the states of a scenario's jobs were written.
    pub(crate) fn states_revision(&self, scenario: i64) -> Result<i64, RegistryError> {
        self.read(|connection| states_revision(connection, scenario))
    }

    /// Returns the run with this number.
    pub(crate) fn submission(&self, id: i64) -> Result<Option<RecordedRun>, RegistryError> {
        self.read(|connection| {
            connection.prepare_cached(&format!("{KEPT} WHERE u.id = ?1"))?.query_row([id], kept).optional()
        })
    }

    /// Returns the latest runs of one scenario, or of all, the latest first. With `summary`, they have no inputs,
    /// warnings and jobs.
    pub(crate) fn submissions(
        &self,
        scenario: Option<i64>,
        summary: bool,
        limit: Option<usize>,
    ) -> Result<Vec<RecordedRun>, RegistryError> {
        let columns = if summary { KEPT_SUMMARY } else { KEPT };
        let condition = if scenario.is_some() { "u.scenario = ?1" } else { "?1 IS NULL" };
        let limit = limit.map(|limit| format!("LIMIT {limit}")).unwrap_or_default();
        self.read(|connection| {
            connection
                .prepare_cached(&format!("{columns} WHERE {condition} ORDER BY u.id DESC {limit}"))?
                .query_map([scenario], kept)?
                .collect()
        })
    }

    /// Returns the selected runs, the latest first, without inputs, warnings and jobs.
    pub(crate) fn submissions_where(&self, wanted: &RunQuery<'_>) -> Result<Vec<RecordedRun>, RegistryError> {
        // Without a name, the condition compares NULL with NULL.
        let scenario = if wanted.scenario.is_some() { "s.name = ?1" } else { "?1 IS NULL" };
        let limit = wanted.limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "{KEPT_SUMMARY} WHERE {scenario} AND (?2 IS NULL OR u.status = ?2) AND u.id < ?3
                    ORDER BY u.id DESC LIMIT ?4"
                ))?
                .query_map((wanted.scenario, wanted.status, wanted.before.unwrap_or(i64::MAX), limit), kept)?
                .collect()
        })
    }

    /// Returns the runs whose inputs or jobs name this content.
    pub(crate) fn submissions_with(&self, content: &str) -> Result<Vec<RecordedRun>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "{KEPT} WHERE instr(u.inputs, ?1) OR instr(u.jobs, ?1) ORDER BY u.id"
                ))?
                .query_map([content], kept)?
                .collect()
        })
    }

    /// Returns the contents of the inputs of all runs: the run's number and the hash.
    pub(crate) fn input_contents(&self) -> Result<Vec<(i64, String)>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    // Earlier versions wrote `content`.
                    "SELECT id, hash FROM
                     (SELECT submissions.id, coalesce(json_extract(value, '$.hash'), json_extract(value, '$.content')) AS hash
                      FROM submissions, json_each(submissions.inputs))
                     WHERE hash IS NOT NULL",
                )?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
    }

    /// Pins or unpins a run. Returns whether there is a run with this number.
    pub(crate) fn pin(&self, submission: i64, pinned: bool) -> Result<bool, RegistryError> {
        self.write(|transaction| {
            let changed = transaction.execute(
                "UPDATE submissions SET pinned = ?2 WHERE id = ?1",
                (submission, i64::from(pinned)),
            )?;
            Ok(changed > 0)
        })
    }

    /// Returns the pinned runs.
    pub(crate) fn pinned(&self) -> Result<Vec<Pinned>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT u.id, s.name, u.inputs, u.jobs FROM submissions u JOIN scenarios s ON s.id = u.scenario
                     WHERE u.pinned <> 0",
                )?
                .query_map([], |row| {
                    let named = Named::of(&row.get::<_, String>(2)?, &row.get::<_, String>(3)?).ok();
                    Ok(Pinned { run: row.get(0)?, scenario: row.get(1)?, named })
                })?
                .collect()
        })
    }

    /// Returns the states of all jobs of all scenarios: the scenario's name, and the state as JSON.
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

    /// Calls `change` with the JSON state of each job of each scenario, and stores the new state where it returns one.
    pub(crate) fn change_job_states(
        &self,
        mut change: impl FnMut(&str) -> Option<String>,
    ) -> Result<(), RegistryError> {
        self.write(|transaction| {
            let mut changed: Vec<(i64, String, String)> = Vec::new();
            {
                let mut statement =
                    transaction.prepare_cached("SELECT scenario, job, state FROM job_states")?;
                let mut rows = statement.query([])?;
                while let Some(row) = rows.next()? {
                    if let Some(state) = change(row.get_ref(2)?.as_str()?) {
                        changed.push((row.get(0)?, row.get(1)?, state));
                    }
                }
            }
            for (scenario, job, state) in changed {
                transaction.execute(
                    "UPDATE job_states SET state = ?3 WHERE scenario = ?1 AND job = ?2",
                    (scenario, &job, &state),
                )?;
                transaction.execute("UPDATE scenarios SET turn = turn + 1 WHERE id = ?1", [scenario])?;
            }
            Ok(())
        })
    }

    /// Returns the last state of each job of a scenario: the job's name, and its state as JSON.
    pub(crate) fn job_states(&self, scenario: i64) -> Result<Vec<(String, String)>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT job, state FROM job_states WHERE scenario = ?1")?
                .query_map([scenario], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
    }

    /// Returns the last state of one job of a scenario.
    pub(crate) fn job_state(&self, scenario: i64, job: &str) -> Result<Option<String>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT state FROM job_states WHERE scenario = ?1 AND job = ?2")?
                .query_row((scenario, job), |row| row.get(0))
                .optional()
        })
    }
}

fn kept(row: &Row<'_>) -> rusqlite::Result<RecordedRun> {
    Ok(RecordedRun {
        id: row.get(0)?,
        scenario: row.get(1)?,
        ty: row.get(2)?,
        status: row.get(3)?,
        started: row.get(4)?,
        duration: row.get(5)?,
        pinned: row.get::<_, i64>(6)? != 0,
        version: row.get(7)?,
        author: row.get(8)?,
        inputs: row.get(9)?,
        warnings: row.get(10)?,
        jobs: row.get(11)?,
    })
}

fn states_revision(connection: &Connection, scenario: i64) -> rusqlite::Result<i64> {
    let turn = connection
        .prepare_cached("SELECT turn FROM scenarios WHERE id = ?1")?
        .query_row([scenario], |row| row.get(0))
        .optional()?;
    Ok(turn.unwrap_or_default())
}
