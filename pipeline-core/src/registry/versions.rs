//! Versions of scenario types.

use super::{Registry, RegistryError, micros};
use rusqlite::OptionalExtension;
use std::time::SystemTime;

/// A row of `versions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VersionRow {
    pub(crate) id: i64,
    pub(crate) ty: String,
    pub(crate) hash: String,
    pub(crate) made: i64,
    pub(crate) author: String,
    pub(crate) source: Option<String>,
    pub(crate) wiring: String,
}

impl Registry {
    /// Returns the number of the version with this hash.
    pub(crate) fn version_number(&self, hash: &str) -> Result<Option<i64>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT id FROM versions WHERE hash = ?1")?
                .query_row([hash], |row| row.get(0))
                .optional()
        })
    }

    /// Records a version, with the code of its tasks by fingerprint. Returns its number.
    pub(crate) fn add_version(
        &self,
        ty: &str,
        hash: &str,
        author: &str,
        source: Option<&str>,
        wiring: &str,
        codes: &[(String, String)],
    ) -> Result<i64, RegistryError> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO versions (type, hash, made, author, source, wiring) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (hash) DO NOTHING",
                (ty, hash, micros(SystemTime::now()), author, source, wiring),
            )?;
            super::results::insert_codes(transaction, codes)?;
            transaction.query_row("SELECT id FROM versions WHERE hash = ?1", [hash], |row| row.get(0))
        })
    }

    /// Returns the version with this number.
    pub(crate) fn version(&self, id: i64) -> Result<Option<VersionRow>, RegistryError> {
        Ok(self.versions_where("WHERE id = ?1", Some(id))?.pop())
    }

    /// Returns all versions, the latest first.
    pub(crate) fn versions(&self) -> Result<Vec<VersionRow>, RegistryError> {
        self.versions_where("WHERE ?1 IS NULL ORDER BY id DESC", None)
    }

    fn versions_where(&self, condition: &str, id: Option<i64>) -> Result<Vec<VersionRow>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT id, type, hash, made, author, source, wiring FROM versions {condition}"
                ))?
                .query_map([id], |row| {
                    Ok(VersionRow {
                        id: row.get(0)?,
                        ty: row.get(1)?,
                        hash: row.get(2)?,
                        made: row.get(3)?,
                        author: row.get(4)?,
                        source: row.get(5)?,
                        wiring: row.get(6)?,
                    })
                })?
                .collect()
        })
    }

    /// Returns the numbers of scenarios and runs of each version: version, scenarios, runs.
    pub(crate) fn version_uses(&self) -> Result<Vec<(i64, i64, i64)>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT id, (SELECT count(*) FROM scenarios WHERE version = v.id),
                            (SELECT count(*) FROM submissions WHERE version = v.id)
                     FROM versions v",
                )?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect()
        })
    }
}
