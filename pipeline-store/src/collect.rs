//! Looking after a store: what is in it, whether it is whole, and what nobody needs.

use super::disk::Disk;
use super::{Hash, Objects, Presence, RecordRead, ResultStore, StoreError};
use serde::de::DeserializeOwned;
use std::collections::{HashMap, HashSet};
use std::io;
use std::time::{Duration, SystemTime};

/// What is to stay: results by key, with all they name, and objects.
#[derive(Debug, Default)]
pub struct Live {
    /// Keys of results.
    pub keys: HashSet<Hash>,
    /// Objects.
    pub objects: HashSet<Hash>,
}

/// What a collection removed, or would remove.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Collected {
    /// The keys of the records.
    pub keys: Vec<Hash>,
    /// The objects.
    pub objects: Vec<Hash>,
    /// How many bytes that is.
    pub bytes: u64,
    /// How many records and objects stay.
    pub kept: usize,
    /// How many of those only because they were made before anybody knew who reaches them.
    pub unregistered: usize,
}

/// How much room a store's files take.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Sizes {
    /// The bytes of each object.
    pub objects: HashMap<Hash, u64>,
    /// How many records there are.
    pub records: usize,
    /// Their bytes.
    pub record_bytes: u64,
}

/// A file of the store that is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// The object's bytes don't have its hash.
    Object(Hash),
    /// The record can't be read under its key.
    Record(Hash),
    /// The record is whole, and an object that it names is not there.
    Missing {
        /// The record's key.
        key: Hash,
        /// The object.
        object: Hash,
    },
}

impl Damage {
    /// The object whose bytes are damaged.
    pub fn object(&self) -> Option<Hash> {
        match self {
            Damage::Object(object) => Some(*object),
            Damage::Record(_) | Damage::Missing { .. } => None,
        }
    }
}

/// What was looked at, and what was found.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Checked {
    /// How many objects there are.
    pub objects: usize,
    /// How many records there are.
    pub records: usize,
    /// The bytes of the objects.
    pub bytes: u64,
    /// What is damaged.
    pub damage: Vec<Damage>,
}

impl ResultStore {
    /// Removes the results and objects that nothing reaches and that are older than `grace`; with
    /// `dry_run` only says which.
    ///
    /// `live` is asked once nobody can begin to rely on anything, and what living processes rely on
    /// stays besides, as does what was made before `since`: nobody knows who reaches that. `objects_of` tells
    /// what a record names.
    pub fn collect<T: DeserializeOwned, E: From<StoreError>>(
        &self,
        live: impl FnOnce() -> Result<Live, E>,
        objects_of: impl Fn(&T) -> Vec<Hash>,
        grace: Duration,
        since: SystemTime,
        dry_run: bool,
    ) -> Result<Collected, E> {
        let failed = |source| StoreError::Collect { path: self.root.clone(), source };
        let _alone = self.staging.alone().map_err(failed)?;
        // In this order: whoever stops relying on something has said before what its scenario reaches.
        let relied_on = self.staging.relied_on().map_err(failed)?;
        let mut live = live()?;
        let now = SystemTime::now();
        let mut collected = Collected::default();
        for key in self.records.list().map_err(failed)? {
            let stamp = match self.records.stamp(&key) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                stamp => stamp.map_err(failed)?,
            };
            let needed = live.keys.contains(&key) || relied_on.contains(&key) || stamp.is_younger(grace, now);
            let unregistered = !needed && stamp.is_before(since);
            if needed || unregistered {
                collected.unregistered += usize::from(unregistered);
                if let RecordRead::Found(record) = self.records.get::<T>(&key)? {
                    live.objects.extend(objects_of(&record));
                }
                collected.kept += 1;
            } else {
                collected.keys.push(key);
                collected.bytes += stamp.size;
            }
        }
        for object in self.objects.list().map_err(failed)? {
            let Some(stamp) = self.objects.stamp(&object)?.map(Objects::undated) else { continue };
            let needed =
                live.objects.contains(&object) || relied_on.contains(&object) || stamp.is_younger(grace, now);
            let unregistered = !needed && stamp.is_before(since);
            if needed || unregistered {
                collected.unregistered += usize::from(unregistered);
                collected.kept += 1;
            } else {
                collected.objects.push(object);
                collected.bytes += stamp.size;
            }
        }
        if !dry_run {
            // Records first, durably: wherever this ends early, no record is left without its objects.
            for key in &collected.keys {
                gone(self.records.remove(key)).map_err(failed)?;
            }
            self.records.sync(&collected.keys).map_err(failed)?;
            for object in &collected.objects {
                gone(self.objects.remove(object)).map_err(failed)?;
            }
        }
        Ok(collected)
    }

    /// Reads every object and every record.
    pub fn check<T: DeserializeOwned>(
        &self,
        objects_of: impl Fn(&T) -> Vec<Hash>,
    ) -> Result<Checked, StoreError> {
        let failed = |source| StoreError::Read { path: self.root.clone(), source };
        let mut checked = Checked::default();
        for key in self.records.list().map_err(failed)? {
            match self.records.get::<T>(&key)? {
                RecordRead::Found(record) => {
                    checked.records += 1;
                    let mut missing = None;
                    for object in objects_of(&record) {
                        if self.objects.stamp(&object)?.is_none() {
                            missing = Some(object);
                        }
                    }
                    // A collection takes records first: where the record is gone, too, nothing is wrong.
                    if let Some(object) = missing.filter(|_| self.records.stamp(&key).is_ok()) {
                        checked.damage.push(Damage::Missing { key, object });
                    }
                }
                RecordRead::Damaged => {
                    checked.records += 1;
                    checked.damage.push(Damage::Record(key));
                }
                RecordRead::Absent => {}
            }
        }
        for object in self.objects.list().map_err(failed)? {
            let size = self.objects.stamp(&object)?.map_or(0, |stamp| stamp.size);
            match self.objects.check(&object)? {
                Presence::Missing => continue,
                Presence::Whole => {}
                Presence::Damaged => checked.damage.push(Damage::Object(object)),
            }
            checked.objects += 1;
            checked.bytes += size;
        }
        Ok(checked)
    }

    /// How much room objects and records take.
    pub fn sizes(&self) -> Result<Sizes, StoreError> {
        let failed = |source| StoreError::Read { path: self.root.clone(), source };
        let mut objects = HashMap::new();
        for object in self.objects.list().map_err(failed)? {
            if let Some(stamp) = self.objects.stamp(&object)? {
                objects.insert(object, stamp.size);
            }
        }
        let records = self.records.list().map_err(failed)?;
        let bytes = records.iter().filter_map(|key| Some(self.records.stamp(key).ok()?.size)).sum();
        Ok(Sizes { objects, records: records.len(), record_bytes: bytes })
    }

    /// The bytes of files that have no name yet.
    pub fn staged_bytes(&self) -> u64 {
        fn below(disk: &dyn Disk, path: &std::path::Path) -> u64 {
            match disk.list(path) {
                Ok(paths) if !paths.is_empty() => paths.iter().map(|path| below(disk, path)).sum(),
                _ => disk.stamp(path).map_or(0, |stamp| stamp.size),
            }
        }
        let paths = self.disk.list(&self.root.join("tmp")).unwrap_or_default();
        paths
            .iter()
            .flat_map(|folder| self.disk.list(folder).unwrap_or_default())
            .map(|file| below(&*self.disk, &file))
            .sum()
    }
}

/// Whoever removed it was faster.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
