//! One call of a task, described so that any process of this program can make it, and what came of it.

use super::log::LogLevel;
use super::record::ResultRecord;
use super::report::JobError;
use crate::data::{ColumnContent, ValueRef};
use crate::engine::job::files::ReadFiles;
use crate::graph::TaskDef;
use crate::store::{Damaged, Hash};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// One call of a task: its function, its arguments and where its result belongs.
///
/// It refers to values, and contains none but secrets, which are in no object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JobSpec {
    /// The scenario's name, for the record.
    pub(crate) scenario: String,
    /// The job's name.
    pub(crate) job: String,
    pub(crate) task: TaskId,
    /// In the order of the parameters.
    pub(crate) arguments: Vec<Argument>,
    /// Earlier results of the job that are long tables: new ones may have columns of theirs.
    #[serde(default)]
    pub(crate) earlier: Vec<EarlierTable>,
    /// Where the result is published; `None` where it is not known to later submissions.
    pub(crate) publish: Option<PublishAs>,
    /// How long the call may take.
    pub(crate) timeout: Option<Duration>,
    /// The least important events of its log to keep.
    pub(crate) log: LogLevel,
    /// Whether it has to run in a process of its own.
    pub(crate) isolated: bool,
}

/// The function that a job calls: the one at this place of the sources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TaskId {
    /// Module and name.
    pub(crate) path: String,
    pub(crate) file: String,
    pub(crate) line: u32,
    /// The task's code fingerprint.
    pub(crate) code: String,
}

/// A long table that a job made before.
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
    /// Whether that is an input.
    pub(crate) input: bool,
    pub(crate) value: ValueRef,
    /// The files that it stands for, as they were when they were read.
    #[serde(default, with = "shared", skip_serializing_if = "Option::is_none")]
    pub(crate) files: Option<Arc<ReadFiles>>,
    /// The content of a secret.
    #[serde(default, with = "shared", skip_serializing_if = "Option::is_none")]
    pub(crate) secret: Option<Arc<Secret>>,
}

/// The content of a secret. Its debug form does not contain it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Secret(pub(crate) Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(crate::graph::SECRET)
    }
}

/// The key of a result, and whether a record under it is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PublishAs {
    pub(crate) key: Hash,
    pub(crate) replace: bool,
}

/// What came of a call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    pub(crate) result: Result<CallResult, JobError>,
    /// Whether it ended because it was told to.
    pub(crate) stopped: bool,
    /// Objects that were found damaged on the way.
    pub(crate) damaged: Vec<Damaged>,
    /// What a person should know besides.
    pub(crate) warnings: Vec<String>,
    /// The most memory that the process had in use during the call, in bytes, where the job had a process of its own.
    pub(crate) peak_memory: Option<u64>,
}

/// What a call made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CallResult {
    pub(crate) outputs: Vec<Arc<ValueRef>>,
    /// The record that is under the key now, where it is this one.
    pub(crate) record: Option<ResultRecord>,
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

    /// How long the call may take, where that is limited.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Whether the task asks for a process of its own.
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
    /// A call that gave nothing.
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

/// What several specs share, each with its own copy where it is written.
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
    fn a_secret_is_not_in_the_debug_form_of_a_job() {
        let secret = Secret(b"swordfish".to_vec());
        assert_eq!(format!("{secret:?}"), crate::graph::SECRET);
    }
}
