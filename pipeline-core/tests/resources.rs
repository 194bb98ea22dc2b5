//! Parameters that are not data: clients, pools, credentials.

use skipstone::executor::Processes;
use skipstone::settings::Settings;
use skipstone::{Error, Resource, ScenarioType, Store, assert_ran, assert_skipped, scenario, task, testing};
use std::sync::atomic::{AtomicUsize, Ordering};

skipstone::testing::worker!();

/// Rates of a service, which counts its calls.
struct Rates {
    rate: f64,
    calls: AtomicUsize,
}

impl Rates {
    fn new(rate: f64) -> Rates {
        Rates { rate, calls: AtomicUsize::new(0) }
    }
}

/// Converts an amount. The resource is between two nodes.
#[task]
fn converted(amount: f64, rates: &Resource<Rates>, fee: f64) -> f64 {
    rates.calls.fetch_add(1, Ordering::Relaxed);
    amount * rates.rate - fee
}

/// Its results are known by the version.
#[task(skippable, version = "1")]
fn pinned(rates: &Resource<Rates>, amount: f64) -> Result<f64, String> {
    Ok(amount * rates.rate)
}

#[task(skippable)]
fn double(x: f64) -> f64 {
    2.0 * x
}

scenario! {
    Sale {
        input amount: f64 = 10.0;
        input fee: f64 = 1.0;
        doubled = double(amount);
        euros = converted(doubled, fee);
    }
}

scenario! {
    Pinned {
        input amount: f64 = 10.0;
        euros = pinned(amount);
    }
}

#[test]
fn a_store_provides_a_resource_to_all_submissions_and_a_submission_to_itself() {
    let store = testing::store();
    store.provide(Rates::new(0.5));
    let sale = Sale::create(&store, "a").expect("created");
    assert_ran!(sale.submit().expect("a run"), ["double", "converted"]);
    assert_eq!(sale.euros.read().expect("a value"), 9.0);
    sale.submission().provide(Rates::new(1.0)).submit().expect("a run");
    assert_eq!(sale.euros.read().expect("a value"), 19.0);
    sale.submit().expect("a run");
    assert_eq!(sale.euros.read().expect("a value"), 9.0);
    // Another one of its type replaces it, also for clones of the store.
    store.provide(Rates::new(2.0));
    sale.submit().expect("a run");
    assert_eq!(sale.euros.read().expect("a value"), 39.0);
}

#[test]
fn a_task_without_its_resource_is_reported_before_anything_runs() {
    let store = testing::store();
    let sale = Sale::create(&store, "a").expect("created");
    let error = sale.submit().expect_err("no resource");
    assert!(matches!(error, Error::NoResource { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "task `converted` of scenario `a` needs a resource of type `Rates`: provide one with `Store::provide` or `Submit::provide`"
    );
    assert!(sale.runs(None).expect("runs").is_empty());
}

#[test]
fn a_skippable_task_needs_its_resource_only_when_it_is_called() {
    let store = testing::store();
    let pinned = Pinned::create(&store, "a").expect("created");
    let error = pinned.submit().expect_err("no resource").to_string();
    assert!(error.contains("task `pinned` failed: it needs a resource of type `Rates`"), "{error}");
    assert_ran!(pinned.submission().provide(Rates::new(0.5)).submit().expect("a run"), ["pinned"]);
    assert_eq!(pinned.euros.read().expect("a value"), 5.0);
    // The resource is not in the key.
    assert_skipped!(pinned.submission().provide(Rates::new(9.0)).submit().expect("a run"), ["pinned"]);
    assert_skipped!(pinned.submit().expect("a run"), ["pinned"]);
}

#[test]
fn tasks_with_resources_run_in_the_process_that_has_them() {
    let store = testing::store();
    store.provide(Rates::new(0.5));
    let sale = Sale::create(&store, "a").expect("created");
    sale.submission().executor(Processes::default()).submit().expect("a run");
    assert_eq!(sale.euros.read().expect("a value"), 9.0);
}

#[test]
fn settings_provide_resources_to_the_stores_that_are_opened_with_them() {
    let place = std::env::temp_dir().join(format!("pipeline-test-resources-{}", std::process::id()));
    let mut settings = Settings::of("sales").environment(&[]).load(Sale::graph()).expect("settings");
    settings.store.value.clone_from(&place);
    settings.provide(Rates::new(0.5));
    let store = Store::open_with(&settings).expect("a store");
    let sale = Sale::create(&store, "a").expect("created");
    assert_ran!(sale.submit().expect("a run"), ["double", "converted"]);
    drop((sale, store));
    std::fs::remove_dir_all(place).expect("removed");
}

#[test]
fn functions_are_called_and_replaced_with_their_resources() {
    assert_eq!(converted(4.0, &Resource::new(Rates::new(0.5)), 1.0), 1.0);
    let store = testing::store();
    let sale = Sale::create(&store, "a").expect("created");
    let replaced = |amount: f64, rates: &Resource<Rates>, _: f64| amount + rates.rate;
    let submission = sale.submission().provide(Rates::new(0.25)).with_task::<converted>(replaced);
    submission.expect("a task").submit().expect("a run");
    assert_eq!(sale.euros.read().expect("a value"), 20.25);
    let values = Sale::graph().in_memory().provide(Rates::new(0.5)).run().expect("values");
    assert_eq!(values.get::<f64>("euros"), Some(&9.0));
}
