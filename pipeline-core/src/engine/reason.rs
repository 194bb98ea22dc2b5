//! Why a job ran or was skipped.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a job ran, would run, or was skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The result is in the store.
    ResultKnown,
    /// The job never ran in this scenario, and nobody else made its result.
    NeverRun,
    /// What the job works on is not what it last worked on.
    Changed {
        /// Whether the task's code changed.
        code: bool,
        /// The inputs that changed.
        inputs: Vec<InputChange>,
    },
    /// The result was known, but an object of it is not in the store.
    ObjectMissing {
        /// The node whose value it is.
        node: String,
    },
    /// The result was known, but its record or an object of it was cut or altered.
    ObjectDamaged {
        /// The node whose value it is.
        node: String,
    },
    /// The result of this very work was not kept, or is gone from the store.
    ResultGone,
    /// The job failed when it last ran.
    LastFailed,
    /// The task is not under `#[task(skippable)]`.
    NotSkippable,
    /// Whether the job would run depends on what these nodes will be.
    DependsOn {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// These jobs failed or did not run.
    UpstreamFailed {
        /// The jobs, by name.
        jobs: Vec<String>,
    },
    /// The submission was canceled.
    Canceled,
}

/// How one input of a job differs from what the job last worked on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputChange {
    /// The node.
    pub node: String,
    /// Whether the node is an input of the scenario.
    pub input: bool,
    /// The earlier value in a few words; `None` when the parameter is new.
    pub from: Option<String>,
    /// The value now.
    pub to: String,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::ResultKnown => write!(f, "result known"),
            Reason::NeverRun => write!(f, "never run"),
            Reason::Changed { code, inputs } => {
                let code = code.then(|| "code changed".to_owned());
                let parts: Vec<String> =
                    code.into_iter().chain(inputs.iter().map(ToString::to_string)).collect();
                write!(f, "{}", parts.join("; "))
            }
            Reason::ObjectMissing { node } => write!(f, "object missing: `{node}`"),
            Reason::ObjectDamaged { node } => write!(f, "object damaged: `{node}`"),
            Reason::ResultGone => write!(f, "result not in the store"),
            Reason::LastFailed => write!(f, "failed last time"),
            Reason::NotSkippable => write!(f, "not skippable"),
            Reason::DependsOn { nodes } => write!(f, "runs if {} changes", names(nodes, " or ")),
            Reason::UpstreamFailed { jobs } => write!(f, "needs {}", names(jobs, ", ")),
            Reason::Canceled => write!(f, "canceled"),
        }
    }
}

impl fmt::Display for InputChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let InputChange { node, input, from, to } = self;
        match from {
            _ if !*input => write!(f, "`{node}` changed"),
            None => write!(f, "input `{node}` is new: {to}"),
            Some(from) if from == to => write!(f, "input `{node}` changed: new content of {to}"),
            Some(from) => write!(f, "input `{node}` changed: {from} → {to}"),
        }
    }
}

fn names(names: &[String], joint: &str) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(joint)
}
