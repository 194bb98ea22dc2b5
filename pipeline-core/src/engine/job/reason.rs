//! The reason why a job ran or was skipped.

use crate::engine::job::Unavailable;
use crate::engine::job::change::{CodeChange, InputChange, differences};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a job ran, would run, or was skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The result is in the store.
    ResultKnown,
    /// The result is in the store: tables that the job reads changed, but only in columns that it does not read.
    ColumnsUnchanged {
        /// The nodes of these tables.
        nodes: Vec<String>,
    },
    /// The result is in the store, made by other code: the task's version is pinned, so changes of the code are
    /// ignored.
    VersionPinned {
        /// The version.
        version: String,
    },
    /// The job never ran in this scenario, and no other scenario has made its result.
    #[serde(rename = "never_run")]
    FirstRun,
    /// The job's code or inputs differ from those of its last run.
    Changed {
        /// The changes of the task's code; a single change of the part `code` if the parts are unknown.
        code: Vec<CodeChange>,
        /// The inputs that changed.
        inputs: Vec<InputChange>,
    },
    /// In the last run, the task of another arm of a branch made the nodes.
    OtherArm {
        /// The condition under which the job runs.
        condition: String,
    },
    /// The run was forced.
    Forced,
    /// The result was known, but the object of an output is missing from the store.
    OutputMissing {
        /// The node of the output.
        node: String,
    },
    /// The result was known, but the object of an output is truncated or altered.
    OutputDamaged {
        /// The node of the output.
        node: String,
    },
    /// The result was known, but its record is truncated or altered.
    RecordDamaged,
    /// The code and the inputs are those of the last run, but its result was not stored, or the store no longer has it.
    ResultGone,
    /// The job failed when it last ran.
    LastFailed,
    /// The task's query plan is invalid, whatever rows its tables have.
    PlanFails {
        /// The error of the query plan.
        message: String,
    },
    /// The job was not started, because the query plans of other jobs are invalid.
    NotBegun {
        /// The names of these jobs.
        jobs: Vec<String>,
    },
    /// The store could not be read, so it is unknown whether the result is in it.
    StoreFailed,
    /// The task is not `#[task(skippable)]`.
    NotSkippable,
    /// Whether the job would run depends on the future values of these nodes.
    DependsOn {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Inputs of the job are unavailable: a file is missing, or no value was set.
    InputUnavailable {
        /// The inputs.
        nodes: Vec<String>,
        /// Why they are unavailable, and what to do.
        message: String,
    },
    /// The value was given to the submission, so the task was not called.
    Given,
    /// The task's function was replaced.
    Replaced,
    /// The job is not in the run's selection, and its result is not known.
    NotSelected,
    /// The program ended before the run did.
    ProgramEnded,
    /// These jobs failed or did not run.
    UpstreamFailed {
        /// The names of these jobs.
        jobs: Vec<String>,
    },
    /// The run was canceled.
    Canceled,
}

impl Reason {
    /// Whether the result is reused because the task's current code made it.
    pub(crate) fn is_known(&self) -> bool {
        matches!(self, Reason::ResultKnown | Reason::ColumnsUnchanged { .. })
    }

    /// The reason of a job whose inputs are unavailable; `None` if `inputs` is empty.
    pub(crate) fn unavailable(inputs: &[(String, Unavailable)]) -> Option<Reason> {
        let nodes: Vec<String> = inputs.iter().map(|(node, _)| node.clone()).collect();
        let messages: Vec<String> = inputs.iter().map(|(_, error)| error.to_string()).collect();
        if nodes.is_empty() {
            None
        } else {
            Some(Reason::InputUnavailable { nodes, message: messages.join("; ") })
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::ResultKnown => write!(f, "result known"),
            Reason::ColumnsUnchanged { nodes } => {
                write!(f, "the columns it reads of {} are unchanged", names(nodes, " and "))
            }
            Reason::FirstRun => write!(f, "first run"),
            Reason::VersionPinned { version } => {
                write!(f, "result known: the code changed, but version \"{version}\" is pinned")
            }
            Reason::Changed { code, inputs } => write!(f, "{}", differences(code, inputs)),
            Reason::OtherArm { condition } => write!(f, "in this run, `{condition}`"),
            Reason::Forced => write!(f, "forced"),
            Reason::OutputMissing { node } => write!(f, "output missing: `{node}`"),
            Reason::OutputDamaged { node } => write!(f, "output damaged: `{node}`"),
            Reason::RecordDamaged => write!(f, "record damaged"),
            Reason::ResultGone => write!(f, "result not in the store"),
            Reason::LastFailed => write!(f, "failed last time"),
            Reason::PlanFails { message } => write!(f, "invalid query plan: {message}"),
            Reason::NotBegun { jobs } => {
                let (plans, are) = if jobs.len() == 1 { ("plan", "is") } else { ("plans", "are") };
                write!(f, "not started: the query {plans} of {} {are} invalid", names(jobs, " and "))
            }
            Reason::StoreFailed => write!(f, "the store could not be read"),
            Reason::NotSkippable => write!(f, "not skippable"),
            Reason::DependsOn { nodes } => write!(f, "runs if {} changes", names(nodes, " or ")),
            Reason::InputUnavailable { message, .. } => write!(f, "{message}"),
            Reason::Given => write!(f, "value given"),
            Reason::Replaced => write!(f, "function replaced"),
            Reason::NotSelected => write!(f, "not selected for this run, and its result is not known"),
            Reason::ProgramEnded => write!(f, "the program ended before the run did"),
            Reason::UpstreamFailed { jobs } => write!(f, "needs {}", names(jobs, ", ")),
            Reason::Canceled => write!(f, "canceled"),
        }
    }
}

fn names(names: &[String], joint: &str) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(joint)
}
