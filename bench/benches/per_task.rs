//! Measures the overhead per task in memory, compared with dagx. `bench known` measures tasks with known results.

use dagx::{DagRunner, Task};
use divan::Bencher;
use divan::counter::ItemsCount;
use skipstone::{CallDef, Graph, InputDef, task};
use std::sync::Arc;

fn main() {
    divan::main();
}

const TASKS: usize = 10_000;

#[task(skippable)]
fn next(x: i64) -> i64 {
    x + 1
}

fn independent(count: usize) -> Arc<Graph> {
    let mut graph = Graph::builder("Independent");
    for i in 0..count {
        graph = graph.input(InputDef::<i64>::new(&format!("x{i}")).default_value(move || i as i64));
        graph = graph.call(CallDef::of::<next>().argument(&format!("x{i}")).output(&format!("y{i}")));
    }
    graph.build().unwrap_or_else(|error| panic!("can't build the graph: {error}"))
}

fn chain(count: usize) -> Arc<Graph> {
    let mut graph = Graph::builder("Chain").input(InputDef::<i64>::new("x0").default_value(|| 0));
    for i in 0..count {
        graph = graph.call(CallDef::of::<next>().argument(&format!("x{i}")).output(&format!("x{}", i + 1)));
    }
    graph.build().unwrap_or_else(|error| panic!("can't build the graph: {error}"))
}

mod in_memory {
    use super::*;

    #[divan::bench]
    fn pipeline_independent(bencher: Bencher<'_, '_>) {
        let graph = independent(TASKS);
        bencher.counter(ItemsCount::new(TASKS)).bench(|| graph.in_memory().run().is_ok());
    }

    #[divan::bench]
    fn pipeline_chain(bencher: Bencher<'_, '_>) {
        let graph = chain(TASKS);
        bencher.counter(ItemsCount::new(TASKS)).bench(|| {
            let values = graph.in_memory().run();
            values.is_ok_and(|values| values.get::<i64>("x10000") == Some(&10_000))
        });
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_multi_thread()
            .build()
            .unwrap_or_else(|error| panic!("can't start the runtime: {error}"))
    }

    /// A task that adds one to its number.
    struct Start(i64);

    #[dagx::task]
    impl Start {
        async fn run(&self) -> i64 {
            self.0 + 1
        }
    }

    struct Next;

    #[dagx::task]
    impl Next {
        async fn run(x: &i64) -> i64 {
            x + 1
        }
    }

    // A graph of dagx can run once. Its construction is not measured.
    #[divan::bench]
    fn dagx_independent(bencher: Bencher<'_, '_>) {
        let runtime = runtime();
        bencher
            .counter(ItemsCount::new(TASKS))
            .with_inputs(|| {
                let graph = DagRunner::new();
                for i in 0..TASKS {
                    let _ = graph.add_task(Start(i as i64));
                }
                graph
            })
            .bench_values(|graph| runtime.block_on(graph.run(|future| drop(runtime.spawn(future)))).is_ok());
    }

    #[divan::bench]
    fn dagx_chain(bencher: Bencher<'_, '_>) {
        let runtime = runtime();
        bencher
            .counter(ItemsCount::new(TASKS))
            .with_inputs(|| {
                let graph = DagRunner::new();
                let start = graph.add_task(Start(0));
                let mut last = graph.add_task(Next).depends_on(&start);
                for _ in 2..TASKS {
                    last = graph.add_task(Next).depends_on(last);
                }
                graph
            })
            .bench_values(|graph| runtime.block_on(graph.run(|future| drop(runtime.spawn(future)))).is_ok());
    }
}
