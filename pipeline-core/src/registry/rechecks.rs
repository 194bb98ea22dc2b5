//! Rechecks: results that were recomputed to check the fingerprint.

use super::{Registry, RegistryError};
use rusqlite::OptionalExtension;

/// A row of `mismatches`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MismatchRow {
    pub(crate) id: i64,
    pub(crate) scenario: String,
    pub(crate) job: String,
    pub(crate) task: String,
    pub(crate) key: String,
    pub(crate) details: String,
    pub(crate) found: i64,
    pub(crate) author: String,
    pub(crate) resolved: Option<i64>,
}

impl Registry {
    /// Returns the program that last made or confirmed this result, with its source files.
    pub(crate) fn rechecked_by(&self, key: &str) -> Result<Option<(String, String)>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT rechecks.program, coalesce(programs.sources, '')
                     FROM rechecks LEFT JOIN programs ON programs.program = rechecks.program WHERE key = ?1",
                )?
                .query_row([key], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        })
    }

    /// Records that a program made or confirmed these results.
    pub(crate) fn keep_rechecks(
        &self,
        (program, sources, now): (&str, &str, i64),
        keys: &[String],
    ) -> Result<(), RegistryError> {
        if keys.is_empty() {
            return Ok(());
        }
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO programs (program, sources, seen) VALUES (?1, ?2, ?3)",
                )?
                .execute((program, sources, now))?;
            let mut statement = transaction
                .prepare_cached("INSERT OR REPLACE INTO rechecks (key, program) VALUES (?1, ?2)")?;
            keys.iter().try_for_each(|key| statement.execute([key, program]).map(drop))?;
            // Programs that no result names any more are not needed.
            transaction
                .execute("DELETE FROM programs WHERE program NOT IN (SELECT program FROM rechecks)", [])?;
            Ok(())
        })
    }

    /// Adds a mismatch. Returns its number; that of `row` is ignored.
    pub(crate) fn add_mismatch(&self, row: &MismatchRow) -> Result<i64, RegistryError> {
        let MismatchRow { scenario, job, task, key, details, found, author, .. } = row;
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO mismatches (scenario, job, task, key, details, found, author)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                (scenario, job, task, key, details, found, author),
            )?;
            Ok(transaction.last_insert_rowid())
        })
    }

    /// Whether a mismatch is not resolved.
    pub(crate) fn has_mismatch(&self) -> Result<bool, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM mismatches WHERE resolved IS NULL)")?
                .query_row([], |row| row.get(0))
        })
    }

    /// Returns all mismatches, the latest first.
    pub(crate) fn mismatches(&self) -> Result<Vec<MismatchRow>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT id, scenario, job, task, key, details, found, author, resolved
                     FROM mismatches ORDER BY id DESC",
                )?
                .query_map([], |row| {
                    Ok(MismatchRow {
                        id: row.get(0)?,
                        scenario: row.get(1)?,
                        job: row.get(2)?,
                        task: row.get(3)?,
                        key: row.get(4)?,
                        details: row.get(5)?,
                        found: row.get(6)?,
                        author: row.get(7)?,
                        resolved: row.get(8)?,
                    })
                })?
                .collect()
        })
    }

    /// Marks a mismatch as resolved. Returns whether there is one with this number.
    pub(crate) fn resolve_mismatch(&self, id: i64, now: i64) -> Result<bool, RegistryError> {
        self.write(|transaction| {
            let changed = transaction.execute(
                "UPDATE mismatches SET resolved = coalesce(resolved, ?2) WHERE id = ?1",
                (id, now),
            )?;
            Ok(changed > 0)
        })
    }
}
