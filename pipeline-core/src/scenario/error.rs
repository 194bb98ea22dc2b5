//! The error type of stores and scenarios.

use crate::data::DataError;
use crate::graph::parts::PartMissing;
use crate::registry::RegistryError;
use crate::registry::{RunId, VersionId};
use crate::scenario::{Run, RunFailed};
use crate::store::StoreError;
use std::path::PathBuf;

/// A result whose error is an [`Error`] of this library by default.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of a store or a scenario.
///
/// Messages name the scenario, node, task and file concerned, and end with what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An error of the store's directory.
    #[error(transparent)]
    Store(#[from] StoreError),

    /// An error of the store's registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),

    /// An error of a value: it can't be encoded, decoded or read.
    #[error(transparent)]
    Data(#[from] DataError),

    /// An error of a table.
    #[cfg(feature = "polars")]
    #[error(transparent)]
    Table(crate::frame::TableError),

    /// An error of the program's settings.
    #[error(transparent)]
    Settings(#[from] crate::settings::SettingsError),

    /// A setting for an input refers to an environment variable that is not set.
    #[error("{place}: input `{node}`: {message}")]
    UnsetVariable {
        /// The input.
        node: String,
        /// Where it is set.
        place: String,
        /// The variable, and what to do.
        message: String,
    },

    /// A setting for an input is not valid for the input's type.
    #[error("{place}: invalid value for input `{node}` (expected `{ty}`): {message}")]
    BadSetting {
        /// The input.
        node: String,
        /// The input's type.
        ty: String,
        /// Where it is set.
        place: String,
        /// What is wrong.
        message: String,
    },

    /// A task needs a resource that the program does not provide.
    #[error(
        "task `{task}` of scenario `{scenario}` needs a resource of type `{ty}`: provide one with `Store::provide` or \
         `Submit::provide`"
    )]
    NoResource {
        /// The scenario's name.
        scenario: String,
        /// The job of the task.
        task: String,
        /// The type of the resource.
        ty: String,
    },

    /// An attempt to store the value of a secret. Secrets are never stored.
    #[error(
        "input `{node}` is a secret, and secrets are never stored: set the environment variable {variable} for each run, \
         or pass the value with `--set`"
    )]
    SecretNotStorable {
        /// The input.
        node: String,
        /// The environment variable that it is read from.
        variable: String,
    },

    /// An error of a scenario file.
    #[error(transparent)]
    ScenarioFile(#[from] crate::graph::ScenarioFileError),

    /// The name for a scenario is already taken.
    #[error("the store already has a scenario `{name}`: open it, or choose another name")]
    ScenarioExists {
        /// The name.
        name: String,
    },

    /// The store has no scenario with this name.
    #[error("the store has no scenario `{name}`{suggestion}")]
    NoScenario {
        /// The name.
        name: String,
        /// A suggestion, `: did you mean …?`, or what to do.
        suggestion: String,
    },

    /// The scenario has another type.
    #[error("scenario `{name}` is a `{found}`, not a `{expected}`: choose another name")]
    OtherType {
        /// The scenario's name.
        name: String,
        /// The type that it was created with.
        found: String,
        /// The type that it was opened with.
        expected: String,
    },

    /// The scenario type has no node with this name.
    #[error("scenario type `{scenario_type}` has no {what} `{node}`{suggestion}")]
    NoNode {
        /// The scenario's type.
        scenario_type: String,
        /// What was looked up: `node`, `input`, `output` or `task`.
        what: &'static str,
        /// The name.
        node: String,
        /// A suggestion, `: did you mean …?`, or the names that exist.
        suggestion: String,
    },

    /// A task is called for each part of two nodes, and one of them lacks a part.
    #[error(
        "job `{job}` of scenario type `{scenario_type}` is called for each part of `{other}` and `{node}`, but `{node}` has no \
         part `{key}`: add it, or remove it from `{other}`"
    )]
    PartMissing {
        /// The scenario's type.
        scenario_type: String,
        /// The job.
        job: String,
        /// The node that lacks the part.
        node: String,
        /// The node that has it.
        other: String,
        /// The key of the part.
        key: String,
    },

    /// A selection of parts selects none.
    #[error("no part of node `{node}` of scenario type `{scenario_type}` is selected by `{keys}`: {known}")]
    NoParts {
        /// The scenario's type.
        scenario_type: String,
        /// The node.
        node: String,
        /// What selects the parts.
        keys: String,
        /// The parts that the node has.
        known: String,
    },

    /// An input was given where the key of a task's result was asked for.
    #[error(
        "`{node}` is an input, and inputs have no cache key: choose an output of a task that reads it ({outputs})"
    )]
    InputHasNoKey {
        /// The input.
        node: String,
        /// The outputs of the tasks that read the input.
        outputs: String,
    },

    /// The value written to an input is missing from the store or damaged.
    #[error(
        "the value of input `{node}` of scenario `{scenario}` is missing from the store or damaged: set it again, on the command line with `--set {node}=VALUE`"
    )]
    InputMissing {
        /// The scenario.
        scenario: String,
        /// The input.
        node: String,
    },

    /// The directory has no store.
    #[error("there is no store in {}: run the scenario first, or check the path", path.display())]
    NoStore {
        /// The directory.
        path: PathBuf,
    },

    /// The name is not valid for a scenario: it is blank, too long, or has control characters.
    #[error("`{}` is not a valid scenario name: use 1 to 200 printable characters in one line", name.escape_debug())]
    BadName {
        /// The name.
        name: String,
    },

    /// A collection can't find out which results a scenario or run uses, so it removed nothing.
    #[error(
        "nothing was collected, because the list of results that {what} uses can't be read: use the version of the library that wrote it"
    )]
    UnreadableReferences {
        /// The scenario or run.
        what: String,
    },

    /// The jobs of a submission were done, but the run could not be recorded in the registry.
    #[error("scenario `{}`: the results are stored and the next run can reuse them, but this run could not be recorded: {source}", .run.scenario)]
    NotRecorded {
        /// The run.
        run: Box<Run>,
        /// Why it could not be recorded.
        source: RegistryError,
    },

    /// The string is not valid as a tag or as the name of a property: it is blank, or has control characters.
    #[error("`{}` is not a valid tag or property name: use printable characters in one line", word.escape_debug())]
    BadLabel {
        /// The tag or name.
        word: String,
    },

    /// A running scenario can't be deleted.
    #[error("scenario `{name}` is running (run {run}): wait until the run has ended, or cancel it")]
    ScenarioRuns {
        /// The scenario.
        name: String,
        /// The run in progress.
        run: RunId,
    },

    /// A scenario can't be exported to a file.
    #[error("can't export to {}: {source}", path.display())]
    ExportFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },

    /// A scenario can't be imported from a file.
    #[error("can't import {}: {why}", path.display())]
    ImportFile {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },

    /// A comparison has fewer than two runs.
    #[error("nothing to compare: name at least two scenarios")]
    NothingToCompare,

    /// The scenario has no runs.
    #[error("scenario `{scenario}` has no runs yet: run it first")]
    NeverRun {
        /// The scenario.
        scenario: String,
    },

    /// No run has a value with this hash, or has read this file.
    #[error(
        "no run has a value or file `{content}`: `lineage` takes a node, the hash of a value, or the path of an input file"
    )]
    NoContent {
        /// The hash or path that was looked up.
        content: String,
    },

    /// The scenario has no edit with this number.
    #[error("scenario `{scenario}` has no edit {edit}: `edits` lists them")]
    NoEdit {
        /// The scenario.
        scenario: String,
        /// The edit's number.
        edit: i64,
    },

    /// A submission in the background panicked, in one of its observers.
    #[error("the submission panicked: {message}; the next run can reuse finished results")]
    Panicked {
        /// The message of the panic.
        message: String,
    },

    /// The thread for a submission in the background can't be spawned.
    #[error(
        "can't spawn a thread for the submission: {source}; use `submit`, which runs on the calling thread"
    )]
    NoThread {
        /// Why.
        source: std::io::Error,
    },

    /// The store has no version with this number.
    #[error("the store has no version {version}: `versions` lists them")]
    NoVersion {
        /// The number.
        version: VersionId,
    },

    /// Versions of two different scenario types can't be compared.
    #[error("versions {} and {} can't be compared: they belong to different scenario types, `{}` and `{}`", versions[0], versions[1], types[0], types[1])]
    OtherVersionType {
        /// The versions.
        versions: [VersionId; 2],
        /// Their scenario types.
        types: [String; 2],
    },

    /// A record in the registry can't be read.
    #[error("{what} can't be read: {why}; it was written by another version of the library, or was altered")]
    UnreadableRow {
        /// The record, such as `run 12`.
        what: String,
        /// Why.
        why: String,
    },

    /// The scenario can't be submitted, for several reasons.
    #[error("scenario `{scenario}` can't be submitted:{}", list(reasons))]
    NotSubmittable {
        /// The scenario.
        scenario: String,
        /// The reasons, each as an error.
        reasons: Vec<Error>,
    },

    /// Two tasks have the same name in cache keys.
    #[error(
        "tasks `{}` ({}:{}) and `{}` ({}:{}) have the same name `{name}` in cache keys: give one of them another `#[task(name = \"…\")]`",
        tasks[0].0, tasks[0].1.0, tasks[0].1.1, tasks[1].0, tasks[1].1.0, tasks[1].1.1
    )]
    SharedTaskName {
        /// The name.
        name: String,
        /// The path, file and line of each.
        tasks: [(String, (&'static str, u32)); 2],
    },

    /// The selection of a submission ([`Submit::from`](crate::Submit::from), [`Submit::to`](crate::Submit::to)) has no
    /// tasks.
    #[error("scenario `{scenario}`: nothing to run: no task is downstream of `from` and upstream of `to`")]
    NothingToRun {
        /// The scenario.
        scenario: String,
    },

    /// A forced job is not in the submission's selection.
    #[error(
        "scenario `{scenario}`: job `{job}` can't be forced, because this run does not include it: leave out `to` and `from`, or choose other nodes"
    )]
    NotSelected {
        /// The scenario.
        scenario: String,
        /// The job.
        job: String,
    },

    /// The selected jobs need the result of an upstream job, and it is not in the store or is out of date.
    #[error(
        "scenario `{scenario}` can't run from there: it needs job `{job}`, which this run does not include and whose result is not up to date ({reason}); run it first"
    )]
    UpstreamNotUpToDate {
        /// The scenario.
        scenario: String,
        /// The job.
        job: String,
        /// Why the result is missing or out of date.
        reason: String,
    },

    /// The store has no run with this number.
    #[error("the store has no run {run}: `runs --all` lists them")]
    NoRun {
        /// The number.
        run: RunId,
    },

    /// The store has no mismatch with this number.
    #[error("the store has no mismatch {id}: `rechecks` lists them")]
    NoMismatch {
        /// The number.
        id: i64,
    },

    /// A node has another type than the one requested.
    #[error("node `{node}` is a `{found}`, not a `{expected}`")]
    OtherNodeType {
        /// The node.
        node: String,
        /// The node's type.
        found: String,
        /// The requested type.
        expected: String,
    },

    /// A string is not a valid value for an input.
    #[error("`{text}` is not a valid `{ty}` for input `{node}`: {message}")]
    BadValue {
        /// The input.
        node: String,
        /// The input's type.
        ty: String,
        /// The string; `•••` for a secret.
        text: String,
        /// What is wrong with it, and which values are valid.
        message: String,
    },

    /// The value written to an input is not valid for the type that the input has now.
    #[error("the value of input `{node}` is no longer a valid `{ty}`: {message}; set it again")]
    OutdatedInput {
        /// The input.
        node: String,
        /// The input's type.
        ty: String,
        /// What is wrong.
        message: String,
    },

    /// An input has neither a value nor a default.
    #[error(
        "input `{node}` of scenario `{scenario}` has no default and no value: give it one, on the command line with `--set {node}=VALUE`"
    )]
    MissingInput {
        /// The scenario.
        scenario: String,
        /// The input.
        node: String,
    },

    /// A secret has no value.
    #[error(
        "input `{node}` of scenario `{scenario}` is a secret, and has no value: set the environment variable {variable}, or \
         refer to one in the settings file, `inputs.{node} = \"${{VARIABLE}}\"`"
    )]
    MissingSecret {
        /// The scenario.
        scenario: String,
        /// The input.
        node: String,
        /// The environment variable that it is read from.
        variable: String,
    },

    /// The file that an input refers to can't be read.
    #[error("input `{node}` of scenario `{scenario}`: can't read the file {}: {source}; check the path", path.display())]
    InputFile {
        /// The scenario.
        scenario: String,
        /// The input.
        node: String,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },

    /// An output has no value.
    #[error("output `{node}` of scenario `{scenario}` has no value: {why}")]
    NoValue {
        /// The scenario.
        scenario: String,
        /// The output.
        node: String,
        /// Why, and what to do.
        why: String,
    },

    /// A task failed in an in-memory execution, which records no run.
    #[error("task `{task}` failed: {source}")]
    TaskFailed {
        /// The task.
        task: String,
        /// The task's error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// A value can't be written to the output.
    #[error("can't write the output: {0}")]
    Output(std::io::Error),

    /// Jobs failed. Jobs that don't depend on them were done, and the next run can reuse their results.
    #[error(transparent)]
    Failed(RunFailed),

    /// The submission was canceled while its inputs were read, before a run began.
    #[error("scenario `{scenario}`: canceled while its inputs were read; no task ran")]
    CanceledEarly {
        /// The scenario.
        scenario: String,
    },

    /// A sweep can't be set up.
    #[error("sweep `{sweep}`: {message}")]
    BadSweep {
        /// The sweep.
        sweep: String,
        /// What is wrong, and what to do.
        message: String,
    },

    /// The values of an input in a sweep are not valid.
    #[error("input `{node}`: `{text}` is not a list of values: {message}")]
    SweepValues {
        /// The input.
        node: String,
        /// The values as given.
        text: String,
        /// What is wrong, and what to do.
        message: String,
    },

    /// An input of a scenario in a sweep is unavailable.
    #[error("scenario `{scenario}` of the sweep: {source}")]
    SweepInput {
        /// The scenario.
        scenario: String,
        /// Why.
        source: std::sync::Arc<Error>,
    },

    /// A sweep was canceled.
    #[error(
        "sweep `{sweep}`: canceled after {done} of {scenarios} scenarios; the next run can reuse finished results"
    )]
    SweepCanceled {
        /// The sweep.
        sweep: String,
        /// The number of scenarios whose runs ended.
        done: usize,
        /// The number of its scenarios.
        scenarios: usize,
    },

    /// The scenario type has no such KPI.
    #[error("there is no KPI `{kpi}`{suggestion}")]
    NoKpi {
        /// The KPI.
        kpi: String,
        /// The nearest name.
        suggestion: String,
    },

    /// The run was canceled.
    #[error("scenario `{}`: canceled; the next run can reuse finished results", .run.scenario)]
    Canceled {
        /// The run.
        run: Box<Run>,
    },
}

fn list(reasons: &[Error]) -> String {
    reasons.iter().map(|reason| format!("\n- {reason}")).collect()
}

impl Error {
    /// Returns the run that failed, was canceled, or could not be recorded; `None` for other errors.
    ///
    /// ```
    /// # use skipstone::{scenario, task, testing};
    /// #[task]
    /// fn root(x: f64) -> Result<f64, String> {
    ///     if x < 0.0 { Err(format!("{x} is negative")) } else { Ok(x.sqrt()) }
    /// }
    ///
    /// scenario! { pub Root { input x: f64 = -1.0; root = root(x); } }
    ///
    /// let error = Root::create(&testing::store(), "a")?.submit().unwrap_err();
    /// let run = error.run().expect("the run that failed");
    /// assert_eq!(run.failed().next().unwrap().name, "root");
    /// # Ok::<(), skipstone::Error>(())
    /// ```
    pub fn run(&self) -> Option<&Run> {
        match self {
            Error::Failed(failed) => Some(failed.run()),
            Error::Canceled { run } | Error::NotRecorded { run, .. } => Some(run),
            _ => None,
        }
    }
}

impl From<crate::engine::EngineError> for Error {
    fn from(error: crate::engine::EngineError) -> Error {
        use crate::engine::EngineError;
        match error {
            EngineError::Store(error) => Error::Store(error),
            EngineError::Registry(error) => Error::Registry(error),
            EngineError::Data(error) => Error::Data(error),
            EngineError::OutdatedInput { node, ty, message } => Error::OutdatedInput { node, ty, message },
            EngineError::UnreadableReferences { what } => Error::UnreadableReferences { what },
        }
    }
}

#[cfg(feature = "polars")]
impl From<crate::frame::TableError> for Error {
    fn from(error: crate::frame::TableError) -> Error {
        Error::Table(error)
    }
}

#[cfg(feature = "polars")]
impl From<skipstone_exact::ExactError> for Error {
    fn from(error: skipstone_exact::ExactError) -> Error {
        Error::Table(error.into())
    }
}

#[cfg(feature = "polars")]
impl From<polars::prelude::PolarsError> for Error {
    fn from(error: polars::prelude::PolarsError) -> Error {
        Error::Table(error.into())
    }
}

impl From<PartMissing> for Error {
    fn from(PartMissing { scenario_type, job, node, other, key }: PartMissing) -> Error {
        Error::PartMissing { scenario_type, job, node, other, key }
    }
}
