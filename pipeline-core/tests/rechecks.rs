//! Rechecks, which compute known results again in case the fingerprint missed a change: their budget, and mismatches.

use skipstone::{Error, JobStatus, data::Format, jobs::RecheckError, scenario, task, testing};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

/// State that no fingerprint covers, because it is set while the program runs.
static HIDDEN: AtomicI64 = AtomicI64::new(0);
static CALLS: AtomicU32 = AtomicU32::new(0);
static SENT: AtomicU32 = AtomicU32::new(0);
static ALONE: Mutex<()> = Mutex::new(());

#[task(skippable)]
fn shifted(x: i64) -> i64 {
    CALLS.fetch_add(1, Ordering::SeqCst);
    x + HIDDEN.load(Ordering::SeqCst)
}

#[task(skippable)]
fn slow(x: i64) -> i64 {
    std::thread::sleep(Duration::from_millis(200));
    -x
}

#[task(skippable)]
fn doubled(shifted: i64) -> i64 {
    2 * shifted
}

#[task(skippable, effects)]
fn sent(doubled: i64) -> i64 {
    SENT.fetch_add(1, Ordering::SeqCst);
    doubled
}

scenario! {
    pub Shifting {
        input x: i64 = 1;
        shifted = shifted(x);
        slow = slow(x);
        doubled = doubled(shifted);
        sent = sent(doubled);
    }
}

/// Returns a store in which all results are known, but not the program that made them.
fn known() -> (std::sync::MutexGuard<'static, ()>, testing::TemporaryStore, Shifting) {
    let alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    HIDDEN.store(0, Ordering::SeqCst);
    let store = testing::store();
    let scenario = Shifting::create(&store, "a").expect("created");
    scenario.submit().expect("a run");
    (alone, store, scenario)
}

#[test]
fn a_result_of_another_program_is_rechecked_once_and_counted_separately() {
    let (_alone, _store, scenario) = known();
    let (calls, sent) = (CALLS.load(Ordering::SeqCst), SENT.load(Ordering::SeqCst));
    let run = scenario.submission().submit().expect("a run");
    assert!(run.rechecked().is_empty(), "no recheck was requested");
    assert_eq!(CALLS.load(Ordering::SeqCst), calls);

    let run = scenario.submission().recheck(1.0).submit().expect("a run");
    assert_eq!(run.rechecked(), ["shifted", "slow", "doubled"], "tasks with effects are not rechecked");
    assert_eq!((run.ran().len(), run.skipped().len()), (0, 4));
    assert_eq!((CALLS.load(Ordering::SeqCst), SENT.load(Ordering::SeqCst)), (calls + 1, sent));
    assert!(
        run.job("doubled").is_some_and(|job| job.rechecked.is_some() && job.status == JobStatus::Skipped)
    );

    let again = scenario.submission().recheck(1.0).submit().expect("a run");
    assert!(again.rechecked().is_empty(), "this program has rechecked them");
    scenario.set(&[("x", "5")]).expect("set");
    scenario.submission().recheck(1.0).submit().expect("a run");
    let own = scenario.submission().recheck(1.0).submit().expect("a run");
    assert!(own.rechecked().is_empty(), "results of this program are not rechecked");
}

#[test]
fn rechecks_take_only_their_share_of_the_time_and_the_cheapest_come_first() {
    let (_alone, _store, scenario) = known();
    let run = scenario.submission().recheck(0.5).submit().expect("a run");
    assert_eq!(run.rechecked(), ["shifted", "doubled"], "the slow one takes more than half");
    let run = scenario.submission().recheck(0.0).submit().expect("a run");
    assert!(run.rechecked().is_empty());
}

#[test]
fn a_mismatch_is_an_error_and_keys_cover_the_whole_program_until_it_is_resolved() {
    let (_alone, store, scenario) = known();
    HIDDEN.store(10, Ordering::SeqCst);
    let error = scenario.submission().recheck(1.0).submit().expect_err("another result");
    let run = error.run().expect("a run").clone();
    let statuses: Vec<_> = run.jobs.iter().map(|job| (job.name.as_str(), job.status)).collect();
    assert_eq!(
        statuses,
        [
            ("shifted", JobStatus::Failed),
            ("slow", JobStatus::Skipped),
            ("doubled", JobStatus::Abandoned),
            ("sent", JobStatus::Abandoned)
        ]
    );
    let Error::Failed(failed) = &error else { panic!("{error}") };
    let source = std::error::Error::source(failed).and_then(|source| source.downcast_ref::<RecheckError>());
    let Some(RecheckError::Mismatch(mismatch)) = source else { panic!("{error:?}") };
    assert_eq!((mismatch.task.as_str(), mismatch.outputs.len()), ("rechecks::shifted", 1));
    let message = error.to_string();
    assert!(message.contains("`shifted` was ") && message.contains("rechecks --resolve 1"), "{message}");
    // Stale values are not shown.
    for node in ["shifted", "doubled", "sent"] {
        assert!(scenario.show(node, Format::Json, &mut Vec::new()).is_err(), "{node}");
    }

    // Keys cover the whole program now, so results of other programs are not used.
    let run = scenario.submit().expect("a run");
    assert_eq!((run.ran().len(), scenario.sent.read().expect("a value")), (4, 22));
    assert!(run.job("slow").is_some_and(|job| job.reason.to_string().contains("whole program")), "{run:?}");
    assert_eq!(scenario.submit().expect("a run").ran().len(), 0);
    let found = store.mismatches().expect("a list");
    assert_eq!((found.len(), found[0].resolved_us), (1, None));

    // Once the mismatch is resolved, keys cover only the code of a task again. The wrong results are gone.
    store.resolve_mismatch(1).expect("resolved");
    assert!(store.mismatches().expect("a list")[0].resolved_us.is_some());
    let run = scenario.submit().expect("a run");
    assert_eq!(run.ran(), ["shifted", "doubled", "sent"]);
    assert_eq!(scenario.sent.read().expect("a value"), 22);
    assert!(matches!(store.resolve_mismatch(2), Err(Error::NoMismatch { id: 2 })));
}

static COUNTER: AtomicI64 = AtomicI64::new(0);

#[task(skippable)]
fn counted(x: i64) -> i64 {
    x + COUNTER.fetch_add(1, Ordering::SeqCst)
}

scenario! {
    pub Counting {
        input x: i64 = 1;
        counted = counted(x);
    }
}

#[test]
fn a_nondeterministic_task_is_distinguished_from_a_missed_change() {
    let store = testing::store();
    let scenario = Counting::create(&store, "a").expect("created");
    scenario.submit().expect("a run");
    let error = scenario.submission().recheck(1.0).submit().expect_err("another result");
    let Error::Failed(failed) = &error else { panic!("{error}") };
    let source = std::error::Error::source(failed).and_then(|source| source.downcast_ref::<RecheckError>());
    assert!(matches!(source, Some(RecheckError::NotAFunction { .. })), "{error}");
    assert!(store.mismatches().expect("a list").is_empty());
}
