//! What can go wrong, in one type for those who hold a scenario.

use crate::data::DataError;
use crate::registry::RegistryError;
use crate::registry::{RunId, VersionId};
use crate::scenario::{Run, RunFailed};
use crate::store::StoreError;
use std::path::PathBuf;

/// The library's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong with stores and scenarios. Messages name the scenario, node, task and file, and
/// end with what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store's directory.
    #[error(transparent)]
    Store(#[from] StoreError),

    /// The store's registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),

    /// A value.
    #[error(transparent)]
    Data(#[from] DataError),

    /// A table.
    #[cfg(feature = "polars")]
    #[error(transparent)]
    Table(crate::frame::TableError),

    /// The settings of the program.
    #[error(transparent)]
    Settings(#[from] crate::settings::SettingsError),

    /// The value that is set for an input names a variable of the environment that is not set.
    #[error("{place}: input `{node}`: {message}")]
    UnsetVariable {
        /// The node.
        node: String,
        /// Where it is set.
        place: String,
        /// Which variable, and what to do.
        message: String,
    },

    /// A value that is set for an input is not of its type.
    #[error("{place}: input `{node}` is a `{ty}`, and the value that is set for it is not: {message}")]
    BadSetting {
        /// The node.
        node: String,
        /// Its type.
        ty: String,
        /// Where it is set.
        place: String,
        /// What is wrong.
        message: String,
    },

    /// The value of a secret is kept nowhere.
    #[error(
        "input `{node}` is a secret, and its value is not kept: set the variable {variable} for each run, or give it \
         with `--set` when it runs"
    )]
    SecretKept {
        /// The node.
        node: String,
        /// The variable of the environment that is read.
        variable: String,
    },

    /// A scenario as a file.
    #[error(transparent)]
    ScenarioFile(#[from] crate::graph::ScenarioFileError),

    /// The name of a new scenario is taken.
    #[error("the store has a scenario `{name}` already: open it, or choose another name")]
    ScenarioExists {
        /// The name.
        name: String,
    },

    /// There is no such scenario.
    #[error("the store has no scenario `{name}`{suggestion}")]
    NoScenario {
        /// The name.
        name: String,
        /// ": did you mean …?" or nothing.
        suggestion: String,
    },

    /// The scenario was made by another type.
    #[error("scenario `{name}` is a `{found}`, not a `{expected}`: choose another name")]
    OtherType {
        /// The scenario's name.
        name: String,
        /// The type that it was created as.
        found: String,
        /// The type that it is opened as.
        expected: String,
    },

    /// There is no such node.
    #[error("scenario type `{scenario_type}` has no {what} `{node}`{suggestion}")]
    NoNode {
        /// The scenario's type.
        scenario_type: String,
        /// "node" or "input".
        what: &'static str,
        /// The name.
        node: String,
        /// ": did you mean …?" or nothing.
        suggestion: String,
    },

    /// An input is no result of a task.
    #[error(
        "`{node}` is an input, which has a value and no key: ask for an output that reads it ({outputs})"
    )]
    InputHasNoKey {
        /// The input.
        node: String,
        /// The outputs of the tasks that read it.
        outputs: String,
    },

    /// The value that was written to an input is not in the store any more.
    #[error(
        "the value of input `{node}` of scenario `{scenario}` is missing from the store or damaged: set it again, on the command line with `--set {node}=VALUE`"
    )]
    InputGone {
        /// The scenario.
        scenario: String,
        /// The node.
        node: String,
    },

    /// There is no store.
    #[error("there is no store in {}: run the scenario first, or check the path", path.display())]
    NoStore {
        /// The directory.
        path: PathBuf,
    },

    /// A name that nobody could tell apart, or read.
    #[error("`{}` can't be the name of a scenario: it needs letters that can be printed, in one line, and no more than 200", name.escape_debug())]
    BadName {
        /// The name.
        name: String,
    },

    /// What something reaches can't be told, so nothing can be collected.
    #[error(
        "nothing was collected, because what {what} reaches can't be read: use the version of the library that wrote it"
    )]
    UnknownReach {
        /// The scenario or run.
        what: String,
    },

    /// A submission was carried out, and the registry could not keep it.
    #[error("scenario `{}`: the results are kept, and known to the next submission, but the run could not be recorded: {source}", .run.scenario)]
    NotRecorded {
        /// What was done.
        run: Box<Run>,
        /// Why it could not be recorded.
        source: RegistryError,
    },

    /// A tag, or the name of a property, that nobody could tell apart, or read.
    #[error("`{}` can't be a tag or the name of a property: it needs letters that can be printed, in one line", word.escape_debug())]
    BadWord {
        /// The word.
        word: String,
    },

    /// A scenario that runs can't be deleted.
    #[error("scenario `{name}` runs (run {run}): wait until it is over, or cancel it")]
    ScenarioRuns {
        /// The scenario.
        name: String,
        /// The submission that runs.
        run: RunId,
    },

    /// A scenario could not be written to a file.
    #[error("can't export to {}: {source}", path.display())]
    ExportFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },

    /// A file holds no scenario that could be taken.
    #[error("can't import {}: {why}", path.display())]
    ImportFile {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },

    /// One run alone can't be compared.
    #[error("there is nothing to compare: name two scenarios, or more")]
    NothingToCompare,

    /// A scenario was never submitted.
    #[error("scenario `{scenario}` was never run: run it first")]
    NeverRun {
        /// The scenario.
        scenario: String,
    },

    /// No run has such a value.
    #[error(
        "no run has a value or a file `{content}`: `lineage` takes a node, the hash of a value, or the path of a file that an input stood for"
    )]
    NoContent {
        /// What was asked for.
        content: String,
    },

    /// A scenario has no such edit.
    #[error("scenario `{scenario}` has no edit {edit}: `edits` lists what its inputs were set to")]
    NoEdit {
        /// The scenario.
        scenario: String,
        /// The edit's number.
        edit: i64,
    },

    /// A submission in the background panicked: one of its observers did.
    #[error("the submission panicked: {message}; what was done is known to the next one")]
    Panicked {
        /// What the panic said.
        message: String,
    },

    /// The system gives no thread for a submission.
    #[error("no thread for a submission: {source}; `submit` needs none")]
    NoThread {
        /// Why.
        source: std::io::Error,
    },

    /// There is no such version.
    #[error("the store has no version {version}: `versions` lists them")]
    NoVersion {
        /// Its number.
        version: VersionId,
    },

    /// Versions of two scenario types can't be compared.
    #[error("versions {} and {} can't be compared: they are of `{}` and `{}`", versions[0], versions[1], types[0], types[1])]
    OtherVersionType {
        /// The versions.
        versions: [VersionId; 2],
        /// Their scenario types.
        types: [String; 2],
    },

    /// What the registry keeps can't be read.
    #[error("{what} can't be read: {why}; it was written by another version of the library, or altered")]
    UnreadableRow {
        /// What it is.
        what: String,
        /// Why.
        why: String,
    },

    /// A submission can't begin, for several reasons.
    #[error("scenario `{scenario}` can't be submitted:{}", list(reasons))]
    NotSubmittable {
        /// The scenario.
        scenario: String,
        /// Why: an error for each reason.
        reasons: Vec<Error>,
    },

    /// Two tasks have the same name in keys.
    #[error(
        "tasks `{}` ({}:{}) and `{}` ({}:{}) are both called `{name}` in keys: choose another `#[task(name = \"…\")]` for one of them",
        tasks[0].0, tasks[0].1.0, tasks[0].1.1, tasks[1].0, tasks[1].1.0, tasks[1].1.1
    )]
    SharedTaskName {
        /// The name.
        name: String,
        /// The path, file and line of each.
        tasks: [(String, (&'static str, u32)); 2],
    },

    /// No task is between the nodes that a submission is to begin and to end with.
    #[error(
        "scenario `{scenario}`: there is nothing to run: no task reads the one node, directly or through others, and is needed by the other"
    )]
    NothingToRun {
        /// The scenario.
        scenario: String,
    },

    /// A job is to run whatever is known that is not part of the run.
    #[error(
        "scenario `{scenario}`: job `{job}` is not part of this run, and can't be forced: leave out `to` and `from`, or choose other nodes"
    )]
    NotInPart {
        /// The scenario.
        scenario: String,
        /// The job.
        job: String,
    },

    /// A submission that begins further on needs a result that is not known.
    #[error(
        "scenario `{scenario}` can't be run from there: it needs job `{job}`, which is not part of the run, and whose result is not known ({reason}); run it first"
    )]
    NotKnown {
        /// The scenario.
        scenario: String,
        /// The job.
        job: String,
        /// Why its result is not known.
        reason: String,
    },

    /// There is no such submission.
    #[error("the store has no run {run}: `run` prints the number of each run that it makes")]
    NoRun {
        /// The number.
        run: RunId,
    },

    /// The store has no mismatch with this number.
    #[error("the store has no mismatch {id}: `rechecks` lists those that there are")]
    NoMismatch {
        /// The number.
        id: i64,
    },

    /// A node is not of the type that it is taken for.
    #[error("node `{node}` is a `{found}`, not a `{expected}`")]
    OtherNodeType {
        /// The node.
        node: String,
        /// Its type.
        found: String,
        /// The type asked for.
        expected: String,
    },

    /// A text is no value of an input.
    #[error("input `{node}` is a `{ty}`, and `{text}` is none: {message}")]
    BadValue {
        /// The node.
        node: String,
        /// Its type.
        ty: String,
        /// The text.
        text: String,
        /// What is wrong with it, with what is allowed.
        message: String,
    },

    /// What was written to an input is no value of its type any more.
    #[error("input `{node}` was set to a value that is no `{ty}` any more: {message}; set it again")]
    OutdatedInput {
        /// The node.
        node: String,
        /// Its type.
        ty: String,
        /// What is wrong.
        message: String,
    },

    /// An input without a default has no value.
    #[error(
        "input `{node}` of scenario `{scenario}` has no default and no value: give it one, on the command line with `--set {node}=VALUE`"
    )]
    MissingInput {
        /// The scenario.
        scenario: String,
        /// The node.
        node: String,
    },

    /// A secret has no value.
    #[error(
        "input `{node}` of scenario `{scenario}` is a secret, and has no value: set the variable {variable}, or name one in \
         the settings file, `inputs.{node} = \"${{VARIABLE}}\"`"
    )]
    MissingSecret {
        /// The scenario.
        scenario: String,
        /// The node.
        node: String,
        /// The variable of the environment that is read.
        variable: String,
    },

    /// The file that an input stands for can't be read.
    #[error("input `{node}` of scenario `{scenario}`: can't read the file {}: {source}; check the path", path.display())]
    InputFile {
        /// The scenario.
        scenario: String,
        /// The node.
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
        /// The node.
        node: String,
        /// Why, and what to do.
        why: String,
    },

    /// A task failed in memory, where there is no run to tell of it.
    #[error("task `{task}` failed: {source}")]
    TaskFailed {
        /// The task.
        task: String,
        /// Its error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// A value could not be written where it was shown.
    #[error("can't write the output: {0}")]
    Output(std::io::Error),

    /// Jobs failed. What does not depend on them was done, and is known to the next submission.
    #[error(transparent)]
    Failed(RunFailed),

    /// The submission was canceled before it had a number.
    #[error("scenario `{scenario}`: canceled while its inputs were read; no task ran")]
    CanceledEarly {
        /// The scenario.
        scenario: String,
    },

    /// The submission was canceled.
    #[error("scenario `{}`: canceled; what was done is known to the next submission", .run.scenario)]
    Canceled {
        /// What was done.
        run: Box<Run>,
    },
}

fn list(reasons: &[Error]) -> String {
    reasons.iter().map(|reason| format!("\n- {reason}")).collect()
}

impl Error {
    /// What was done before a submission failed or was canceled.
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
            EngineError::UnknownReach { what } => Error::UnknownReach { what },
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
