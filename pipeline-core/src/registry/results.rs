//! The index of results: their code and inputs, which serve to explain decisions.

use super::{Registry, RegistryError};
use rusqlite::{OptionalExtension, Row, Transaction};

/// A row of `results`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResultRow {
    pub(crate) key: String,
    pub(crate) task: String,
    pub(crate) scenario: String,
    pub(crate) code: String,
    pub(crate) pinned: Option<String>,
    pub(crate) strict: Option<String>,
    pub(crate) inputs: String,
    pub(crate) made: i64,
    pub(crate) duration: i64,
}

impl Registry {
    /// Returns the latest results of a task, the latest first.
    pub(crate) fn results_of(&self, task: &str, limit: usize) -> Result<Vec<ResultRow>, RegistryError> {
        self.read(|connection| {
            connection
                // The limit is part of the SQL: a statement with a bound limit is prepared again for every value.
                .prepare_cached(&format!(
                    "SELECT key, task, scenario, code, pinned, strict, inputs, made, duration FROM results
                     WHERE task = ?1 ORDER BY made DESC LIMIT {limit}"
                ))?
                .query_map([task], row_of)?
                .collect()
        })
    }

    /// Returns whether a result of the task with this code is known. A version stands for the code.
    pub(crate) fn has_result_of(
        &self,
        task: &str,
        code: &str,
        version: Option<&str>,
    ) -> Result<bool, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM results
                     WHERE task = ?1 AND pinned IS ?3 AND (code = ?2 OR pinned IS NOT NULL))",
                )?
                .query_row((task, code, version), |row| row.get(0))
        })
    }

    /// Returns the result under this key.
    pub(crate) fn result(&self, key: &str) -> Result<Option<ResultRow>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT key, task, scenario, code, pinned, strict, inputs, made, duration FROM results
                     WHERE key = ?1",
                )?
                .query_row([key], row_of)
                .optional()
        })
    }

    /// Returns the parts of the code with this fingerprint, if they were recorded.
    pub(crate) fn code(&self, hash: &str) -> Result<Option<String>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT parts FROM code WHERE hash = ?1")?
                .query_row([hash], |row| row.get(0))
                .optional()
        })
    }

    /// Removes results, and the code that nothing refers to any more.
    pub(crate) fn remove_results(&self, keys: &[String]) -> Result<(), RegistryError> {
        if keys.is_empty() {
            return Ok(());
        }
        self.write(|transaction| {
            let mut statement = transaction.prepare_cached("DELETE FROM results WHERE key = ?1")?;
            keys.iter().try_for_each(|key| statement.execute([key]).map(drop))?;
            let mut statement = transaction.prepare_cached("DELETE FROM rechecks WHERE key = ?1")?;
            keys.iter().try_for_each(|key| statement.execute([key]).map(drop))?;
            // Earlier versions kept the stamps of objects here; the store knows them now.
            let objects = self.path.with_file_name("objects");
            let objects = format!("{}/", self.name_of(&objects));
            transaction.execute("DELETE FROM stamps WHERE substr(path, 1, length(?1)) = ?1", [objects])?;
            transaction.execute(
                "DELETE FROM code WHERE hash NOT IN (SELECT code FROM results)
                 AND hash NOT IN (SELECT json_extract(state, '$.code') FROM job_states WHERE json_valid(state)
                                  AND json_extract(state, '$.code') IS NOT NULL)
                 AND hash NOT IN (SELECT json_extract(value, '$.code')
                                  FROM versions, json_each(wiring, '$.calls') WHERE json_valid(wiring))",
                [],
            )?;
            Ok(())
        })
    }
}

fn row_of(row: &Row<'_>) -> rusqlite::Result<ResultRow> {
    Ok(ResultRow {
        key: row.get(0)?,
        task: row.get(1)?,
        scenario: row.get(2)?,
        code: row.get(3)?,
        pinned: row.get(4)?,
        strict: row.get(5)?,
        inputs: row.get(6)?,
        made: row.get(7)?,
        duration: row.get(8)?,
    })
}

pub(super) fn insert_results(transaction: &Transaction<'_>, rows: &[ResultRow]) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT OR REPLACE INTO results (key, task, scenario, code, pinned, strict, inputs, made, duration)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for row in rows {
        let ResultRow { key, task, scenario, code, pinned, strict, inputs, made, duration } = row;
        statement.execute((key, task, scenario, code, pinned, strict, inputs, made, duration))?;
    }
    Ok(())
}

/// Records the parts of code, by fingerprint.
pub(super) fn insert_codes(
    transaction: &Transaction<'_>,
    codes: &[(String, String)],
) -> rusqlite::Result<()> {
    let mut statement =
        transaction.prepare_cached("INSERT OR IGNORE INTO code (hash, parts) VALUES (?1, ?2)")?;
    codes.iter().try_for_each(|(hash, parts)| statement.execute((hash, parts)).map(drop))
}
