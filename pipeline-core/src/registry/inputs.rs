//! Input values that were written.

use super::{Registry, RegistryError, micros};
use crate::store::Hash;
use rusqlite::Transaction;
use std::path::PathBuf;
use std::time::SystemTime;

/// Where a written value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stored {
    /// In this object.
    Object(Hash),
    /// The file itself is the value.
    File(PathBuf),
}

/// A row of `inputs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InputRow {
    pub(crate) node: String,
    pub(crate) stored: Stored,
    pub(crate) brief: String,
}

impl Registry {
    /// What was written to the inputs of a scenario.
    pub(crate) fn inputs(&self, scenario: i64) -> Result<Vec<InputRow>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT node, object, file, brief FROM inputs WHERE scenario = ?1")?
                .query_map([scenario], |row| {
                    let object: Option<String> = row.get(1)?;
                    let stored = match object.and_then(|text| text.parse().ok()) {
                        Some(hash) => Stored::Object(hash),
                        None => Stored::File(PathBuf::from(row.get::<_, String>(2)?)),
                    };
                    Ok(InputRow { node: row.get(0)?, stored, brief: row.get(3)? })
                })?
                .collect()
        })
    }

    /// The objects of all values that were written: the scenario's name and the hash.
    pub(crate) fn all_input_objects(&self) -> Result<Vec<(String, String)>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT scenarios.name, object FROM inputs JOIN scenarios ON scenarios.id = scenario
                     WHERE object IS NOT NULL",
                )?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
    }

    /// Writes values to inputs, all or none.
    pub(crate) fn write_inputs(&self, scenario: i64, inputs: &[InputRow]) -> Result<(), RegistryError> {
        self.write(|transaction| insert(transaction, scenario, inputs))
    }
}

pub(super) fn insert(
    transaction: &Transaction<'_>,
    scenario: i64,
    inputs: &[InputRow],
) -> rusqlite::Result<()> {
    let now = micros(SystemTime::now());
    let mut statement = transaction.prepare_cached(
        "INSERT OR REPLACE INTO inputs (scenario, node, object, file, brief, written)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for input in inputs {
        let (object, file) = match &input.stored {
            Stored::Object(hash) => (Some(hash.to_string()), None),
            Stored::File(path) => (None, Some(path.to_string_lossy().into_owned())),
        };
        statement.execute((scenario, &input.node, object, file, &input.brief, now))?;
    }
    Ok(())
}
