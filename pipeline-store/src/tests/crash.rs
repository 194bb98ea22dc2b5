//! Runs every short history of a store with a crash at each of its operations, and a second crash while it recovers.
//! After each, everything that was published is there and identical, and everything else is absent.

use super::forgetful::{Forgetful, Survives};
use super::read;
use crate::{Existing, Hash, Lease, PieceHasher, PieceWriter, RecordRead, ResultStore, Roots, StoreError};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, UNIX_EPOCH};

/// An operation on a store.
#[derive(Debug, Clone, Copy)]
enum Act {
    /// Publishes the result of `one`, an object.
    One,
    /// Publishes the result of `two`, which shares an object with it, and does not write that object if it exists.
    Two,
    /// Replaces the result of `one` by another one.
    Again,
    /// Collects everything except `two`.
    Collect,
    /// Another process opens the store, and this one ends.
    Reopen,
    /// Stores a value without a record, as inputs are stored.
    Value,
}

const ACTS: [Act; 6] = [Act::One, Act::Two, Act::Again, Act::Collect, Act::Reopen, Act::Value];

fn key(name: &str) -> Hash {
    Hash::of(name.as_bytes())
}

type Objects = Vec<Vec<u8>>;

/// A record that names objects.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Record(Vec<Hash>);

fn named(record: &Record) -> Vec<Hash> {
    record.0.clone()
}

/// The expected content of the store.
#[derive(Debug, Clone, Default)]
struct Expected {
    /// The contents that the result may have, by key. `None` stands for absence.
    results: BTreeMap<&'static str, BTreeSet<Option<Objects>>>,
    /// Values that must be there.
    values: BTreeSet<Vec<u8>>,
}

fn result_of(act: Act) -> Option<(&'static str, Objects, bool)> {
    let bytes = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    match act {
        Act::One => Some(("one", bytes(&["first"]), false)),
        Act::Two => Some(("two", bytes(&["first", "second, which is longer"]), false)),
        Act::Again => Some(("one", bytes(&["third"]), true)),
        Act::Collect | Act::Reopen | Act::Value => None,
    }
}

impl Expected {
    /// The content that is allowed during the act, and the content that is required after it.
    fn during(&self, act: Act) -> (Expected, Expected) {
        let (mut during, mut after) = (self.clone(), self.clone());
        if let Some((name, objects, replace)) = result_of(act) {
            let absent = BTreeSet::from([None]);
            let before = self.results.get(name).cloned().unwrap_or(absent);
            // An existing record stays unless it is replaced.
            let stays = !replace && !before.contains(&None);
            let mut may = before.clone();
            may.insert(Some(objects.clone()));
            during.results.insert(name, may);
            after.results.insert(name, if stays { before } else { BTreeSet::from([Some(objects)]) });
        }
        match act {
            Act::Collect => {
                for (name, may) in &mut during.results {
                    if *name != "two" {
                        may.insert(None);
                        after.results.insert(name, BTreeSet::from([None]));
                    }
                }
                during.values.clear();
                after.values.clear();
            }
            Act::Value => drop(after.values.insert(b"a value".to_vec())),
            _ => {}
        }
        (during, after)
    }
}

const ROOT: &str = "/store";

fn open(disk: &Forgetful) -> Result<ResultStore, StoreError> {
    ResultStore::open(Path::new(ROOT), Arc::new(disk.clone()))
}

/// Stores bytes piece by piece. Nothing is written if they exist.
fn put_if_absent(store: &ResultStore, bytes: &[u8], lease: &Lease) -> Result<Hash, StoreError> {
    let mut known = PieceHasher::default();
    known.add(bytes);
    let mut writer = PieceWriter::new(&store.objects, lease, &[Arc::new(known.finish())], i64::MIN);
    writer.add(bytes)?;
    Ok(writer.finish()?.0.hash)
}

fn perform(store: &mut ResultStore, disk: &Forgetful, act: Act) -> Result<(), StoreError> {
    if let Some((name, objects, replace)) = result_of(act) {
        let lease = store.lease();
        let hashes: Vec<Hash> = objects
            .iter()
            .map(|bytes| match act {
                Act::Two => put_if_absent(store, bytes, &lease),
                _ => Ok(store.objects.put(bytes, &lease)?.hash),
            })
            .collect::<Result<_, StoreError>>()?;
        let existing = if replace { Existing::Replace } else { Existing::Keep };
        store.records.put(&key(name), &Record(hashes), existing, &lease)?;
    }
    match act {
        Act::Collect => {
            let live = || Ok(Roots { keys: [key("two")].into(), ..Roots::default() });
            store.collect(live, named, Duration::ZERO, UNIX_EPOCH, false).map(drop)
        }
        Act::Reopen => {
            *store = open(disk)?;
            Ok(())
        }
        Act::Value => store.objects.put(b"a value", &store.lease()).map(drop),
        _ => Ok(()),
    }
}

/// Opens the store after a crash and compares.
fn check(disk: &Forgetful, expected: &Expected, story: &dyn Fn() -> String) {
    let store = open(disk).unwrap_or_else(|error| panic!("{}: the store does not open: {error}", story()));
    let staged: Vec<_> = disk
        .files()
        .into_iter()
        .filter(|path| path.starts_with("/store/tmp"))
        // Except the lock file of the session that has it open now.
        .filter(|path| path.file_stem().is_none_or(|name| *name != *store.session().expect("open")))
        .collect();
    assert!(staged.is_empty(), "{}: {staged:?} was left behind", story());
    let checked = store.check(named).expect("readable");
    assert!(checked.damage.is_empty(), "{}: {:?}", story(), checked.damage);
    for (name, may) in &expected.results {
        let found = match store.records.get::<Record>(&key(name)).expect("readable") {
            RecordRead::Absent => None,
            RecordRead::Damaged => panic!("{}: record `{name}` is damaged", story()),
            RecordRead::Found(record) => {
                Some(record.0.iter().map(|hash| read(&store, hash)).collect::<Objects>())
            }
        };
        assert!(may.contains(&found), "{}: `{name}` is {found:?}, not one of {may:?}", story());
    }
    for value in &expected.values {
        assert_eq!(&read(&store, &Hash::of(value)), value, "{}", story());
    }
    // The store works as before.
    let lease = store.lease();
    store.objects.put(b"afterwards", &lease).expect("stored");
    let record = Record(vec![Hash::of(b"afterwards")]);
    store.records.put(&key("afterwards"), &record, Existing::Keep, &lease).expect("stored");
}

/// The data that survives a crash, chosen differently for each operation.
fn survivals(seed: usize) -> [Survives; 4] {
    let seed = seed as u64;
    [Survives::Everything, Survives::Nothing, Survives::Some(seed), Survives::Torn(seed)]
}

/// Runs one history with all its crashes. Returns the number of disk states that were checked.
fn history(acts: &[Act], seed: usize) -> usize {
    let undisturbed = Forgetful::default();
    let mut store = open(&undisturbed).expect("opened");
    acts.iter().for_each(|act| perform(&mut store, &undisturbed, *act).expect("done"));
    drop(store);
    let operations = undisturbed.done();

    let mut states = 0;
    for stop in 0..=operations {
        let disk = Forgetful::default();
        disk.stop_after(stop);
        let mut expected = Expected::default();
        if let Ok(mut store) = open(&disk) {
            for act in acts {
                let (during, after) = expected.during(*act);
                match perform(&mut store, &disk, *act) {
                    // Once its guarantee holds, an act may ignore errors of the rest of its work.
                    Ok(()) => expected = after,
                    Err(_) => {
                        expected = during;
                        break;
                    }
                }
            }
        }
        for (way, survives) in survivals(seed * 1_000 + stop).into_iter().enumerate() {
            let story =
                || format!("{acts:?}, crash at operation {stop} of {operations}, survives {survives:?}");
            let found = disk.crash(survives);
            check(&found, &expected, &story);
            states += 1;
            if !(stop + way + seed).is_multiple_of(4) && acts.len() > 2 {
                continue;
            }
            // A second crash while the store recovers and continues, at a different operation in each round.
            let again = disk.crash(survives);
            again.stop_after(1 + (stop + way) % 12);
            let mut second = expected.clone();
            if let Ok(mut store) = open(&again) {
                let (during, after) = expected.during(Act::Two);
                second = if perform(&mut store, &again, Act::Two).is_ok() { after } else { during };
            }
            let survives_again = survivals(seed + stop)[(way + stop) % 4];
            let story_again = || format!("{}; again, survives {survives_again:?}", story());
            check(&again.crash(survives_again), &second, &story_again);
            states += 1;
        }
        assert!(stop == operations || disk.has_stopped());
    }
    states
}

/// All histories with this number of acts.
fn histories(length: usize) -> Vec<Vec<Act>> {
    (0..length).fold(vec![Vec::new()], |shorter, _| {
        let longer = |acts: &Vec<Act>| ACTS.map(|act| acts.iter().copied().chain([act]).collect());
        shorter.iter().flat_map(longer).collect()
    })
}

#[test]
fn after_any_crash_published_data_is_intact_and_everything_else_is_absent() {
    let longest =
        if std::env::var_os("PIPELINE_PROOFS").is_some_and(|counts| counts == "full") { 4 } else { 2 };
    let histories: Vec<Vec<Act>> = (1..=longest).flat_map(histories).collect();
    let (next, states) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        while let Some(acts) = histories.get(next.fetch_add(1, Ordering::Relaxed)) {
            let seed = next.load(Ordering::Relaxed);
            states.fetch_add(history(acts, seed), Ordering::Relaxed);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
    let states = states.into_inner();
    println!("{} histories, {states} states", histories.len());
    assert!(longest < 4 || states >= 20_000, "{states} states");
}
