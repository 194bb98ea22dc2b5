//! What a wiring looks like from outside: nodes, calls and what connects them, as plain data. A file that has errors
//! has an outline, too, which is what the Studio shows while it is edited.

use super::{Better, Graph, Maker, TaskDef};
use crate::data::{Column, Shape};
use crate::graph::file::types;
use crate::registry::micros_of;
use serde::Serialize;
use std::collections::HashMap;

/// The nodes and calls of a scenario type, as far as they are known.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Outline {
    /// The scenario type's name.
    pub name: String,
    /// What it is for.
    pub docs: String,
    /// Inputs first, then outputs, as they are written.
    pub nodes: Vec<OutlineNode>,
    /// The calls, in running order where that is known.
    pub calls: Vec<OutlineCall>,
    /// The numbers that runs are judged by.
    pub kpis: Vec<OutlineKpi>,
    /// What may be meant but looks odd.
    pub warnings: Vec<String>,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct OutlineNode {
    /// Its name.
    pub name: String,
    /// Its type; two nodes of one type have the same text.
    #[serde(rename = "type")]
    pub ty: String,
    /// What is said about it.
    pub docs: String,
    /// Whether it is given, and not made by a task.
    pub input: bool,
    /// Whether its values are never shown or kept.
    pub secret: bool,
    /// Whether it is an input without a default.
    pub required: bool,
    /// An input's default in a few words.
    pub default: Option<String>,
    /// What a person could type as that default, where there is such a text.
    pub default_text: Option<String>,
    /// What its values look like.
    pub shape: Shape,
    /// The columns of a table.
    pub columns: Vec<Column>,
    /// The name of the call that makes it.
    pub made_by: Option<String>,
    /// The names of the calls that read it.
    pub read_by: Vec<String>,
    /// What is wrong with it, in sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// A use of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutlineCall {
    /// The job's name: the task's, with the first output where the task is used more than once.
    pub name: String,
    /// The function's name.
    pub task: String,
    /// The function's path.
    pub path: String,
    /// The module that the function is in.
    pub module: String,
    /// The file of the function, as the compiler was given it; empty where there is no such function.
    pub file: String,
    /// The line of the function; 0 where there is none.
    pub line: u32,
    /// What is said about the function.
    pub docs: String,
    /// Whether the function need not be called when its result is known.
    pub skippable: bool,
    /// How often the function is called again after it failed.
    pub retries: u32,
    /// How long one call of the function may take, in microseconds.
    pub timeout_us: Option<i64>,
    /// The version that stands for its code.
    pub version: Option<String>,
    /// What it takes.
    pub parameters: Vec<OutlineParameter>,
    /// What it makes.
    pub outputs: Vec<OutlineOutput>,
    /// What is wrong with it, in sentences.
    pub problems: Vec<String>,
}

/// A parameter of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutlineParameter {
    /// Its name.
    pub name: String,
    /// The type of the node that it reads, with the same text as that node's.
    pub ty: String,
    /// The node that it is given; none where nothing is.
    pub node: Option<String>,
}

/// An output of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutlineOutput {
    /// The node.
    pub node: String,
    /// Its type.
    pub ty: String,
}

/// A number that runs are judged by.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct OutlineKpi {
    /// Its name.
    pub name: String,
    /// What is counted.
    pub unit: String,
    /// Which of two is the better one.
    pub better: Better,
    /// The node that it is read from.
    pub node: String,
}

impl Graph {
    /// What the graph looks like from outside.
    pub fn outline(&self) -> Outline {
        let nodes = self.nodes.iter().map(|node| {
            let default = node.default_value().ok().flatten().filter(|_| !node.secret);
            OutlineNode {
                name: node.name.clone(),
                ty: types::text_of(&node.data),
                docs: node.docs.clone(),
                input: node.is_input(),
                secret: node.secret,
                required: node.is_required(),
                default: default.as_ref().map(|value| node.summary(value)),
                default_text: default.as_ref().and_then(|value| node.data.typed(value)),
                shape: (node.data.shape)(),
                columns: node.data.columns.to_vec(),
                made_by: match node.maker {
                    Maker::Call(call) => Some(self.calls[call].name.clone()),
                    Maker::Input { .. } => None,
                },
                read_by: node.readers.iter().map(|&call| self.calls[call].name.clone()).collect(),
                problems: Vec::new(),
            }
        });
        let calls = self.ordered().map(|(_, call)| {
            let mut outline = OutlineCall::of(call.task);
            outline.name.clone_from(&call.name);
            outline.skippable = call.skippable;
            outline.retries = call.retry_policy.retries;
            outline.timeout_us = call.retry_policy.timeout.map(micros_of);
            for (parameter, node) in outline.parameters.iter_mut().zip(self.arguments_of(call)) {
                parameter.node = Some(node.name.clone());
            }
            let types = call.task.outputs.iter().map(|output| types::text_of(&output.data));
            outline.outputs = self
                .outputs_of(call)
                .zip(types)
                .map(|(node, ty)| OutlineOutput { node: node.name.clone(), ty })
                .collect();
            outline
        });
        let kpis = self.kpis.iter().map(|kpi| OutlineKpi {
            name: kpi.name().into(),
            unit: kpi.unit().into(),
            better: kpi.better(),
            node: self.nodes[kpi.node].name.clone(),
        });
        Outline {
            name: self.name.clone(),
            docs: self.docs.clone(),
            nodes: nodes.collect(),
            calls: calls.collect(),
            kpis: kpis.collect(),
            warnings: self.warnings.clone(),
        }
    }
}

impl OutlineCall {
    /// A call of this task that is given nothing and makes nothing yet.
    pub(super) fn of(task: &'static TaskDef) -> OutlineCall {
        let (file, line) = task.place();
        let parameters = task.signature.parameters.iter().zip(task.parameters);
        OutlineCall {
            name: task.name().into(),
            task: task.name().into(),
            path: task.path(),
            module: task.module().into(),
            file: file.into(),
            line,
            docs: task.docs().into(),
            skippable: task.is_skippable(),
            retries: task.retries(),
            timeout_us: task.timeout().map(micros_of),
            version: task.version().map(str::to_owned),
            parameters: parameters
                .map(|(parameter, data)| OutlineParameter {
                    name: parameter.name.into(),
                    ty: types::text_of(data),
                    node: None,
                })
                .collect(),
            outputs: Vec::new(),
            problems: Vec::new(),
        }
    }
}

impl OutlineCall {
    /// A call of a function that this program does not have.
    pub(super) fn unknown(task: &str, path: &str) -> OutlineCall {
        OutlineCall {
            name: task.into(),
            task: task.into(),
            path: path.into(),
            module: String::new(),
            file: String::new(),
            line: 0,
            docs: String::new(),
            skippable: false,
            retries: 0,
            timeout_us: None,
            version: None,
            parameters: Vec::new(),
            outputs: Vec::new(),
            problems: Vec::new(),
        }
    }
}

impl Outline {
    /// Says at each node what makes and reads it, by what the calls say.
    pub(super) fn connect(&mut self) {
        let places: HashMap<String, usize> =
            self.nodes.iter().enumerate().map(|(index, node)| (node.name.clone(), index)).collect();
        for call in &self.calls {
            for output in &call.outputs {
                if let Some(&node) = places.get(&output.node) {
                    self.nodes[node].made_by.get_or_insert_with(|| call.name.clone());
                }
            }
            for node in call.parameters.iter().filter_map(|parameter| parameter.node.as_ref()) {
                if let Some(&node) = places.get(node) {
                    self.nodes[node].read_by.push(call.name.clone());
                }
            }
        }
    }
}
