//! Explanations of decisions: reasons, plans, keys and the nearest result.

use skipstone::report::{ExplanationText, PlanText, RunText, explanation_json, plan_json};
use skipstone::{
    CallDef, Graph, InputDef, Instance, JobStatus, graph::Task, jobs::Reason, questions::Decision, scenario,
    task, testing,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[task(skippable)]
fn halved(number: i64) -> i64 {
    number / 2
}

#[task(skippable, version = "7", ignore(level))]
fn described(halved: i64, unit: &str, level: u8) -> String {
    let _ = level;
    format!("{halved} {unit}")
}

scenario! {
    pub Halves {
        input number: i64 = 8;
        input unit: String = "m";
        input level: u8 = 0;
        halved = halved(number);
        described = described(halved, unit, level);
    }
}

#[test]
fn a_missing_result_names_the_nearest_known_one_and_what_differs() {
    let store = testing::store();
    let first = Halves::create(&store, "first").expect("created");
    first.submit().expect("a run");
    first.number.write(100).expect("written");
    first.submit().expect("a run");

    let second = Halves::create(&store, "second").expect("created");
    second.unit.write("km".into()).expect("written");
    let plan = second.plan().expect("a plan");
    let job = &plan.jobs[1];
    assert_eq!((job.decision, &job.reason), (Decision::Run, &Reason::FirstRun));
    let nearest = job.nearest.as_ref().expect("a result");
    assert_eq!((nearest.scenario.as_str(), nearest.code.len(), nearest.inputs.len()), ("first", 0, 1));
    let text = "first run here; nearest result: one of scenario `first`, but input `unit` changed: m → km";
    assert!(PlanText::new(&plan).to_string().contains(text), "{}", PlanText::new(&plan));
    let run = second.submit().expect("a run");
    assert!(RunText::new(&run).to_string().contains(text), "{}", RunText::new(&run));
}

#[test]
fn a_plan_shows_the_expected_time_and_possible_early_cut_offs() {
    #[task(skippable)]
    fn slow(number: i64) -> i64 {
        std::thread::sleep(std::time::Duration::from_millis(30));
        number.rem_euclid(2)
    }
    scenario! { Slow { input number: i64 = 1; parity = slow(number); halved = halved(parity); } }

    let store = testing::store();
    let scenario = Slow::create(&store, "a").expect("created");
    let plan = scenario.plan().expect("a plan");
    assert!(plan.has_unknown_duration() && plan.expected().1.is_zero());
    scenario.submit().expect("a run");
    scenario.number.write(3).expect("written");
    let plan = scenario.plan().expect("a plan");
    let (least, most) = plan.expected();
    assert!(least.as_millis() >= 30 && most >= least && most.as_secs() < 30, "{least:?} {most:?}");
    assert_eq!(plan.cut_offs, ["parity"]);
    assert_eq!(plan_json(&plan)["cut_offs"], serde_json::json!(["parity"]));
    let text = PlanText::new(&plan).to_string();
    assert!(
        text.contains("early cut-off at `parity` if the result is the same as before\nexpected: "),
        "{text}"
    );

    let run = scenario.submit().expect("a run");
    assert_eq!(run.skipped(), ["halved"]);
    scenario.number.write(1).expect("written");
    let run = scenario.submit().expect("a run");
    assert!(run.saved().as_millis() >= 30, "{:?}", run.saved());
    assert!(RunText::new(&run).to_string().contains("; skipping saved "), "{}", RunText::new(&run));
}

#[test]
fn an_explanation_has_every_part_of_the_key() {
    let store = testing::store();
    let scenario = Halves::create(&store, "a").expect("created");
    let unknown = scenario.explain("described").expect("explained");
    assert_eq!((unknown.decision, &unknown.reason, unknown.key), (Decision::Run, &Reason::FirstRun, None));
    let run = scenario.submit().expect("a run");

    let known = scenario.explain("described").expect("explained");
    assert_eq!((known.decision, known.key), (Decision::Skip, run.jobs[1].key));
    assert_eq!(known.version.as_deref(), Some("7"));
    let inputs: Vec<_> = known.inputs.iter().map(|input| (input.parameter.as_str(), input.ignored)).collect();
    assert_eq!(inputs, [("halved", false), ("unit", false), ("level", true)]);
    assert!(
        known.parts.iter().any(|part| part.title == "fn described" && part.line.is_some()),
        "{:?}",
        known.parts
    );
    let text = ExplanationText::new(&known).to_string();
    for words in [
        "  skip  result known\n  stored as object ",
        "\nkey ",
        "ignored",
        "version \"7\" instead of the code",
        "fn described",
        "rustc 1.",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(explanation_json(&known)["inputs"][2]["ignored"], true);

    let message = scenario.explain("unit").expect_err("an input").to_string();
    assert!(message.contains("`unit` is an input") && message.contains("`described`"), "{message}");
    let message = scenario.explain("descibed").expect_err("no such node").to_string();
    assert!(message.contains("did you mean `described`?"), "{message}");
}

#[test]
fn an_ignored_parameter_runs_nothing_and_is_not_a_reason() {
    let store = testing::store();
    let scenario = Halves::create(&store, "a").expect("created");
    scenario.submit().expect("a run");
    scenario.level.write(9).expect("written");
    assert_eq!(scenario.submit().expect("a run").ran(), [""; 0]);
    scenario.unit.write("km".into()).expect("written");
    let run = scenario.submit().expect("a run");
    assert_eq!(run.jobs[1].reason.to_string(), "input `unit` changed: m → km");
}

#[test]
fn a_forced_job_runs_even_if_its_result_is_known_and_the_others_do_not() {
    let store = testing::store();
    let scenario = Halves::create(&store, "a").expect("created");
    scenario.submit().expect("a run");
    let run = scenario.submission().force("described").expect("an output").submit().expect("a run");
    assert_eq!((run.ran(), run.skipped()), (vec!["described"], vec!["halved"]));
    assert_eq!(run.jobs[1].reason, Reason::Forced);
    assert_eq!(scenario.submission().force_all().submit().expect("a run").ran(), ["halved", "described"]);
    assert_eq!(scenario.submit().expect("a run").ran(), [""; 0]);
    let message = scenario.submission().force("unit").err().expect("an input").to_string();
    assert!(message.contains("no output `unit`"), "{message}");
}

#[test]
fn a_strict_run_includes_the_toolchain_in_its_keys() {
    let store = testing::store();
    let scenario = Halves::create(&store, "a").expect("created");
    scenario.submit().expect("a run");
    let strict = || scenario.submission().strict().submit().expect("a run");
    let run = strict();
    assert_eq!(run.ran(), ["halved", "described"]);
    let reason = run.jobs[0].reason.to_string();
    assert!(reason.starts_with("now strict: rustc 1."), "{reason}");
    assert_eq!(strict().ran(), [""; 0]);
    assert_eq!(scenario.submit().expect("a run").ran(), [""; 0]);
}

#[test]
fn a_recomputed_sample_finds_the_task_that_is_not_deterministic() {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    #[task(skippable)]
    fn counting(number: i64) -> u64 {
        let _ = number;
        CALLS.fetch_add(1, Ordering::SeqCst)
    }
    scenario! { Counting { input number: i64 = 1; counted = counting(number); halved = halved(number); } }

    let store = testing::store();
    let scenario = Counting::create(&store, "a").expect("created");
    scenario.submit().expect("a run");
    let sampled = scenario.verify_sample(1.0, |_| {}).expect("sampled");
    let same: Vec<_> = sampled.iter().map(|sampled| (sampled.job.as_str(), sampled.is_same())).collect();
    assert_eq!(same, [("counting", false), ("halved", true)]);
    assert_eq!(scenario.counted.read().expect("read"), 0, "results of the sample are not stored");
    assert!(scenario.verify_sample(0.0, |_| {}).expect("sampled").is_empty());
    let chosen: usize = (0..200).map(|_| scenario.verify_sample(0.5, |_| {}).expect("sampled").len()).sum();
    assert!((120..280).contains(&chosen), "{chosen} of 400 at a share of a half");
}

#[test]
fn a_plan_reports_that_a_job_failed_in_the_last_run() {
    #[task(skippable)]
    fn picky(number: i64) -> Result<i64, String> {
        if number < 0 { Err("negative".into()) } else { Ok(number) }
    }
    scenario! { Picky { input number: i64 = 1; picked = picky(number); } }

    let store = testing::store();
    let scenario = Picky::create(&store, "a").expect("created");
    scenario.submit().expect("a run");
    scenario.number.write(-1).expect("written");
    let error = scenario.submit().expect_err("it fails");
    let job = &error.run().expect("a run").jobs[0];
    assert_eq!(
        (job.status, job.reason.to_string().as_str()),
        (JobStatus::Failed, "input `number` changed: 1 → -1")
    );
    assert_eq!(scenario.plan().expect("a plan").jobs[0].reason, Reason::LastFailed);
}

mod before {
    #[super::task(skippable)]
    pub(crate) fn score(number: i64) -> i64 {
        number + 1
    }
}

mod after {
    #[super::task(skippable)]
    pub(crate) fn score(number: i64) -> i64 {
        number + 1
    }

    pub(crate) mod named {
        #[super::super::task(skippable, name = "explaining::old::score")]
        pub(crate) fn score(number: i64) -> i64 {
            number + 1
        }
    }

    pub(crate) mod again {
        #[super::super::task(skippable, name = "explaining::old::rated")]
        pub(crate) fn rated(number: i64) -> i64 {
            number + 2
        }

        #[super::super::task(skippable, version = "1", name = "explaining::old::rated")]
        pub(crate) fn other(number: i64) -> i64 {
            number + 3
        }
    }
}

/// Returns a graph whose only task is `T`.
fn scoring<T: Task>() -> Arc<Graph> {
    Graph::builder("Scoring")
        .input(InputDef::<i64>::new("number").default_value(|| 4))
        .call(CallDef::of::<T>().argument("number").output("score"))
        .build()
        .expect("a graph")
}

#[test]
fn a_moved_task_is_distinguished_from_a_new_one_and_a_name_can_be_kept() {
    let store = testing::store();
    let submit = |graph: &Arc<Graph>| {
        Instance::open_or_create(&store, graph, "a").expect("a scenario").submit().expect("a run")
    };
    submit(&scoring::<before::score>());
    let moved = submit(&scoring::<after::score>());
    let reason = moved.jobs[0].reason.to_string();
    let words = "the task moved from `explaining::before::score` to `explaining::after::score` \
                 (`#[task(name = \"explaining::before::score\")]` keeps the old name)";
    assert!(reason.starts_with(words), "{reason}");
    let task = after::named::score::task();
    assert_eq!(task.identity(), "explaining::old::score");
    assert_eq!(task.path(), "explaining::after::named::score");
    submit(&scoring::<after::named::score>());
    assert_eq!(submit(&scoring::<after::named::score>()).ran(), [""; 0]);

    let error = Instance::open_or_create(&store, &scoring::<after::again::rated>(), "b")
        .expect("a scenario")
        .submit()
        .expect_err("two tasks with one name")
        .to_string();
    for words in ["explaining::after::again::rated", "explaining::after::again::other", "explaining.rs:"] {
        assert!(error.contains(words), "{error}");
    }
}
