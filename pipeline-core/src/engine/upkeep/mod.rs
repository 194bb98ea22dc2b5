//! Maintains a store: reachable data, integrity checks, garbage collection, disk usage.

pub(crate) mod damage;

use crate::engine::ask::state::JobState;
use crate::engine::error::EngineError;
use crate::engine::job::record::ResultRecord;
use crate::engine::upkeep::damage::Suspect;
use crate::engine::{Engine, as_micros};
use crate::registry::Pinned;
use crate::store::{Damage, Damaged, Hash, Roots, Sizes};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::time::Duration;

/// A problem in a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Problem {
    /// The bytes of an object don't match its hash.
    ObjectDamaged {
        /// The object.
        object: Hash,
    },
    /// The record under a key is damaged.
    RecordDamaged {
        /// The key.
        key: Hash,
    },
    /// A record names an object that is missing.
    ObjectMissing {
        /// The record's key.
        key: Hash,
        /// The object.
        object: Hash,
    },
    /// A task made a result from an object after the object was last known to be intact, and the object is damaged now.
    /// The result was removed.
    ResultDoubtful {
        /// The result's key.
        key: Hash,
        /// The object.
        object: Hash,
    },
    /// The value of an input of a scenario is missing.
    InputMissing {
        /// The scenario.
        scenario: String,
        /// The object.
        object: Hash,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::ObjectDamaged { object } => write!(f, "object {object} is damaged"),
            Problem::RecordDamaged { key } => write!(f, "record {key} is damaged"),
            Problem::ObjectMissing { key, object } => {
                write!(f, "object {object}, which record {key} names, is missing")
            }
            Problem::ResultDoubtful { key, object } => {
                write!(f, "result {key} was made from damaged object {object}, and was removed")
            }
            Problem::InputMissing { scenario, object } => {
                write!(
                    f,
                    "object {object}, the value of an input of scenario `{scenario}`, is missing: set it again"
                )
            }
        }
    }
}

/// The outcome of checking a whole store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StoreCheck {
    /// The number of objects.
    pub objects: usize,
    /// The total size of the objects, in bytes.
    pub bytes: u64,
    /// The number of result records.
    pub records: usize,
    /// The problems that were found. Tasks whose results are affected run again when the results are needed.
    pub problems: Vec<Problem>,
}

/// The disk usage of a store, in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StoreUsage {
    /// The number of objects.
    pub objects: usize,
    /// The total size of the objects.
    pub object_bytes: u64,
    /// The number of result records.
    pub records: usize,
    /// The total size of the records.
    pub record_bytes: u64,
    /// The size of the registry.
    pub registry_bytes: u64,
    /// The size of files that are being written.
    pub temporary_bytes: u64,
    /// By scenario, the size of the objects that it reaches now. Objects that two scenarios share count for both.
    pub scenarios: BTreeMap<String, u64>,
    /// The size of the objects that neither a scenario nor a pinned run reaches: older results.
    pub unreached_bytes: u64,
}

/// What garbage collection removed, or would remove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Collection {
    /// Whether it only counted and removed nothing.
    pub dry_run: bool,
    /// Data made within this time before now is kept; in microseconds when serialized.
    #[serde(rename = "grace_us", serialize_with = "as_micros")]
    pub grace: Duration,
    /// The keys of the removed records.
    pub records: Vec<Hash>,
    /// The removed objects.
    pub objects: Vec<Hash>,
    /// The total size of the removed objects, in bytes.
    pub bytes: u64,
    /// The number of records and objects that are kept.
    pub kept: usize,
    /// The number of those that are kept only because they are older than the registry, which can't know what reaches
    /// them.
    pub unregistered: usize,
}

/// The data that a scenario reaches.
#[derive(Default)]
struct Reached {
    objects: HashSet<Hash>,
    keys: HashSet<Hash>,
    /// The keys whose outputs are not in `objects`.
    earlier: HashSet<Hash>,
    /// Whether a part of the scenario's state can't be read.
    unreadable: bool,
}

impl Engine<'_> {
    /// Returns the data that scenarios and pinned runs reach. Fails if a state can't be read, because it could reach
    /// anything.
    fn live(&self) -> Result<Roots, EngineError> {
        let unreadable = |what: String| EngineError::UnreadableReferences { what };
        let mut live = Roots::default();
        for (scenario, objects) in self.reached()? {
            let Reached { objects, keys, unreadable: bad, .. } = objects;
            if bad {
                return Err(unreadable(format!("scenario `{scenario}`")));
            }
            live.objects.extend(objects);
            live.keys.extend(keys);
        }
        for Pinned { run, named, .. } in self.registry.pinned()? {
            let named = named.ok_or_else(|| unreadable(format!("pinned run {run}")))?;
            live.keys.extend(named.keys);
            live.objects.extend(named.objects);
        }
        Ok(live)
    }

    /// Returns the data that each scenario reaches: its inputs, the last outputs of its jobs, and the last results of
    /// jobs that have failed since.
    fn reached(&self) -> Result<HashMap<String, Reached>, EngineError> {
        let mut reached: HashMap<String, Reached> = HashMap::new();
        for (scenario, object) in self.registry.all_input_objects()? {
            reached.entry(scenario).or_default().objects.extend(object.parse::<Hash>().ok());
        }
        for (scenario, state) in self.registry.all_job_states()? {
            let reached = reached.entry(scenario).or_default();
            match serde_json::from_str::<JobState>(&state) {
                Ok(state) => {
                    reached.objects.extend(state.outputs.iter().flat_map(|(_, output)| output.objects()));
                    let inputs = state.inputs.iter().flat_map(|input| input.value.objects());
                    reached.objects.extend(inputs);
                    let key = state.key.or(state.last_key);
                    reached.keys.extend(key);
                    reached.earlier.extend(key.filter(|_| state.outputs.is_empty()));
                }
                Err(_) => reached.unreadable = true,
            }
        }
        Ok(reached)
    }

    /// Returns the size of the objects that only this scenario reaches: no other scenario, and no pinned run of
    /// another.
    pub(crate) fn unshared_bytes(&self, scenario: &str) -> Result<u64, EngineError> {
        let mut reached = self.reached()?;
        let own = self.objects_of(reached.remove(scenario).unwrap_or_default())?;
        let mut others = HashSet::new();
        for other in reached.into_values() {
            others.extend(self.objects_of(other)?);
        }
        for pinned in self.registry.pinned()? {
            if pinned.scenario != scenario {
                others.extend(pinned.named.unwrap_or_default().objects);
            }
        }
        let mut bytes = 0;
        for object in own.difference(&others) {
            bytes += self.results.objects.stamp(object)?.map_or(0, |stamp| stamp.size);
        }
        Ok(bytes)
    }

    /// Returns the reached objects, including those of the last results of failed jobs.
    fn objects_of(&self, reached: Reached) -> Result<HashSet<Hash>, EngineError> {
        let mut objects = reached.objects;
        for key in reached.earlier {
            if let crate::store::RecordRead::Found(record) = self.results.records.get::<ResultRecord>(&key)? {
                objects.extend(record.objects());
            }
        }
        Ok(objects)
    }

    /// Removes unreachable data; see [`crate::Store::collect`].
    pub(crate) fn collect(&self, grace: Duration, dry_run: bool) -> Result<Collection, EngineError> {
        let objects_of = |record: &ResultRecord| record.objects().collect();
        let since = self.registry.made()?;
        let live = || {
            let live = self.live()?;
            if !dry_run {
                // Deletions and changed inputs must survive a power failure before their objects are removed.
                self.registry.make_durable()?;
            }
            Ok::<_, EngineError>(live)
        };
        let collected = self.results.collect(live, objects_of, grace, since, dry_run)?;
        if !dry_run {
            self.write_forgotten(&collected.keys)?;
        }
        Ok(Collection {
            dry_run,
            grace,
            records: collected.keys,
            objects: collected.objects,
            bytes: collected.bytes,
            kept: collected.kept,
            unregistered: collected.unregistered,
        })
    }

    /// Reads every object and every record. Later runs recompute damaged objects, and the results that tasks may have
    /// made from them.
    pub(crate) fn check_store(&self) -> Result<StoreCheck, EngineError> {
        let checked = self.results.check(|record: &ResultRecord| record.objects().collect())?;
        let mut problems: Vec<Problem> = Vec::new();
        for (scenario, object) in self.registry.all_input_objects()? {
            if let Ok(object) = object.parse::<Hash>()
                && self.results.objects.stamp(&object)?.is_none()
            {
                problems.push(Problem::InputMissing { scenario, object });
            }
        }
        problems.extend(checked.damage.iter().map(|damage| match *damage {
            Damage::Object(object) => Problem::ObjectDamaged { object },
            Damage::Record(key) => Problem::RecordDamaged { key },
            Damage::Missing { key, object } => Problem::ObjectMissing { key, object },
        }));
        let objects = &self.results.objects;
        let damaged = checked.damage.iter().filter_map(Damage::object);
        let damaged: Vec<Damaged> = damaged.map(|object| objects.damaged(object)).collect();
        if !damaged.is_empty() {
            let suspects = self.suspect(&damaged)?.into_iter();
            problems.extend(suspects.map(|Suspect { key, object }| Problem::ResultDoubtful { key, object }));
        }
        Ok(StoreCheck { objects: checked.objects, bytes: checked.bytes, records: checked.records, problems })
    }

    /// Returns the disk usage of the store.
    pub(crate) fn usage(&self) -> Result<StoreUsage, EngineError> {
        let Sizes { objects: sizes, records, record_bytes } = self.results.sizes()?;
        let live = self.live()?;
        let scenarios = self.reached()?.into_iter().map(|(scenario, objects)| {
            (scenario, objects.objects.iter().filter_map(|object| sizes.get(object)).sum())
        });
        Ok(StoreUsage {
            objects: sizes.len(),
            object_bytes: sizes.values().sum(),
            records,
            record_bytes,
            registry_bytes: self.registry.bytes(),
            temporary_bytes: self.results.staged_bytes(),
            scenarios: scenarios.collect(),
            unreached_bytes: sizes
                .iter()
                .filter(|(object, _)| !live.objects.contains(object))
                .map(|(_, size)| size)
                .sum(),
        })
    }
}
