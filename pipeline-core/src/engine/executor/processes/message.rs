//! What a program and its workers say to each other, one line of JSON each.
//!
//! A program writes to a worker's standard input, a worker to its standard output. What tasks print goes to the same
//! output, so a worker's lines begin with a mark.

use crate::engine::job::log::LogLine;
use crate::engine::job::spec::{JobSpec, Outcome};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The variable that makes a process a worker.
pub(super) const VARIABLE: &str = "PIPELINE_WORKER";

/// The beginning of a worker's lines.
pub(super) const MARK: &str = "\u{1}pipeline-worker ";

/// What a worker is told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Order {
    /// To make this call.
    Run(Box<Run>),
    /// To end the call, as soon as the task looks.
    Cancel,
}

/// A call, and the store that it works on.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Run {
    pub(super) store: PathBuf,
    /// What was read before this moment is read again, in microseconds since 1970.
    pub(super) since: i64,
    pub(super) spec: JobSpec,
}

/// What a worker tells.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Report {
    /// It is one: what the program printed before is of no interest.
    Ready,
    /// The task said something.
    Said(LogLine),
    /// How far the call is.
    Progress { rows: u64, bytes: u64 },
    /// What the task made is being written.
    Writing,
    /// The call is over.
    Done(Box<Outcome>),
}
