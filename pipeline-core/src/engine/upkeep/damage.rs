//! Handles damaged objects: removes the results that tasks may have made from them.

use crate::engine::Engine;
use crate::engine::ask::state::JobState;
use crate::engine::error::EngineError;
use crate::engine::job::record::ResultRecord;
use crate::engine::job::status::JobStatus;
use crate::store::{Damaged, Hash, RecordRead, StoreError};
use std::collections::{HashMap, HashSet};

/// A result that may have been made from damaged bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Suspect {
    pub(crate) key: Hash,
    /// The damaged object that its task read.
    pub(crate) object: Hash,
}

impl Engine<'_> {
    /// Marks these objects as not intact, and removes every result that a task made from one of them after it was last
    /// known to be intact: the task may have read damaged bytes. Nodes with such a result, or with a value computed
    /// from one, have no value until they run again.
    pub(crate) fn suspect(&self, damaged: &[Damaged]) -> Result<Vec<Suspect>, EngineError> {
        let last = |damaged: &Damaged| (damaged.object, damaged.last_whole.unwrap_or(i64::MIN));
        let mut whole: HashMap<Hash, i64> = damaged.iter().map(last).collect();
        let objects: Vec<Hash> = damaged.iter().map(|damaged| damaged.object).collect();
        objects.iter().for_each(|object| self.memory.forget(object));
        self.results.objects.suspect(&objects);
        let failed = |source| StoreError::Read { path: self.results.place().into(), source };
        let keys = self.results.records.list().map_err(failed)?;
        // A table with a damaged column object is damaged, too.
        for key in &keys {
            let RecordRead::Found(record) = self.results.records.get::<ResultRecord>(key)? else { continue };
            for output in &record.outputs {
                if let Some(last) =
                    output.columns.iter().filter_map(|column| whole.get(column).copied()).min()
                {
                    whole.entry(output.hash).or_insert(last);
                }
            }
        }
        let mut suspects = Vec::new();
        // Values of scenarios that were computed from such results are doubtful, too.
        let mut made: HashSet<Hash> = HashSet::new();
        for key in keys {
            let RecordRead::Found(record) = self.results.records.get::<ResultRecord>(&key)? else { continue };
            let ended = record.started_us.saturating_add(record.duration_us);
            let from = |content: &Hash| whole.get(content).is_some_and(|read| ended >= *read);
            if let Some(input) = record.inputs.iter().find(|input| from(&input.content)) {
                suspects.push(Suspect { key, object: input.content });
                made.extend(record.outputs.iter().map(|output| output.hash));
            }
        }
        let keys: Vec<Hash> = suspects.iter().map(|suspect| suspect.key).collect();
        self.forget_results(&keys)?;
        self.withdraw(&keys.into_iter().collect(), &whole, made)?;
        Ok(suspects)
    }

    /// Like [`Engine::suspect`], for the objects that a call found damaged; does nothing for an empty list.
    pub(crate) fn suspect_all(&self, damaged: &[Damaged]) -> Result<(), EngineError> {
        if damaged.is_empty() { Ok(()) } else { self.suspect(damaged).map(drop) }
    }

    /// Removes results, by key.
    pub(crate) fn forget_results(&self, keys: &[Hash]) -> Result<(), EngineError> {
        self.results.records.remove(keys)?;
        self.write_forgotten(keys)
    }

    /// Removes doubtful values from the nodes that have them: the results with these keys, values that tasks without
    /// records made from damaged objects, and values computed from `contents`.
    fn withdraw(
        &self,
        keys: &HashSet<Hash>,
        damaged: &HashMap<Hash, i64>,
        mut contents: HashSet<Hash>,
    ) -> Result<(), EngineError> {
        loop {
            let before = contents.len();
            self.write_states(|text| {
                let mut state: JobState = serde_json::from_str(text).ok()?;
                let mut read = state.inputs.iter().flat_map(|input| input.value.objects());
                let doubtful = match state.key {
                    Some(key) => keys.contains(&key) || read.any(|content| contents.contains(&content)),
                    None => read.any(|content| contents.contains(&content) || damaged.contains_key(&content)),
                };
                if state.outputs.is_empty() || !doubtful {
                    return None;
                }
                contents.extend(state.outputs.iter().map(|(_, output)| output.hash));
                state.outputs.clear();
                state.last_key = state.key.take().or(state.last_key).filter(|key| !keys.contains(key));
                state.status = JobStatus::Abandoned;
                state.error = Some("was made from an object that is damaged".into());
                serde_json::to_string(&state).ok()
            })?;
            if contents.len() == before {
                return Ok(());
            }
        }
    }
}
