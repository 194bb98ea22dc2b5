//! Looking after a store: what takes room, what is collected, what stays.

use pipeline_core::{Problem, Run, Store, scenario, task, testing};
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
    let collection = store.collect(Duration::ZERO, dry_run).expect("collected");
    (collection.records.len(), collection.objects.len())
}

#[test]
fn what_scenarios_reach_stays_and_older_results_go() {
    let store = testing::store();
    let (a, b) =
        (Totals::create(&store, "a").expect("created"), Totals::create(&store, "b").expect("created"));
    run_with(&a, 2);
    run_with(&a, 3);
    run_with(&b, 4);
    // The two results for 2, their objects, and the object of the input 2.
    assert_eq!(collect(&store, false), (2, 3));
    assert_eq!(a.submit().expect("a run").ran(), [""; 0]);
    assert_eq!(b.submit().expect("a run").ran(), [""; 0]);
    assert_eq!((a.total.read().expect("read"), b.total.read().expect("read")), (300, 400));
    assert_eq!(run_with(&a, 2).ran(), ["repeated", "total"]);
    assert_eq!(store.check().expect("readable").problems, []);
}

#[test]
fn a_dry_run_says_exactly_what_a_collection_then_removes() {
    let store = testing::store();
    let scenario = Totals::create(&store, "a").expect("created");
    (1..6).for_each(|number| drop(run_with(&scenario, number)));
    let planned = store.collect(Duration::ZERO, true).expect("planned");
    assert_eq!(store.collect(Duration::ZERO, true).expect("planned"), planned);
    let collected = store.collect(Duration::ZERO, false).expect("collected");
    assert!(!planned.objects.is_empty() && planned.bytes > 0);
    assert_eq!(
        (planned.records, planned.objects, planned.bytes, planned.kept),
        (collected.records, collected.objects, collected.bytes, collected.kept)
    );
    assert_eq!(collect(&store, true), (0, 0));
}

#[test]
fn what_is_younger_than_the_grace_period_stays() {
    let store = testing::store();
    let scenario = Totals::create(&store, "a").expect("created");
    run_with(&scenario, 2);
    run_with(&scenario, 3);
    let collection = store.collect(Duration::from_secs(3_600), false).expect("collected");
    assert_eq!((collection.records.len(), collection.objects.len()), (0, 0));
    assert_eq!(run_with(&scenario, 2).ran(), [""; 0]);
}

#[test]
fn a_pinned_run_keeps_its_results() {
    let store = testing::store();
    let scenario = Totals::create(&store, "a").expect("created");
    let pinned = run_with(&scenario, 2).id;
    run_with(&scenario, 3);
    store.pin(pinned, true).expect("pinned");
    // Only the object of the input 2, which is no result.
    assert_eq!(collect(&store, false), (0, 1));
    assert_eq!(run_with(&scenario, 2).ran(), [""; 0]);
    run_with(&scenario, 3);
    store.pin(pinned, false).expect("no longer");
    assert_eq!(collect(&store, false).0, 2);
    let message = store.pin(99, true).expect_err("no run").to_string();
    assert!(message.contains("no run 99"), "{message}");
}

#[test]
fn what_another_process_works_with_stays() {
    #[task(skippable)]
    fn collecting(total: u64, path: &str) -> bool {
        // Another handle, as another process has it, collects while this submission is under way.
        let store = Store::open(path).expect("opened");
        store.collect(Duration::ZERO, false).expect("collected");
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
fn the_room_that_a_store_takes_is_told_by_scenario() {
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
fn a_check_names_what_is_damaged_or_missing() {
    let store = testing::store();
    let scenario = Totals::create(&store, "a").expect("created");
    let run = run_with(&scenario, 2);
    let object = run.jobs[0].outputs[0].hash;
    let path = store.path().join("objects").join(&object.to_string()[..2]).join(&object.to_string()[2..]);
    std::fs::write(&path, "something else").expect("damaged");
    assert_eq!(store.check().expect("readable").problems, [Problem::ObjectDamaged { object }]);
    std::fs::remove_file(&path).expect("removed");
    let key = run.jobs[0].key.expect("a key");
    assert_eq!(store.check().expect("readable").problems, [Problem::ObjectMissing { key, object }]);
}
