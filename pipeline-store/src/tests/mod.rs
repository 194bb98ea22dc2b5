//! Tests of objects, records, leases and garbage collection.

mod crash;
mod forgetful;

use super::*;
use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

fn open(path: &Path) -> Result<ResultStore, StoreError> {
    ResultStore::open(path, Arc::new(Files))
}

/// The object's bytes, which must be intact.
fn read(store: &ResultStore, hash: &Hash) -> Vec<u8> {
    store.objects.blob(*hash, Arc::new(store.lease())).expect("held").read().expect("intact")
}

/// The path of an object's file.
fn file(store: &ResultStore, hash: &Hash) -> PathBuf {
    store.place().join(BlobName::object(*hash).to_string())
}

fn put(store: &ResultStore, bytes: &[u8]) -> (Hash, u64) {
    let written = store.objects.put(bytes, &store.lease()).expect("stored");
    (written.hash, written.bytes)
}

fn store() -> (tempfile::TempDir, ResultStore) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder.path().join("store")).expect("a store");
    (folder, store)
}

#[test]
fn objects_round_trip_and_equal_ones_are_stored_once() {
    let (_folder, store) = store();
    let (hash, size) = put(&store, b"bytes");
    assert_eq!((hash, size), (Hash::of(b"bytes"), 5));
    assert_eq!(put(&store, b"bytes").0, hash);
    assert_eq!(read(&store, &hash), b"bytes");
    assert_eq!(store.objects.check(&hash).expect("checked"), Integrity::Intact);
    assert_eq!(store.objects.check(&Hash::of(b"other")).expect("checked"), Integrity::Missing);
}

#[test]
fn a_damaged_object_is_found_and_repaired_by_the_next_write() {
    let (_folder, store) = store();
    let (hash, _) = put(&store, b"bytes");
    for damage in [&b"bytez"[..], b"byte", b""] {
        fs::write(file(&store, &hash), damage).expect("damaged");
        assert_eq!(store.objects.check(&hash).expect("checked"), Integrity::Damaged);
        let blob = store.objects.blob(hash, Arc::new(store.lease())).expect("held");
        assert!(matches!(blob.read(), Err(StoreError::ObjectGone { .. })));
        put(&store, b"bytes");
        assert_eq!(store.objects.check(&hash).expect("checked"), Integrity::Intact);
    }
}

#[test]
fn an_unfinished_object_leaves_no_files() {
    let (folder, store) = store();
    let mut writer = store.objects.writer().expect("a writer");
    std::io::Write::write_all(&mut writer, b"half").expect("written");
    drop(writer);
    drop(store);
    let tmp = folder.path().join("store/tmp");
    assert_eq!(fs::read_dir(tmp).expect("tmp").count(), 0);
}

#[test]
fn sweeping_removes_files_of_dead_processes_and_spares_those_of_living_ones() {
    let (folder, store) = store();
    let writer = store.objects.writer().expect("a writer");
    let tmp = folder.path().join("store/tmp");
    fs::create_dir(tmp.join("1-1-0")).expect("a folder");
    fs::write(tmp.join("1-1-0/0"), "half").expect("a file");
    fs::write(tmp.join("1-1-0.lock"), "").expect("a lock");
    // A crash may have removed the name of the lock file, but not that of the folder.
    fs::create_dir(tmp.join("2-2-0")).expect("a folder");

    drop(open(&folder.path().join("store")).expect("a store"));
    assert!(!tmp.join("1-1-0").exists() && !tmp.join("1-1-0.lock").exists() && !tmp.join("2-2-0").exists());
    assert_eq!(writer.finish(&store.lease()).expect("finished").bytes, 0);
}

#[test]
fn records_round_trip_and_the_first_one_stays_unless_replaced() {
    let (_folder, store) = store();
    let key = Hash::of(b"key");
    assert!(matches!(store.records.get::<u32>(&key), Ok(RecordRead::Absent)));
    store.records.put(&key, &1_u32, Existing::Keep, &store.lease()).expect("stored");
    store.records.put(&key, &2_u32, Existing::Keep, &store.lease()).expect("stored");
    assert!(matches!(store.records.get(&key), Ok(RecordRead::Found(1_u32))));
    store.records.put(&key, &3_u32, Existing::Replace, &store.lease()).expect("stored");
    assert!(matches!(store.records.get(&key), Ok(RecordRead::Found(3_u32))));
}

#[test]
fn a_record_with_any_byte_changed_or_truncated_is_damaged() {
    let (_folder, store) = store();
    let key = Hash::of(b"key");
    store.records.put(&key, &["a", "b"], Existing::Keep, &store.lease()).expect("stored");
    let path = store.place().join(BlobName::record(key).to_string());
    let whole = fs::read(&path).expect("bytes");
    for i in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[i] ^= 1;
        fs::write(&path, &bytes).expect("damaged");
        assert!(matches!(store.records.get::<Vec<String>>(&key), Ok(RecordRead::Damaged)), "byte {i}");
        fs::write(&path, &whole[..i]).expect("cut");
        assert!(matches!(store.records.get::<Vec<String>>(&key), Ok(RecordRead::Damaged)), "cut at {i}");
    }
    fs::write(&path, &whole).expect("intact again");
    assert!(matches!(store.records.get::<Vec<String>>(&key), Ok(RecordRead::Found(_))));
    let other = Hash::of(b"other");
    let path = store.place().join(BlobName::record(other).to_string());
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, whole).expect("under another name");
    assert!(matches!(store.records.get::<Vec<String>>(&other), Ok(RecordRead::Damaged)));
}

#[test]
fn a_store_of_a_later_format_and_a_directory_with_other_files_are_rejected() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("FORMAT"), "pipeline store, format 99\n").expect("written");
    let error = open(folder.path()).expect_err("rejected");
    assert!(matches!(error, StoreError::OtherFormat { found: 99, known: FORMAT, .. }), "{error}");

    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("letters.txt"), "dear").expect("written");
    let error = open(folder.path()).expect_err("rejected");
    assert!(matches!(error, StoreError::NotAStore { .. }), "{error}");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}

#[test]
fn garbage_collection_waits_for_pending_entries_and_then_finds_them() {
    let (folder, store) = store();
    let exclusive = || {
        let path = folder.path().join("store/gc.lock");
        Files.try_lock(&path, LockKind::Exclusive).expect("tried")
    };
    let [one, two] = [b"1", b"2"].map(|key| Hash::of(key));
    let listed = || store.leases.exclusive().expect("exclusive").held().expect("a list");
    let lease = store.lease();
    lease.hold_pending(&one).expect("held");
    assert!(matches!(exclusive(), TryLock::Held), "a pending entry keeps garbage collections waiting");
    lease.flush().expect("listed");
    assert!(matches!(exclusive(), TryLock::Taken(_)));
    assert!(listed().contains(&one) && !listed().contains(&two));

    // Even while entry follows entry, a garbage collection gets its turn.
    let mut number = 0_u32;
    while matches!(exclusive(), TryLock::Held) || number == 0 {
        number += 1;
        lease.hold_pending(&Hash::of(&number.to_le_bytes())).expect("held");
    }

    lease.hold_pending(&two).expect("held");
    drop(lease);
    assert!(matches!(exclusive(), TryLock::Taken(_)), "no name is held any more");
    assert!(listed().is_empty());
}

#[test]
fn leases_hold_independently_and_a_long_one_keeps_no_entries_of_others() {
    let (_folder, store) = store();
    let held = || store.leases.exclusive().expect("exclusive").held().expect("a list");
    let [one, two] = [b"1", b"2"].map(|key| Hash::of(key));
    let (long, short) = (store.lease(), store.lease());
    long.hold(&one).expect("held");
    short.hold(&one).expect("held");
    drop(short);
    assert!(held().contains(&one), "another lease holds it as well");
    for number in 0..300_u32 {
        let short = store.lease();
        short.hold_pending(&Hash::of(&number.to_le_bytes())).expect("held");
    }
    let short = store.lease();
    short.hold(&two).expect("held");
    assert!(held().contains(&one) && held().contains(&two));
    assert_eq!(held().len(), 2, "released names are off the list");
    drop((long, short));
    assert!(held().is_empty());
}

#[test]
fn integrity_notes_serve_other_processes_until_the_object_changes() {
    let (folder, store) = store();
    let (hash, _) = put(&store, b"bytes");
    store.objects.note_intact().expect("noted");
    // A file that has just changed might change again and keep its stamp.
    std::thread::sleep(Duration::from_millis(2_100));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("later").as_micros() as i64;
    let other = open(&folder.path().join("store")).expect("a store");
    let read = other.objects.damaged(hash).last_whole.expect("noted");
    assert!(read <= now && now - read < 60_000_000, "{read}, {now}");
    assert_eq!(other.objects.integrity(&hash, read).expect("checked"), Integrity::Intact);
    assert!(!other.objects.is_read(&hash), "checked by its note, not by its bytes");
    assert_eq!(other.objects.integrity(&hash, read + 1).expect("checked"), Integrity::Intact);
    assert!(other.objects.is_read(&hash), "the note was too old");

    other.objects.suspect(&[hash]);
    let third = open(&folder.path().join("store")).expect("a store");
    assert_eq!(
        third.objects.damaged(hash),
        other.objects.damaged(hash),
        "the time of the last check is kept"
    );
    assert_eq!(third.objects.integrity(&hash, 0).expect("checked"), Integrity::Intact);
    assert!(third.objects.is_read(&hash), "the note no longer counts");
    fs::write(file(&store, &hash), b"bytez").expect("damaged");
    assert_eq!(third.objects.integrity(&hash, 0).expect("checked"), Integrity::Damaged);
}

#[test]
fn memory_blobs_behave_like_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let stores = [
        open(&folder.path().join("store")).expect("a store"),
        ResultStore::with_blobs(Arc::new(MemoryBlobs::new()), Arc::new(MemoryLeases::new())),
    ];
    let outcomes = stores.map(|store| {
        let (hash, size) = put(&store, b"some bytes");
        let key = Hash::of(b"key");
        let lease = Arc::new(store.lease());
        let first = store.records.put(&key, &1, Existing::Keep, &lease).expect("stored");
        let second = store.records.put(&key, &2, Existing::Keep, &lease).expect("stored");
        let blob = store.objects.blob(hash, lease.clone()).expect("held");
        let mut middle = String::new();
        io::Read::read_to_string(&mut blob.open(5..9).expect("opened"), &mut middle).expect("read");
        let local = fs::read(blob.local().expect("a file").path()).expect("read");
        let integrity = store.objects.integrity(&hash, 0).expect("checked");
        let other = put(&store, b"others").0;
        let live = || Ok::<_, StoreError>(Roots::default());
        let (grace, since) = (Duration::ZERO, UNIX_EPOCH);
        let spared = store.collect(live, |_: &i32| Vec::new(), grace, since, false).expect("collected");
        drop((blob, lease));
        let names = [BlobName::object(hash), BlobName::object(other), BlobName::record(key)];
        let found = names.map(|name| store.blobs.head(&name).is_ok_and(|stamp| stamp.size > 0));
        let listed = store.blobs.list(Space::Records, &key.to_string()[..3]).expect("listed");
        format!("{size} {first} {second} {middle} {local:?} {integrity:?} {spared:?} {found:?} {listed:?}")
    });
    assert_eq!(outcomes[0], outcomes[1]);
    assert!(outcomes[0].contains("10 true false byte"), "{}", outcomes[0]);
}

#[test]
fn starting_and_ending_processes_never_remove_each_others_folders() {
    let (folder, _store) = store();
    let root = folder.path().join("store");
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (root, done) = (&root, &done);
        let opening = scope.spawn(move || {
            for turn in 0..2000_u32 {
                // The first file creates the folder.
                let store = open(root).expect("a store");
                put(&store, &turn.to_le_bytes());
            }
        });
        for _ in 0..3 {
            scope.spawn(move || {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    drop(open(root).expect("a store"));
                }
            });
        }
        let opened = opening.join();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        opened.expect("no folder was removed");
    });
}

#[test]
fn a_file_system_without_locks_or_durable_folders_is_rejected_with_advice() {
    let opened = ResultStore::open(Path::new("/store"), Arc::new(forgetful::Forgetful::lockless()));
    let message = opened.expect_err("rejected").to_string();
    assert!(message.contains("has no file locks, or can't make folders durable"), "{message}");
    assert!(message.contains("Choose a directory on a local disk"), "{message}");
}

#[test]
fn a_store_that_is_open_in_another_place_is_rejected_until_it_is_closed_there() {
    let (folder, store) = store();
    let root = folder.path().join("store");
    let here = Place::of(&root);
    let elsewhere = [
        Place { machine: "other".into(), boot: "other".into(), ..here.clone() },
        Place { device: "another mount".into(), ..here.clone() },
    ];
    for place in elsewhere {
        let lock = root.join("tmp").join(format!("1-2-3@{place}.lock"));
        fs::write(&lock, "").expect("written");
        let before = fs::read_dir(root.join("tmp")).expect("tmp").count();
        let message = open(&root).expect_err("rejected").to_string();
        assert!(message.contains("on another machine or through another mount"), "{message}");
        assert!(message.contains(&lock.display().to_string()), "names the file to remove: {message}");
        assert_eq!(fs::read_dir(root.join("tmp")).expect("tmp").count(), before, "no files are left behind");
        fs::remove_file(lock).expect("closed");
        drop(open(&root).expect("opened"));
    }
    // A session from before this machine restarted has ended.
    let gone = Place { boot: "before".into(), ..here };
    let lock = root.join("tmp").join(format!("1-2-3@{gone}.lock"));
    fs::write(&lock, "").expect("written");
    drop(open(&root).expect("opened"));
    assert!(!lock.exists(), "the lock file is swept");
    drop(store);
}
