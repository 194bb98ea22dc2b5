//! The definition of a scenario type at a point in time, as plain data that can be stored and compared.

use super::{Call, Graph, Node};
use crate::data::{Column, DataType};
use crate::store::Hash;
use serde::{Deserialize, Serialize};

/// The wiring of a scenario type with the code of its tasks: the content of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Wiring {
    /// The scenario's type.
    #[serde(rename = "type")]
    pub scenario_type: String,
    /// The nodes: inputs first, then outputs in source order.
    pub nodes: Vec<WiredNode>,
    /// The calls of tasks, in running order.
    pub calls: Vec<WiredCall>,
}

/// A node of a [`Wiring`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct WiredNode {
    /// Its name.
    pub name: String,
    /// Its type as its author wrote it.
    #[serde(rename = "type")]
    pub ty: String,
    /// Whether it is an input.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub input: bool,
    /// A summary of an input's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The columns of a table: name, type, and whether values may be missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<(String, String, bool)>,
}

/// A call of a [`Wiring`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct WiredCall {
    /// The job's name.
    pub name: String,
    /// The path of the task's function.
    pub task: String,
    /// The fingerprint of its code.
    pub code: String,
    /// The version that replaces the code in keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Parameter and node of each argument.
    pub arguments: Vec<(String, String)>,
    /// The arguments that are parts of nodes, as they are written: `each raw`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<String>,
    /// The columns that a parameter reads, for each parameter that reads only some columns of a table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<(String, Vec<String>)>,
    /// The nodes that it makes.
    pub outputs: Vec<String>,
    /// The condition under which it runs, if it is in an arm of a branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Whether it is skippable, if the scenario overrides the task's setting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skippable: Option<bool>,
}

impl Graph {
    /// The current wiring of this scenario type.
    pub fn wiring(&self) -> Wiring {
        let column = |column: &Column| (column.name.to_owned(), column.ty.to_string(), column.nullable);
        let nodes = self.nodes.iter().map(|node| WiredNode {
            name: node.name.clone(),
            ty: node.type_text.clone(),
            input: node.is_input(),
            default: node.default_text(),
            columns: node.data.columns.iter().map(column).collect(),
        });
        let calls = self.ordered().map(|(_, call)| WiredCall {
            name: call.name.clone(),
            task: call.task.path(),
            code: call.task.code.hash.into(),
            version: call.task.version().map(str::to_owned),
            arguments: call
                .task
                .parameter_names()
                .zip(self.arguments_of(call))
                .map(|(parameter, node)| (parameter.into(), node.name.clone()))
                .collect(),
            parts: call.parts_passed(self),
            views: self.views(call),
            outputs: self.outputs_of(call).map(|node| node.name.clone()).collect(),
            condition: self.condition_of(call),
            skippable: Some(call.skippable).filter(|skippable| *skippable != call.task.is_skippable()),
        });
        Wiring { scenario_type: self.name.clone(), nodes: nodes.collect(), calls: calls.collect() }
    }

    /// The columns that a parameter reads, for each parameter that reads only some columns of a table.
    fn views(&self, call: &Call) -> Vec<(String, Vec<String>)> {
        let parameters = call.task.parameter_names().zip(call.task.parameters).zip(self.arguments_of(call));
        let view = |((parameter, data), node): ((&str, &DataType), &Node)| {
            let some = data.viewed.is_some() && data.columns.len() < node.data.columns.len();
            let columns = || data.columns.iter().map(|column| column.name.to_owned()).collect();
            some.then(|| (parameter.to_owned(), columns()))
        };
        parameters.filter_map(view).collect()
    }

    /// The hash of the wiring, computed once per process.
    pub(crate) fn wiring_hash(&self) -> Hash {
        *self.wiring.get_or_init(|| Hash::of(self.wiring().to_json().as_bytes()))
    }
}

impl Wiring {
    /// The wiring as JSON, as stored in the registry.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The node with this name.
    pub fn node(&self, name: &str) -> Option<&WiredNode> {
        self.nodes.iter().find(|node| node.name == name)
    }

    /// The calls that make this node: one, or one in each arm of a branch.
    pub fn makers_of(&self, node: &str) -> Vec<&WiredCall> {
        self.calls.iter().filter(|call| call.outputs.iter().any(|output| output == node)).collect()
    }

    /// The call that makes this node; of several arms of a branch, that of the first.
    pub fn maker_of(&self, node: &str) -> Option<&WiredCall> {
        self.calls.iter().find(|call| call.outputs.iter().any(|output| output == node))
    }

    /// The inputs.
    pub fn inputs(&self) -> impl Iterator<Item = &WiredNode> {
        self.nodes.iter().filter(|node| node.input)
    }

    /// The calls that depend on this node, directly or through other calls.
    pub fn downstream_of(&self, node: &str) -> Vec<&WiredCall> {
        self.downstream_where(node, |_| true)
    }

    /// The calls that depend on this node through calls for which the condition holds.
    pub(crate) fn downstream_where(&self, node: &str, holds: impl Fn(&WiredCall) -> bool) -> Vec<&WiredCall> {
        let mut made = vec![node];
        let mut calls = Vec::new();
        // The calls are in running order: a node is made before it is read.
        for call in self.calls.iter().filter(|call| holds(call)) {
            if call.arguments.iter().any(|(_, argument)| made.contains(&argument.as_str())) {
                made.extend(call.outputs.iter().map(String::as_str));
                calls.push(call);
            }
        }
        calls
    }
}
