//! Floor 7: helpers for tests of pipelines.
//!
//! ```
//! # use skipstone::{Store, scenario, task, testing};
//! # #[task(skippable)] fn double(x: f64) -> f64 { 2.0 * x }
//! # scenario! { pub Doubling { input x: f64 = 1.0; doubled = double(x); } }
//! let store = testing::store();
//! let scenario = Doubling::create(&store, "test")?;
//! let run = scenario.submit()?;
//! assert_eq!(run.ran(), ["double"]);
//! // With the crate insta: `insta::assert_snapshot!(testing::snapshot(&run))`.
//! assert_eq!(testing::snapshot(&run), "Doubling `test`, run [run]\n  ran  double  [time]  first run\n1 ran, 0 skipped in [time]");
//! # Ok::<(), skipstone::Error>(())
//! ```

/// Lets the tests of a test program run jobs in their own processes, by [`Processes`](crate::executor::Processes) or
/// because a task is `isolated`. Must be called once, at the root of the test program.
///
/// ```
/// skipstone::testing::worker!();
/// ```
#[macro_export]
#[doc(hidden)]
macro_rules! __worker {
    () => {
        /// Not a test: the process that runs it is a worker.
        #[test]
        fn pipeline_worker() {
            $crate::executor::init_worker();
        }

        #[cfg(test)]
        const _: () = {
            $crate::__private::inventory::submit! {
                $crate::__private::WorkerTest(::core::concat!(::core::module_path!(), "::pipeline_worker"))
            }
        };
    };
}

#[doc(inline)]
pub use crate::__worker as worker;

mod check;
mod events;

pub use check::{check, check_ran, check_skipped};
pub use events::{Events, events};

use crate::graph::Graph;
use crate::report::{ComparisonText, GraphFormat, LineageText, RunText, run_json};
use crate::scenario::{Comparison, Lineage, Run, Store};
use serde_json::Value;
use std::ops::Deref;
use std::path::PathBuf;

/// Opens a store in a temporary directory, which is removed when the store is dropped.
///
/// # Panics
///
/// When the directory for temporary files is not writable.
pub fn store() -> TemporaryStore {
    static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_nanos();
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("pipeline-test-{}-{now}-{count}", std::process::id()));
    match Store::open(&path) {
        Ok(store) => TemporaryStore { store: Some(store), path },
        Err(error) => panic!("can't open a store for a test: {error}"),
    }
}

/// A store for a test; derefs to [`Store`].
#[derive(Debug)]
pub struct TemporaryStore {
    store: Option<Store>,
    path: PathBuf,
}

impl TemporaryStore {
    /// Opens the same store as a new process would: no state in memory is shared.
    ///
    /// # Panics
    ///
    /// When the store can't be opened.
    pub fn reopen(&self) -> Store {
        Store::open(&self.path).unwrap_or_else(|error| panic!("can't reopen the store: {error}"))
    }
}

impl Deref for TemporaryStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        self.store.as_ref().unwrap_or_else(|| unreachable!("a store is only taken when it is dropped"))
    }
}

impl Drop for TemporaryStore {
    fn drop(&mut self) {
        self.store = None;
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// A run's report without the parts that differ from run to run: run numbers and times.
pub fn snapshot(run: &Run) -> String {
    RunText::new(run).stable().to_string()
}

/// A run as JSON, without the parts that differ from run to run or from machine to machine: run numbers, times, keys,
/// and hashes (the last digit of a mean may depend on the number of threads).
pub fn snapshot_json(run: &Run) -> Value {
    let mut value = run_json(run);
    redact(&mut value);
    value
}

fn redact(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match name.as_str() {
                    "run" | "version" | "author" | "content" | "path" | "given" | "peak_memory_bytes"
                    | "started_us" | "wall_us" | "duration_us" | "saved_us" | "made_us" | "hash" | "key" => {
                        *value = format!("[{name}]").into()
                    }
                    _ => redact(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(redact),
        _ => {}
    }
}

/// The lineage of a value, without the parts that differ from run to run or from machine to machine: numbers, times,
/// hashes, paths, people.
pub fn snapshot_lineage(lineage: &Lineage) -> String {
    LineageText::new(lineage).stable().to_string()
}

/// A comparison without the run numbers.
pub fn snapshot_comparison(comparison: &Comparison) -> String {
    ComparisonText::new(comparison).stable().to_string()
}

/// A graph as text: inputs and statements with their types.
pub fn snapshot_graph(graph: &Graph) -> String {
    crate::report::graph(graph, GraphFormat::Text)
}

/// Whether proofs run with their full counts: when `PIPELINE_PROOFS` is `full`, as in CI.
#[cfg(test)]
pub(crate) fn full_proofs() -> bool {
    std::env::var_os("PIPELINE_PROOFS").is_some_and(|value| value == "full")
}
