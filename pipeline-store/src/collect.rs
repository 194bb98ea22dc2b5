//! Maintenance of a store: garbage collection, integrity check and disk usage.

use crate::blobs::{BlobName, Space};
use crate::{Hash, Integrity, RecordRead, ResultStore, StoreError};
use serde::de::DeserializeOwned;
use std::collections::{HashMap, HashSet};
use std::io;
use std::time::{Duration, SystemTime};

/// The roots of a garbage collection: results by key, with all objects that they name, and single objects.
#[derive(Debug, Default)]
pub struct Roots {
    /// Keys of results.
    pub keys: HashSet<Hash>,
    /// Objects.
    pub objects: HashSet<Hash>,
}

/// The outcome of a garbage collection, or of a dry run.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Collected {
    /// The keys of the records that were removed.
    pub keys: Vec<Hash>,
    /// The objects that were removed.
    pub objects: Vec<Hash>,
    /// The number of bytes that were removed.
    pub bytes: u64,
    /// The number of records and objects that stay.
    pub kept: usize,
    /// How many of those stay only because they are older than the registry, which doesn't know if they are needed.
    pub unregistered: usize,
}

/// The disk usage of a store.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Sizes {
    /// The size of each object, in bytes.
    pub objects: HashMap<Hash, u64>,
    /// The number of records.
    pub records: usize,
    /// The size of all records, in bytes.
    pub record_bytes: u64,
}

/// A damaged or missing file of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// The object's bytes don't have its hash.
    Object(Hash),
    /// The file is not a valid record of its key.
    Record(Hash),
    /// The record is intact, but an object that it names is missing.
    Missing {
        /// The record's key.
        key: Hash,
        /// The missing object.
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

/// The outcome of a check of the whole store.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct CheckReport {
    /// The number of objects.
    pub objects: usize,
    /// The number of records.
    pub records: usize,
    /// The size of all objects, in bytes.
    pub bytes: u64,
    /// The damage that was found.
    pub damage: Vec<Damage>,
}

impl ResultStore {
    /// Removes the results and objects that are unreachable and older than `grace`. With `dry_run`, only reports them.
    ///
    /// `live` returns the roots. It is called while no process can start to hold anything. Results and objects that
    /// living processes hold stay as well, and so do those made before `since`, because it is unknown whether they are
    /// reachable. `objects_of` lists the objects that a record names.
    ///
    /// # Errors
    ///
    /// When `live` fails, or the store can't be locked, read or written.
    pub fn collect<T: DeserializeOwned, E: From<StoreError>>(
        &self,
        live: impl FnOnce() -> Result<Roots, E>,
        objects_of: impl Fn(&T) -> Vec<Hash>,
        grace: Duration,
        since: SystemTime,
        dry_run: bool,
    ) -> Result<Collected, E> {
        let failed = |source| StoreError::Collect { path: self.place().into(), source };
        let exclusive = self.leases.exclusive().map_err(failed)?;
        // Leases first, then the roots: a process that ends a lease has first registered what its scenario reaches.
        let held = exclusive.held().map_err(failed)?;
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
            // Records first, durably: if this ends early, no record is left without its objects.
            let name = |space| move |hash: &Hash| BlobName { space, hash: *hash };
            let records: Vec<BlobName> = collected.keys.iter().map(name(Space::Records)).collect();
            self.blobs.remove(&records).map_err(failed)?;
            let objects: Vec<BlobName> = collected.objects.iter().map(name(Space::Objects)).collect();
            self.blobs.remove(&objects).map_err(failed)?;
            self.objects.forget(&collected.objects);
        }
        Ok(collected)
    }

    /// Checks every object and every record by reading them.
    ///
    /// # Errors
    ///
    /// When the store can't be read.
    pub fn check<T: DeserializeOwned>(
        &self,
        objects_of: impl Fn(&T) -> Vec<Hash>,
    ) -> Result<CheckReport, StoreError> {
        let failed = |source| StoreError::Read { path: self.place().into(), source };
        let mut checked = CheckReport::default();
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
                    // Garbage collection removes records first: if the record is gone as well, nothing is wrong.
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

    /// Returns the disk usage of objects and records.
    ///
    /// # Errors
    ///
    /// When the store can't be read.
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

    /// The size of all files that have no name yet, in bytes.
    pub fn staged_bytes(&self) -> u64 {
        self.blobs.staged_bytes()
    }
}
