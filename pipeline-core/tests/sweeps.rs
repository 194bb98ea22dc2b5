//! Sweeps: one scenario for each combination of input values, and each distinct call once.

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use skipstone::report::{SweepPlanText, SweepText};
use skipstone::scenarios::ScenarioFilter;
use skipstone::{CancelToken, Error, RunStatus, Store, scenario, task, testing};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often each function was called, by test and arguments.
static CALLS: Mutex<Option<HashMap<String, usize>>> = Mutex::new(None);

fn called(what: String) {
    let mut calls = CALLS.lock().unwrap_or_else(PoisonError::into_inner);
    *calls.get_or_insert_default().entry(what).or_default() += 1;
}

/// Returns the number of calls with each argument, of the test with this name.
fn calls_of(test: &str) -> HashMap<String, usize> {
    let calls = CALLS.lock().unwrap_or_else(PoisonError::into_inner);
    let calls = calls.iter().flatten().filter(|(what, _)| what.starts_with(&format!("{test}:")));
    calls.map(|(what, number)| (what.clone(), *number)).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Metric {
    Mean,
    Median,
    Most,
}

/// Takes long enough that other submissions meet it.
#[task(skippable)]
fn scored(test: &str, data: f64) -> f64 {
    called(format!("{test}: scored {data}"));
    std::thread::sleep(Duration::from_millis(20));
    2.0 * data
}

#[task(skippable)]
fn segmented(test: &str, scored: f64, threshold: f64) -> Result<f64, String> {
    called(format!("{test}: segmented {scored} {threshold}"));
    if threshold == 13.0 { Err("13 is unlucky".into()) } else { Ok(scored - threshold) }
}

#[task(skippable)]
fn rated(test: &str, segmented: f64, metric: Metric) -> f64 {
    called(format!("{test}: rated {segmented} {metric:?}"));
    match metric {
        Metric::Mean => segmented,
        Metric::Median => segmented * segmented,
        Metric::Most => f64::NAN,
    }
}

scenario! {
    pub Scoring {
        input test: String;
        input data: f64 = 10.0;
        input threshold: f64 = 1.0;
        input metric: Metric = Metric::Mean;
        scored = scored(test, data);
        segmented = segmented(test, scored, threshold);
        #[kpi(better = lower, unit = "$")]
        rated = rated(test, segmented, metric);
    }
}

fn base(store: &Store, test: &str) -> Scoring {
    Scoring::create(store, "base", ScoringInputs { test: test.into() }).expect("created")
}

fn names(store: &Store, tag: &str) -> Vec<String> {
    let found = store.scenarios(ScenarioFilter::new().tag(tag)).expect("listed");
    found.into_iter().map(|info| info.name).collect()
}

#[test]
fn each_distinct_call_is_made_once_and_the_best_is_first() {
    let store = testing::store();
    let base = base(&store, "once");
    let sweep =
        base.sweep_of("grid", &[("threshold", "5..15/5"), ("metric", "mean,median")]).expect("set up");
    let plan = sweep.plan().expect("planned");
    assert_eq!((plan.scenarios, plan.calls, plan.distinct, plan.known), (6, 18, 10, 0));
    insta::assert_snapshot!(SweepPlanText::new(&plan), @"6 scenarios, 18 calls, 10 distinct, tasks whose duration is not known");

    let report = sweep.run().expect("run").best_first("rated").expect("a KPI");
    insta::assert_snapshot!(SweepText::new(&report), @r"
      threshold  metric  rated [$]  scenario
      15         mean    5          grid/threshold=15,metric=mean
      10         mean    10         grid/threshold=10,metric=mean
      5          mean    15         grid/threshold=5,metric=mean
      15         median  25         grid/threshold=15,metric=median
      10         median  100        grid/threshold=10,metric=median
      5          median  225        grid/threshold=5,metric=median
    6 scenarios, tag `grid`; 10 ran, 8 skipped
    ");
    let calls = calls_of("once");
    assert_eq!(calls.len(), 10);
    assert!(calls.values().all(|&number| number == 1), "{calls:?}");

    let best = Scoring::open(&store, &report.outcomes[0].scenario).expect("opened");
    assert_eq!(best.threshold.read().expect("a value"), 15.0);
    assert_eq!(best.rated.read().expect("a value"), 5.0);
    let again = sweep.plan().expect("planned");
    assert_eq!((again.distinct, again.known), (10, 10));
    insta::assert_snapshot!(SweepPlanText::new(&again), @"6 scenarios, 18 calls, 10 distinct, 10 known");
    assert!(
        sweep.run().expect("run").outcomes.iter().all(|outcome| outcome.ran == 0 && outcome.skipped == 3)
    );
}

#[test]
fn two_sweeps_at_once_make_no_call_twice() {
    let store = testing::store();
    let base = base(&store, "both");
    let sweeps = [("a", "1..30"), ("b", "11..40")].map(|(name, thresholds)| {
        base.sweep_of(name, &[("data", "1,2"), ("threshold", thresholds)]).expect("set up").workers(3)
    });
    std::thread::scope(|scope| {
        for sweep in &sweeps {
            scope.spawn(|| sweep.run().expect("run"));
        }
    });
    let calls = calls_of("both");
    // Two calls of `scored`, 40 of `segmented` for each, and `rated` for each but the two that fail. What failed is called again.
    let twice: Vec<_> = calls.iter().filter(|(_, number)| **number > 1).collect();
    assert!(twice.iter().all(|(what, _)| what.ends_with(" 13")), "{twice:?}");
    assert_eq!(calls.keys().filter(|what| what.contains("segmented")).count(), 80);
    assert_eq!(calls.keys().filter(|what| what.contains(": scored")).count(), 2);
}

#[test]
fn scenarios_of_a_sweep_have_its_tag_and_the_inputs_of_the_base() {
    let store = testing::store();
    let base = base(&store, "tags");
    base.data.write(3.0).expect("written");
    base.tag(&["mine"]).expect("tagged");
    let sweep = || base.sweep_of("grid", &[("threshold", "1,2")]).expect("set up");
    sweep().run().expect("run");
    assert_eq!(names(&store, "grid"), ["grid/threshold=1", "grid/threshold=2"]);
    assert_eq!(names(&store, "mine"), ["base"]);
    let made = Scoring::open(&store, "grid/threshold=2").expect("opened");
    assert_eq!(made.info().expect("described").origin.as_deref(), Some("base"));
    assert_eq!(made.segmented.read().expect("a value"), 4.0);
    assert_eq!(base.threshold.read().expect("a value"), 1.0);

    // What was changed by hand is set back, and what changed in the base is taken over.
    made.threshold.write(9.0).expect("written");
    made.metric.write(Metric::Median).expect("written");
    base.data.write(4.0).expect("written");
    sweep().run().expect("run");
    assert_eq!(made.segmented.read().expect("a value"), 6.0);
    assert_eq!(made.metric.read().expect("a value"), Metric::Mean);
    let edits = made.edits(None).expect("listed").len();
    sweep().run().expect("run");
    assert_eq!(made.edits(None).expect("listed").len(), edits, "an unchanged input is not edited");
}

#[test]
fn a_scenario_that_fails_does_not_stop_the_others_and_is_tried_again() {
    let store = testing::store();
    let base = base(&store, "fails");
    let sweep = base.sweep_of("grid", &[("threshold", "12..14"), ("metric", "*")]).expect("set up");
    let report = sweep.run().expect("run").best_first("rated").expect("a KPI");
    insta::assert_snapshot!(SweepText::new(&report), @r"
      threshold  metric  rated [$]  scenario
      14         mean    6          grid/threshold=14,metric=mean
      12         mean    8          grid/threshold=12,metric=mean
      14         median  36         grid/threshold=14,metric=median
      12         median  64         grid/threshold=12,metric=median
      12         most    NaN        grid/threshold=12,metric=most
      14         most    NaN        grid/threshold=14,metric=most
      13         mean               grid/threshold=13,metric=mean: failed
      13         median             grid/threshold=13,metric=median: failed
      13         most               grid/threshold=13,metric=most: failed
    9 scenarios, tag `grid`, 3 failed; 9 ran, 12 skipped
    ");
    let failed: Vec<_> =
        report.outcomes.iter().filter(|outcome| outcome.status == RunStatus::Failed).collect();
    assert_eq!(failed.len(), 3);
    let error = failed[0].error.as_deref().expect("an error");
    assert_eq!(error, "scenario `grid/threshold=13,metric=mean`: task `segmented` failed: 13 is unlucky");
    let before = calls_of("fails");
    sweep.run().expect("run");
    let again: Vec<_> =
        calls_of("fails").into_iter().filter(|(what, number)| before.get(what) != Some(number)).collect();
    assert!(again.iter().all(|(what, _)| what.ends_with("20 13")), "{again:?}");
}

#[test]
fn mistakes_are_reported_before_anything_is_written() {
    let store = testing::store();
    let base = base(&store, "wrong");
    let of = |values: &[(&str, &str)]| base.sweep_of("grid", values).expect_err("invalid").to_string();
    let messages = [
        of(&[]),
        of(&[("treshold", "1,2")]),
        of(&[("scored", "1,2")]),
        of(&[("threshold", "*")]),
        of(&[("threshold", "1,two")]),
        of(&[("threshold", "5..1")]),
        of(&[("threshold", "1"), ("threshold", "2")]),
        of(&[("threshold", "1..2000"), ("data", "1..2000")]),
        base.sweep_of("", &[("threshold", "1")]).expect_err("invalid").to_string(),
        base.sweep("grid", [vec![base.data.at(1.0)], vec![base.threshold.at(1.0)]])
            .expect_err("invalid")
            .to_string(),
        base.sweep_of("grid", &[("threshold", "1")])
            .expect("set up")
            .set("threshold", "2")
            .expect_err("invalid")
            .to_string(),
        {
            let sweep = base.sweep_of("grid", &[("threshold", "1")]).expect("set up");
            sweep.run().expect("run").best_first("ratd").expect_err("no such KPI").to_string()
        },
    ];
    insta::assert_snapshot!(messages.join("\n"), @r#"
    sweep `grid`: its scenarios must all give values to the same inputs, at least one
    scenario type `Scoring` has no input `treshold`: did you mean `threshold`?
    scenario type `Scoring` has no input `scored`; available: `test`, `data`, `threshold`, `metric`
    input `threshold`: `*` is not a list of values: `*` is for an enum or a `bool`: write a list `a,b` or a range `1..9/2`
    `two` is not a valid `f64` for input `threshold`: invalid type: string "two", expected f64
    input `threshold`: `5..1` is not a list of values: the range ends before it begins: write the smaller end first
    sweep `grid`: input `threshold` has two values in one scenario: remove one of them
    sweep `grid`: it has more than 1000000 scenarios: use fewer values or a larger step
    `` is not a valid tag or property name: use printable characters in one line
    sweep `grid`: its scenarios must all give values to the same inputs, at least one
    sweep `grid`: it varies input `threshold`, which can't have one value for all scenarios as well
    there is no KPI `ratd`: did you mean `rated`?
    "#);
    assert_eq!(names(&store, "grid"), ["grid/threshold=1"]);
    let unsaved = skipstone::Instance::unsaved(&store, base.graph(), "new");
    let missing = unsaved.sweep_of("other", &[("threshold", "1")]).expect("set up");
    insta::assert_snapshot!(missing.plan().expect_err("an input is missing"), @"scenario `other/threshold=1` of the sweep: input `test` of scenario `new` has no default and no value: give it one, on the command line with `--set test=VALUE`");
}

#[test]
fn a_canceled_sweep_says_how_far_it_came() {
    let store = testing::store();
    let base = base(&store, "canceled");
    let token = CancelToken::new();
    let cancel = token.clone();
    let sweep = base.sweep_of("grid", &[("threshold", "1..50")]).expect("set up").workers(1).cancel(token);
    let done = std::sync::atomic::AtomicUsize::new(0);
    let sweep = sweep.observe(move |event| {
        let skipstone::events::Event::Submission(event) = event else { return };
        if event.status != RunStatus::Running && done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 4
        {
            cancel.cancel();
        }
    });
    let error = sweep.run().expect_err("canceled");
    assert!(matches!(error, Error::SweepCanceled { done: 5, scenarios: 50, .. }), "{error}");
    insta::assert_snapshot!(error, @"sweep `grid`: canceled after 5 of 50 scenarios; the next run can reuse finished results");
}

#[task(skippable)]
fn total(values: &[f64]) -> f64 {
    values.iter().sum()
}

scenario! {
    pub Totals {
        input values: Vec<f64> = vec![1.0];
        input label: Option<String> = None;
        #[secret]
        input token: String;
        total = total(values);
        named = named(label, token);
    }
}

#[task(skippable)]
fn named(label: &Option<String>, token: &str) -> String {
    format!("{} {}", label.as_deref().unwrap_or_default(), token.len())
}

#[test]
fn names_tell_all_values_apart() {
    let store = testing::store();
    let base = Totals::create(&store, "base").expect("created");
    let labels = ["a,label=b", "null", "1.0", "x y", "a\nb"].map(|label| Some(label.to_owned()));
    let sweep = base.sweep("labels", labels.into_iter().chain([None]).map(|label| [base.label.at(label)]));
    let report = sweep.expect("set up").set("token", "abc").expect("set").run().expect("run");
    insta::assert_snapshot!(report.outcomes.iter().map(|outcome| outcome.scenario.as_str()).collect::<Vec<_>>().join("\n"), @r#"
    labels/label="a,label=b"
    labels/label="null"
    labels/label=1.0
    labels/label=x y
    labels/436e22321f6cf231
    labels/label=null
    "#);

    let numbers = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.0, 1e300];
    let scoring =
        Scoring::create(&store, "scoring", ScoringInputs { test: "names".into() }).expect("created");
    let sweep =
        scoring.sweep("numbers", numbers.map(|number| [scoring.threshold.at(number)])).expect("set up");
    let report = sweep.run().expect("run");
    assert_eq!(report.outcomes.len(), numbers.len(), "{report:?}");

    let values = [vec![1.0, 2.0], vec![1.0, 3.0], vec![1.0, 2.0]].map(|values| [base.values.at(values)]);
    let sweep = base.sweep("values", values).expect("set up").set("token", "abc").expect("set");
    // Equal combinations are one scenario.
    assert_eq!(sweep.run().expect("run").outcomes.len(), 2);
    let error = base.sweep_of("secrets", &[("token", "a,b")]).expect_err("a secret");
    assert!(matches!(error, Error::SecretNotStorable { .. }), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// A sweep gives each scenario the values that it has when it is run alone, with as many calls as its plan says.
    #[test]
    fn a_sweep_equals_its_scenarios_run_alone(
        data in prop::collection::hash_set(1_u8..4, 1..3),
        thresholds in prop::collection::hash_set(20_u8..30, 1..6),
        metrics in prop::collection::hash_set(0_usize..2, 1..3),
        known in 20_u8..30,
        workers in 1_usize..5,
    ) {
        static COUNT: Mutex<usize> = Mutex::new(0);
        let test = {
            let mut count = COUNT.lock().unwrap_or_else(PoisonError::into_inner);
            *count += 1;
            format!("law {count}")
        };
        let store = testing::store();
        let base = base(&store, &test);
        base.threshold.write(f64::from(known)).expect("written");
        base.submit().expect("run");
        let before: usize = calls_of(&test).values().sum();
        let metrics: Vec<Metric> = metrics.into_iter().map(|n| [Metric::Mean, Metric::Median][n]).collect();
        let mut points = Vec::new();
        for &data in &data {
            for &threshold in &thresholds {
                for &metric in &metrics {
                    points.push([base.data.at(100.0 * f64::from(data)), base.metric.at(metric), base.threshold.at(threshold.into())]);
                }
            }
        }
        let count = points.len();
        let sweep = base.sweep("grid", points).expect("set up").workers(workers);
        let plan = sweep.plan().expect("planned");
        let report = sweep.run().expect("run");
        prop_assert_eq!(report.outcomes.len(), count);
        prop_assert_eq!(plan.calls, 3 * count);
        prop_assert_eq!(calls_of(&test).values().sum::<usize>() - before, plan.distinct - plan.known);
        for outcome in &report.outcomes {
            let swept = Scoring::open(&store, &outcome.scenario).expect("opened");
            let alone = base.duplicate(&format!("alone {}", outcome.scenario)).expect("duplicated");
            alone.data.write(swept.data.read().expect("a value")).expect("written");
            alone.threshold.write(swept.threshold.read().expect("a value")).expect("written");
            alone.metric.write(swept.metric.read().expect("a value")).expect("written");
            alone.submission().force_all().submit().expect("run");
            prop_assert_eq!(alone.rated.read().expect("a value"), swept.rated.read().expect("a value"));
        }
    }
}
