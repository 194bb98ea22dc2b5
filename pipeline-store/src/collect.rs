//! Looking after a store: what is in it, whether it is whole, and what nobody needs.

use crate::blobs::{BlobName, Space};
use crate::{Hash, Integrity, RecordRead, ResultStore, StoreError};
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
        let failed = |source| StoreError::Collect { path: self.place().into(), source };
        let alone = self.leases.exclusive().map_err(failed)?;
        // In this order: whoever stops holding something has said before what its scenario reaches.
        let held = alone.held().map_err(failed)?;
        let mut live = live()?;
        let now = SystemTime::now();
        let mut collected = Collected::default();
        for key in self.records.list().map_err(failed)? {
            let stamp = match self.records.stamp(&key) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                stamp => self.records.written(stamp.map_err(failed)?),
            };
            let needed = live.keys.contains(&key) || held.contains(&key) || stamp.is_younger(grace, now);
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
            let Some(stamp) = self.objects.stamp(&object)? else { continue };
            let stamp = self.objects.written(stamp);
            let needed =
                live.objects.contains(&object) || held.contains(&object) || stamp.is_younger(grace, now);
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
            let name = |space| move |hash: &Hash| BlobName { space, hash: *hash };
            let records: Vec<BlobName> = collected.keys.iter().map(name(Space::Records)).collect();
            self.blobs.remove(&records).map_err(failed)?;
            let objects: Vec<BlobName> = collected.objects.iter().map(name(Space::Objects)).collect();
            self.blobs.remove(&objects).map_err(failed)?;
            self.objects.forget(&collected.objects);
        }
        Ok(collected)
    }

    /// Reads every object and every record.
    pub fn check<T: DeserializeOwned>(
        &self,
        objects_of: impl Fn(&T) -> Vec<Hash>,
    ) -> Result<Checked, StoreError> {
        let failed = |source| StoreError::Read { path: self.place().into(), source };
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
                Integrity::Missing => continue,
                Integrity::Intact => {}
                Integrity::Damaged => checked.damage.push(Damage::Object(object)),
            }
            checked.objects += 1;
            checked.bytes += size;
        }
        Ok(checked)
    }

    /// How much room objects and records take.
    pub fn sizes(&self) -> Result<Sizes, StoreError> {
        let failed = |source| StoreError::Read { path: self.place().into(), source };
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
        self.blobs.staged_bytes()
    }
}
