//! Why a job ran or was skipped.

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
    /// The result is in the store: tables that the job reads changed, in columns that it does not read.
    ColumnsUnchanged {
        /// The nodes with these tables.
        nodes: Vec<String>,
    },
    /// The result is in the store, made by other code: the task's version says that this does not count.
    VersionPinned {
        /// The version.
        version: String,
    },
    /// The job never ran in this scenario, and nobody else made its result.
    NeverRun,
    /// What the job works on is not what it last worked on.
    Changed {
        /// What changed of the task's code; one change without parts when that isn't known.
        code: Vec<CodeChange>,
        /// The inputs that changed.
        inputs: Vec<InputChange>,
    },
    /// It was asked for, whatever is known.
    Forced,
    /// The result was known, but the object of an output is not in the store.
    OutputMissing {
        /// The node whose value it is.
        node: String,
    },
    /// The result was known, but the object of an output was cut or altered.
    OutputDamaged {
        /// The node whose value it is.
        node: String,
    },
    /// The result was known, but the record of it was cut or altered.
    RecordDamaged,
    /// The result of this very work was not kept, or is gone from the store.
    ResultGone,
    /// The job failed when it last ran.
    LastFailed,
    /// What the task describes can't be carried out, whatever rows its tables have.
    PlanFails {
        /// Why not.
        message: String,
    },
    /// It was not begun, because these jobs can't be carried out.
    NotBegun {
        /// The jobs, by name.
        jobs: Vec<String>,
    },
    /// Whether the result is known could not be told, because the store could not be read.
    StoreFailed,
    /// The task is not under `#[task(skippable)]`.
    NotSkippable,
    /// Whether the job would run depends on what these nodes will be.
    DependsOn {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Inputs that the job reads are not available: a file is missing, or no value was given.
    InputUnavailable {
        /// The inputs.
        nodes: Vec<String>,
        /// Why not, and what to do.
        message: String,
    },
    /// The value was given to the submission, in place of what the task makes.
    Given,
    /// Another function was put in the task's place.
    Replaced,
    /// The submission was to begin further on, and the result is not known.
    NotSelected,
    /// The program ended before the submission did.
    ProgramEnded,
    /// These jobs failed or did not run.
    UpstreamFailed {
        /// The jobs, by name.
        jobs: Vec<String>,
    },
    /// The submission was canceled.
    Canceled,
}

impl Reason {
    /// Whether the result is taken because the task, as it is now, has made it.
    pub(crate) fn is_known(&self) -> bool {
        matches!(self, Reason::ResultKnown | Reason::ColumnsUnchanged { .. })
    }

    /// The reason of a job that reads these inputs, which are not available; `None` where there are none.
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
                write!(f, "columns that it reads of {} are unchanged", names(nodes, " and "))
            }
            Reason::NeverRun => write!(f, "never run"),
            Reason::VersionPinned { version } => {
                write!(f, "result known: the code changed, and version \"{version}\" is pinned")
            }
            Reason::Changed { code, inputs } => write!(f, "{}", differences(code, inputs)),
            Reason::Forced => write!(f, "forced"),
            Reason::OutputMissing { node } => write!(f, "output missing: `{node}`"),
            Reason::OutputDamaged { node } => write!(f, "output damaged: `{node}`"),
            Reason::RecordDamaged => write!(f, "record damaged"),
            Reason::ResultGone => write!(f, "result not in the store"),
            Reason::LastFailed => write!(f, "failed last time"),
            Reason::PlanFails { message } => write!(f, "its plan does not hold: {message}"),
            Reason::NotBegun { jobs } => {
                let verb = if jobs.len() == 1 { "does" } else { "do" };
                write!(f, "not begun: the plan of {} {verb} not hold", names(jobs, " and of "))
            }
            Reason::StoreFailed => write!(f, "the store could not be read"),
            Reason::NotSkippable => write!(f, "not skippable"),
            Reason::DependsOn { nodes } => write!(f, "runs if {} changes", names(nodes, " or ")),
            Reason::InputUnavailable { message, .. } => write!(f, "{message}"),
            Reason::Given => write!(f, "value given"),
            Reason::Replaced => write!(f, "another function in its place"),
            Reason::NotSelected => write!(f, "not part of this run, and its result is not known"),
            Reason::ProgramEnded => write!(f, "the program ended before the run did"),
            Reason::UpstreamFailed { jobs } => write!(f, "needs {}", names(jobs, ", ")),
            Reason::Canceled => write!(f, "canceled"),
        }
    }
}

fn names(names: &[String], joint: &str) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(joint)
}
