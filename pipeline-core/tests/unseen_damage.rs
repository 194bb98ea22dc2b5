//! Silent corruption: the bytes of an object change, but its size and times do not show it.

#![cfg(feature = "polars")]

use skipstone::polars::prelude::{ChunkAgg, col};
use skipstone::{Frame, Hash, Row, Store, scenario, task, testing, upkeep::Problem};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Row)]
struct Number {
    number: i64,
}

#[task(skippable)]
fn doubled(up_to: i64) -> Frame<Number> {
    Frame::from_rows(&(1..=up_to).map(|number| Number { number: 2 * number }).collect::<Vec<_>>())
}

#[task(skippable)]
fn total(doubled: &Frame<Number>, from: i64) -> skipstone::Result<i64> {
    let numbers = doubled.lazy().filter(col("number").gt(2 * from)).collect()?;
    Ok(numbers.column("number")?.i64()?.sum().unwrap_or_default())
}

#[task(skippable)]
fn sentence(total: i64) -> String {
    format!("{total} in all")
}

scenario! {
    Numbers {
        input up_to: i64 = 10;
        input from: i64 = 0;
        doubled = doubled(up_to);
        total = total(doubled, from);
        sentence = sentence(total);
    }
}

/// Enough numbers for a long object, whose integrity check looks at size and times instead of bytes.
const MANY: i64 = 2_000_000;

fn open(path: &Path) -> (Store, Numbers) {
    let store = Store::open(path).expect("opened");
    let numbers = Numbers::open(&store, "a").expect("opened");
    (store, numbers)
}

/// Returns the path of the largest object.
fn object(store: &Path) -> PathBuf {
    let folders = fs::read_dir(store.join("objects")).expect("a folder");
    let files = folders.flat_map(|folder| fs::read_dir(folder.expect("an entry").path()).expect("a folder"));
    let files = files.map(|file| file.expect("an entry").path());
    files.max_by_key(|file| fs::metadata(file).expect("a file").len()).expect("an object")
}

/// Changes a byte in the middle of the largest object, and updates its integrity note as if it were untouched.
fn damage(store: &Path) {
    let path = object(store);
    let mut bytes = fs::read(&path).expect("bytes");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).expect("written");
    let metadata = fs::metadata(&path).expect("a file");
    let nanos = |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    let mut stamp = metadata.len().to_le_bytes().to_vec();
    stamp.extend(nanos(metadata.mtime(), metadata.mtime_nsec()).to_le_bytes());
    stamp.extend(nanos(metadata.ctime(), metadata.ctime_nsec()).to_le_bytes());
    stamp.extend(metadata.dev().to_le_bytes());
    stamp.extend(metadata.ino().to_le_bytes());
    // A note has the object's hash, its stamp, the time of the last check, and the first bytes of the hash of these.
    let below = path.strip_prefix(store.join("objects")).expect("an object").display().to_string();
    let hash: Hash = below.replace('/', "").parse().expect("a name");
    let notes = store.join("whole").join(&below[..2]);
    let mut text = fs::read(&notes).expect("notes");
    let note = text.chunks_mut(104).find(|note| note.starts_with(hash.as_bytes())).expect("a note");
    note[32..88].copy_from_slice(&stamp);
    let check = Hash::of(&note[..96]);
    note[96..].copy_from_slice(&check.as_bytes()[..8]);
    fs::write(notes, text).expect("written");
}

/// Returns a store with a table of numbers up to `up_to`, made by a process that has ended.
fn store_with(up_to: i64) -> testing::TemporaryStore {
    let temporary = testing::store();
    let numbers = Numbers::create(&temporary, "a").expect("created");
    numbers.up_to.write(up_to).expect("written");
    numbers.submit().expect("a run");
    temporary
}

fn sum(up_to: i64, from: i64) -> String {
    format!("{} in all", up_to * (up_to + 1) - from * (from + 1))
}

#[test]
fn a_short_object_is_always_checked_against_its_hash() {
    let temporary = store_with(1_000);
    damage(temporary.path());
    let (_store, numbers) = open(temporary.path());
    let error = numbers.doubled.read().map(drop).expect_err("refused");
    assert!(error.to_string().contains("missing from the store or damaged"), "{error}");
    let run = open(temporary.path()).1.submit().expect("a run");
    assert_eq!(
        run.ran(),
        ["doubled", "total"],
        "the table was not checked since it was written, so `total` is doubtful"
    );
    assert_eq!(numbers.doubled.read().expect("a table").rows().expect("read").len(), 1_000);
}

#[test]
fn bytes_are_checked_again_after_the_rehash_age() {
    let temporary = store_with(MANY);
    damage(temporary.path());
    let (_store, numbers) = open(temporary.path());
    assert_eq!(numbers.submit().expect("a run").ran(), [""; 0], "the damage is not visible");
    let (store, numbers) = open(temporary.path());
    store.rehash_after(Duration::from_millis(1));
    let run = numbers.submit().expect("a run");
    assert_eq!(run.ran(), ["doubled", "total"]);
    assert!(run.warnings.iter().any(|warning| warning.contains("output damaged")), "{:?}", run.warnings);
    assert_eq!(store.check().expect("readable").problems, []);
}

#[test]
fn a_store_check_discards_results_made_from_damaged_bytes() {
    let temporary = store_with(MANY);
    damage(temporary.path());
    let (store, numbers) = open(temporary.path());
    numbers.from.write(2).expect("written");
    numbers.submit().expect("a run");
    assert_ne!(numbers.sentence.read().expect("read"), sum(MANY, 2), "the result contains the damage");

    let problems = store.check().expect("readable").problems;
    let doubtful =
        problems.iter().filter(|problem| matches!(problem, Problem::ResultDoubtful { .. })).count();
    assert!(problems.iter().any(|problem| matches!(problem, Problem::ObjectDamaged { .. })), "{problems:?}");
    assert_eq!(doubtful, 2, "the table was not checked since it was written: {problems:?}");
    // Doubtful results can't be read.
    assert!(numbers.total.read().is_err() && numbers.sentence.read().is_err());

    for numbers in [numbers, open(temporary.path()).1] {
        numbers.submit().expect("a run");
        assert_eq!(numbers.sentence.read().expect("read"), sum(MANY, 2));
    }
    assert_eq!(store.check().expect("readable").problems, []);
}

#[test]
fn results_made_before_the_last_check_of_an_object_are_kept() {
    let temporary = store_with(MANY);
    // Wait until the stamp is old enough to be trusted, so that the next check is recorded.
    std::thread::sleep(Duration::from_millis(2_100));
    let (store, numbers) = open(temporary.path());
    store.rehash_after(Duration::from_millis(1));
    numbers.submit().expect("a run");
    damage(temporary.path());
    let (store, numbers) = open(temporary.path());
    store.check().expect("readable");
    let run = numbers.submit().expect("a run");
    assert_eq!(run.ran(), ["doubled"]);
    assert_eq!(numbers.sentence.read().expect("read"), sum(MANY, 0));
}

#[test]
fn rewriting_an_object_discards_results_made_from_its_damaged_bytes() {
    let temporary = store_with(MANY);
    damage(temporary.path());
    let (_store, numbers) = open(temporary.path());
    numbers.from.write(2).expect("written");
    numbers.submit().expect("a run");
    assert_ne!(numbers.sentence.read().expect("read"), sum(MANY, 2), "the result contains the damage");
    let run = numbers.submission().force("doubled").expect("a task").submit().expect("a run");
    assert_eq!(run.ran(), ["doubled", "total", "sentence"]);
    assert_eq!(numbers.sentence.read().expect("read"), sum(MANY, 2));
}
