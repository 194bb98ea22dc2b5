//! The messages between a program and its workers, one line of JSON each.
//!
//! The program writes to a worker's standard input; the worker writes to its standard output. The output of tasks goes
//! to the same standard output, so the worker's lines start with a mark.

use crate::engine::job::log::LogLine;
use crate::engine::job::spec::{JobSpec, Outcome};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The environment variable that makes a process a worker.
pub(super) const VARIABLE: &str = "PIPELINE_WORKER";

/// The prefix of a worker's lines.
pub(super) const MARK: &str = "\u{1}pipeline-worker ";

/// A message to a worker.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Order {
    /// Make this call.
    Run(Box<Run>),
    /// Cancel the call; the task ends at its next check for cancellation.
    Cancel,
}

/// A call, and the store that it works on.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Run {
    pub(super) store: PathBuf,
    /// Objects last read before this time are read again, in microseconds since 1970.
    pub(super) since: i64,
    pub(super) spec: JobSpec,
}

/// A message from a worker.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Report {
    /// The process is a worker now: output that it printed before is ignored.
    Ready,
    /// The task logged an event.
    Logged(LogLine),
    /// The progress of the call.
    Progress { rows: u64, bytes: u64 },
    /// The task's outputs are being written.
    Writing,
    /// The call has ended.
    Done(Box<Outcome>),
}
