//! What a job last worked on and made: the other side of every reason, and what reading a node reads.

use crate::data::{DataType, ValueRef};
use crate::engine::ask::code;
use crate::engine::ask::key::Build;
use crate::engine::ask::unknown;
use crate::engine::job::change::{CodeChange, InputChange};
use crate::engine::job::reason::Reason;
use crate::engine::job::status::JobStatus;
use crate::engine::job::toolchain::Toolchain;
use crate::graph::{Call, Graph, TaskDef};
use crate::registry::{Registry, RegistryError};
use crate::store::Hash;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// A job's last state in a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct JobState {
    pub(crate) status: JobStatus,
    pub(crate) code: String,
    /// The task's name in keys; empty in states of older programs.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) task: String,
    /// The version that stood for the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pinned: Option<String>,
    /// What the program was built with, where the submission was strict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) strict: Option<Toolchain>,
    /// The hash of the program, where it counted as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) coarse: Option<Hash>,
    /// What the compiler had read and no rule had found: the beginnings of hashes by title.
    #[serde(default, skip_serializing_if = "HashMap::is_empty")]
    pub(crate) unknown: HashMap<String, String>,
    /// The key of the result, when it is kept under one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<Hash>,
    /// The key of the last result that was kept under one, while there is no later: what it names stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_key: Option<Hash>,
    pub(crate) inputs: Vec<InputState>,
    /// By node; empty unless the job completed or was skipped.
    pub(crate) outputs: Vec<(String, Arc<ValueRef>)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

/// One input of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InputState {
    pub(crate) parameter: String,
    pub(crate) node: String,
    /// Its value, without the files that it may stand for.
    #[serde(flatten)]
    pub(crate) value: Arc<ValueRef>,
    /// Of a table that is read column by column, the content of the columns that the task reads: nothing else of it is in the
    /// key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) read: Option<Hash>,
}

/// The states of a scenario's jobs, by the name of the job's first output: names of jobs change when
/// a task is used a second time, nodes are what a scenario is made of.
///
/// A state is read when it is asked for: of jobs whose results are known, nobody asks.
#[derive(Debug, Default)]
pub(crate) struct JobStates {
    states: HashMap<String, (String, OnceLock<Option<JobState>>)>,
    /// How often they had been written when they were read.
    pub(crate) as_of: i64,
}

impl JobStates {
    /// The state of the job with this name. One that can't be read counts as none: it only explains.
    pub(crate) fn get(&self, job: &str) -> Option<&JobState> {
        let (text, state) = self.states.get(job)?;
        state.get_or_init(|| serde_json::from_str(text).ok()).as_ref()
    }

    /// Whether the state of the job with this name was this one, as JSON.
    pub(crate) fn was(&self, job: &str, state: &str) -> bool {
        self.states.get(job).is_some_and(|(text, _)| text == state)
    }
}

impl JobState {
    /// The name under which a job's state is kept.
    pub(crate) fn name<'a>(graph: &'a Graph, call: &Call) -> &'a str {
        &graph.nodes[call.outputs[0]].name
    }

    /// All states of a scenario.
    pub(crate) fn load(registry: &Registry, scenario: i64) -> Result<JobStates, RegistryError> {
        // In this order: states that are newer than they say are written once more, older ones never.
        let as_of = registry.states_revision(scenario)?;
        let rows = registry.job_states(scenario)?;
        let states = rows.into_iter().map(|(job, state)| (job, (state, OnceLock::new()))).collect();
        Ok(JobStates { states, as_of })
    }

    /// The nodes whose tables changed since then only in columns that the task does not read, if nothing else did.
    pub(crate) fn changed_elsewhere(&self, task: &TaskDef, inputs: &[InputState]) -> Vec<String> {
        let mut nodes = Vec::new();
        let counted = inputs.iter().filter(|input| !task.ignores(&input.parameter));
        for input in counted {
            let Some(earlier) = self.inputs.iter().find(|earlier| earlier.parameter == input.parameter)
            else {
                return Vec::new();
            };
            if !input.is_as(earlier) {
                return Vec::new();
            }
            if input.value.hash != earlier.value.hash {
                nodes.push(input.node.clone());
            }
        }
        if self.code == task.code.hash { nodes } else { Vec::new() }
    }

    /// Why work that is not known has to be done, seen from what was done last.
    pub(crate) fn difference(
        &self,
        registry: &Registry,
        graph: &Graph,
        task: &TaskDef,
        inputs: &[InputState],
        build: &Build<'_>,
    ) -> Result<Reason, RegistryError> {
        let earlier = Earlier {
            code: &self.code,
            task: &self.task,
            pinned: self.pinned.as_deref(),
            strict: self.strict.as_ref(),
            coarse: self.coarse,
            unknown: &self.unknown,
            inputs: &self.inputs,
        };
        let (code, inputs) = earlier.differences(registry, graph, task, inputs, build)?;
        Ok(match code.is_empty() && inputs.is_empty() {
            true if self.status == JobStatus::Failed => Reason::LastFailed,
            true => Reason::ResultGone,
            false => Reason::Changed { code, inputs },
        })
    }
}

/// What some earlier work was done on.
pub(crate) struct Earlier<'a> {
    pub(crate) code: &'a str,
    /// The task's name in keys; empty if it is unknown, or known to be the same.
    pub(crate) task: &'a str,
    pub(crate) pinned: Option<&'a str>,
    pub(crate) strict: Option<&'a Toolchain>,
    pub(crate) coarse: Option<Hash>,
    pub(crate) unknown: &'a HashMap<String, String>,
    pub(crate) inputs: &'a [InputState],
}

impl Earlier<'_> {
    /// How work of `task` on `inputs` differs.
    pub(crate) fn differences(
        &self,
        registry: &Registry,
        graph: &Graph,
        task: &TaskDef,
        inputs: &[InputState],
        build: &Build<'_>,
    ) -> Result<(Vec<CodeChange>, Vec<InputChange>), RegistryError> {
        let mut changes = Vec::new();
        if self.pinned != task.version() {
            changes.push(CodeChange::of("version", self.pinned, task.version()));
        } else if self.pinned.is_none() && self.code != task.code.hash {
            let listed = registry.code(self.code)?;
            changes = listed.map(|listed| code::changes(&listed, &task.code)).unwrap_or_default();
            if changes.is_empty() {
                changes.push(CodeChange::unlisted());
            }
        }
        let identity = task.identity();
        if !self.task.is_empty() && self.task != identity {
            changes.insert(0, CodeChange::of("task", Some(self.task), Some(&identity)));
        }
        let (strict, coarse) = (build.strict, build.program);
        if self.strict != strict {
            let text = |toolchain: &Toolchain| format!("rustc {}, {}", toolchain.rustc, toolchain.profile);
            let (from, to) = (self.strict.map(text), strict.map(text));
            changes.push(CodeChange::of("toolchain", from.as_deref(), to.as_deref()));
        }
        if self.coarse != coarse {
            let (from, to) = (self.coarse.map(|hash| hash.short()), coarse.map(|hash| hash.short()));
            changes.push(CodeChange::of("program", from.as_deref(), to.as_deref()));
        }
        if task.version().is_none() {
            let now = unknown::listed(&build.unknown);
            let mut titles: Vec<&String> = self.unknown.keys().chain(now.keys()).collect();
            titles.sort();
            titles.dedup();
            for title in titles {
                let (from, to) = (self.unknown.get(title), now.get(title));
                if from != to {
                    changes.push(CodeChange::of(title, from.map(String::as_str), to.map(String::as_str)));
                }
            }
        }
        let earlier = |parameter: &str| self.inputs.iter().find(|input| input.parameter == parameter);
        let inputs = inputs.iter().filter(|input| !task.ignores(&input.parameter));
        let inputs = inputs
            .filter(|input| earlier(&input.parameter).is_none_or(|earlier| !input.is_as(earlier)))
            .map(|input| InputChange {
                node: input.node.clone(),
                input: graph.node(&input.node).is_some_and(|node| node.is_input()),
                made_by: graph.maker_of(&input.node).map(|call| call.name.clone()),
                from: earlier(&input.parameter).map(|earlier| earlier.value.summary.clone()),
                to: input.value.summary.clone(),
                columns: earlier(&input.parameter)
                    .map(|earlier| changed_columns(task, &input.parameter, &earlier.value, &input.value))
                    .unwrap_or_default(),
            });
        Ok((changes, inputs.collect()))
    }
}

/// The columns of a table that a task reads and that changed, if others that it reads did not.
fn changed_columns(task: &TaskDef, parameter: &str, earlier: &ValueRef, now: &ValueRef) -> Vec<String> {
    let read = task.parameter_names().zip(task.parameters).find(|(name, _)| *name == parameter);
    let columns = read.filter(|(_, data)| data.viewed.is_some()).map_or(&[][..], |(_, data)| data.columns);
    let changed: Vec<String> = columns
        .iter()
        .filter(|column| now.content_of_column(column.name) != earlier.content_of_column(column.name))
        .map(|column| column.name.to_owned())
        .collect();
    if changed.len() < columns.len() { changed } else { Vec::new() }
}

impl InputState {
    /// The inputs of a call, in the order of its parameters; `value` gives a node's, without its files.
    pub(crate) fn of(
        graph: &Graph,
        call: &Call,
        value: impl Fn(usize) -> Option<Arc<ValueRef>>,
    ) -> Vec<InputState> {
        let parameters = call.task.parameter_names().zip(call.task.parameters).zip(&call.arguments);
        let input = |((parameter, data), &node): ((&str, &DataType), &usize)| {
            let (parameter, value) = (parameter.into(), value(node)?);
            let columns = data.columns.iter().map(|column| column.name);
            let read = match data.viewed {
                Some(_) => value.unordered.or_else(|| value.content_of(columns)),
                None => None,
            };
            Some(InputState { parameter, node: graph.nodes[node].name.clone(), value, read })
        };
        parameters.filter_map(input).collect()
    }

    /// The content that is in the key: of the value, or of the columns that the task reads.
    pub(crate) fn content(&self) -> Hash {
        self.read.unwrap_or(self.value.hash)
    }

    /// Whether the content is that of an earlier state: of the whole value, if the columns were not known then.
    pub(crate) fn is_as(&self, earlier: &InputState) -> bool {
        self.content() == earlier.content() || self.value.hash == earlier.value.hash
    }
}
