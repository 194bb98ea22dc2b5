//! The runtime of the program runs `async` tasks. In a process of its own, because a process has one such runtime.

use skipstone::executor::use_current_runtime;
use skipstone::{scenario, task, testing};

/// Says on which thread a future of the program's runtime is driven.
#[task]
async fn thread_name(x: f64) -> String {
    let driven = tokio::spawn(async { std::thread::current().name().unwrap_or_default().to_owned() });
    format!("{x} {}", driven.await.unwrap_or_default())
}

scenario! {
    Named {
        input x: f64 = 1.5;
        name = thread_name(x);
    }
}

#[test]
fn async_tasks_run_on_the_runtime_of_the_program() {
    let runtime = tokio::runtime::Builder::new_multi_thread().thread_name("of the program").build();
    let runtime = runtime.expect("a runtime");
    runtime.block_on(async { use_current_runtime() });
    let store = testing::store();
    let scenario = Named::create(&store, "a").expect("created");
    scenario.submit().expect("a run");
    assert_eq!(scenario.name.read().expect("a value"), "1.5 of the program");
}
