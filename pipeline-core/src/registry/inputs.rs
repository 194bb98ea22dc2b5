//! The values of inputs, and their history.

use super::{Changed, Registry, RegistryError, exists, micros};
use crate::store::Hash;
use rusqlite::{Row, Transaction};
use std::path::PathBuf;
use std::time::SystemTime;

/// Where a written value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stored {
    /// The value is in this object.
    Object(Hash),
    /// The value is this file.
    File(PathBuf),
}

/// A row of `inputs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InputRow {
    pub(crate) node: String,
    pub(crate) stored: Stored,
    pub(crate) summary: String,
    /// The type of the value when it was written; empty if it is unknown.
    pub(crate) ty: String,
}

impl InputRow {
    /// Returns the object that the value is in; `None` if it is a file.
    pub(crate) fn object(&self) -> Option<Hash> {
        match self.stored {
            Stored::Object(hash) => Some(hash),
            Stored::File(_) => None,
        }
    }
}

/// A row of `edits`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EditRow {
    pub(crate) id: i64,
    pub(crate) node: String,
    /// `None` if the input was reset to its default.
    pub(crate) stored: Option<Stored>,
    pub(crate) ty: String,
    pub(crate) summary: String,
    pub(crate) made: i64,
    pub(crate) author: String,
}

/// The new value of an input.
#[derive(Debug, Clone)]
pub(crate) enum NewInputValue<'a> {
    To(InputRow),
    /// Resets the input to its default; `summary` describes that value.
    Default {
        node: &'a str,
        ty: &'a str,
        summary: &'a str,
    },
}

impl Registry {
    /// Returns the values that are set for the inputs of a scenario.
    pub(crate) fn inputs(&self, scenario: i64) -> Result<Vec<InputRow>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT object, file, node, brief, type FROM inputs WHERE scenario = ?1")?
                .query_map([scenario], |row| {
                    let stored = stored(row)?.unwrap_or_else(|| Stored::File(PathBuf::new()));
                    Ok(InputRow { stored, node: row.get(2)?, summary: row.get(3)?, ty: row.get(4)? })
                })?
                .collect()
        })
    }

    /// Returns the edits of all inputs of a scenario, or of one of them, the latest first.
    pub(crate) fn edits(&self, scenario: i64, node: Option<&str>) -> Result<Vec<EditRow>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT object, file, id, node, type, brief, made, author FROM edits
                     WHERE scenario = ?1 AND (?2 IS NULL OR node = ?2) ORDER BY id DESC",
                )?
                .query_map((scenario, node), |row| {
                    Ok(EditRow {
                        stored: stored(row)?,
                        id: row.get(2)?,
                        node: row.get(3)?,
                        ty: row.get(4)?,
                        summary: row.get(5)?,
                        made: row.get(6)?,
                        author: row.get(7)?,
                    })
                })?
                .collect()
        })
    }

    /// Returns the objects of all current and earlier values of inputs: the scenario's name and the hash. Earlier
    /// values count because users can return to them.
    pub(crate) fn all_input_objects(&self) -> Result<Vec<(String, String)>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT DISTINCT scenarios.name, object FROM edits JOIN scenarios ON scenarios.id = scenario
                     WHERE object IS NOT NULL",
                )?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
    }

    /// Sets inputs: all of them, or none on failure.
    pub(crate) fn write_inputs(
        &self,
        scenario: i64,
        changes: &[NewInputValue<'_>],
        author: &str,
    ) -> Result<Changed, RegistryError> {
        self.write(|transaction| {
            if !exists(transaction, scenario)? {
                return Ok(Changed::NoScenario);
            }
            for change in changes {
                match change {
                    NewInputValue::To(row) => {
                        insert(transaction, scenario, std::slice::from_ref(row), author)?;
                    }
                    NewInputValue::Default { node, ty, summary } => {
                        transaction
                            .prepare_cached("DELETE FROM inputs WHERE scenario = ?1 AND node = ?2")?
                            .execute((scenario, node))?;
                        transaction.prepare_cached(EDIT)?.execute((
                            scenario,
                            node,
                            None::<String>,
                            None::<String>,
                            ty,
                            summary,
                            micros(SystemTime::now()),
                            author,
                        ))?;
                    }
                }
            }
            Ok(Changed::Done)
        })
    }
}

const EDIT: &str = "INSERT INTO edits (scenario, node, object, file, type, brief, made, author)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

/// Parses the columns `object` and `file`, which must be the first two.
fn stored(row: &Row<'_>) -> rusqlite::Result<Option<Stored>> {
    let object: Option<String> = row.get(0)?;
    let file: Option<String> = row.get(1)?;
    let object = object.and_then(|text| text.parse().ok()).map(Stored::Object);
    Ok(object.or_else(|| file.map(|file| Stored::File(file.into()))))
}

pub(super) fn insert(
    transaction: &Transaction<'_>,
    scenario: i64,
    inputs: &[InputRow],
    author: &str,
) -> rusqlite::Result<()> {
    let now = micros(SystemTime::now());
    let mut statement = transaction.prepare_cached(
        "INSERT OR REPLACE INTO inputs (scenario, node, object, file, brief, written, type)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let mut edit = transaction.prepare_cached(EDIT)?;
    let mut same = transaction.prepare_cached(
        "SELECT 1 FROM inputs WHERE scenario = ?1 AND node = ?2 AND object IS ?3 AND file IS ?4 AND type = ?5",
    )?;
    for InputRow { node, stored, summary, ty } in inputs {
        let (object, file) = match stored {
            Stored::Object(hash) => (Some(hash.to_string()), None),
            Stored::File(path) => (None, Some(path.to_string_lossy().into_owned())),
        };
        // Setting an input to its current value is not an edit.
        if same.exists((scenario, node, &object, &file, ty))? {
            continue;
        }
        statement.execute((scenario, node, &object, &file, summary, now, ty))?;
        edit.execute((scenario, node, object, file, ty, summary, now, author))?;
    }
    Ok(())
}
