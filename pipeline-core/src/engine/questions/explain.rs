//! What is in the key of a job's result.

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
use crate::graph::{Call, Graph};
use crate::store::Hash;
use serde::Serialize;

/// What is in the key of the result that a node would have now, and whether that result is known.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The scenario's name.
    pub scenario: String,
    /// The node that was asked for.
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
    /// How the result is kept, where it is known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<OutputReport>,
    /// The key; `None` as long as an input of the job isn't known, or when the task isn't skippable.
    pub key: Option<Hash>,
    /// The version that stands for the code in the key.
    pub version: Option<String>,
    /// The task's code fingerprint.
    pub code: String,
    /// What the fingerprint covers: items of local crates, files, variables, conditions of the build.
    pub parts: Vec<CodePart>,
    /// The crates from elsewhere that the task can reach, with all that they are built with: names, versions and
    /// features.
    pub crates: Vec<String>,
    /// The parameters with what they read.
    pub inputs: Vec<KeyInput>,
    /// What the program was built with.
    pub toolchain: Toolchain,
    /// Whether that is part of the key.
    pub strict: bool,
    /// The result of the task that is nearest to the one that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<KnownResult>,
}

/// A parameter of a job, as it is in the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct KeyInput {
    /// The parameter.
    pub parameter: String,
    /// The node that it reads.
    pub node: String,
    /// The hash of the node's content, of a table that of the columns that the job reads; `None` when the job that makes it
    /// has to run first.
    pub content: Option<Hash>,
    /// Of a table with more columns, those that the job reads.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// The value in a few words.
    pub value: Option<String>,
    /// Whether it is left out of the key.
    pub ignored: bool,
}

impl Engine<'_> {
    /// Explains the job that makes node `node`. `inputs` are given by node.
    pub(crate) fn explain(
        &self,
        scenario: &str,
        graph: &Graph,
        node: &str,
        asked: &Call,
        inputs: &[FoundInput],
        states: &JobStates,
    ) -> Result<Explanation, EngineError> {
        let mut contents = KnownContents::new(graph, inputs);
        for (_, call) in graph.ordered() {
            let unknown = contents.unknown(call);
            let states_of = contents.inputs(call);
            let verdict = if unknown.is_none() && call.skippable {
                Some(self.decide(graph, call, &states_of, states)?)
            } else {
                None
            };
            if std::ptr::eq(call, asked) {
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
                        Some(reason) if call.skippable => (Decision::Undecided, reason, None),
                        _ => (Decision::Run, Reason::NotSkippable, None),
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
            if let Some(Verdict::Skip { record, .. }) = verdict {
                contents.take(call, &record);
            }
        }
        unreachable!("the asked call is one of the graph's")
    }
}

/// How a file or variable that no rule found becomes fine.
const FOUND_BY_NO_RULE: &str = "the compiler read it, and no rule of the fingerprint found it: name it in the call of \
                                the macro that reads it, or in `include_str!`";

/// What the compiler read and no rule found, which counts for every task of the crate.
fn unknown_parts(unknown: &[Unknown]) -> impl Iterator<Item = CodePart> + '_ {
    unknown.iter().map(|unknown| CodePart {
        title: unknown.title.clone(),
        file: String::new(),
        line: None,
        hash: unknown.content.short(),
        coarse: Some(FOUND_BY_NO_RULE.into()),
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
    let parameters = call.task.parameter_names().zip(call.task.parameters).zip(&call.arguments);
    parameters
        .map(|((parameter, data), &node)| {
            let (found, known) =
                (&graph.nodes[node], known.iter().find(|input| input.parameter == parameter));
            let some = data.viewed.is_some() && data.columns.len() < found.data.columns.len();
            let columns = data.columns.iter().filter(|_| some).map(|column| column.name.to_owned());
            KeyInput {
                parameter: parameter.into(),
                node: found.name.clone(),
                content: known.map(InputState::content),
                columns: columns.collect(),
                value: known.map(|input| input.value.summary.clone()),
                ignored: call.task.ignores(parameter),
            }
        })
        .collect()
}
