//! Explains the key of a job's result.

use crate::engine::ask::Verdict;
use crate::engine::ask::code;
use crate::engine::ask::known::KnownContents;
use crate::engine::ask::state::{InputState, JobStates};
use crate::engine::ask::unknown::Unknown;
use crate::engine::error::EngineError;
use crate::engine::job::change::CodePart;
use crate::engine::job::change::KnownResult;
use crate::engine::job::reason::Reason;
use crate::engine::job::report::OutputReport;
use crate::engine::job::toolchain::Toolchain;
use crate::engine::questions::plan::Decision;
use crate::engine::{Engine, FoundInput};
use crate::graph::parts::ArgumentNodes;
use crate::graph::{Call, Graph};
use crate::store::Hash;
use serde::Serialize;
use std::collections::HashSet;

/// The contents of the key of a node's current result, and whether that result is known.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The scenario's name.
    pub scenario: String,
    /// The requested node.
    pub node: String,
    /// The job that makes it.
    pub job: String,
    /// The path of the task's function.
    pub task: String,
    /// The file of the function, as the compiler was given it.
    pub file: String,
    /// The line of the function.
    pub line: u32,
    /// What a submission would do.
    pub decision: Decision,
    /// Why.
    pub reason: Reason,
    /// The outputs of the result, if it is known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<OutputReport>,
    /// The key; `None` if an input of the job is not known yet, or if the task is not skippable.
    pub key: Option<Hash>,
    /// The pinned version, which replaces the code in the key.
    pub version: Option<String>,
    /// The task's code fingerprint.
    pub code: String,
    /// The parts that the fingerprint covers: items of local crates, files, variables, conditions of the build.
    pub parts: Vec<CodePart>,
    /// The external crates that the task can reach, with their dependencies: names, versions and features.
    pub crates: Vec<String>,
    /// The parameters, and the nodes that they read.
    pub inputs: Vec<KeyInput>,
    /// The toolchain that the program was built with.
    pub toolchain: Toolchain,
    /// Whether the toolchain is part of the key.
    pub strict: bool,
    /// The task's stored result that is nearest to the missing one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<KnownResult>,
}

/// A parameter of a job, as it is part of the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct KeyInput {
    /// The parameter.
    pub parameter: String,
    /// The node that it reads.
    pub node: String,
    /// The hash of the node's content; for a table, that of the columns that the job reads. `None` if the job that
    /// makes the node has to run first.
    pub content: Option<Hash>,
    /// The columns that the job reads, if the table has more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// A summary of the value.
    pub value: Option<String>,
    /// Whether it is left out of the key.
    pub ignored: bool,
}

impl Engine<'_> {
    /// Explains the job that makes `node`. `inputs` are indexed by node.
    pub(crate) fn explain(
        &self,
        scenario: &str,
        graph: &Graph,
        node: &str,
        requested: &Call,
        inputs: &[FoundInput],
        states: &JobStates,
    ) -> Result<Explanation, EngineError> {
        let mut contents = KnownContents::new(graph, inputs);
        let mut called = HashSet::new();
        for (_, call) in graph.ordered() {
            let unknown = contents.unknown(call);
            let states_of = contents.inputs(call);
            let verdict = if unknown.is_none() && call.skippable {
                Some(self.decide(graph, call, &states_of, states)?)
            } else {
                None
            };
            if std::ptr::eq(call, requested) {
                let key = verdict.is_some().then(|| self.key(call, &states_of)).transpose()?;
                let kept = match &verdict {
                    Some(Verdict::Skip { record, .. }) => {
                        let nodes = graph.outputs_of(call);
                        nodes
                            .zip(&record.outputs)
                            .map(|(node, value)| OutputReport {
                                node: node.name.clone(),
                                value: crate::data::ValueRef::clone(value),
                            })
                            .collect()
                    }
                    _ => Vec::new(),
                };
                let (decision, reason, nearest) = match verdict {
                    Some(Verdict::Skip { reason, .. }) => (Decision::Skip, reason, None),
                    Some(Verdict::Run { reason, nearest, .. }) => (Decision::Run, reason, nearest),
                    None => match unknown {
                        Some(reason @ Reason::InputUnavailable { .. }) => (Decision::Fail, reason, None),
                        Some(reason) => match self.decide_early(graph, call, &contents, states, &called)? {
                            Some(reason) => (Decision::Run, reason, None),
                            None => (Decision::MayRun, reason, None),
                        },
                        None => (Decision::Run, Reason::NotSkippable, None),
                    },
                };
                let (file, line) = call.task.place();
                return Ok(Explanation {
                    scenario: scenario.into(),
                    node: node.into(),
                    job: call.name.clone(),
                    task: call.task.identity(),
                    file: file.into(),
                    line,
                    decision,
                    reason,
                    kept,
                    key,
                    version: call.task.version().map(str::to_owned),
                    code: call.task.code.hash.into(),
                    parts: code::parts(&call.task.code)
                        .into_iter()
                        .chain(unknown_parts(&crate::engine::ask::unknown::of_task(call.task)))
                        .collect(),
                    crates: crates(call),
                    inputs: key_inputs(graph, call, &contents),
                    toolchain: Toolchain::current(),
                    strict: self.options.strict().is_some(),
                    nearest,
                });
            }
            match verdict {
                Some(Verdict::Skip { record, .. }) => contents.take(call, &record),
                _ => {
                    called.insert(call.task.identity());
                }
            }
        }
        unreachable!("the graph contains the requested call")
    }
}

/// How to fix an untracked file or variable.
const UNTRACKED: &str = "the compiler read it, and the fingerprint does not track it: name it in the call of \
                                the macro that reads it, or in `include_str!`";

/// Returns the untracked files and variables as parts; they are part of the keys of all tasks of the crate.
fn unknown_parts(unknown: &[Unknown]) -> impl Iterator<Item = CodePart> + '_ {
    unknown.iter().map(|unknown| CodePart {
        title: unknown.title.clone(),
        file: String::new(),
        line: None,
        hash: unknown.content.short(),
        coarse: Some(UNTRACKED.into()),
    })
}

fn crates(call: &Call) -> Vec<String> {
    let mut crates: Vec<String> =
        code::packages(&call.task.code).map(|(name, version)| format!("{name} {version}")).collect();
    crates.dedup();
    crates
}

fn key_inputs(graph: &Graph, call: &Call, contents: &KnownContents<'_>) -> Vec<KeyInput> {
    let known = contents.inputs(call);
    let parameters = call.task.parameter_names().zip(call.task.parameters).zip(call.argument_nodes());
    parameters
        .map(|((parameter, data), slot)| {
            let known = known.iter().find(|input| input.parameter == parameter);
            let (node, of_node) = match slot {
                ArgumentNodes::One(node) => {
                    (graph.nodes[node].name.clone(), graph.nodes[node].data.columns.len())
                }
                ArgumentNodes::Parts { node, .. } => (node.to_string(), 0),
            };
            let some = data.viewed.is_some() && data.columns.len() < of_node;
            let columns = data.columns.iter().filter(|_| some).map(|column| column.name.to_owned());
            KeyInput {
                parameter: parameter.into(),
                node,
                content: known.map(InputState::content),
                columns: columns.collect(),
                value: known.map(|input| input.value.summary.clone()),
                ignored: call.task.ignores(parameter),
            }
        })
        .collect()
}
