//! Writes to the registry that belong to no run: file contents, removed results, rechecked results.

use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::registry::{KnownContent, MismatchRow, Registry, RegistryError, micros};
use crate::store::Hash;
use std::time::SystemTime;

/// Records the contents of files that were read, all in one transaction: each transaction is a write to the disk.
pub(crate) fn files_read(
    registry: &Registry,
    contents: impl IntoIterator<Item = KnownContent>,
) -> Result<(), RegistryError> {
    registry.remember_contents(contents)
}

impl Engine<'_> {
    /// Removes results from the registry's index, by key.
    pub(crate) fn write_forgotten(&self, keys: &[Hash]) -> Result<(), EngineError> {
        let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        Ok(self.registry.remove_results(&keys)?)
    }

    /// Calls `change` with the JSON state of each job, and stores the new state where it returns one.
    pub(crate) fn write_states(&self, change: impl FnMut(&str) -> Option<String>) -> Result<(), EngineError> {
        Ok(self.registry.change_job_states(change)?)
    }

    /// Records that a program made these results, or recomputed them and got the same content.
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

    /// Records a mismatch. Returns its number.
    pub(crate) fn write_mismatch(&self, row: &MismatchRow) -> Result<i64, EngineError> {
        Ok(self.registry.add_mismatch(row)?)
    }
}
