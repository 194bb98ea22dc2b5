//! The description of one task call, which any process of this program can execute, and its outcome.

use super::log::LogLevel;
use super::record::ResultRecord;
use super::report::JobError;
use crate::data::{ColumnContent, DataType, Value, ValueRef};
use crate::engine::job::files::ReadFiles;
use crate::graph::TaskDef;
use crate::store::{Damaged, Hash};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// One call of a task: its function, its arguments and where its result is stored.
///
/// Refers to values in the store. Contains only the values of secrets, which are not stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JobSpec {
    /// The scenario's name; goes into the result record.
    pub(crate) scenario: String,
    /// The job's name.
    pub(crate) job: String,
    pub(crate) task: TaskId,
    /// In the order of the parameters.
    pub(crate) arguments: Vec<Argument>,
    /// Earlier results of the job that are long tables: the new tables may share their columns.
    #[serde(default)]
    pub(crate) earlier: Vec<EarlierTable>,
    /// Where the result is published; `None` if later submissions can't reuse it.
    pub(crate) publish: Option<PublishAs>,
    /// The time limit of the call.
    pub(crate) timeout: Option<Duration>,
    /// The minimum level of the log events to keep.
    pub(crate) log: LogLevel,
    /// Whether it has to run in its own process.
    pub(crate) isolated: bool,
}

/// Identifies the function that a job calls, by its place in the sources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TaskId {
    /// Module and name.
    pub(crate) path: String,
    pub(crate) file: String,
    pub(crate) line: u32,
    /// The task's code fingerprint.
    pub(crate) code: String,
}

/// A long table that a job made earlier.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct EarlierTable {
    /// The object with its index.
    pub(crate) hash: Hash,
    pub(crate) contents: Vec<ColumnContent>,
}

/// An argument of a call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Argument {
    pub(crate) parameter: String,
    /// The node that is read.
    pub(crate) node: String,
    /// Whether the node is an input.
    pub(crate) input: bool,
    pub(crate) value: ValueRef,
    /// The parts, with their keys, if the parameter takes several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) parts: Vec<(String, Argument)>,
    /// The files behind the value, with the content that was read.
    #[serde(default, with = "shared", skip_serializing_if = "Option::is_none")]
    pub(crate) files: Option<Arc<ReadFiles>>,
    /// The content of a secret.
    #[serde(default, with = "shared", skip_serializing_if = "Option::is_none")]
    pub(crate) secret: Option<Arc<Secret>>,
}

/// The content of a secret. Its `Debug` output does not show it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Secret(pub(crate) Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(crate::graph::SECRET)
    }
}

/// The key of a result, and whether to replace an unusable record under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PublishAs {
    pub(crate) key: Hash,
    pub(crate) replace: bool,
}

/// The outcome of a call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    pub(crate) result: Result<CallResult, JobError>,
    /// Whether it ended because it was canceled.
    pub(crate) stopped: bool,
    /// Damaged objects that were found during the call.
    pub(crate) damaged: Vec<Damaged>,
    /// Warnings for the user.
    pub(crate) warnings: Vec<String>,
    /// The peak memory use of the process during the call, in bytes, if the job had its own process.
    pub(crate) peak_memory: Option<u64>,
}

/// The result of a call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CallResult {
    pub(crate) outputs: Vec<Arc<ValueRef>>,
    /// The record of the result, if it was published.
    pub(crate) record: Option<ResultRecord>,
}

impl Argument {
    /// Whether it stands for parts of a node.
    pub(crate) fn is_gathered(&self) -> bool {
        // Without parts, too, it is in no object.
        !self.parts.is_empty() || self.value == ValueRef::of_parts(Vec::new())
    }

    /// Returns the first file behind the value that changed since it was read.
    pub(crate) fn changed(&self, value: &Value, data: &DataType) -> Option<PathBuf> {
        if let Some(of) = data.parts.filter(|_| self.is_gathered()) {
            let values = (of.parts)(value);
            let mut parts = self.parts.iter().zip(values.iter());
            return parts.find_map(|((_, part), (_, value))| part.changed(value, &(of.part)()));
        }
        self.files.as_ref()?.changed(value)
    }
}

impl JobSpec {
    /// The scenario's name.
    pub fn scenario(&self) -> &str {
        &self.scenario
    }

    /// The job's name.
    pub fn job(&self) -> &str {
        &self.job
    }

    /// The time limit of the call, if it has one.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Whether the task requires its own process.
    pub fn is_isolated(&self) -> bool {
        self.isolated
    }
}

impl TaskId {
    pub(crate) fn of(task: &TaskDef) -> TaskId {
        let (file, line) = task.place();
        TaskId { path: task.path(), file: file.into(), line, code: task.code.hash.into() }
    }

    pub(crate) fn is(&self, task: &TaskDef) -> bool {
        task.place() == (self.file.as_str(), self.line)
            && task.path() == self.path
            && task.code.hash == self.code
    }
}

impl Outcome {
    /// The outcome of a failed call.
    pub(crate) fn failed(error: JobError) -> Outcome {
        Outcome {
            result: Err(error),
            stopped: false,
            damaged: Vec::new(),
            warnings: Vec::new(),
            peak_memory: None,
        }
    }
}

/// Serializes values that several specs share; each serialized spec has its own copy.
mod shared {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::sync::Arc;

    pub(super) fn serialize<T: Serialize, S: Serializer>(
        value: &Option<Arc<T>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_deref().serialize(serializer)
    }

    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Arc<T>>, D::Error> {
        Ok(Option::<T>::deserialize(deserializer)?.map(Arc::new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_debug_output_of_a_job_hides_secrets() {
        let secret = Secret(b"swordfish".to_vec());
        assert_eq!(format!("{secret:?}"), crate::graph::SECRET);
    }
}
