//! Branches: an input decides which of two tasks makes a node.

use serde::{Deserialize, Serialize};
use skipstone::graph::SubscenarioDef;
use skipstone::{Graph, Run, ScenarioType, scenario, task, testing};

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Mode {
    Full,
    Quick,
    Off,
}

/// All values.
#[task(skippable)]
fn all(values: &[f64]) -> (Vec<f64>, usize) {
    (values.to_vec(), values.len())
}

/// The first values.
#[task(skippable)]
fn first(values: &[f64], count: usize) -> (Vec<f64>, usize) {
    (values[..count].to_vec(), count)
}

#[task(skippable)]
fn nothing() -> (Vec<f64>, usize) {
    (vec![], 0)
}

#[task(skippable)]
fn total(sample: &[f64]) -> f64 {
    sample.iter().sum()
}

#[task(skippable)]
fn square(x: f64) -> f64 {
    x * x
}

scenario! {
    /// Adds up a sample.
    Sampled {
        input mode: Mode = Mode::Full;
        input squared: bool = false;
        input values: Vec<f64> = vec![1.0, 2.0, 4.0];
        input count: usize = 2;

        if mode == Mode::Full {
            /// The values that count.
            (sample, size) = all(values);
        } else if matches!(mode, Mode::Quick) {
            (sample, size) = first(values, count);
        } else {
            (sample, size) = nothing();
        }
        sum = total(sample);
        if squared {
            result = square(sum);
        } else {
            result = square(one);
        }
        #[allow(unused)]
        shown = describe(result, size);
        input one: f64 = 1.0;
    }
}

#[task(skippable)]
fn describe(result: f64, size: usize) -> String {
    format!("{result} of {size}")
}

fn ran(run: skipstone::Result<Run>) -> Vec<String> {
    let mut jobs: Vec<String> = run.expect("ran").ran().into_iter().map(str::to_owned).collect();
    jobs.sort();
    jobs
}

#[test]
fn only_the_tasks_of_one_arm_run() {
    let store = testing::store();
    let sampled = Sampled::create(&store, "a").expect("created");
    assert_eq!(ran(sampled.submit()), ["all", "describe", "square (result, otherwise)", "total"]);
    assert_eq!(sampled.sum.read().expect("read"), 7.0);
    assert_eq!(sampled.shown.read().expect("read"), "1 of 3");

    sampled.mode.write(Mode::Quick).expect("written");
    assert_eq!(ran(sampled.submit()), ["describe", "first", "total"]);
    assert_eq!(sampled.sum.read().expect("read"), 3.0);
    assert_eq!(sampled.sample.read().expect("read"), [1.0, 2.0]);

    sampled.mode.write(Mode::Off).expect("written");
    sampled.squared.write(true).expect("written");
    assert_eq!(ran(sampled.submit()), ["describe", "nothing", "square (result)", "total"]);

    // What the other arm made is still known.
    sampled.mode.write(Mode::Full).expect("written");
    assert_eq!(ran(sampled.submit()), ["describe", "square (result)"]);
    assert_eq!(sampled.shown.read().expect("read"), "49 of 3");
}

#[test]
fn an_input_that_only_the_other_arm_reads_changes_nothing() {
    let store = testing::store();
    let sampled = Sampled::create(&store, "a").expect("created");
    sampled.submit().expect("ran");
    sampled.count.write(1).expect("written");
    assert_eq!(ran(sampled.submit()), [""; 0]);
}

#[test]
fn a_branch_is_decided_for_the_values_of_a_submission() {
    let store = testing::store();
    let sampled = Sampled::create(&store, "a").expect("created");
    let run =
        sampled.submission().set("mode", "\"Quick\"").expect("set").to("sum").expect("selected").submit();
    assert_eq!(ran(run), ["first", "total"]);
    let run =
        sampled.submission().with_value("mode", Mode::Off).expect("set").from("mode").expect("selected");
    assert!(run.submit().is_err(), "no task reads the input");
    let run = sampled.submission().with_task::<first>(|_, _| (vec![5.0], 1)).expect("a task");
    run.submit().expect("the task is not called");
    assert_eq!(sampled.sum.read().expect("read"), 7.0);
    let run = sampled.submission().force("sample").expect("a node").submit();
    assert_eq!(ran(run), ["all"]);
}

#[test]
fn plans_explanations_and_histories_follow_the_branch() {
    let store = testing::store();
    let sampled = Sampled::create(&store, "a").expect("created");
    let jobs = |texts: &[(&str, &str)]| {
        let plan = sampled.plan_with(texts).expect("a plan");
        plan.jobs.into_iter().map(|job| job.name).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(jobs(&[]), "all, total, square (result, otherwise), describe");
    assert_eq!(
        jobs(&[("mode", "\"Off\""), ("squared", "true")]),
        "nothing, total, square (result), describe"
    );
    sampled.submit().expect("ran");
    let full = sampled.explain("sample").expect("explained").key;
    sampled.mode.write(Mode::Quick).expect("written");
    assert_ne!(sampled.explain("sample").expect("explained").key, full);
    sampled.submit().expect("ran");
    let history = sampled.history("sample").expect("a history");
    assert_eq!(history.iter().map(|point| point.value.is_some()).collect::<Vec<_>>(), [true, true]);
    let nodes = sampled.nodes().expect("nodes");
    let sample = nodes.iter().find(|node| node.node == "sample").expect("a node");
    assert!(sample.value.is_some() && sample.reason.is_some(), "{sample:?}");
    let version = |run: skipstone::Result<Run>| run.expect("ran").version;
    let one = version(sampled.submit());
    sampled.mode.write(Mode::Full).expect("written");
    assert_eq!(version(sampled.submit()), one, "both arms are in one version");
}

#[test]
fn both_arms_are_checked_and_shown() {
    let store = testing::store();
    let sampled = Sampled::create(&store, "a").expect("created");
    let check = sampled.check().expect("checked");
    let mut jobs: Vec<_> = check.jobs.iter().map(|job| job.name.as_str()).collect();
    jobs.sort_unstable();
    assert_eq!(
        jobs,
        ["all", "describe", "first", "nothing", "square (result)", "square (result, otherwise)", "total"]
    );
    insta::assert_snapshot!(testing::snapshot_graph(Sampled::graph()));
    insta::assert_snapshot!(skipstone::testing::snapshot_graph(&twice()));
}

/// A graph with the scenario twice, which gets the mode of the whole once.
fn twice() -> std::sync::Arc<Graph> {
    Graph::builder("Twice")
        .input(skipstone::InputDef::<Mode>::new("how").default_value(|| Mode::Quick))
        .subscenario(SubscenarioDef::new("one", Sampled::graph()).node("mode", "how"))
        .subscenario(SubscenarioDef::new("two", Sampled::graph()).value("mode", || Mode::Off))
        .build()
        .expect("a graph")
}

#[task(skippable)]
fn difference(one: f64, other: f64) -> f64 {
    one - other
}

scenario! {
    Both {
        input how: Mode = Mode::Quick;
        one = Sampled { mode: how };
        two = Sampled { mode: Mode::Full };
        more = difference(one: two.sum, other: one.sum);
    }
}

#[test]
fn branches_of_subscenarios_are_decided_by_what_is_passed_to_them() {
    let store = testing::store();
    let alone = Sampled::create(&store, "alone").expect("created");
    alone.submit().expect("ran");
    let both = Both::create(&store, "a").expect("created");
    let jobs = ran(both.submit());
    assert_eq!(both.more.read().expect("read"), 4.0);
    assert!(
        jobs.contains(&"first (one.sample)".into()) && !jobs.iter().any(|job| job.contains("two.")),
        "{jobs:?}"
    );
    both.how.write(Mode::Off).expect("written");
    both.submit().expect("ran");
    assert_eq!(both.more.read().expect("read"), 7.0);
    both.two.mode.write(Mode::Off).expect("written");
    both.submit().expect("ran");
    assert_eq!(both.more.read().expect("read"), 0.0);
}

#[test]
fn a_graph_in_memory_follows_the_branch() {
    let graph = Sampled::graph();
    let shown = |mode: Mode| {
        let values = graph.in_memory().input("mode", mode).expect("set").run().expect("ran");
        values.get::<String>("shown").cloned().expect("a value")
    };
    assert_eq!((shown(Mode::Full), shown(Mode::Off)), ("1 of 3".into(), "1 of 0".into()));
}

#[test]
fn the_reason_names_the_arm_and_files_have_no_branches() {
    let store = testing::store();
    let sampled = Sampled::create(&store, "a").expect("created");
    sampled.submit().expect("ran");
    sampled.mode.write(Mode::Quick).expect("written");
    let run = sampled.submit().expect("ran");
    let reason = run.job("first").expect("a job").reason.to_string();
    assert_eq!(reason, "in this run, `!(mode == Mode::Full) && matches!(mode, Mode::Quick)`");
    let error = Sampled::graph().to_toml().expect_err("refused").to_string();
    assert_eq!(
        error,
        "scenario `Sampled` can't be written as a file: a file has no branches: build the graph without `if`"
    );
}

#[test]
fn lineage_follows_the_arm_that_ran() {
    let store = testing::store();
    let sampled = Sampled::create(&store, "a").expect("created");
    let run = sampled.submit().expect("ran");
    let lineage = sampled.lineage("sum").expect("a lineage");
    let nodes: Vec<&str> = lineage.nodes.iter().map(|node| node.node.as_str()).collect();
    assert_eq!(nodes, ["values", "sample", "sum"], "`count` is read in the other arm");
    let jobs: Vec<&str> = lineage.jobs.iter().map(|job| job.job.as_str()).collect();
    assert_eq!(jobs, ["all", "total"]);
    let count = run.inputs.iter().find(|input| input.node == "count").expect("an input");
    let derived = store.derived_from(&count.value.hash.to_string()).expect("found");
    assert!(derived.descendants.is_empty(), "{:?}", derived.descendants);
}
