//! Result records.

use crate::data::ValueRef;
use crate::engine::job::toolchain::Toolchain;
use crate::store::Hash;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A result: the code and inputs that made it, and its outputs. Stored under the result's key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ResultRecord {
    /// The path of the task's function.
    pub(crate) task: String,
    /// The task's code fingerprint.
    pub(crate) code: String,
    /// The pinned version, if it replaced the code in the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pinned: Option<String>,
    /// The toolchain that the program was built with.
    #[serde(default)]
    pub(crate) toolchain: Toolchain,
    /// The scenario in which it was first made.
    #[serde(default)]
    pub(crate) scenario: String,
    /// The inputs of the task, in the order of its parameters.
    pub(crate) inputs: Vec<RecordInput>,
    /// The outputs, in order.
    pub(crate) outputs: Vec<Arc<ValueRef>>,
    /// When the task started, in microseconds since 1970.
    pub(crate) started_us: i64,
    /// How long it took, in microseconds.
    pub(crate) duration_us: i64,
    /// The version of the library that wrote the record.
    pub(crate) version: String,
}

impl ResultRecord {
    /// The objects that the result needs: those of the outputs.
    pub(crate) fn objects(&self) -> impl Iterator<Item = Hash> {
        self.outputs.iter().flat_map(|output| output.objects())
    }
}

/// An input of a result.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RecordInput {
    pub(crate) parameter: String,
    pub(crate) content: Hash,
}
