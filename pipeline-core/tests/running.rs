//! Concurrent jobs, their failures and their events.

use skipstone::{
    CancelToken, JobStatus, Result, Store,
    events::{Event, JobChange, JobEvent},
    scenario, task, testing,
};
use std::sync::Barrier;

/// Both branches must run at the same time to pass it.
static BRANCHES: Barrier = Barrier::new(2);

#[task]
fn begin(number: u32) -> u32 {
    number
}

#[task]
fn left(number: u32) -> u32 {
    BRANCHES.wait();
    number + 1
}

#[task]
fn right(number: u32) -> u32 {
    BRANCHES.wait();
    number + 2
}

#[task]
fn join(left: u32, right: u32) -> u32 {
    left * right
}

scenario! {
    pub Diamond {
        input number: u32 = 1;
        begun = begin(number);
        left = left(begun);
        right = right(begun);
        joined = join(left, right);
    }
}

#[test]
fn branches_of_a_diamond_that_wait_for_each_other_finish_on_two_workers() {
    let store = testing::store();
    let scenario = Diamond::create(&store, "a").expect("created");
    scenario.submission().workers(2).submit().expect("a run");
    assert_eq!(scenario.joined.read().expect("read"), 6);
}

#[task(skippable)]
fn good(number: u32) -> u32 {
    number
}

#[task(skippable)]
fn better(number: u32) -> u32 {
    number.max(1)
}

#[derive(Debug, thiserror::Error)]
#[error("no luck with {number}")]
struct NoLuck {
    number: u32,
    source: std::num::ParseIntError,
}

#[task(skippable)]
fn bad(number: u32) -> Result<u32, NoLuck> {
    "x".parse().map_err(|source| NoLuck { number, source })
}

#[task(skippable)]
fn panicking(number: u32) -> u32 {
    panic!("never mind {number}")
}

scenario! {
    pub Branches {
        input number: u32 = 7;
        good = good(number);
        better = better(good);
        bad = bad(number);
        after_bad = good(bad);
        long_after_bad = join(after_bad, good);
        panicked = panicking(number);
        after_panic = good(panicked);
    }
}

#[test]
fn failures_are_reported_their_dependents_abandoned_and_the_rest_completed() {
    let store = testing::store();
    let scenario = Branches::create(&store, "a").expect("created");
    let error = scenario.submit().expect_err("two tasks fail");
    let run = error.run().expect("a run");
    let statuses: Vec<(&str, JobStatus)> =
        run.jobs.iter().map(|job| (job.name.as_str(), job.status)).collect();
    assert_eq!(
        statuses,
        [
            ("good (good)", JobStatus::Completed),
            ("better", JobStatus::Completed),
            ("bad", JobStatus::Failed),
            ("good (after_bad)", JobStatus::Abandoned),
            ("join", JobStatus::Abandoned),
            ("panicking", JobStatus::Failed),
            ("good (after_panic)", JobStatus::Abandoned),
        ]
    );
    assert_eq!(
        error.to_string(),
        "scenario `a`: task `bad` failed: no luck with 7\nscenario `a`: task `panicking` failed: panicked: never mind 7"
    );
    assert_eq!(
        run.job("join").map(|job| job.reason.to_string()).as_deref(),
        Some("needs `good (after_bad)`")
    );
    assert_eq!(scenario.better.read().expect("read"), 7);
    let message = scenario.long_after_bad.read().expect_err("no value").to_string();
    assert!(
        message.contains(
            "task `join` was abandoned in the last run, because it needs `good (after_bad)`; run it again"
        ),
        "{message}"
    );
    insta::assert_snapshot!(testing::snapshot(run));
}

#[test]
fn a_tasks_own_error_is_available_as_the_source() {
    let store = testing::store();
    let error = Branches::create(&store, "a").expect("created").submit().expect_err("it fails");
    let source = std::error::Error::source(&error).expect("a source");
    let own = source.downcast_ref::<NoLuck>().expect("the task's own error");
    assert_eq!(own.number, 7);
    assert!(std::error::Error::source(own).is_some_and(|source| source.is::<std::num::ParseIntError>()));
    let job =
        error.run().and_then(|run| run.job("bad")).and_then(|job| job.error.as_ref()).expect("an error");
    assert_eq!(job.causes, ["invalid digit found in string"]);
}

#[test]
fn a_task_that_uses_rayon_is_not_delayed_by_a_slow_one() {
    // On a rayon pool, a thread that waits for parallel work runs other jobs of the pool meanwhile, and can be
    // blocked by a long one. `quick` splits its work; `slow` waits until `after` has run.
    static GATE: Barrier = Barrier::new(2);

    #[task]
    fn quick(number: u32) -> u32 {
        let (a, b) = rayon::join(|| number, || number + 1);
        a + b
    }
    #[task]
    fn after(number: u32) -> u32 {
        GATE.wait();
        number
    }
    #[task]
    fn slow(number: u32) -> u32 {
        GATE.wait();
        number
    }
    scenario! {
        Mixed {
            input number: u32 = 1;
            quick = quick(number);
            after = after(quick);
            slow = slow(number);
        }
    }
    let store = testing::store();
    Mixed::create(&store, "a").expect("created").submission().workers(2).submit().expect("a run");
}

#[test]
fn elements_of_a_tuple_are_separate_nodes_and_arguments_can_be_named() {
    #[task(skippable)]
    fn halves(numbers: &[i64], at: usize) -> Result<(Vec<i64>, Vec<i64>), String> {
        numbers.split_at_checked(at).map(|(a, b)| (a.to_vec(), b.to_vec())).ok_or_else(|| "too short".into())
    }
    #[task(skippable)]
    fn sum(numbers: &[i64]) -> i64 {
        numbers.iter().sum()
    }
    scenario! {
        Halves {
            input numbers: Vec<i64> = vec![1, 2, 3];
            input at: usize = 1;
            (first, second) = halves(at: at, numbers: numbers);
            first_sum = sum(first);
            second_sum = sum(second);
        }
    }
    let store = testing::store();
    let scenario = Halves::create(&store, "a").expect("created");
    scenario.submit().expect("a run");
    assert_eq!((scenario.first_sum.read().expect("read"), scenario.second_sum.read().expect("read")), (1, 5));
    // Only the first half stays the same, so its sum is known.
    scenario.numbers.write(vec![1, 2, 4]).expect("written");
    let run = scenario.submit().expect("a run");
    assert_eq!(run.skipped(), ["sum (first_sum)"]);
    assert_eq!(scenario.second.read().expect("read"), [2, 4]);
}

#[test]
fn events_arrive_in_the_order_in_which_they_happen() {
    let store = testing::store();
    let scenario = Branches::create(&store, "a").expect("created");
    let (note, events) = testing::events();
    let _ = scenario.submission().workers(1).observe(note).submit();
    insta::assert_snapshot!(events.text());
}

#[test]
fn a_canceled_submission_finishes_running_jobs_and_starts_no_others() {
    let store = testing::store();
    let scenario = Branches::create(&store, "a").expect("created");
    let token = CancelToken::new();
    let stopped = token.clone();
    let stop = move |event: &Event| {
        if let Event::Job(JobEvent { change: JobChange::Running { .. }, .. }) = event {
            stopped.cancel();
        }
    };
    let error = scenario.submission().workers(1).cancel(token).observe(stop).submit().expect_err("canceled");
    let run = error.run().expect("a run");
    assert_eq!(run.ran(), ["good (good)"]);
    assert!(
        run.jobs.iter().skip(1).all(|job| matches!(job.status, JobStatus::Canceled | JobStatus::Abandoned))
    );
    // The next submission skips the completed job.
    assert_eq!(scenario.submit().expect_err("bad fails").run().expect("a run").skipped(), ["good (good)"]);
}

#[test]
fn a_scenario_is_created_once_opened_by_name_and_checked_for_its_type() {
    let store = testing::store();
    Diamond::create(&store, "baseline").expect("created");
    let message = |result: Result<Diamond>| result.expect_err("an error").to_string();
    assert_eq!(
        message(Diamond::create(&store, "baseline")),
        "the store already has a scenario `baseline`: open it, or choose another name"
    );
    assert_eq!(
        message(Diamond::open(&store, "basline")),
        "the store has no scenario `basline`: did you mean `baseline`?"
    );
    let other = Branches::open(&store, "baseline").expect_err("another type").to_string();
    assert_eq!(other, "scenario `baseline` is a `Diamond`, not a `Branches`: choose another name");
    Diamond::open_or_create(&store, "baseline").expect("opened");
    Diamond::open_or_create(&store, "other").expect("created");
    assert_eq!(store.scenario_names().expect("names"), ["baseline", "other"]);
}

#[test]
fn two_stores_on_one_directory_see_each_others_results() {
    let first = testing::store();
    let second: Store = first.reopen();
    let one = Branches::create(&first, "a").expect("created");
    assert!(one.submit().is_err());
    let two = Branches::open(&second, "a").expect("opened");
    assert_eq!(two.better.read().expect("read"), 7);
    assert_eq!(two.submit().expect_err("bad fails").run().expect("a run").skipped().len(), 2);
}

#[test]
fn two_equal_calls_that_are_ready_at_once_call_the_function_once() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static CALLS: AtomicUsize = AtomicUsize::new(0);

    #[task(skippable)]
    fn slow(number: u32) -> u32 {
        CALLS.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(std::time::Duration::from_millis(100));
        number + 1
    }
    scenario! {
        Twice {
            input number: u32 = 1;
            a = slow(number);
            b = slow(number);
            both = join(a, b);
        }
    }
    let store = testing::store();
    let scenario = Twice::create(&store, "a").expect("created");
    let run = scenario.submission().workers(2).submit().expect("a run");
    assert_eq!(CALLS.load(Ordering::SeqCst), 1);
    assert_eq!((run.ran().len(), run.skipped().len()), (2, 1));
    assert_eq!(scenario.both.read().expect("read"), 4);
}
