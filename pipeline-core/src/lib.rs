//! Ordinary functions as an incremental data pipeline.
//!
//! [`macro@task`] describes a function, [`scenario!`] wires functions into a DAG that the compiler
//! checks, and a runtime runs it: in parallel, skipping what is known, on data that may be larger
//! than memory.
//!
//! ```
//! use pipeline_core::{Store, scenario, task};
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

// Expansions name `::pipeline_core`; inside this crate (its documentation, its tests) that is us.
#[allow(unused_extern_crates)]
extern crate self as pipeline_core;

#[doc(hidden)]
pub mod __private;
#[cfg(feature = "cli")]
pub mod cli;
pub mod data;
mod engine;
mod frame;
mod graph;
mod registry;
/// Where the jobs of a submission run.
///
/// [`Threads`](executor::Threads) of this process run them unless [`Submit::executor`](crate::Submit::executor) says
/// otherwise. An executor of your own may wrap another: it gets one call at a time, as plain data.
///
/// ```
/// use pipeline_core::executor::{Context, Executor, JobSpec, Outcome, Threads, Workspace};
/// use pipeline_core::{scenario, task, testing};
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
/// # Ok::<(), pipeline_core::Error>(())
/// ```
pub mod executor {
    pub use crate::engine::{
        Context, Executor, JobSpec, Outcome, Processes, Threads, Workspace, init_worker,
    };
}
pub mod report;
mod scenario;
mod settings;
pub mod testing;

#[cfg(feature = "polars")]
pub use pipeline_exact as exact;
/// Where results are kept: blobs, records and leases, and the seams to keep them elsewhere.
pub use pipeline_store as store;

pub use pipeline_macros::{Row, scenario, task};

pub use data::{
    CancelToken, Canceled, ChangedColumn, ChangedRow, Data, DataError, File, Format, InputFile, JobProgress,
    Number, Page, PageColumn, PageOf, Shape, ShowError, Side, Table, TableDifference, ValueRef, replace_file,
};
pub use engine::{
    CodeChange, CodePart, Collection, Decision, Event, Explanation, InputChange, JobChange, JobError,
    JobEvent, JobReport, JobStatus, KeyInput, KnownResult, LogLine, Mismatch, NodeEvent, OutputReport, Plan,
    PlannedJob, Problem, Reason, RecheckError, RunStatus, Sampled, SampledOutput, ScenarioChange,
    ScenarioEvent, StoreCheck, StoreUsage, SubmissionEvent, Toolchain,
};
pub use frame::row::{Column, ColumnType, ColumnValue, Row};
#[cfg(feature = "polars")]
pub use frame::{Csv, CsvFile, FileFormat, Frame, Ipc, IpcFile, Parquet, ParquetFile, TableError, TableFile};
pub use graph::{
    Better, Call, CallDef, CodeDef, Draft, DraftProblem, EditError, Graph, GraphBuilder, InputDef, Kpi,
    KpiDef, KpiNumber, Migrated, Node, Outline, OutlineCall, OutlineKpi, OutlineNode, OutlineOutput,
    OutlineParameter, OutputOf, ScenarioFileEditor, ScenarioFileError, Task, TaskDef, TaskFunction,
    WiredCall, WiredNode, Wiring, WiringError, default_from_text, files_of_default, input_types, tasks,
};
pub use pipeline_wiring::{Fault, Faults, Source};
pub use registry::RegistryError;
pub use scenario::error::{Error, Result};
pub use scenario::{
    Answer, Comparator, Compare, ComparedBy, ComparedInput, ComparedKpi, ComparedNode, ComparedRun,
    Comparison, Configured, ConfiguredBy, ConfiguredValue, Deletion, Descendant, Descendants, Edit,
    HistoryPoint, InMemory, Input, Instance, KpiPoint, KpiValue, LastRun, Lineage, LineageJob, LineageNode,
    MadeIn, NodeState, Output, Run, RunFailed, RunFilter, RunInfo, RunInput, Running, Scenario,
    ScenarioFilter, ScenarioInfo, ScenarioOrder, ScenarioType, Shadowed, Store, Submit, Subscription,
    Transfer, Values, Version, VersionChange, VersionDiff, best_first,
};
pub use settings::{LogLevel, Origin, Setting, Settings, SettingsError, SettingsLoader};
pub use store::{Hash, StoreError};

/// The polars that [`Frame`] is made of, so that a program need not depend on the same version itself.
#[cfg(feature = "polars")]
pub use polars;
