//! What a job last worked on and made: the other side of every reason, and what reading a node reads.

use super::job::JobStatus;
use super::reason::{InputChange, Reason};
use super::record::StoredOutput;
use crate::graph::{Call, Graph};
use crate::registry::{Registry, RegistryError};
use crate::store::Hash;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A job's last state in a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct JobState {
    pub(crate) status: JobStatus,
    pub(crate) code: String,
    pub(crate) inputs: Vec<InputState>,
    /// By node; empty unless the job completed or was skipped.
    pub(crate) outputs: Vec<(String, StoredOutput)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

/// One input of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InputState {
    pub(crate) parameter: String,
    pub(crate) node: String,
    pub(crate) content: Hash,
    pub(crate) brief: String,
}

/// The states of a scenario's jobs, by the name of the job's first output: names of jobs change when
/// a task is used a second time, nodes are what a scenario is made of.
pub(crate) type JobStates = HashMap<String, JobState>;

impl JobState {
    /// The name under which a job's state is kept.
    pub(crate) fn name<'a>(graph: &'a Graph, call: &Call) -> &'a str {
        &graph.nodes[call.outputs[0]].name
    }

    /// All states of a scenario. A state that can't be read counts as none: it only explains.
    pub(crate) fn load(registry: &Registry, scenario: i64) -> Result<JobStates, RegistryError> {
        let rows = registry.job_states(scenario)?;
        Ok(rows
            .into_iter()
            .filter_map(|row| Some((row.job, serde_json::from_str(&row.state).ok()?)))
            .collect())
    }

    /// Why work that is not known has to be done, seen from what was done last.
    pub(super) fn difference(&self, graph: &Graph, code: &str, inputs: &[InputState]) -> Reason {
        let earlier = |parameter: &str| self.inputs.iter().find(|input| input.parameter == parameter);
        let changes: Vec<InputChange> = inputs
            .iter()
            .filter(|input| earlier(&input.parameter).is_none_or(|earlier| earlier.content != input.content))
            .map(|input| InputChange {
                node: input.node.clone(),
                input: graph.node(&input.node).is_some_and(|node| node.is_input()),
                from: earlier(&input.parameter).map(|earlier| earlier.brief.clone()),
                to: input.brief.clone(),
            })
            .collect();
        let code = self.code != code || self.inputs.len() > inputs.len();
        match (code, changes.is_empty()) {
            (false, true) if self.status == JobStatus::Failed => Reason::LastFailed,
            (false, true) => Reason::ResultGone,
            _ => Reason::Changed { code, inputs: changes },
        }
    }
}

impl InputState {
    /// The inputs of a call, in the order of its parameters; `content` tells a node's hash and brief.
    pub(super) fn of(
        graph: &Graph,
        call: &Call,
        content: impl Fn(usize) -> Option<(Hash, String)>,
    ) -> Vec<InputState> {
        call.task
            .parameter_names()
            .zip(&call.arguments)
            .filter_map(|(parameter, &node)| {
                let (content, brief) = content(node)?;
                Some(InputState {
                    parameter: parameter.into(),
                    node: graph.nodes[node].name.clone(),
                    content,
                    brief,
                })
            })
            .collect()
    }
}
