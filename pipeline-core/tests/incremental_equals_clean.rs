//! The law of skipping, on random graphs and random edits: an incremental run gives what a run in an
//! empty store gives, and calls only what it must.

use pipeline_core::{CallDef, Graph, InputDef, Instance, task, testing};
use proptest::prelude::*;
use std::collections::HashSet;
use std::sync::Arc;

/// A sum that forgets: different inputs often give equal outputs, so that waves stop early.
#[task(skippable)]
fn mix(left: i64, right: i64) -> i64 {
    (left * 3 + right).rem_euclid(4)
}

const INPUTS: usize = 3;

/// For each call the two nodes that it reads, by index: inputs first, then earlier outputs.
fn graph(calls: &[(usize, usize)]) -> Arc<Graph> {
    let mut builder = Graph::builder("Random");
    for i in 0..INPUTS {
        builder = builder.input(InputDef::<i64>::new(&format!("n{i}")).default_value(|| 0).allow_unused());
    }
    for (c, (left, right)) in calls.iter().enumerate() {
        let (left, right) = (left % (INPUTS + c), right % (INPUTS + c));
        let output = format!("n{}", INPUTS + c);
        builder = builder.call(
            CallDef::of::<mix>()
                .output(&output)
                .named_argument("left", &format!("n{left}"))
                .named_argument("right", &format!("n{right}")),
        );
    }
    builder.build().expect("a graph")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn on_random_graphs_and_edits(
        calls in proptest::collection::vec((0..100usize, 0..100usize), 1..8),
        edits in proptest::collection::vec((0..INPUTS, 0..3i64), 1..8),
    ) {
        let graph = graph(&calls);
        let store = testing::store();
        let instance = Instance::create(&store, &graph, "a").expect("created");
        let mut values = [0_i64; INPUTS];
        // What a perfect memory has seen: a task is needed when its arguments are new to it. One task
        // serves all calls, so they share what is known.
        let mut seen: HashSet<(i64, i64)> = HashSet::new();
        for (input, value) in edits {
            values[input] = value;
            instance.input::<i64>(&format!("n{input}")).expect("an input").write(value).expect("written");
            let run = instance.submission().workers(2).submit().expect("a run");

            let mut nodes = values.to_vec();
            let mut needed = 0;
            for (c, (left, right)) in calls.iter().enumerate() {
                let arguments = (nodes[left % (INPUTS + c)], nodes[right % (INPUTS + c)]);
                needed += usize::from(seen.insert(arguments));
                nodes.push(mix(arguments.0, arguments.1));
            }
            for (c, node) in nodes.iter().enumerate().skip(INPUTS) {
                let read = instance.output::<i64>(&format!("n{c}")).expect("a node").read().expect("read");
                prop_assert_eq!(read, *node);
            }
            prop_assert_eq!(run.ran().len(), needed);
        }
    }
}
