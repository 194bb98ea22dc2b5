//! Turns ordinary functions into an incremental data pipeline.
//!
//! [`macro@task`] makes a function a task. [`scenario!`] wires tasks into a DAG that the compiler checks. The runtime
//! runs the tasks in parallel, skips those whose results are stored already, and can process data that is larger than
//! memory.
//!
//! ```
//! use skipstone::{Store, scenario, task};
//!
//! #[task(skippable)]
//! fn words(text: &str) -> usize {
//!     text.split_whitespace().count()
//! }
//!
//! #[task(skippable)]
//! fn verdict(words: usize, limit: usize) -> String {
//!     if words > limit { "long".into() } else { "short".into() }
//! }
//!
//! scenario! {
//!     /// Says whether a text is long.
//!     pub Length {
//!         input text: String = "to be or not to be";
//!         input limit: usize = 5;
//!         words = words(text);
//!         verdict = verdict(words, limit);
//!     }
//! }
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path();
//! let store = Store::open(path)?;
//! let scenario = Length::create(&store, "baseline")?;
//! assert_eq!(scenario.submit()?.ran(), ["words", "verdict"]);
//! assert_eq!(scenario.verdict.read()?, "long");
//!
//! scenario.limit.write(10)?; // write("10") does not compile
//! assert_eq!(scenario.submit()?.skipped(), ["words"]);
//! assert_eq!(scenario.verdict.read()?, "short");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | feature | gives |
//! | --- | --- |
//! | `polars` | tables: `Frame`, table files, columns of all types. A clean release build takes 18 minutes of CPU time for it, nearly all of it for polars. Without the column types other than 64-bit numbers and strings it would take 16 minutes. Spreadsheets take half a minute |
//! | `cli` | a command line for any scenario |
//! | `picture` | drawings of graphs as SVG |
//! | `openapi` | the schemas of the HTTP API |

// Expansions refer to `::skipstone`. Inside this crate (its documentation and tests), that is this crate.
#[allow(unused_extern_crates)]
extern crate self as skipstone;

#[doc(hidden)]
pub mod __private;
#[cfg(feature = "cli")]
pub mod cli;
pub mod data;
mod engine;
mod frame;
pub mod graph;
mod registry;
/// Executors, which run the jobs of a submission.
///
/// By default, [`Threads`](executor::Threads) of this process run the jobs;
/// [`Submit::executor`](crate::Submit::executor) selects another executor. A custom executor may wrap another one: it
/// receives one call at a time, as plain data.
///
/// ```
/// use skipstone::executor::{Context, Executor, JobSpec, Outcome, Threads, Workspace};
/// use skipstone::{scenario, task, testing};
///
/// #[derive(Debug)]
/// struct Announced;
///
/// impl Executor for Announced {
///     fn run(&self, spec: &JobSpec, workspace: &Workspace<'_>, context: &Context) -> Outcome {
///         eprintln!("{} begins", spec.job());
///         Threads.run(spec, workspace, context)
///     }
/// }
///
/// #[task]
/// fn double(x: f64) -> f64 {
///     2.0 * x
/// }
///
/// scenario! { pub Doubling { input x: f64 = 1.0; doubled = double(x); } }
///
/// let store = testing::store();
/// let scenario = Doubling::create(&store, "a")?;
/// scenario.submission().executor(Announced).submit()?;
/// assert_eq!(scenario.doubled.read()?, 2.0);
/// # Ok::<(), skipstone::Error>(())
/// ```
pub mod executor {
    #[cfg(feature = "tokio")]
    pub use crate::engine::use_current_runtime;
    pub use crate::engine::{
        Context, Executor, JobSpec, Outcome, Processes, Threads, Workspace, init_worker,
    };
}
pub mod report;
mod scenario;
pub mod settings;
pub mod testing;

/// Dates and times, as values of inputs and columns.
pub use jiff;
#[cfg(feature = "polars")]
pub use skipstone_exact as exact;
/// The storage of results: blobs, records and leases, and the traits for other backends.
pub use skipstone_store as store;

pub use skipstone_macros::{Row, scenario, task};

pub use data::{CancelToken, File, Parts};
pub use engine::{JobStatus, RunStatus};
pub use frame::row::Row;
#[cfg(feature = "polars")]
pub use frame::{CsvFile, ExcelFile, Frame, IpcFile, JsonFile, ParquetFile};
pub use graph::{CallDef, Graph, InputDef, Resource};
pub use scenario::error::{Error, Result};
pub use scenario::{Input, Instance, Output, Run, Scenario, ScenarioType, Store, Submit};
pub use settings::Settings;
pub use store::Hash;

/// Tables: columns and their types, table files, and errors.
pub mod tables {
    pub use crate::frame::row::{
        Category, Column, ColumnType, ColumnValue, Decimal, DecimalError, ElementType, RowType,
    };
    #[cfg(feature = "polars")]
    pub use crate::frame::{
        Csv, Excel, FileFormat, Ipc, Json, Parquet, TableError, TableFile, constant, row_type_of,
    };
    pub use skipstone_macros::{Category, ColumnValue};
}

/// Reports of jobs: results, reasons for running, and failures.
pub mod jobs {
    pub use crate::engine::{
        CodeChange, FailureKind, InputChange, JobError, JobReport, KnownResult, LogLine, OutputReport,
        PartsChange, Reason, RecheckError, Toolchain,
    };
}

/// Live events of a store.
pub mod events {
    pub use crate::engine::{
        Event, JobChange, JobEvent, NodeEvent, ScenarioChange, ScenarioEvent, SubmissionEvent,
    };
    pub use crate::scenario::Subscription;
}

/// Queries about scenarios and results: which jobs would run and why, lineage, and differences between runs and
/// versions.
pub mod questions {
    pub use crate::engine::{
        Check, CheckedInput, CheckedJob, CodePart, Decision, Explanation, Finding, KeyInput, Mismatch, Plan,
        PlannedJob, Sampled, SampledOutput,
    };
    pub use crate::scenario::{
        ColumnLineage, Comparator, Compare, ComparedInput, ComparedKpi, ComparedNode, ComparedRun,
        ComparedValue, Comparison, ComputedIn, CustomComparison, Descendant, Descendants, Feasibility,
        HistoryPoint, KpiPoint, Lineage, LineageJob, LineageNode, NodeState, Version, VersionChange,
        VersionDiff, best_first,
    };
}

/// The scenarios of a store: lists of them, their input values, and transfers between stores.
pub mod scenarios {
    pub use crate::scenario::{
        Configured, ConfiguredValue, Deletion, Edit, LastRun, OverriddenValue, ScenarioFilter, ScenarioInfo,
        ScenarioOrder, Transfer, ValueOrigin,
    };
}

/// Sweeps: a scenario for each of many combinations of input values; see [`Instance::sweep`].
pub mod sweeps {
    pub use crate::scenario::{InputAt, Sweep, SweepOutcome, SweepPlan, SweepReport, SweptInput};
}

/// Runs: current runs, past runs, and runs without a store.
pub mod runs {
    pub use crate::registry::{RegistryError, RunId, VersionId};
    pub use crate::scenario::{
        BackgroundRun, InMemory, KpiValue, RunFailed, RunFilter, RunInfo, RunInput, Values,
    };
}

/// Maintenance of a store: disk usage, integrity checks, and garbage collection.
pub mod upkeep {
    pub use crate::engine::{Collection, Problem, StoreCheck, StoreUsage};
}

/// The version of polars that [`Frame`] uses, so that a program does not need its own dependency on the same version.
#[cfg(feature = "polars")]
pub use polars;
