//! Objects and records, whole and damaged.

mod crash;
mod forgetful;

use super::*;
use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

fn open(path: &Path) -> Result<ResultStore, StoreError> {
    ResultStore::open(path, Arc::new(Files))
}

/// The object's bytes, which have to be whole.
fn read(store: &ResultStore, hash: &Hash) -> Vec<u8> {
    store.objects.blob(*hash, Arc::new(store.lease())).expect("held").read().expect("whole")
}

/// Where an object's file is.
fn file(store: &ResultStore, hash: &Hash) -> PathBuf {
    store.place().join(BlobName::object(*hash).to_string())
}

fn put(store: &ResultStore, bytes: &[u8]) -> (Hash, u64) {
    let written = store.objects.put(bytes, &store.lease()).expect("kept");
    (written.hash, written.bytes)
}

fn store() -> (tempfile::TempDir, ResultStore) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder.path().join("store")).expect("a store");
    (folder, store)
}

#[test]
fn an_object_comes_back_and_is_kept_once() {
    let (_folder, store) = store();
    let (hash, size) = put(&store, b"bytes");
    assert_eq!((hash, size), (Hash::of(b"bytes"), 5));
    assert_eq!(put(&store, b"bytes").0, hash);
    assert_eq!(read(&store, &hash), b"bytes");
    assert_eq!(store.objects.check(&hash).expect("looked at"), Integrity::Intact);
    assert_eq!(store.objects.check(&Hash::of(b"other")).expect("looked at"), Integrity::Missing);
}

#[test]
fn a_damaged_object_is_seen_and_healed_by_the_next_write() {
    let (_folder, store) = store();
    let (hash, _) = put(&store, b"bytes");
    for damage in [&b"bytez"[..], b"byte", b""] {
        fs::write(file(&store, &hash), damage).expect("damaged");
        assert_eq!(store.objects.check(&hash).expect("looked at"), Integrity::Damaged);
        let blob = store.objects.blob(hash, Arc::new(store.lease())).expect("held");
        assert!(matches!(blob.read(), Err(StoreError::ObjectGone { .. })));
        put(&store, b"bytes");
        assert_eq!(store.objects.check(&hash).expect("looked at"), Integrity::Intact);
    }
}

#[test]
fn an_object_that_is_not_finished_leaves_nothing() {
    let (folder, store) = store();
    let mut writer = store.objects.writer().expect("a writer");
    std::io::Write::write_all(&mut writer, b"half").expect("written");
    drop(writer);
    drop(store);
    let tmp = folder.path().join("store/tmp");
    assert_eq!(fs::read_dir(tmp).expect("tmp").count(), 0);
}

#[test]
fn what_a_dead_process_left_is_swept_and_what_a_living_one_has_is_not() {
    let (folder, store) = store();
    let writer = store.objects.writer().expect("a writer");
    let tmp = folder.path().join("store/tmp");
    fs::create_dir(tmp.join("1-1-0")).expect("a folder");
    fs::write(tmp.join("1-1-0/0"), "half").expect("a file");
    fs::write(tmp.join("1-1-0.lock"), "").expect("a lock");
    // A crash may have taken the name of the lock, and not that of the folder.
    fs::create_dir(tmp.join("2-2-0")).expect("a folder");

    drop(open(&folder.path().join("store")).expect("a store"));
    assert!(!tmp.join("1-1-0").exists() && !tmp.join("1-1-0.lock").exists() && !tmp.join("2-2-0").exists());
    assert_eq!(writer.finish(&store.lease()).expect("finished").bytes, 0);
}

#[test]
fn a_record_comes_back_and_the_first_one_stays() {
    let (_folder, store) = store();
    let key = Hash::of(b"key");
    assert!(matches!(store.records.get::<u32>(&key), Ok(RecordRead::Absent)));
    store.records.put(&key, &1_u32, Existing::Keep, &store.lease()).expect("kept");
    store.records.put(&key, &2_u32, Existing::Keep, &store.lease()).expect("kept");
    assert!(matches!(store.records.get(&key), Ok(RecordRead::Found(1_u32))));
    store.records.put(&key, &3_u32, Existing::Replace, &store.lease()).expect("kept");
    assert!(matches!(store.records.get(&key), Ok(RecordRead::Found(3_u32))));
}

#[test]
fn a_record_with_any_byte_changed_or_cut_is_damaged() {
    let (_folder, store) = store();
    let key = Hash::of(b"key");
    store.records.put(&key, &["a", "b"], Existing::Keep, &store.lease()).expect("kept");
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
    fs::write(&path, &whole).expect("whole again");
    assert!(matches!(store.records.get::<Vec<String>>(&key), Ok(RecordRead::Found(_))));
    let other = Hash::of(b"other");
    let path = store.place().join(BlobName::record(other).to_string());
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, whole).expect("under another name");
    assert!(matches!(store.records.get::<Vec<String>>(&other), Ok(RecordRead::Damaged)));
}

#[test]
fn a_store_of_another_format_and_a_folder_of_another_kind_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("FORMAT"), "pipeline store, format 99\n").expect("written");
    let error = open(folder.path()).expect_err("refused");
    assert!(matches!(error, StoreError::OtherFormat { found: 99, known: FORMAT, .. }), "{error}");

    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("letters.txt"), "dear").expect("written");
    let error = open(folder.path()).expect_err("refused");
    assert!(matches!(error, StoreError::NotAStore { .. }), "{error}");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}

#[test]
fn a_collection_waits_while_entries_are_added_and_then_finds_them() {
    let (folder, store) = store();
    let exclusive = || {
        let path = folder.path().join("store/gc.lock");
        Files.try_lock(&path, LockKind::Exclusive).expect("tried")
    };
    let [one, two] = [b"1", b"2"].map(|key| Hash::of(key));
    let listed = || store.leases.exclusive().expect("alone").held().expect("a list");
    let lease = store.lease();
    lease.hold_pending(&one).expect("held");
    assert!(matches!(exclusive(), Tried::Held), "an entry that is not listed yet keeps collections waiting");
    lease.flush().expect("listed");
    assert!(matches!(exclusive(), Tried::Taken(_)));
    assert!(listed().contains(&one) && !listed().contains(&two));

    // Entry after entry: a collection gets its turn all the same.
    let mut number = 0_u32;
    while matches!(exclusive(), Tried::Held) || number == 0 {
        number += 1;
        lease.hold_pending(&Hash::of(&number.to_le_bytes())).expect("held");
    }

    lease.hold_pending(&two).expect("held");
    drop(lease);
    assert!(matches!(exclusive(), Tried::Taken(_)), "nothing is held any more");
    assert!(listed().is_empty());
}

#[test]
fn each_lease_holds_for_itself_and_a_long_one_keeps_nothing_of_the_others() {
    let (_folder, store) = store();
    let held = || store.leases.exclusive().expect("alone").held().expect("a list");
    let [one, two] = [b"1", b"2"].map(|key| Hash::of(key));
    let (long, short) = (store.lease(), store.lease());
    long.hold(&one).expect("held");
    short.hold(&one).expect("held");
    drop(short);
    assert!(held().contains(&one), "another holds it, too");
    for number in 0..300_u32 {
        let short = store.lease();
        short.hold_pending(&Hash::of(&number.to_le_bytes())).expect("held");
    }
    let short = store.lease();
    short.hold(&two).expect("held");
    assert!(held().contains(&one) && held().contains(&two));
    assert_eq!(held().len(), 2, "what is over is off the list");
    drop((long, short));
    assert!(held().is_empty());
}

#[test]
fn what_was_found_whole_is_noted_for_other_processes_until_it_changes() {
    let (folder, store) = store();
    let (hash, _) = put(&store, b"bytes");
    store.objects.note_intact().expect("noted");
    // A file that was touched a moment ago might be touched again without a sign.
    std::thread::sleep(Duration::from_millis(2_100));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("later").as_micros() as i64;
    let other = open(&folder.path().join("store")).expect("a store");
    let read = other.objects.damaged(hash).last_whole.expect("noted");
    assert!(read <= now && now - read < 60_000_000, "{read}, {now}");
    assert_eq!(other.objects.integrity(&hash, read).expect("looked at"), Integrity::Intact);
    assert!(!other.objects.is_read(&hash), "by its note, not by its bytes");
    assert_eq!(other.objects.integrity(&hash, read + 1).expect("looked at"), Integrity::Intact);
    assert!(other.objects.is_read(&hash), "the note was too old");

    other.objects.suspect(&[hash]);
    let third = open(&folder.path().join("store")).expect("a store");
    assert_eq!(third.objects.damaged(hash), other.objects.damaged(hash), "that stays known");
    assert_eq!(third.objects.integrity(&hash, 0).expect("looked at"), Integrity::Intact);
    assert!(third.objects.is_read(&hash), "the note does not count any more");
    fs::write(file(&store, &hash), b"bytez").expect("damaged");
    assert_eq!(third.objects.integrity(&hash, 0).expect("looked at"), Integrity::Damaged);
}

#[test]
fn blobs_in_memory_keep_what_files_keep() {
    let folder = tempfile::tempdir().expect("a folder");
    let stores = [
        open(&folder.path().join("store")).expect("a store"),
        ResultStore::on(Arc::new(MemoryBlobs::new()), Arc::new(MemoryLeases::new())),
    ];
    let stories = stores.map(|store| {
        let (hash, size) = put(&store, b"some bytes");
        let key = Hash::of(b"key");
        let lease = Arc::new(store.lease());
        let first = store.records.put(&key, &1, Existing::Keep, &lease).expect("kept");
        let second = store.records.put(&key, &2, Existing::Keep, &lease).expect("kept");
        let blob = store.objects.blob(hash, lease.clone()).expect("held");
        let mut middle = String::new();
        io::Read::read_to_string(&mut blob.open(5..9).expect("opened"), &mut middle).expect("read");
        let local = fs::read(blob.local().expect("a file").path()).expect("read");
        let integrity = store.objects.integrity(&hash, 0).expect("looked at");
        let other = put(&store, b"others").0;
        let live = || Ok::<_, StoreError>(Live::default());
        let (grace, since) = (Duration::ZERO, UNIX_EPOCH);
        let spared = store.collect(live, |_: &i32| Vec::new(), grace, since, false).expect("collected");
        drop((blob, lease));
        let names = [BlobName::object(hash), BlobName::object(other), BlobName::record(key)];
        let found = names.map(|name| store.blobs.head(&name).is_ok_and(|stamp| stamp.size > 0));
        let listed = store.blobs.list(Space::Records, &key.to_string()[..3]).expect("listed");
        format!("{size} {first} {second} {middle} {local:?} {integrity:?} {spared:?} {found:?} {listed:?}")
    });
    assert_eq!(stories[0], stories[1]);
    assert!(stories[0].contains("10 true false byte"), "{}", stories[0]);
}

#[test]
fn processes_that_come_and_go_never_take_each_others_folders() {
    let (folder, _store) = store();
    let root = folder.path().join("store");
    let over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (root, over) = (&root, &over);
        let come = scope.spawn(move || {
            for turn in 0..2000_u32 {
                // A folder is claimed with the first file.
                let store = open(root).expect("a store");
                put(&store, &turn.to_le_bytes());
            }
        });
        for _ in 0..3 {
            scope.spawn(move || {
                while !over.load(std::sync::atomic::Ordering::Relaxed) {
                    drop(open(root).expect("a store, which is swept"));
                }
            });
        }
        let came = come.join();
        over.store(true, std::sync::atomic::Ordering::Relaxed);
        came.expect("nobody took a folder");
    });
}

#[test]
fn a_file_system_without_locks_or_durable_folders_is_refused_in_words() {
    let refused = ResultStore::open(Path::new("/store"), Arc::new(forgetful::Forgetful::lockless()));
    let message = refused.expect_err("refused").to_string();
    assert!(message.contains("has no file locks, or can't make folders durable"), "{message}");
    assert!(message.contains("Choose a directory on a disk of this machine"), "{message}");
}

#[test]
fn a_store_that_is_open_in_another_place_is_refused_until_it_is_closed_there() {
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
        let message = open(&root).expect_err("refused").to_string();
        assert!(message.contains("on another machine or through another mount"), "{message}");
        assert!(message.contains(&lock.display().to_string()), "what to remove: {message}");
        assert_eq!(fs::read_dir(root.join("tmp")).expect("tmp").count(), before, "nothing stays behind");
        fs::remove_file(lock).expect("closed");
        drop(open(&root).expect("opened"));
    }
    // A session of this machine before it was started again is over.
    let gone = Place { boot: "before".into(), ..here };
    let lock = root.join("tmp").join(format!("1-2-3@{gone}.lock"));
    fs::write(&lock, "").expect("written");
    drop(open(&root).expect("opened"));
    assert!(!lock.exists(), "it is swept");
    drop(store);
}
