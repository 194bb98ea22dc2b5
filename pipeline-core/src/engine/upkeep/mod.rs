//! Looking after a store: what scenarios reach, whether everything is whole, what can go.

pub(crate) mod damage;

use crate::engine::ask::state::JobState;
use crate::engine::error::EngineError;
use crate::engine::job::record::ResultRecord;
use crate::engine::upkeep::damage::Suspect;
use crate::engine::{Engine, as_micros};
use crate::registry::Pinned;
use crate::store::{Damage, Damaged, Hash, Live, Sizes};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::time::Duration;

/// What is wrong in a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Problem {
    /// The bytes of an object are not those that it is named by.
    ObjectDamaged {
        /// The object.
        object: Hash,
    },
    /// A record can't be read under its key.
    RecordDamaged {
        /// The key.
        key: Hash,
    },
    /// A record names an object that is not there.
    ObjectMissing {
        /// The record's key.
        key: Hash,
        /// The object.
        object: Hash,
    },
    /// A result that a task made from a damaged object, after that was last known to be whole. It is forgotten.
    ResultDoubtful {
        /// The result's key.
        key: Hash,
        /// The object.
        object: Hash,
    },
    /// The object of a value that was written to an input of a scenario is not there.
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
                write!(f, "object {object} is missing, which record {key} names")
            }
            Problem::ResultDoubtful { key, object } => {
                write!(f, "result {key} was made from damaged object {object}, and is forgotten")
            }
            Problem::InputMissing { scenario, object } => {
                write!(
                    f,
                    "object {object} is missing, the value of an input of scenario `{scenario}`: set it again"
                )
            }
        }
    }
}

/// What was found in a store when all of it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StoreCheck {
    /// How many objects there are.
    pub objects: usize,
    /// Their bytes.
    pub bytes: u64,
    /// How many result records there are.
    pub records: usize,
    /// What is wrong. Tasks whose results are concerned run again when they are needed.
    pub problems: Vec<Problem>,
}

/// How much room a store takes, in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StoreUsage {
    /// How many objects there are.
    pub objects: usize,
    /// Their bytes.
    pub object_bytes: u64,
    /// How many result records there are.
    pub records: usize,
    /// Their bytes.
    pub record_bytes: u64,
    /// The registry's bytes.
    pub registry_bytes: u64,
    /// The bytes of files that are being written.
    pub temporary_bytes: u64,
    /// By scenario, the bytes of the objects that it reaches now; what two share counts for both.
    pub scenarios: BTreeMap<String, u64>,
    /// The bytes of objects that no scenario and no pinned run reaches: older results.
    pub unreached_bytes: u64,
}

/// What a collection removed, or would remove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Collection {
    /// Whether nothing was removed, only counted.
    pub dry_run: bool,
    /// What was made within this time before now stays; in microseconds when serialized.
    #[serde(rename = "grace_us", serialize_with = "as_micros")]
    pub grace: Duration,
    /// The keys of the records.
    pub records: Vec<Hash>,
    /// The objects.
    pub objects: Vec<Hash>,
    /// Their bytes together.
    pub bytes: u64,
    /// How many records and objects stay.
    pub kept: usize,
    /// How many of those stay only because they are older than the registry: it is not the one that
    /// knew who reaches them.
    pub unregistered: usize,
}

/// What a scenario reaches.
#[derive(Default)]
struct Reached {
    objects: HashSet<Hash>,
    keys: HashSet<Hash>,
    /// Those of them whose outputs are not among the objects.
    earlier: HashSet<Hash>,
    /// Whether a part of it can't be read.
    unreadable: bool,
}

impl Engine<'_> {
    /// What scenarios and pinned runs reach. What can't be read might reach anything: then nothing is
    /// known.
    fn live(&self) -> Result<Live, EngineError> {
        let unreadable = |what: String| EngineError::UnknownReach { what };
        let mut live = Live::default();
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

    /// What each scenario reaches: its inputs, what its jobs last made, and the results that they had
    /// before they failed.
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

    /// The bytes of the objects that this scenario reaches, and no other and no pinned run of another.
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

    /// The objects that are reached, also those of results that jobs had before they failed.
    fn objects_of(&self, reached: Reached) -> Result<HashSet<Hash>, EngineError> {
        let mut objects = reached.objects;
        for key in reached.earlier {
            if let crate::store::RecordRead::Found(record) = self.results.records.get::<ResultRecord>(&key)? {
                objects.extend(record.objects());
            }
        }
        Ok(objects)
    }

    /// Removes what nothing reaches; see [`crate::Store::collect`].
    pub(crate) fn collect(&self, grace: Duration, dry_run: bool) -> Result<Collection, EngineError> {
        let objects_of = |record: &ResultRecord| record.objects().collect();
        let since = self.registry.made()?;
        let live = || {
            let live = self.live()?;
            if !dry_run {
                // A deletion or a changed input has to outlast a loss of power before its objects go.
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

    /// Reads every object and every record. Later runs make damaged objects anew, and the results that tasks may have
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

    /// How much room the store takes.
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
