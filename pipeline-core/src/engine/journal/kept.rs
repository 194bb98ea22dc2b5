//! What the registry knows beside runs and jobs: contents of files, results that are forgotten, results that were made
//! again.

use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::registry::{KnownContent, MismatchRow, Registry, RegistryError, micros};
use crate::store::Hash;
use std::time::SystemTime;

/// Keeps what was read of files, all at once: each time is a write to the disk.
pub(crate) fn files_read(
    registry: &Registry,
    contents: impl IntoIterator<Item = KnownContent>,
) -> Result<(), RegistryError> {
    registry.remember_contents(contents)
}

impl Engine<'_> {
    /// Keeps that results are forgotten, by their keys.
    pub(crate) fn write_forgotten(&self, keys: &[Hash]) -> Result<(), EngineError> {
        let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        Ok(self.registry.remove_results(&keys)?)
    }

    /// Replaces the states of jobs, as JSON, for which `change` has another.
    pub(crate) fn write_states(&self, change: impl FnMut(&str) -> Option<String>) -> Result<(), EngineError> {
        Ok(self.registry.change_job_states(change)?)
    }

    /// Keeps that a program made these results, or found them the same.
    pub(crate) fn write_rechecked(
        &self,
        program: Hash,
        sources: &str,
        keys: &[Hash],
    ) -> Result<(), EngineError> {
        let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        let now = micros(SystemTime::now());
        Ok(self.registry.keep_rechecks((&program.to_string(), sources, now), &keys)?)
    }

    /// Keeps that a result was not the same; its number.
    pub(crate) fn write_mismatch(&self, row: &MismatchRow) -> Result<i64, EngineError> {
        Ok(self.registry.add_mismatch(row)?)
    }
}
