//! Ordinary functions as an incremental data pipeline.
//!
//! [`macro@task`] describes a function, [`scenario!`] wires functions into a DAG that the compiler
//! checks, and a runtime runs it: in parallel, skipping what is known, on data that may be larger
//! than memory.
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
//! | `polars` | tables: `Frame`, files of them, columns of all types. An optimised build from nothing takes 18 minutes of processor time for it, nearly all of that polars; without the types beyond 64-bit numbers and texts it would be 16. Spreadsheets are half a minute of it |
//! | `cli` | a command line for any scenario |
//! | `picture` | drawings of graphs as SVG |
//! | `openapi` | the schemas of what can be asked over HTTP |

// Expansions name `::skipstone`; inside this crate (its documentation, its tests) that is us.
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
/// Where the jobs of a submission run.
///
/// [`Threads`](executor::Threads) of this process run them unless [`Submit::executor`](crate::Submit::executor) says
/// otherwise. An executor of your own may wrap another: it gets one call at a time, as plain data.
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
    pub use crate::engine::{
        Context, Executor, JobSpec, Outcome, Processes, Threads, Workspace, init_worker,
    };
}
pub mod report;
mod scenario;
pub mod settings;
pub mod testing;

/// Dates and times: values of inputs and of columns.
pub use jiff;
#[cfg(feature = "polars")]
pub use skipstone_exact as exact;
/// Where results are kept: blobs, records and leases, and the seams to keep them elsewhere.
pub use skipstone_store as store;

pub use skipstone_macros::{Row, scenario, task};

pub use data::{CancelToken, File};
pub use engine::{JobStatus, RunStatus};
pub use frame::row::Row;
#[cfg(feature = "polars")]
pub use frame::{CsvFile, ExcelFile, Frame, IpcFile, JsonFile, ParquetFile};
pub use graph::{CallDef, Graph, InputDef};
pub use scenario::error::{Error, Result};
pub use scenario::{Input, Instance, Output, Run, Scenario, ScenarioType, Store, Submit};
pub use settings::Settings;
pub use store::Hash;

/// Tables: columns and their types, files of tables, what can be wrong.
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

/// What a job says: its report, why it ran, how it failed.
pub mod jobs {
    pub use crate::engine::{
        CodeChange, FailureKind, InputChange, JobError, JobReport, KnownResult, LogLine, OutputReport,
        Reason, RecheckError, Toolchain,
    };
}

/// What happens in a store, as it happens.
pub mod events {
    pub use crate::engine::{
        Event, JobChange, JobEvent, NodeEvent, ScenarioChange, ScenarioEvent, SubmissionEvent,
    };
    pub use crate::scenario::Subscription;
}

/// Questions about scenarios and results: what would run and why, what came of what, how runs and versions differ.
pub mod questions {
    pub use crate::engine::{
        Check, CheckedJob, CodePart, Decision, Explanation, Finding, KeyInput, Mismatch, Plan, PlannedJob,
        Sampled, SampledOutput,
    };
    pub use crate::scenario::{
        ColumnLineage, Comparator, Compare, ComparedBy, ComparedInput, ComparedKpi, ComparedNode,
        ComparedRun, ComparedValue, Comparison, Descendant, Descendants, Feasibility, HistoryPoint, KpiPoint,
        Lineage, LineageJob, LineageNode, MadeIn, NodeState, Version, VersionChange, VersionDiff, best_first,
    };
}

/// The scenarios of a store: lists of them, what they are set to, their way from store to store.
pub mod scenarios {
    pub use crate::scenario::{
        Configured, ConfiguredBy, ConfiguredValue, Deletion, Edit, LastRun, OverriddenValue, ScenarioFilter,
        ScenarioInfo, ScenarioOrder, Transfer,
    };
}

/// Submissions: those that are running, those of the past, and those without a store.
pub mod runs {
    pub use crate::registry::{RegistryError, RunId, VersionId};
    pub use crate::scenario::{
        BackgroundRun, InMemory, KpiValue, RunFailed, RunFilter, RunInfo, RunInput, Values,
    };
}

/// Looking after a store: what is in it, whether it is whole, and what nobody needs.
pub mod upkeep {
    pub use crate::engine::{Collection, Problem, StoreCheck, StoreUsage};
}

/// The polars that [`Frame`] is made of, so that a program need not depend on the same version itself.
#[cfg(feature = "polars")]
pub use polars;
