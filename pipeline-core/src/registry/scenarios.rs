//! Named instances of scenario types.

use super::{Registry, RegistryError, micros};
use rusqlite::OptionalExtension;
use std::time::SystemTime;

/// A row of `scenarios`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScenarioRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) ty: String,
}

impl Registry {
    /// The scenario with this name.
    pub(crate) fn scenario(&self, name: &str) -> Result<Option<ScenarioRow>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT id, name, type FROM scenarios WHERE name = ?1")?
                .query_row([name], |row| {
                    Ok(ScenarioRow { id: row.get(0)?, name: row.get(1)?, ty: row.get(2)? })
                })
                .optional()
        })
    }

    /// All names, sorted.
    pub(crate) fn scenario_names(&self) -> Result<Vec<String>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT name FROM scenarios ORDER BY name")?
                .query_map([], |row| row.get(0))?
                .collect()
        })
    }

    /// Makes a scenario with its first inputs; `None` when the name is taken.
    pub(crate) fn create_scenario(
        &self,
        name: &str,
        ty: &str,
        inputs: &[super::InputRow],
    ) -> Result<Option<ScenarioRow>, RegistryError> {
        self.write(|transaction| {
            let now = micros(SystemTime::now());
            let made = transaction.execute(
                "INSERT INTO scenarios (name, type, created) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO NOTHING",
                (name, ty, now),
            )?;
            if made == 0 {
                return Ok(None);
            }
            let id = transaction.last_insert_rowid();
            super::inputs::insert(transaction, id, inputs)?;
            Ok(Some(ScenarioRow { id, name: name.into(), ty: ty.into() }))
        })
    }
}
