//! The outline of a wiring: nodes, calls and their connections, as plain data. A file with errors has an outline, too,
//! which the Studio shows while the file is edited.

use super::{Better, Graph, Maker, Subscenario, TaskDef};
use crate::data::{Column, Shape};
use crate::graph::file::types;
use crate::registry::micros_of;
use serde::Serialize;
use std::collections::HashMap;

/// The known nodes and calls of a scenario type.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Outline {
    /// The scenario type's name.
    pub name: String,
    /// The scenario type's documentation.
    pub docs: String,
    /// Inputs first, then outputs, in source order.
    pub nodes: Vec<OutlineNode>,
    /// The calls, in running order if it is known.
    pub calls: Vec<OutlineCall>,
    /// The scenarios that it uses as subscenarios, each before its own subscenarios.
    pub subscenarios: Vec<Subscenario>,
    /// The KPIs.
    pub kpis: Vec<OutlineKpi>,
    /// Warnings about wiring that may be a mistake.
    pub warnings: Vec<String>,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct OutlineNode {
    /// Its name.
    pub name: String,
    /// Its type; two nodes of the same type have the same string.
    #[serde(rename = "type")]
    pub ty: String,
    /// Its documentation.
    pub docs: String,
    /// Whether it is an input, not made by a task.
    pub input: bool,
    /// Whether its values are never shown or stored.
    pub secret: bool,
    /// Whether it is an input without a default.
    pub required: bool,
    /// A summary of an input's default.
    pub default: Option<String>,
    /// The string that a user could type to get that default, if there is one.
    pub default_text: Option<String>,
    /// The form of its values.
    pub shape: Shape,
    /// The columns of a table.
    pub columns: Vec<Column>,
    /// The name of the call that makes it.
    pub made_by: Option<String>,
    /// The names of the calls that read it.
    pub read_by: Vec<String>,
    /// Problems with it, as sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// A call of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutlineCall {
    /// The job's name: the task's name, with the first output if the task is used more than once.
    pub name: String,
    /// The function's name.
    pub task: String,
    /// The function's path.
    pub path: String,
    /// The module that the function is in.
    pub module: String,
    /// The file of the function, as passed to the compiler; empty if the program has no such function.
    pub file: String,
    /// The line of the function; 0 if the program has no such function.
    pub line: u32,
    /// The function's documentation.
    pub docs: String,
    /// Whether the call can be skipped when its result is known.
    pub skippable: bool,
    /// The number of retries after a failure.
    pub retries: u32,
    /// The maximum duration of one call of the function, in microseconds.
    pub timeout_us: Option<i64>,
    /// The version that replaces its code in keys.
    pub version: Option<String>,
    /// The condition under which it runs, if it is in an arm of a branch.
    pub condition: Option<String>,
    /// The inputs that the condition is about.
    pub decided_by: Vec<String>,
    /// Its parameters.
    pub parameters: Vec<OutlineParameter>,
    /// Its outputs.
    pub outputs: Vec<OutlineOutput>,
    /// Problems with it, as sentences.
    pub problems: Vec<String>,
}

/// A parameter of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutlineParameter {
    /// Its name.
    pub name: String,
    /// The type of the node that it reads, as the same string as that of the node.
    pub ty: String,
    /// The node that is passed to it, if any.
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

/// A KPI.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct OutlineKpi {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Which of two values is better.
    pub better: Better,
    /// The node that it is read from.
    pub node: String,
}

impl Graph {
    /// The outline of the graph.
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
            outline.condition = self.condition_of(call);
            let deciding = self.deciding(call).into_iter();
            outline.decided_by = deciding.map(|input| self.nodes[input].name.clone()).collect();
            outline.retries = call.retry_policy.retries;
            outline.timeout_us = call.retry_policy.timeout.map(micros_of);
            for (parameter, node) in outline.parameters.iter_mut().zip(self.arguments_of(call)) {
                parameter.node = Some(node.name.clone());
            }
            let types = call.task.outputs.iter().map(types::text_of);
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
            subscenarios: self.subscenarios.clone(),
            kpis: kpis.collect(),
            warnings: self.warnings.clone(),
        }
    }
}

impl OutlineCall {
    /// A call of this task without arguments and outputs yet.
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
            condition: None,
            decided_by: Vec::new(),
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
            condition: None,
            decided_by: Vec::new(),
            parameters: Vec::new(),
            outputs: Vec::new(),
            problems: Vec::new(),
        }
    }
}

impl Outline {
    /// Whether a subscenario has this name.
    pub fn is_subscenario(&self, name: &str) -> bool {
        self.subscenarios.iter().any(|subscenario| subscenario.name == name)
    }

    /// The subscenarios that a node belongs to, the outermost first.
    pub fn subscenarios_of<'a>(&'a self, node: &'a str) -> impl Iterator<Item = &'a Subscenario> {
        self.subscenarios.iter().filter(move |subscenario| subscenario.has(node))
    }

    /// Records at each node which calls make and read it.
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
