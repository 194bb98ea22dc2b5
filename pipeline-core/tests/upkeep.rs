//! Maintenance of a store: disk usage, garbage collection and checks.

use skipstone::{Run, Store, scenario, task, testing, upkeep::Problem};
use std::time::Duration;

#[task(skippable)]
fn repeated(number: u64) -> Vec<u64> {
    vec![number; 100]
}

#[task(skippable)]
fn total(numbers: &[u64]) -> u64 {
    numbers.iter().sum()
}

scenario! { pub Totals { input number: u64 = 1; repeated = repeated(number); total = total(repeated); } }

fn run_with(scenario: &Totals, number: u64) -> Run {
    scenario.number.write(number).expect("written");
    scenario.submit().expect("a run")
}

fn collect(store: &Store, dry_run: bool) -> (usize, usize) {
    let collection = match dry_run {
        true => store.plan_collection(Duration::ZERO),
        false => store.collect(Duration::ZERO),
    };
    let collection = collection.expect("collected");
    (collection.records.len(), collection.objects.len())
}

#[test]
fn reachable_results_are_kept_and_older_ones_are_collected() {
    let store = testing::store();
    let (a, b) =
        (Totals::create(&store, "a").expect("created"), Totals::create(&store, "b").expect("created"));
    run_with(&a, 2);
    run_with(&a, 3);
    run_with(&b, 4);
    // The two results for 2 and their objects are collected. The input 2 stays, because its edit can be reverted.
    assert_eq!(collect(&store, false), (2, 2));
    assert_eq!(a.submit().expect("a run").ran(), [""; 0]);
    assert_eq!(b.submit().expect("a run").ran(), [""; 0]);
    assert_eq!((a.total.read().expect("read"), b.total.read().expect("read")), (300, 400));
    assert_eq!(run_with(&a, 2).ran(), ["repeated", "total"]);
    assert_eq!(store.check().expect("readable").problems, []);
}

#[test]
fn a_dry_run_lists_exactly_what_a_collection_removes() {
    let store = testing::store();
    let scenario = Totals::create(&store, "a").expect("created");
    (1..6).for_each(|number| drop(run_with(&scenario, number)));
    let planned = store.plan_collection(Duration::ZERO).expect("planned");
    assert_eq!(store.plan_collection(Duration::ZERO).expect("planned"), planned);
    let collected = store.collect(Duration::ZERO).expect("collected");
    assert!(!planned.objects.is_empty() && planned.bytes > 0);
    assert_eq!(
        (planned.records, planned.objects, planned.bytes, planned.kept),
        (collected.records, collected.objects, collected.bytes, collected.kept)
    );
    assert_eq!(collect(&store, true), (0, 0));
}

#[test]
fn results_younger_than_the_grace_period_are_kept() {
    let store = testing::store();
    let scenario = Totals::create(&store, "a").expect("created");
    run_with(&scenario, 2);
    run_with(&scenario, 3);
    let collection = store.collect(Duration::from_secs(3_600)).expect("collected");
    assert_eq!((collection.records.len(), collection.objects.len()), (0, 0));
    assert_eq!(run_with(&scenario, 2).ran(), [""; 0]);
}

#[test]
fn a_pinned_run_keeps_its_results() {
    let store = testing::store();
    let scenario = Totals::create(&store, "a").expect("created");
    let pinned = run_with(&scenario, 2).id;
    run_with(&scenario, 3);
    store.pin(pinned).expect("pinned");
    assert_eq!(collect(&store, false), (0, 0));
    assert_eq!(run_with(&scenario, 2).ran(), [""; 0]);
    run_with(&scenario, 3);
    store.unpin(pinned).expect("unpinned");
    assert_eq!(collect(&store, false).0, 2);
    let message = store.pin(99.into()).expect_err("no run").to_string();
    assert!(message.contains("no run 99"), "{message}");
}

#[test]
fn results_in_use_by_another_process_are_kept() {
    #[task(skippable)]
    fn collecting(total: u64, path: &str) -> bool {
        // A second handle, as in another process, collects during this submission.
        let store = Store::open(path).expect("opened");
        store.collect(Duration::ZERO).expect("collected");
        total > 0
    }
    scenario! {
        Collecting {
            input number: u64 = 7;
            input path: String;
            repeated = repeated(number);
            total = total(repeated);
            done = collecting(total, path);
        }
    }

    let store = testing::store();
    let path = store.path().to_str().expect("a path").to_owned();
    let scenario = Collecting::create(&store, "a", CollectingInputs { path }).expect("created");
    scenario.submit().expect("a run");
    let run = scenario.submit().expect("a run");
    assert_eq!((run.ran(), run.warnings.len()), (Vec::new(), 0));
}

#[test]
fn disk_usage_is_reported_by_scenario() {
    let store = testing::store();
    let scenario = Totals::create(&store, "a").expect("created");
    run_with(&scenario, 2);
    run_with(&scenario, 3);
    let usage = store.usage().expect("usage");
    assert_eq!((usage.objects, usage.records), (6, 4));
    assert!(usage.scenarios["a"] > 0 && usage.unreached_bytes > 0 && usage.registry_bytes > 0);
    assert_eq!(usage.object_bytes, usage.scenarios["a"] + usage.unreached_bytes);
    collect(&store, false);
    assert_eq!(store.usage().expect("usage").unreached_bytes, 0);
}

#[test]
fn a_check_names_damaged_and_missing_objects() {
    let store = testing::store();
    let scenario = Totals::create(&store, "a").expect("created");
    let run = run_with(&scenario, 2);
    let object = run.jobs[0].outputs[0].value.hash;
    let path = store.path().join("objects").join(&object.to_string()[..2]).join(&object.to_string()[2..]);
    std::fs::write(&path, "something else").expect("damaged");
    // The object was not checked since it was written, so the result that was made from it is doubtful.
    let doubtful = run.jobs[1].key.expect("a key");
    assert_eq!(
        store.check().expect("readable").problems,
        [Problem::ObjectDamaged { object }, Problem::ResultDoubtful { key: doubtful, object }]
    );
    std::fs::remove_file(&path).expect("removed");
    let key = run.jobs[0].key.expect("a key");
    assert_eq!(store.check().expect("readable").problems, [Problem::ObjectMissing { key, object }]);
}

#[test]
fn a_result_that_a_forced_run_replaces_is_kept_for_a_run_that_skipped_to_it() {
    use std::sync::atomic::{AtomicU64, Ordering};
    static CALLS: AtomicU64 = AtomicU64::new(0);

    #[task(skippable)]
    fn different(number: u64) -> u64 {
        number + 1_000 * CALLS.fetch_add(1, Ordering::SeqCst)
    }
    #[task(skippable)]
    fn meddling(different: u64, path: &str) -> u64 {
        // Meanwhile another scenario computes the same result again, and garbage is collected.
        if !path.is_empty() {
            let store = Store::open(path).expect("opened");
            let other = Meddling::open(&store, "other").expect("opened");
            other.submission().force("different").expect("an output").submit().expect("a run");
            store.collect(Duration::ZERO).expect("collected");
        }
        different
    }
    scenario! { Meddling { input number: u64 = 1; input path: String = ""; different = different(number); meddled = meddling(different, path); } }

    let store = testing::store();
    Meddling::create(&store, "other").expect("created").submit().expect("a run");
    let scenario = Meddling::create(&store, "a").expect("created");
    scenario.path.write(store.path().to_str().expect("a path").into()).expect("written");
    let run = scenario.submit().expect("a run");
    assert_eq!(run.skipped(), ["different"]);
    assert_eq!(scenario.different.read().expect("read"), scenario.meddled.read().expect("read"));
}

#[test]
fn results_survive_the_loss_of_the_registry() {
    let store = testing::store();
    run_with(&Totals::create(&store, "a").expect("created"), 2);
    let path = store.path().to_owned();
    // The results look an hour old.
    for folder in ["objects", "records"] {
        for folder in std::fs::read_dir(path.join(folder)).expect("a folder") {
            for file in std::fs::read_dir(folder.expect("an entry").path()).expect("a folder") {
                let file = std::fs::File::options()
                    .write(true)
                    .open(file.expect("an entry").path())
                    .expect("opened");
                file.set_modified(std::time::SystemTime::now() - Duration::from_secs(3_600)).expect("a time");
            }
        }
    }
    for name in ["registry.sqlite", "registry.sqlite-wal", "registry.sqlite-shm"] {
        let _ = std::fs::remove_file(path.join(name));
    }
    let reopened = store.reopen();
    let collection = reopened.collect(Duration::ZERO).expect("collected");
    assert_eq!((collection.records.len(), collection.objects.len()), (0, 0));
    assert!(collection.unregistered > 0);
    // The results are found again.
    assert_eq!(run_with(&Totals::create(&reopened, "a").expect("created"), 2).ran(), [""; 0]);
}

#[test]
fn a_failed_run_keeps_earlier_results() {
    #[task(skippable)]
    fn picky(number: i64) -> Result<i64, String> {
        if number < 0 { Err("negative".into()) } else { Ok(number) }
    }
    scenario! { Picky { input number: i64 = 1; picked = picky(number); } }

    let store = testing::store();
    let scenario = Picky::create(&store, "a").expect("created");
    scenario.submit().expect("a run");
    scenario.number.write(-1).expect("written");
    scenario.submit().expect_err("it fails");
    assert_eq!(collect(&store, false).0, 0);
    scenario.number.write(1).expect("written");
    assert_eq!(scenario.submit().expect("a run").ran(), [""; 0]);
}

#[test]
fn a_lost_value_of_an_input_is_reported_with_a_fix() {
    let store = testing::store();
    let scenario = Totals::create(&store, "a").expect("created");
    run_with(&scenario, 2);
    let before = store.usage().expect("usage").objects;
    scenario.number.write(77).expect("written");
    assert_eq!(store.usage().expect("usage").objects, before + 1);
    // The newest object is the value.
    let folders = std::fs::read_dir(store.path().join("objects")).expect("objects");
    let files =
        folders.flat_map(|folder| std::fs::read_dir(folder.expect("a folder").path()).expect("a folder"));
    let newest = files
        .map(|file| file.expect("a file").path())
        .max_by_key(|path| std::fs::metadata(path).and_then(|file| file.modified()).expect("a time"));
    std::fs::remove_file(newest.expect("an object")).expect("removed");
    assert!(matches!(store.check().expect("readable").problems[..], [Problem::InputMissing { .. }]));
    let message = scenario.submit().expect_err("no value").to_string();
    assert!(
        message.contains("input `number` of scenario `a`") && message.contains("--set number=VALUE"),
        "{message}"
    );
    assert_eq!(run_with(&scenario, 2).ran(), [""; 0]);
}

#[test]
fn unrelated_files_in_the_store_are_left_alone() {
    let store = testing::store();
    run_with(&Totals::create(&store, "a").expect("created"), 2);
    std::fs::write(store.path().join("objects/.DS_Store"), "of a file manager").expect("written");
    std::fs::write(store.path().join("records/notes.txt"), "of a person").expect("written");
    assert_eq!(store.check().expect("readable").problems, []);
    assert_eq!(collect(&store, false), (0, 0));
    assert!(store.path().join("objects/.DS_Store").exists());
}

#[test]
fn a_deletion_survives_a_power_loss_once_its_objects_are_collected() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, after) = (folder.path().join("store"), folder.path().join("after"));
    let store = Store::open(&path).expect("a store");
    for name in ["a", "b"] {
        run_with(&Totals::create(&store, name).expect("created"), name.len() as u64 + 1);
    }
    run_with(&Totals::open(&store, "a").expect("opened"), 7);
    // When the last handle is dropped, the registry's log is merged into its file.
    drop(store);
    let store = Store::open(&path).expect("a store");
    store.delete("a").expect("deleted");
    assert!(collect(&store, false).1 > 0);

    // Power is lost: the part of the log that was not synced is gone.
    fn copy(from: &std::path::Path, to: &std::path::Path) {
        std::fs::create_dir_all(to).expect("a folder");
        for entry in std::fs::read_dir(from).expect("a folder").flatten() {
            let to = to.join(entry.file_name());
            match entry.file_type().expect("a kind").is_dir() {
                true => copy(&entry.path(), &to),
                false => drop(std::fs::copy(entry.path(), to).expect("copied")),
            }
        }
    }
    copy(&path, &after);
    for log in ["registry.sqlite-wal", "registry.sqlite-shm"] {
        std::fs::remove_file(after.join(log)).expect("lost");
    }
    let store = Store::open(&after).expect("a store");
    let names: Vec<String> =
        store.scenarios(Default::default()).expect("listed").into_iter().map(|found| found.name).collect();
    assert_eq!(names, ["b"], "a scenario whose objects are gone is gone");
    assert_eq!(Totals::open(&store, "b").expect("opened").total.read().expect("intact"), 200);
}
