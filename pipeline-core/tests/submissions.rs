//! Recorded runs, and control of submissions: background runs, cancellation, retries, time limits and selections.

use skipstone::report::{RunText, RunsText};
use skipstone::{
    CancelToken, Error, JobStatus, RunStatus, Store, assert_ran, assert_skipped,
    data::Canceled,
    events::{Event, JobChange, JobEvent, SubmissionEvent},
    scenario, task, testing,
};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::{Duration, Instant};

#[derive(Debug, thiserror::Error)]
#[error("no price for {item}")]
struct NoPrice {
    item: String,
    source: std::num::ParseFloatError,
}

#[task(skippable)]
fn priced(item: &str, price: &str) -> Result<f64, NoPrice> {
    tracing::info!(item, "looking for the price");
    let price = price.parse().map_err(|source| {
        tracing::warn!("not a number");
        NoPrice { item: item.into(), source }
    });
    tracing::trace!("not kept");
    price
}

#[task(skippable)]
fn doubled(priced: f64) -> f64 {
    2.0 * priced
}

#[task(skippable)]
fn tripled(priced: f64) -> f64 {
    3.0 * priced
}

#[task(skippable)]
fn both(doubled: f64, tripled: f64) -> f64 {
    doubled + tripled
}

scenario! {
    pub Prices {
        input item: String = "tea";
        input price: String = "1.5";
        priced = priced(item, price);
        doubled = doubled(priced);
        tripled = tripled(priced);
        both = both(doubled, tripled);
    }
}

#[test]
fn a_run_is_recorded_in_full_and_readable_by_another_process() {
    let store = testing::store();
    let scenario = Prices::create(&store, "a").expect("created");
    let run = scenario.submit().expect("a run");
    scenario.price.write("dear".into()).expect("written");
    let failed = scenario.submit().expect_err("not a number").run().expect("a run").clone();

    let again = store.reopen();
    let kept = again.run(run.id).expect("kept");
    assert_eq!((kept.status, kept.version, &kept.inputs), (RunStatus::Completed, run.version, &run.inputs));
    for (kept, job) in kept.jobs.iter().zip(&run.jobs) {
        assert_eq!(
            (&kept.name, kept.status, &kept.reason, kept.key),
            (&job.name, job.status, &job.reason, job.key)
        );
        assert_eq!((kept.started_us, &kept.outputs, &kept.log), (job.started_us, &job.outputs, &job.log));
        assert!(
            kept.started_us >= 1_700_000_000_000_000
                && kept.outputs.iter().all(|output| output.value.bytes > 0)
        );
    }
    let kept = again.run(failed.id).expect("kept");
    let job = kept.job("priced").expect("a job");
    let error = job.error.as_ref().expect("an error");
    assert_eq!(
        (error.message.as_str(), error.causes.as_slice()),
        (
            "no price for dear".replace("dear", "tea").as_str(),
            ["invalid float literal".to_owned()].as_slice()
        )
    );
    assert_eq!(kept.inputs[1].value.summary, "dear");
    insta::assert_snapshot!(RunText::new(&kept).in_full().stable());
    let runs = Prices::open(&again, "a").expect("opened").runs(None).expect("listed");
    insta::assert_snapshot!(RunsText::new(&runs).stable());
    assert_eq!(again.runs(Some(1)).expect("listed")[0].run, failed.id);
}

#[test]
fn log_messages_are_kept_with_the_job_and_still_reach_the_subscriber() {
    #[derive(Clone, Default)]
    struct Levels(Arc<Mutex<Vec<String>>>);
    impl tracing::Subscriber for Levels {
        fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
            *metadata.level() <= tracing::Level::WARN
        }
        fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
            tracing::span::Id::from_u64(1)
        }
        fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
        fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
        fn event(&self, event: &tracing::Event<'_>) {
            self.0.lock().expect("not poisoned").push(event.metadata().level().to_string());
        }
        fn enter(&self, _: &tracing::span::Id) {}
        fn exit(&self, _: &tracing::span::Id) {}
    }
    let levels = Levels::default();
    let store = testing::store();
    let scenario = Prices::create(&store, "a").expect("created");
    scenario.price.write("dear".into()).expect("written");
    let error = tracing::subscriber::with_default(levels.clone(), || {
        scenario.submission().workers(1).submit().expect_err("not a number")
    });
    let lines = &error.run().expect("a run").job("priced").expect("a job").log;
    let texts: Vec<String> = lines.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [" INFO submissions: looking for the price item=\"tea\"", " WARN submissions: not a number"]
    );
    assert_eq!(*levels.0.lock().expect("not poisoned"), ["WARN"]);
}

#[test]
fn a_task_can_submit_a_scenario_and_each_job_keeps_its_own_log() {
    #[task]
    fn outer(path: &str) -> skipstone::Result<f64> {
        tracing::info!("outside");
        let store = Store::open(path)?;
        let inner = Prices::open_or_create(&store, "inner")?;
        inner.submission().workers(1).submit()?;
        inner.both.read()
    }
    scenario! { Nested { input path: String = ""; result = outer(path); } }
    let store = testing::store();
    let nested = Nested::create(&store, "outer").expect("created");
    nested.path.write(store.path().to_string_lossy().into_owned()).expect("written");
    let run = nested.submission().workers(1).submit().expect("a run");
    assert_eq!(run.jobs[0].log.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["outside"]);
    let inner = Prices::open(&store, "inner").expect("opened").last_run().expect("a run");
    assert_eq!(inner.jobs[0].log.len(), 1);
}

#[test]
fn a_background_submission_reports_its_progress_and_ends_with_the_run() {
    static GATE: Barrier = Barrier::new(2);
    #[task]
    fn waiting(x: u32) -> u32 {
        GATE.wait();
        x + 1
    }
    #[task]
    fn after(waiting: u32) -> u32 {
        waiting + 1
    }
    scenario! { Gated { input x: u32 = 1; waited = waiting(x); after = after(waited); } }
    let store = testing::store();
    let scenario = Gated::create(&store, "a").expect("created");
    let running = scenario.submit_background().expect("started");
    assert!(!running.wait_timeout(Duration::from_millis(50)));
    assert_eq!(running.status(), RunStatus::Running);
    // Other processes see the run as well.
    let seen = store.reopen().run(running.id()).expect("kept");
    assert_eq!(seen.status, RunStatus::Running);
    while running.jobs()[0].1 != JobStatus::Running {
        std::thread::yield_now();
    }
    assert_eq!(
        running.jobs(),
        [("waiting".into(), JobStatus::Running), ("after".into(), JobStatus::Blocked)]
    );
    let seen = store.reopen().run(running.id()).expect("kept");
    let job = seen.job("waiting").expect("a job");
    assert_eq!(job.status, JobStatus::Running);
    assert!(job.started_us > 1_700_000_000_000_000);
    let events = running.events();
    GATE.wait();
    assert!(running.wait_timeout(Duration::from_secs(60)));
    assert_eq!(running.status(), RunStatus::Completed);
    let last = events.iter().last().expect("a last event");
    assert!(
        matches!(last, Event::Submission(SubmissionEvent { status: RunStatus::Completed, .. })),
        "{last:?}"
    );
    let id = running.id();
    assert_eq!(running.wait().expect("a run").id, id);
    assert_eq!(scenario.after.read().expect("read"), 3);
}

#[test]
fn a_background_submission_that_can_not_start_fails_at_once() {
    let store = testing::store();
    let scenario = Prices::create(&store, "a").expect("created");
    store.delete("a").expect("deleted");
    let error = scenario.submit_background().expect_err("gone");
    assert!(matches!(error, Error::NoScenario { .. }), "{error}");
}

#[test]
fn an_observer_that_panics_in_the_background_ends_the_submission_with_an_error() {
    let store = testing::store();
    let scenario = Prices::create(&store, "a").expect("created");
    let running = scenario.submission().workers(1).observe(|event| {
        if let Event::Job(JobEvent { change: JobChange::Writing, .. }) = event {
            panic!("on purpose");
        }
    });
    // A panic while a job runs fails the job, like a panic of its task.
    let error = running.background().expect("started").wait().expect_err("it fails");
    assert!(error.to_string().contains("on purpose"), "{error}");
    let running = scenario.submission().workers(1).observe(|event| {
        if let Event::Job(JobEvent { change: JobChange::Finished(_), .. }) = event {
            panic!("on purpose");
        }
    });
    let error = running.background().expect("started").wait().expect_err("it ends");
    assert!(matches!(&error, Error::Panicked { message } if message == "on purpose"), "{error}");
    let kept = scenario.last_run().expect("kept");
    assert_eq!(
        (kept.status, kept.job("priced").map(|job| job.status)),
        (RunStatus::Failed, Some(JobStatus::Completed))
    );
}

#[task(skippable)]
fn counting(x: u32) -> Result<u32, Canceled> {
    let token = CancelToken::current();
    while token.check().is_ok() {
        std::thread::sleep(Duration::from_millis(1));
    }
    token.check()?;
    Ok(x)
}

scenario! { pub Counting { input x: u32 = 1; counted = counting(x); next = doubled_number(counted); } }

#[task(skippable)]
fn doubled_number(counted: u32) -> u32 {
    2 * counted
}

#[test]
fn a_task_that_checks_its_token_is_canceled_and_its_dependents_are_abandoned() {
    let store = testing::store();
    let scenario = Counting::create(&store, "a").expect("created");
    let running = scenario.submit_background().expect("started");
    while running.jobs()[0].1 != JobStatus::Running {
        std::thread::yield_now();
    }
    running.cancel();
    let error = running.wait().expect_err("canceled");
    assert!(matches!(error, Error::Canceled { .. }), "{error}");
    let run = error.run().expect("a run");
    assert_eq!(run.status, RunStatus::Canceled);
    assert_eq!(
        run.jobs.iter().map(|job| job.status).collect::<Vec<_>>(),
        [JobStatus::Canceled, JobStatus::Abandoned]
    );
    assert_eq!(store.run(run.id).expect("kept").status, RunStatus::Canceled);
}

#[test]
fn a_failed_task_is_retried_with_backoff() {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    #[task(skippable, retries = 3, backoff = "20ms")]
    fn flaky(x: u32) -> Result<u32, String> {
        match CALLS.fetch_add(1, Ordering::SeqCst) {
            0 => Err("no answer".into()),
            1 => panic!("worse"),
            _ => Ok(x),
        }
    }
    scenario! { Flaky { input x: u32 = 1; answer = flaky(x); } }
    let store = testing::store();
    let scenario = Flaky::create(&store, "a").expect("created");
    let (note, events) = testing::events();
    let began = Instant::now();
    let run = scenario.submission().observe(note).submit().expect("the third call");
    // Waits of 20 ms and 40 ms.
    assert!(began.elapsed() >= Duration::from_millis(60));
    assert_eq!((run.jobs[0].attempts, run.jobs[0].status), (3, JobStatus::Completed));
    assert_eq!(run.warnings.len(), 2);
    assert!(run.warnings[1].starts_with("task `flaky` failed, retrying in 40ms (retry 2 of 3): panicked"));
    insta::assert_snapshot!(events.text());

    // After the last retry, the last error is reported. A canceled submission does not wait for a retry.
    CALLS.store(0, Ordering::SeqCst);
    #[task(skippable, retries = 1, backoff = "1ms")]
    fn failing(x: u32) -> Result<u32, String> {
        Err(format!("call {}", x + CALLS.fetch_add(1, Ordering::SeqCst)))
    }
    #[task(retries = 5, backoff = "10m")]
    fn patient(x: u32) -> Result<u32, String> {
        Err(format!("not yet {x}"))
    }
    scenario! { Failing { input x: u32 = 1; failed = failing(x); } }
    scenario! { Patient { input x: u32 = 1; failed = patient(x); } }
    let error = Failing::create(&store, "b").expect("created").submit().expect_err("it fails");
    let job = &error.run().expect("a run").jobs[0];
    assert_eq!((job.attempts, job.error.as_ref().map(|error| error.message.as_str())), (2, Some("call 2")));

    let scenario = Patient::create(&store, "c").expect("created");
    let token = CancelToken::new();
    let canceled = token.clone();
    let stop = move |event: &Event| {
        if let Event::Job(JobEvent { change: JobChange::Retrying { .. }, .. }) = event {
            canceled.cancel();
        }
    };
    let error = scenario.submission().cancel(token).observe(stop).submit().expect_err("canceled");
    assert!(matches!(error, Error::Canceled { .. }), "{error}");
}

#[test]
fn a_task_that_exceeds_its_time_limit_fails_and_the_rest_runs() {
    #[task(skippable, timeout = "50ms")]
    fn endless(x: u32) -> u32 {
        while !CancelToken::current().is_canceled() {
            std::thread::sleep(Duration::from_millis(1));
        }
        // It noticed the time limit but still returns a result, which is discarded.
        std::thread::sleep(Duration::from_millis(50));
        x
    }
    #[task(skippable, timeout = "1h")]
    fn quick(x: u32) -> u32 {
        x
    }
    scenario! {
        Limited {
            input x: u32 = 1;
            slow = endless(x);
            after = doubled_number(slow);
            quick = quick(x);
        }
    }
    let store = testing::store();
    let scenario = Limited::create(&store, "a").expect("created");
    let began = Instant::now();
    let error = scenario.submission().workers(1).submit().expect_err("too long");
    assert!(began.elapsed() < Duration::from_secs(30));
    let run = error.run().expect("a run");
    let statuses: Vec<_> = run.jobs.iter().map(|job| job.status).collect();
    assert_eq!(statuses, [JobStatus::Failed, JobStatus::Abandoned, JobStatus::Completed]);
    assert_eq!(
        error.to_string(),
        "scenario `a`: task `endless` failed: it exceeded its time limit of 50ms: raise `timeout`, or check `CancelToken::current()` in the task"
    );
    assert_eq!(scenario.quick.read().expect("read"), 1);
}

#[test]
fn a_run_can_be_limited_to_a_selection() {
    let store = testing::store();
    let scenario = Prices::create(&store, "a").expect("created");
    let run = scenario.submission().to("doubled").expect("an output").submit().expect("a run");
    assert_eq!(run.ran(), ["priced", "doubled"]);
    assert_eq!(run.jobs.len(), 2);
    assert!(scenario.both.read().expect_err("not made").to_string().contains("it has not been computed yet"));

    // With `from`, upstream results outside the selection must be up to date.
    let error = scenario
        .submission()
        .from("doubled")
        .expect("a node")
        .submit()
        .expect_err("`tripled` is not up to date");
    assert!(matches!(&error, Error::UpstreamNotUpToDate { job, .. } if job == "tripled"), "{error}");
    let run = scenario.submission().from("priced").expect("a node").submit().expect("a run");
    assert_ran!(run, ["tripled", "both"]);
    assert_skipped!(run, ["priced", "doubled"]);
    let run = scenario.submission().from("doubled").expect("a node").force_all().submit().expect("a run");
    assert_ran!(run, ["both"]);
    assert_eq!(run.jobs.len(), 4);
    let run = scenario.submission().from("price").expect("a node").to("tripled").expect("an output");
    assert_eq!(run.submit().expect("a run").jobs.len(), 2);

    // An empty selection is an error, and so is a forced task outside the selection.
    let nothing = scenario.submission().from("both").expect("a node").submit().expect_err("nothing");
    assert!(matches!(nothing, Error::NothingToRun { .. }), "{nothing}");
    let outside = scenario.submission().to("doubled").expect("an output").force("tripled").expect("a task");
    let outside = outside.submit().expect_err("not selected");
    assert!(matches!(&outside, Error::NotSelected { job, .. } if job == "tripled"), "{outside}");
    // Given values count as up to date, but results that depend on them do not.
    let run =
        scenario.submission().with_value("priced", 9.0).expect("a node").from("priced").expect("a node");
    assert_ran!(run.submit().expect("a run"), ["doubled", "tripled", "both"]);
    let open =
        scenario.submission().with_value("priced", 8.0).expect("a node").from("doubled").expect("a node");
    let open = open.submit().expect_err("`tripled` of 8 is not up to date");
    assert!(matches!(&open, Error::UpstreamNotUpToDate { .. }), "{open}");
    assert_eq!(scenario.both.read().expect("unchanged"), 45.0);
    scenario.submit().expect("a run");

    // `force` also takes the name of a task.
    let run = scenario.submission().force("tripled").expect("a task").submit().expect("a run");
    assert_ran!(run, ["tripled"]);
    assert!(scenario.submission().to("price").is_err() && scenario.submission().from("prices").is_err());
    assert!(scenario.submission().force("trippled").is_err());
}

#[test]
fn a_test_can_replace_values_and_functions() {
    let store = testing::store();
    let scenario = Prices::create(&store, "a").expect("created");
    scenario.submit().expect("a run");
    let run = scenario.submission().with_value("priced", 10.0).expect("a node").submit().expect("a run");
    assert_ran!(run, ["doubled", "tripled", "both"]);
    assert_eq!(run.jobs[0].reason.to_string(), "value given");
    assert_eq!(scenario.both.read().expect("read"), 50.0);
    let run = scenario
        .submission()
        .with_value("item", "coffee".to_owned())
        .expect("an input")
        .with_task::<tripled>(|priced| priced + 100.0)
        .expect("a task")
        .submit()
        .expect("a run");
    assert_ran!(run, ["priced", "tripled", "both"]);
    assert_skipped!(run, ["doubled"]);
    assert_eq!(scenario.both.read().expect("read"), 104.5);
    // None of these values counts as a result of a task.
    assert_skipped!(scenario.submit().expect("a run"), ["priced", "doubled", "tripled", "both"]);
    assert_eq!(scenario.both.read().expect("read"), 7.5);
    assert!(scenario.submission().with_value("priced", 1_u8).is_err());
    assert!(scenario.submission().with_task::<counting>(Ok).is_err());
}

#[test]
#[should_panic(expected = "expected but not run: `doubled`\nrun but not expected: `priced`")]
fn assert_ran_reports_missing_and_unexpected_jobs() {
    let store = testing::store();
    let scenario = Prices::create(&store, "a").expect("created");
    let run = scenario.submission().to("priced").expect("an output").submit().expect("a run");
    assert_ran!(run, ["doubled"]);
}

#[test]
fn a_run_whose_process_has_died_is_failed() {
    static STARTED: Barrier = Barrier::new(2);
    static FINISH: Barrier = Barrier::new(2);
    #[task]
    fn interrupted(x: u32) -> u32 {
        STARTED.wait();
        FINISH.wait();
        x
    }
    #[task]
    fn before(x: u32) -> u32 {
        x
    }
    scenario! {
        Interrupted { input x: u32 = 1; first = before(x); second = interrupted(first); third = doubled_number(second); }
    }
    let store = testing::store();
    let scenario = Interrupted::create(&store, "a").expect("created");
    let running = scenario.submit_background().expect("started");
    STARTED.wait();
    // A copy is what a crashed process leaves behind: no process holds its lock.
    let copy = tempfile::tempdir().expect("a folder");
    copy_store(store.path(), copy.path());
    let after = Store::open(copy.path()).expect("opened");
    let run = after.run(running.id()).expect("kept");
    assert_eq!(run.status, RunStatus::Failed);
    assert!(run.jobs[..2].iter().all(|job| job.started_us > 1_700_000_000_000_000), "{:?}", run.jobs);
    insta::assert_snapshot!(RunText::new(&run).in_full().stable());
    assert_eq!(after.runs(None).expect("listed")[0].status, RunStatus::Failed);
    FINISH.wait();
    running.wait().expect("a run");
}

/// Copies the registry and all files. Locks belong to live processes, so they are not copied.
fn copy_store(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let to = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_store(&path, &to);
        } else {
            std::fs::copy(&path, to).expect("copied");
        }
    }
}

#[test]
fn given_values_need_no_jobs_even_in_a_selection() {
    let store = testing::store();
    let scenario = Prices::create(&store, "a").expect("created");
    // `priced` is not called, because the nodes that need it are given.
    let run = scenario.submission().with_value("doubled", 9.0).expect("a node");
    let run = run.with_value("tripled", 8.0).expect("a node").to("both").expect("a node");
    let run = run.submit().expect("a run");
    assert_ran!(run, ["both"]);
    assert!(run.job("priced").is_none(), "{run:?}");
    assert_eq!(scenario.both.read().expect("a price"), 17.0);
}
