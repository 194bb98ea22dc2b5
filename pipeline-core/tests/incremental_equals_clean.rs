//! Property tests of skipping on random graphs and edits: an incremental run gives the results of a run in an empty
//! store, and calls exactly the tasks that it must.
//!
//! `PIPELINE_PROOFS=full` runs 10,000 sequences of edits, and 500 for which processes run the jobs as well.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use skipstone::executor::{Processes, Threads};
use skipstone::questions::Decision;
use skipstone::{CallDef, Graph, InputDef, Instance, Store, task, testing};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

testing::worker!();

/// A lossy sum: different inputs often give equal outputs, which leads to early cut-offs.
#[task(skippable)]
fn mix(left: i64, right: i64) -> i64 {
    (left * 3 + right).rem_euclid(4)
}

/// A second task, because two tasks may work on the same values.
#[task(skippable)]
fn most(left: i64, right: i64) -> i64 {
    left.max(right)
}

const INPUTS: usize = 3;
const SCENARIOS: [&str; 2] = ["a", "b"];

/// A call: its task (`true` for `mix`) and the indices of the two nodes that it reads, inputs before earlier outputs.
type Wire = (bool, usize, usize);

/// Returns the nodes that call `c` reads.
fn reads(c: usize, (_, left, right): Wire) -> (usize, usize) {
    (left % (INPUTS + c), right % (INPUTS + c))
}

fn graph(wires: &[Wire]) -> Arc<Graph> {
    let mut builder = Graph::builder("Random");
    for i in 0..INPUTS {
        builder = builder.input(InputDef::<i64>::new(&format!("n{i}")).default_value(|| 0).allow_unused());
    }
    for (c, wire) in wires.iter().enumerate() {
        let (left, right) = reads(c, *wire);
        let call = if wire.0 { CallDef::of::<mix>() } else { CallDef::of::<most>() };
        builder = builder.call(
            call.output(&format!("n{}", INPUTS + c))
                .named_argument("left", &format!("n{left}"))
                .named_argument("right", &format!("n{right}")),
        );
    }
    builder.build().expect("a graph")
}

#[derive(Debug, Clone)]
enum Edit {
    Write { input: usize, value: i64 },
    Rewire { call: usize, wire: Wire },
    OtherScenario,
    Restart,
    Collect,
}

fn wires() -> impl Strategy<Value = Wire> {
    (any::<bool>(), 0..100usize, 0..100usize)
}

fn edits() -> impl Strategy<Value = Edit> {
    prop_oneof![
        6 => (0..INPUTS, 0..3i64).prop_map(|(input, value)| Edit::Write { input, value }),
        2 => (0..8usize, wires()).prop_map(|(call, wire)| Edit::Rewire { call, wire }),
        1 => Just(Edit::OtherScenario),
        1 => Just(Edit::Restart),
        1 => Just(Edit::Collect),
    ]
}

/// A model of perfect memory: all task arguments seen so far, and for each scenario those of its last run, which a
/// collection keeps.
#[derive(Default)]
struct Model {
    seen: HashSet<(bool, i64, i64)>,
    last: [Vec<(bool, i64, i64)>; 2],
}

/// Computes the values of all nodes and the arguments of each call.
fn clean(wires: &[Wire], inputs: &[i64; INPUTS]) -> (Vec<i64>, Vec<(bool, i64, i64)>) {
    let mut nodes = inputs.to_vec();
    let mut work = Vec::new();
    for (c, wire) in wires.iter().enumerate() {
        let (left, right) = reads(c, *wire);
        let (left, right) = (nodes[left], nodes[right]);
        work.push((wire.0, left, right));
        nodes.push(if wire.0 { mix(left, right) } else { most(left, right) });
    }
    (nodes, work)
}

fn outputs(instance: &Instance, count: usize) -> Vec<i64> {
    let read =
        |node: usize| instance.output::<i64>(&format!("n{node}")).expect("a node").read().expect("read");
    (INPUTS..INPUTS + count).map(read).collect()
}

fn sequence(mut wires: Vec<Wire>, edits: Vec<Edit>) -> Result<(), TestCaseError> {
    let temporary = testing::store();
    let mut store: Store = temporary.reopen();
    let mut inputs = [[0_i64; INPUTS]; 2];
    let mut current = 0;
    let mut model = Model::default();
    for edit in edits {
        let mut written = None;
        match edit {
            Edit::Write { input, value } => {
                inputs[current][input] = value;
                written = Some((input, value));
            }
            Edit::Rewire { call, wire } => {
                let count = wires.len();
                wires[call % count] = wire;
            }
            Edit::OtherScenario => current = 1 - current,
            Edit::Restart => store = temporary.reopen(),
            Edit::Collect => {
                store.collect(Duration::ZERO).expect("collected");
                model.seen = model.last.iter().flatten().copied().collect();
            }
        }
        let instance = Instance::open_or_create(&store, &graph(&wires), SCENARIOS[current]).expect("opened");
        if let Some((input, value)) = written {
            instance.input::<i64>(&format!("n{input}")).expect("an input").write(value).expect("written");
        }
        let planned = instance.plan().expect("a plan");
        let run = instance.submission().workers(2).submit().expect("a run");
        let (nodes, work) = clean(&wires, &inputs[current]);
        let needed = work.iter().filter(|work| model.seen.insert(**work)).count();
        prop_assert_eq!(outputs(&instance, wires.len()), &nodes[INPUTS..]);
        prop_assert_eq!(run.ran().len(), needed, "{:?}", run);
        prop_assert_eq!(planned.has_work(), needed > 0);
        for job in &planned.jobs {
            let ran = |name: &String| run.ran().contains(&name.as_str());
            prop_assert!(job.decision != Decision::Skip || !ran(&job.name), "{:?}", job);
            // Of several calls on equal inputs, one runs.
            let calls = planned.jobs.iter().filter(|other| other.task == job.task);
            prop_assert!(
                job.decision != Decision::Run || calls.map(|other| &other.name).any(ran),
                "{:?}",
                job
            );
        }
        model.last[current] = work;
    }
    // A run in an empty store gives the same hashes.
    let empty = testing::store();
    let instance = Instance::open_or_create(&store, &graph(&wires), SCENARIOS[current]).expect("opened");
    let fresh = Instance::create(&empty, &graph(&wires), "fresh").expect("created");
    for (input, value) in inputs[current].iter().enumerate() {
        fresh.input::<i64>(&format!("n{input}")).expect("an input").write(*value).expect("written");
    }
    let hashes = |instance: &Instance| -> Vec<String> {
        let run = instance.submit().expect("a run");
        run.jobs
            .iter()
            .flat_map(|job| &job.outputs)
            .map(|output| format!("{} {}", output.node, output.value.hash))
            .collect()
    };
    prop_assert_eq!(hashes(&instance), hashes(&fresh));
    Ok(())
}

/// Returns the records of a store by key, without start times and durations.
fn records(store: &Store) -> BTreeMap<String, Value> {
    let folders = std::fs::read_dir(store.path().join("records")).into_iter().flatten().flatten();
    let files = folders.flat_map(|folder| std::fs::read_dir(folder.path()).expect("a folder").flatten());
    let record = |file: std::fs::DirEntry| {
        let text = std::fs::read_to_string(file.path()).expect("read");
        let mut record: Value = serde_json::from_str(text.lines().nth(2).expect("a body")).expect("a record");
        record["started_us"] = 0.into();
        record["duration_us"] = 0.into();
        (file.path().display().to_string().replace(&store.path().display().to_string(), ""), record)
    };
    files.map(record).collect()
}

/// Applies the same edits with jobs on threads and in processes, and compares results and records.
fn both_executors(
    processes: &Processes,
    wires: &[Wire],
    edits: Vec<(usize, i64)>,
) -> Result<(), TestCaseError> {
    let stores = [testing::store(), testing::store()];
    let instances = [0, 1].map(|i| Instance::create(&stores[i], &graph(wires), "a").expect("created"));
    for (input, value) in edits {
        let ends = [0, 1].map(|i| {
            let input = format!("n{input}");
            instances[i].input::<i64>(&input).expect("an input").write(value).expect("written");
            // Of two jobs with equal work, only the first runs. With two workers, the order is a race.
            let submission = instances[i].submission().workers(1);
            let run = match i {
                0 => submission.executor(Threads).submit(),
                _ => submission.executor(processes.clone()).submit(),
            };
            let run = run.expect("a run");
            let statuses: Vec<_> = run.jobs.iter().map(|job| (job.name.clone(), job.status)).collect();
            (statuses, outputs(&instances[i], wires.len()))
        });
        prop_assert_eq!(&ends[0], &ends[1]);
    }
    prop_assert_eq!(records(&stores[0]), records(&stores[1]));
    Ok(())
}

#[test]
fn threads_and_processes_give_the_same_results_and_records() {
    let full = std::env::var_os("PIPELINE_PROOFS").is_some_and(|value| value == "full");
    let cases = if full { 500 } else { 5 };
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let edits = prop::collection::vec((0..INPUTS, 0..3i64), 1..5);
    let processes = Processes::new();
    let outcome = TestRunner::new(config)
        .run(&(prop::collection::vec(wires(), 1..8), edits), |(wires, edits)| {
            both_executors(&processes, &wires, edits)
        });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn incremental_runs_equal_clean_runs_on_random_graphs_and_edits() {
    let full = std::env::var_os("PIPELINE_PROOFS").is_some_and(|value| value == "full");
    let cases = if full { 5_000 } else { 20 };
    // Each of two threads runs half of the cases.
    let run = || {
        let config = Config { cases, failure_persistence: None, ..Config::default() };
        let sequences = (prop::collection::vec(wires(), 1..8), prop::collection::vec(edits(), 1..8));
        let outcome = TestRunner::new(config).run(&sequences, |(wires, edits)| sequence(wires, edits));
        outcome.unwrap_or_else(|error| panic!("{error}"));
    };
    std::thread::scope(|scope| {
        scope.spawn(run);
        run();
    });
}
