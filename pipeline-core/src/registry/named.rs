//! The results and objects that a run names.

use crate::data::ValueRef;
use crate::store::Hash;
use serde::Deserialize;

/// The results and objects that a run names.
#[derive(Debug, Default)]
pub(crate) struct Named {
    /// The keys of its jobs' results.
    pub(crate) keys: Vec<Hash>,
    /// The objects of its inputs and of its jobs' outputs.
    pub(crate) objects: Vec<Hash>,
}

/// The part of a job's report that names results.
#[derive(Deserialize)]
struct Job {
    #[serde(default)]
    key: Option<Hash>,
    #[serde(default)]
    outputs: Vec<ValueRef>,
}

impl Named {
    /// Parses the inputs and jobs of a run, which are JSON.
    pub(crate) fn of(inputs: &str, jobs: &str) -> Result<Named, serde_json::Error> {
        let inputs: Vec<ValueRef> = serde_json::from_str(inputs)?;
        let jobs: Vec<Job> = serde_json::from_str(jobs)?;
        let outputs = jobs.iter().flat_map(|job| &job.outputs);
        Ok(Named {
            keys: jobs.iter().filter_map(|job| job.key).collect(),
            objects: inputs.iter().chain(outputs).flat_map(ValueRef::objects).collect(),
        })
    }
}
