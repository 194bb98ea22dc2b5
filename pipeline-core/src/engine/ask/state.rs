//! The last state of a job: its code, inputs and outputs. Reasons compare with it, and reading a node reads its
//! outputs.

use crate::data::{DataType, PartRef, ValueRef};
use crate::engine::ask::code;
use crate::engine::ask::key::Build;
use crate::engine::ask::unknown;
use crate::engine::job::change::{CodeChange, InputChange, PartsChange};
use crate::engine::job::reason::Reason;
use crate::engine::job::status::JobStatus;
use crate::engine::job::toolchain::Toolchain;
use crate::graph::parts::ArgumentNodes;
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
    /// The pinned version, if it replaced the code in the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pinned: Option<String>,
    /// The toolchain that the program was built with, if the submission was strict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) strict: Option<Toolchain>,
    /// The hash of the program, if keys included the whole program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) coarse: Option<Hash>,
    /// Files and variables that the fingerprint did not track: the first digits of their hashes, by title.
    #[serde(default, skip_serializing_if = "HashMap::is_empty")]
    pub(crate) unknown: HashMap<String, String>,
    /// The key of the result, if it was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<Hash>,
    /// The key of the last stored result, while the job has no later one: garbage collection keeps that result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_key: Option<Hash>,
    pub(crate) inputs: Vec<InputState>,
    /// The outputs by node; empty unless the job completed or was skipped.
    pub(crate) outputs: Vec<(String, Arc<ValueRef>)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

/// An input of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InputState {
    pub(crate) parameter: String,
    pub(crate) node: String,
    /// The value, without its files.
    #[serde(flatten)]
    pub(crate) value: Arc<ValueRef>,
    /// For a table that is read by column: the content of the columns that the task reads. Nothing else of the table is
    /// in the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) read: Option<Hash>,
}

/// The states of a scenario's jobs, by the name of the job's first output. Names of nodes are stable; the name of a job
/// changes when its task is used a second time.
///
/// States are parsed lazily: those of jobs whose results are known are not needed.
#[derive(Debug, Default)]
pub(crate) struct JobStates {
    states: HashMap<String, (String, OnceLock<Option<JobState>>)>,
    /// The revision of the states: how often they had been written when they were read.
    pub(crate) as_of: i64,
}

impl JobStates {
    /// Returns the state of the job with this name. A state that can't be parsed is treated as missing: it only serves
    /// explanations.
    pub(crate) fn get(&self, job: &str) -> Option<&JobState> {
        let (text, state) = self.states.get(job)?;
        state.get_or_init(|| serde_json::from_str(text).ok()).as_ref()
    }

    /// Returns the jobs for parts of nodes of the graph that the graph does not have: the parts are gone.
    pub(crate) fn gone_parts(&self, graph: &Graph) -> Vec<String> {
        let whole = graph.whole();
        let is_gone = |name: &&String| {
            let of = name.strip_suffix(']').and_then(|name| name.split_once('['));
            let is_mapped = of.is_some_and(|(of, _)| whole.maker_of(of).is_some_and(Call::is_mapped));
            is_mapped && graph.node(name).is_none()
        };
        self.states.keys().filter(is_gone).cloned().collect()
    }

    /// Whether the JSON state of the job with this name was equal to `state`.
    pub(crate) fn was(&self, job: &str, state: &str) -> bool {
        self.states.get(job).is_some_and(|(text, _)| text == state)
    }
}

impl JobState {
    /// Returns the name under which a job's state is stored.
    pub(crate) fn name<'a>(graph: &'a Graph, call: &Call) -> &'a str {
        &graph.nodes[call.outputs[0]].name
    }

    /// Reads all states of a scenario.
    pub(crate) fn load(registry: &Registry, scenario: i64) -> Result<JobStates, RegistryError> {
        // The revision is read first: states newer than their revision are only rewritten once too often, while states
        // older than their revision would never be rewritten.
        let as_of = registry.states_revision(scenario)?;
        let rows = registry.job_states(scenario)?;
        let states = rows.into_iter().map(|(job, state)| (job, (state, OnceLock::new()))).collect();
        Ok(JobStates { states, as_of })
    }

    /// Returns the nodes whose tables changed since then, if they changed only in columns that the task does not read
    /// and nothing else changed.
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

    /// Returns why a result is not known, by comparison with the job's last state.
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

/// The code and inputs of earlier work.
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
    /// Returns the differences between the earlier work and a call of `task` on `inputs`.
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
                parts: earlier(&input.parameter)
                    .and_then(|earlier| PartsChange::between(&earlier.value, &input.value)),
                columns: earlier(&input.parameter)
                    .map(|earlier| changed_columns(task, &input.parameter, &earlier.value, &input.value))
                    .unwrap_or_default(),
            });
        Ok((changes, inputs.collect()))
    }
}

/// Returns the changed columns that a task reads of a table; empty if all columns that it reads changed.
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
    /// Returns the inputs of a call, in the order of its parameters. `value` looks up a node's value, without its
    /// files.
    pub(crate) fn of(
        graph: &Graph,
        call: &Call,
        value: impl Fn(usize) -> Option<Arc<ValueRef>>,
    ) -> Vec<InputState> {
        let parameters = call.task.parameter_names().zip(call.task.parameters).zip(call.argument_nodes());
        let input = |((parameter, data), slot): ((&str, &DataType), ArgumentNodes<'_>)| {
            let node = match slot {
                ArgumentNodes::One(node) => node,
                ArgumentNodes::Parts { node, keys, nodes } => {
                    let values = nodes.iter().map(|&node| value(node)).collect::<Option<Vec<_>>>()?;
                    let parts = keys
                        .iter()
                        .zip(values)
                        .map(|(key, value)| PartRef { key: key.to_string(), content: value.content() });
                    let value = Arc::new(ValueRef::of_parts(parts.collect()));
                    return Some(InputState {
                        parameter: parameter.into(),
                        node: node.to_string(),
                        value,
                        read: None,
                    });
                }
            };
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

    /// The content that is part of the key: that of the value, or that of the columns that the task reads.
    pub(crate) fn content(&self) -> Hash {
        self.read.unwrap_or(self.value.hash)
    }

    /// Whether the content equals that of an earlier state. Compares whole values, too, because the earlier state may
    /// have no content of columns.
    pub(crate) fn is_as(&self, earlier: &InputState) -> bool {
        self.content() == earlier.content() || self.value.hash == earlier.value.hash
    }
}
