//! Property tests of skipping on random graphs with parts, windows and failures: an incremental run gives the results of a run in an
//! empty store, and calls exactly the tasks that it must.
//!
//! `PIPELINE_PROOFS=full` runs 10,000 sequences of edits.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use skipstone::questions::Decision;
use skipstone::{CallDef, Graph, InputDef, Instance, Parts, Store, task, testing};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

/// Fails for some values.
#[task(skippable)]
fn mixed(left: i64, right: i64) -> Result<i64, String> {
    match (left * 3 + right).rem_euclid(7) {
        6 => Err("six".into()),
        mix => Ok(mix / 2),
    }
}

/// The keys count, and the order.
#[task(skippable)]
fn gathered(parts: &Parts<i64>) -> i64 {
    let of_part = |(key, value): (&str, &i64)| value * 5 + i64::from(key.as_bytes()[0]);
    parts.iter().map(of_part).fold(0, |all, part| (all * 2 + part).rem_euclid(4))
}

const SCENARIOS: [&str; 2] = ["a", "b"];
const KEYS: [&str; 4] = ["a", "b", "c", "d"];

/// The nodes are numbered: the input with parts, the single input, then the output of each call.
#[derive(Debug, Clone)]
enum Wire {
    /// `mixed(each left, right)`, where `right` may have parts as well.
    Mixed(usize, usize),
    /// `mixed(cross left, cross right)`, of nodes whose keys are those of the input.
    Cross(usize, usize),
    /// `gathered(all node)`
    All(usize),
    /// `gathered(each last(n) node)`
    Last(usize, usize),
}

#[derive(Debug, Clone)]
enum Edit {
    Part { key: usize, value: Option<i64> },
    Single(i64),
    Rewire { call: usize, wire: Wire },
    OtherScenario,
    Restart,
    Collect,
}

fn wires() -> impl Strategy<Value = Wire> {
    prop_oneof![
        4 => (0..100usize, 0..100usize).prop_map(|(left, right)| Wire::Mixed(left, right)),
        1 => (0..100usize, 0..100usize).prop_map(|(left, right)| Wire::Cross(left, right)),
        2 => (0..100usize).prop_map(Wire::All),
        2 => (0..100usize, 1..4usize).prop_map(|(node, number)| Wire::Last(node, number)),
    ]
}

fn edits() -> impl Strategy<Value = Edit> {
    prop_oneof![
        6 => (0..KEYS.len(), prop::option::weighted(0.7, 0..4i64)).prop_map(|(key, value)| Edit::Part { key, value }),
        2 => (0..4i64).prop_map(Edit::Single),
        2 => (0..6usize, wires()).prop_map(|(call, wire)| Edit::Rewire { call, wire }),
        1 => Just(Edit::OtherScenario),
        1 => Just(Edit::Restart),
        1 => Just(Edit::Collect),
    ]
}

/// What the nodes of a graph are, and the calls with their arguments in range.
struct Shape {
    has_parts: Vec<bool>,
    /// Whether the parts are those of combinations.
    crossed: Vec<bool>,
    calls: Vec<Wire>,
}

fn shape(wires: &[Wire]) -> Shape {
    let mut shape = Shape { has_parts: vec![true, false], crossed: vec![false; 2], calls: Vec::new() };
    for wire in wires {
        let with_parts: Vec<usize> =
            (0..shape.has_parts.len()).filter(|&node| shape.has_parts[node]).collect();
        let parts = |node: usize| with_parts[node % with_parts.len()];
        let call = match *wire {
            Wire::Mixed(left, right) => {
                let (left, right) = (parts(left), right % shape.has_parts.len());
                // Two nodes meet only if they have the same keys.
                let meets = !shape.has_parts[right] || shape.crossed[left] == shape.crossed[right];
                Wire::Mixed(left, if meets { right } else { 1 })
            }
            Wire::Cross(left, right) => {
                let plain: Vec<usize> =
                    with_parts.iter().copied().filter(|&node| !shape.crossed[node]).collect();
                Wire::Cross(plain[left % plain.len()], plain[right % plain.len()])
            }
            Wire::All(node) => Wire::All(parts(node)),
            Wire::Last(node, number) => Wire::Last(parts(node), number),
        };
        shape.crossed.push(match call {
            Wire::Mixed(node, _) | Wire::Last(node, _) => shape.crossed[node],
            Wire::Cross(..) => true,
            Wire::All(_) => false,
        });
        shape.has_parts.push(!matches!(call, Wire::All(_)));
        shape.calls.push(call);
    }
    shape
}

fn graph(shape: &Shape) -> Arc<Graph> {
    let mut builder = Graph::builder("Random")
        .input(
            InputDef::<Parts<i64>>::new("n0")
                .default_value(|| Parts::parse("[]").expect("no parts"))
                .allow_unused(),
        )
        .input(InputDef::<i64>::new("n1").default_value(|| 0).allow_unused());
    for (c, call) in shape.calls.iter().enumerate() {
        let name = |node: usize| format!("n{node}");
        let call = match *call {
            Wire::Mixed(left, right) => {
                let call = CallDef::of::<mixed>().named_argument("left", &name(left)).each();
                let call = call.named_argument("right", &name(right));
                if shape.has_parts[right] { call.each() } else { call }
            }
            Wire::Cross(left, right) => {
                let call = CallDef::of::<mixed>().argument(&name(left)).cross();
                call.argument(&name(right)).cross()
            }
            Wire::All(node) => CallDef::of::<gathered>().argument(&name(node)).all(),
            Wire::Last(node, number) => CallDef::of::<gathered>().argument(&name(node)).each_last(number),
        };
        builder = builder.call(call.output(&name(2 + c)));
    }
    builder.build().expect("a graph")
}

#[derive(Debug, Clone, Default)]
struct Inputs {
    parts: BTreeMap<&'static str, i64>,
    single: i64,
}

/// The value of a node; `None` where a call failed or could not run.
#[derive(Debug, Clone)]
enum Node {
    One(Option<i64>),
    Parts(Vec<(String, Option<i64>)>),
}

/// A call of a function, by its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Work {
    Mixed(i64, i64),
    Gathered(Vec<(String, i64)>),
}

impl Work {
    fn result(&self) -> Option<i64> {
        match self {
            Work::Mixed(left, right) => mixed(*left, *right).ok(),
            Work::Gathered(parts) => Some(gathered(&Parts::new(parts.iter().cloned()).expect("parts"))),
        }
    }
}

/// Computes the values of all nodes, and the calls.
fn clean(shape: &Shape, inputs: &Inputs) -> (Vec<Node>, Vec<Work>) {
    let parts = inputs.parts.iter().map(|(key, value)| ((*key).to_owned(), Some(*value))).collect();
    let mut nodes = vec![Node::Parts(parts), Node::One(Some(inputs.single))];
    let mut all = Vec::new();
    let mut called = |work: Option<Work>| {
        let work = work?;
        let result = work.result();
        all.push(work);
        result
    };
    for call in &shape.calls {
        let with_parts = |node: usize| match &nodes[node] {
            Node::Parts(parts) => parts.clone(),
            Node::One(_) => unreachable!("it has parts"),
        };
        let known = |parts: &[(String, Option<i64>)]| {
            parts.iter().map(|(key, value)| Some((key.clone(), (*value)?))).collect::<Option<Vec<_>>>()
        };
        let node = match *call {
            Wire::Mixed(left, right) => {
                let right = |key: &str| match &nodes[right] {
                    Node::One(value) => *value,
                    Node::Parts(parts) => {
                        parts.iter().find(|(found, _)| *found == key).and_then(|(_, value)| *value)
                    }
                };
                let part = |(key, left): (String, Option<i64>)| {
                    let work = left.zip(right(&key)).map(|(left, right)| Work::Mixed(left, right));
                    (key, called(work))
                };
                Node::Parts(with_parts(left).into_iter().map(part).collect())
            }
            Wire::Cross(left, right) => {
                let right = with_parts(right);
                let mut parts = Vec::new();
                for (one, left) in with_parts(left) {
                    for (other, right) in &right {
                        let work = left.zip(*right).map(|(left, right)| Work::Mixed(left, right));
                        parts.push((format!("{one}/{other}"), called(work)));
                    }
                }
                Node::Parts(parts)
            }
            Wire::All(node) => Node::One(called(known(&with_parts(node)).map(Work::Gathered))),
            Wire::Last(node, number) => {
                let parts = with_parts(node);
                let window = |end: usize| &parts[end.saturating_sub(number)..end];
                let part = |(place, (key, _)): (usize, &(String, Option<i64>))| {
                    (key.clone(), called(known(window(place + 1)).map(Work::Gathered)))
                };
                Node::Parts(parts.iter().enumerate().map(part).collect())
            }
        };
        nodes.push(node);
    }
    (nodes, all)
}

/// The number of calls that are needed if these results are known: of equal ones, one. A call that fails is made again.
fn needed(all: &[Work], seen: &mut HashSet<Work>) -> usize {
    all.iter().filter(|work| work.result().is_some() && seen.insert((*work).clone())).count()
}

fn write(instance: &Instance, inputs: &Inputs) {
    let parts = Parts::new(inputs.parts.iter().map(|(key, value)| (key, *value))).expect("parts");
    instance.input::<Parts<i64>>("n0").expect("an input").write(parts).expect("written");
    instance.input::<i64>("n1").expect("an input").write(inputs.single).expect("written");
}

fn check_values(instance: &Instance, shape: &Shape, nodes: &[Node]) -> Result<(), TestCaseError> {
    for (number, node) in nodes.iter().enumerate().skip(2) {
        let name = format!("n{number}");
        match node {
            Node::One(value) => {
                prop_assert_eq!(instance.output::<i64>(&name).expect("a node").read().ok(), *value);
            }
            Node::Parts(parts) => {
                let read = instance.output::<Parts<i64>>(&name).expect("a node").read().ok();
                let read = read
                    .map(|read| read.iter().map(|(key, value)| (key.to_owned(), *value)).collect::<Vec<_>>());
                let expected: Option<Vec<(String, i64)>> =
                    parts.iter().map(|(key, value)| Some((key.clone(), (*value)?))).collect();
                prop_assert_eq!(read, expected, "{}", name);
            }
        }
    }
    prop_assert_eq!(nodes.len(), shape.has_parts.len());
    Ok(())
}

fn sequence(mut wires: Vec<Wire>, edits: Vec<Edit>) -> Result<(), TestCaseError> {
    let temporary = testing::store();
    let mut store: Store = temporary.reopen();
    let mut inputs = [Inputs::default(), Inputs::default()];
    let mut current = 0;
    // What is certainly known, and what may be known: a collection also keeps the last results of jobs that failed since.
    let (mut certain, mut possible) = (HashSet::new(), HashSet::new());
    let mut last: [Vec<Work>; 2] = Default::default();
    for edit in edits {
        match edit {
            Edit::Part { key, value: Some(value) } => drop(inputs[current].parts.insert(KEYS[key], value)),
            Edit::Part { key, value: None } => drop(inputs[current].parts.remove(KEYS[key])),
            Edit::Single(value) => inputs[current].single = value,
            Edit::Rewire { call, wire } => {
                let count = wires.len();
                wires[call % count] = wire;
            }
            Edit::OtherScenario => current = 1 - current,
            Edit::Restart => store = temporary.reopen(),
            Edit::Collect => {
                store.collect(Duration::ZERO).expect("collected");
                certain = last.iter().flatten().filter(|work| work.result().is_some()).cloned().collect();
            }
        }
        let shape = shape(&wires);
        let instance = Instance::open_or_create(&store, &graph(&shape), SCENARIOS[current]).expect("opened");
        write(&instance, &inputs[current]);
        let planned = instance.plan().expect("a plan");
        let submitted = instance.submission().workers(2).submit();
        let run = match &submitted {
            Ok(run) => run,
            Err(error) => error.run().unwrap_or_else(|| panic!("a run: {error}")),
        };
        let (nodes, all) = clean(&shape, &inputs[current]);
        check_values(&instance, &shape, &nodes)?;
        let (most, least) = (needed(&all, &mut certain), needed(&all, &mut possible));
        prop_assert!((least..=most).contains(&run.ran().len()), "{}..={}: {:?}", least, most, run);
        let failing = all.iter().filter(|work| work.result().is_none()).count();
        prop_assert_eq!(run.failed().count(), failing, "{:?}", run);
        for job in &planned.jobs {
            let ran = run.ran().contains(&job.name.as_str());
            prop_assert!(job.decision != Decision::Skip || !ran, "{:?}", job);
        }
        last[current] = all;
    }
    // A run in an empty store gives the same hashes.
    let shape = shape(&wires);
    let empty = testing::store();
    let instance = Instance::open_or_create(&store, &graph(&shape), SCENARIOS[current]).expect("opened");
    let fresh = Instance::create(&empty, &graph(&shape), "fresh").expect("created");
    write(&fresh, &inputs[current]);
    let hashes = |instance: &Instance| -> Vec<String> {
        let submitted = instance.submit();
        let run = submitted.as_ref().ok().or_else(|| submitted.as_ref().err()?.run()).expect("a run");
        let outputs = run.jobs.iter().flat_map(|job| &job.outputs);
        outputs.map(|output| format!("{} {}", output.node, output.value.hash)).collect()
    };
    prop_assert_eq!(hashes(&instance), hashes(&fresh));
    Ok(())
}

#[test]
fn incremental_runs_with_parts_equal_clean_runs_on_random_graphs_and_edits() {
    let full = std::env::var_os("PIPELINE_PROOFS").is_some_and(|value| value == "full");
    let cases = if full { 5_000 } else { 20 };
    // Each of two threads runs half of the cases.
    let run = || {
        let config = Config { cases, failure_persistence: None, ..Config::default() };
        let sequences = (prop::collection::vec(wires(), 1..6), prop::collection::vec(edits(), 1..8));
        let outcome = TestRunner::new(config).run(&sequences, |(wires, edits)| sequence(wires, edits));
        outcome.unwrap_or_else(|error| panic!("{error}"));
    };
    std::thread::scope(|scope| {
        scope.spawn(run);
        run();
    });
}
