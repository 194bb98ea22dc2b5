//! Versions of a scenario type, recorded when a scenario is created or run.

use super::Store;
use crate::engine::{CodeChange, changes_between, listed};
use crate::graph::{Graph, WiredCall, WiredNode, Wiring};
use crate::registry::VersionId;
use crate::registry::VersionRow;
use crate::scenario::error::{Error, Result};
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// A recorded version of a scenario type: its wiring and the code of its tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Version {
    /// The version's number in the store.
    pub version: VersionId,
    /// The hash of the wiring.
    pub hash: String,
    /// When the version was first recorded, in microseconds since 1970.
    pub made_us: i64,
    /// Who created or ran the first scenario of this version.
    pub author: String,
    /// The commit from which the program that recorded the version was compiled, if known.
    pub commit: Option<String>,
    /// The number of scenarios that were last created or run under this version.
    pub scenarios: u64,
    /// The number of runs of this version.
    pub runs: u64,
    /// The nodes and calls of the scenario type.
    pub wiring: Wiring,
}

/// The differences between two versions of a scenario type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct VersionDiff {
    /// The number of the old version.
    pub from: VersionId,
    /// The number of the new version.
    pub to: VersionId,
    /// The nodes and tasks that differ: changed and added nodes in the order of `to`, removed nodes, then tasks.
    pub changes: Vec<VersionChange>,
}

/// One difference between two versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum VersionChange {
    /// A node was added.
    NodeAdded {
        /// The node.
        node: String,
        /// Its type.
        #[serde(rename = "type")]
        ty: String,
        /// Whether it is an input.
        input: bool,
    },
    /// A node was removed.
    NodeRemoved {
        /// The node.
        node: String,
        /// Its type.
        #[serde(rename = "type")]
        ty: String,
        /// Whether it was an input.
        input: bool,
    },
    /// A node's type or columns changed.
    NodeRetyped {
        /// The node.
        node: String,
        /// The old type.
        from: String,
        /// The new type.
        to: String,
    },
    /// An input's default changed.
    DefaultChanged {
        /// The node.
        node: String,
        /// A summary of the old default; `None` if the input had no default.
        from: Option<String>,
        /// A summary of the new default; `None` if the input has no default.
        to: Option<String>,
    },
    /// A node is made by another task or from other nodes, or an input became an output or the reverse.
    NodeRewired {
        /// The node.
        node: String,
        /// The old call, or `an input` or `an output`.
        from: String,
        /// The new call, or `an input` or `an output`.
        to: String,
    },
    /// A task's code changed.
    TaskChanged {
        /// The path of the task's function.
        task: String,
        /// The parts of the code that changed; a single entry without a place if they are not known.
        code: Vec<CodeChange>,
    },
}

impl Store {
    /// Returns the number of a scenario type's current version, which is recorded if it is new.
    pub(super) fn version_of(&self, graph: &Graph) -> Result<VersionId> {
        let graph = graph.whole();
        let hash = graph.wiring_hash();
        if let Some(version) = self.versions_seen().get(&hash) {
            return Ok(*version);
        }
        let text = hash.to_string();
        let number = match self.registry().version_number(&text)? {
            Some(number) => number,
            None => {
                let mut seen = HashSet::new();
                let codes: Vec<(String, String)> = graph
                    .calls()
                    .iter()
                    .map(|call| &call.task().code)
                    .filter(|code| seen.insert(code.hash))
                    .map(|code| (code.hash.to_owned(), listed(code)))
                    .collect();
                let (wiring, source) = (graph.wiring().to_json(), graph.source.as_deref());
                self.registry().add_version(graph.name(), &text, self.author(), source, &wiring, &codes)?
            }
        };
        self.versions_seen().insert(hash, VersionId(number));
        Ok(VersionId(number))
    }

    /// Returns all versions of all scenario types, the latest first.
    ///
    /// # Errors
    ///
    /// Returns an error if the registry can't be read.
    pub fn versions(&self) -> Result<Vec<Version>> {
        let uses: HashMap<i64, (i64, i64)> = self
            .registry()
            .version_uses()?
            .into_iter()
            .map(|(version, scenarios, runs)| (version, (scenarios, runs)))
            .collect();
        let versions = self.registry().versions()?.into_iter();
        versions.map(|row| Version::of(&uses, row)).collect()
    }

    /// Returns the nodes and calls of a version.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoVersion`] if the store has no such version, and an error if it can't be read.
    pub fn wiring(&self, version: VersionId) -> Result<Wiring> {
        let row = self.registry().version(version.0)?.ok_or(Error::NoVersion { version })?;
        wiring(&row)
    }

    /// Returns the changes from version `from` to version `to`.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoVersion`] if the store has no such version, [`Error::OtherVersionType`] if the versions
    /// belong to different scenario types, and an error if the registry can't be read.
    pub fn version_diff(&self, from: VersionId, to: VersionId) -> Result<VersionDiff> {
        let (before, after) = (self.wiring(from)?, self.wiring(to)?);
        if before.scenario_type != after.scenario_type {
            return Err(Error::OtherVersionType {
                versions: [from, to],
                types: [before.scenario_type, after.scenario_type],
            });
        }
        let mut changes = Vec::new();
        for node in &after.nodes {
            match before.node(&node.name) {
                None => changes.push(VersionChange::NodeAdded {
                    node: node.name.clone(),
                    ty: node.ty.clone(),
                    input: node.input,
                }),
                Some(earlier) => changes.extend(node_changes(earlier, node)),
            }
            let (from, to) = (before.makers_of(&node.name), after.makers_of(&node.name));
            let made = |calls: &[&WiredCall]| {
                calls
                    .iter()
                    .map(|call| (call.task.clone(), call.arguments.clone(), call.condition.clone()))
                    .collect::<Vec<_>>()
            };
            if !from.is_empty() && !to.is_empty() && made(&from) != made(&to) {
                let text = |calls: &[&WiredCall], in_full| {
                    calls.iter().map(|call| statement(call, in_full)).collect::<Vec<_>>().join(", ")
                };
                // The full paths of the functions, if only those differ.
                let in_full = text(&from, false) == text(&to, false);
                let (from, to) = (text(&from, in_full), text(&to, in_full));
                changes.push(VersionChange::NodeRewired { node: node.name.clone(), from, to });
            }
        }
        let removed = before.nodes.iter().filter(|node| after.node(&node.name).is_none());
        changes.extend(removed.map(|node| VersionChange::NodeRemoved {
            node: node.name.clone(),
            ty: node.ty.clone(),
            input: node.input,
        }));
        let mut seen = HashSet::new();
        for call in after.calls.iter().filter(|call| seen.insert(&call.task)) {
            let earlier = before.calls.iter().find(|earlier| earlier.task == call.task);
            if let Some(earlier) = earlier.filter(|earlier| is_other_code(earlier, call)) {
                changes.push(VersionChange::TaskChanged {
                    task: call.task.clone(),
                    code: self.code_changes(earlier, call)?,
                });
            }
        }
        Ok(VersionDiff { from, to, changes })
    }

    /// Returns the parts of the code that differ between two calls of a task.
    fn code_changes(&self, from: &WiredCall, to: &WiredCall) -> Result<Vec<CodeChange>> {
        if from.version != to.version {
            return Ok(vec![CodeChange::of("version", from.version.as_deref(), to.version.as_deref())]);
        }
        let listed = |code: &str| self.registry().code(code);
        let changes = match (listed(&from.code)?, listed(&to.code)?) {
            (Some(from), Some(to)) => changes_between(&from, &to),
            _ => Vec::new(),
        };
        Ok(if changes.is_empty() { vec![CodeChange::unlisted()] } else { changes })
    }
}

impl Version {
    fn of(uses: &HashMap<i64, (i64, i64)>, row: VersionRow) -> Result<Version> {
        let (scenarios, runs) = uses.get(&row.id).copied().unwrap_or_default();
        let count = |number: i64| u64::try_from(number).unwrap_or_default();
        Ok(Version {
            version: VersionId(row.id),
            wiring: wiring(&row)?,
            hash: row.hash,
            made_us: row.made,
            author: row.author,
            commit: row.source,
            scenarios: count(scenarios),
            runs: count(runs),
        })
    }
}

fn wiring(row: &VersionRow) -> Result<Wiring> {
    serde_json::from_str(&row.wiring)
        .map_err(|error| Error::UnreadableRow { what: format!("version {}", row.id), why: error.to_string() })
}

fn is_other_code(from: &WiredCall, to: &WiredCall) -> bool {
    from.version != to.version || (from.version.is_none() && from.code != to.code)
}

/// Renders a call as `task(parameter: node, …)`, with the task's name or its full path.
fn statement(call: &WiredCall, in_full: bool) -> String {
    let name = match in_full {
        true => &call.task,
        false => call.task.rsplit("::").next().unwrap_or(&call.task),
    };
    let argument = |(parameter, node): &(String, String)| match parameter == node {
        true => node.clone(),
        false => format!("{parameter}: {node}"),
    };
    let arguments = call.arguments.iter().map(argument).collect::<Vec<_>>().join(", ");
    match &call.condition {
        Some(condition) => format!("{name}({arguments}) if {condition}"),
        None => format!("{name}({arguments})"),
    }
}

fn node_changes(from: &WiredNode, to: &WiredNode) -> Vec<VersionChange> {
    let node = || to.name.clone();
    let mut changes = Vec::new();
    let is_input = |input: bool| if input { "an input" } else { "an output" };
    if from.input != to.input {
        let (from, to) = (is_input(from.input).into(), is_input(to.input).into());
        changes.push(VersionChange::NodeRewired { node: node(), from, to });
    }
    if from.ty != to.ty {
        changes.push(VersionChange::NodeRetyped { node: node(), from: from.ty.clone(), to: to.ty.clone() });
    } else if from.columns != to.columns {
        let columns = |node: &WiredNode, other: &WiredNode| {
            let only = node.columns.iter().filter(|column| !other.columns.contains(column));
            let words = only.map(|(name, ty, missing)| match missing {
                true => format!("{name}: Option<{ty}>"),
                false => format!("{name}: {ty}"),
            });
            format!("{} with {}", node.ty, words.collect::<Vec<_>>().join(", "))
        };
        let (from, to) = (columns(from, to), columns(to, from));
        changes.push(VersionChange::NodeRetyped { node: node(), from, to });
    }
    if from.input && to.input && from.default != to.default {
        let (from, to) = (from.default.clone(), to.default.clone());
        changes.push(VersionChange::DefaultChanged { node: node(), from, to });
    }
    changes
}

impl std::fmt::Display for VersionChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = |input: &bool| if *input { "input" } else { "output" };
        let default = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".into());
        match self {
            VersionChange::NodeAdded { node, ty, input } => {
                write!(f, "added {} `{node}`: {ty}", kind(input))
            }
            VersionChange::NodeRemoved { node, ty, input } => {
                write!(f, "removed {} `{node}`: {ty}", kind(input))
            }
            VersionChange::NodeRetyped { node, from, to } => {
                write!(f, "`{node}` changed its type: {from} → {to}")
            }
            VersionChange::DefaultChanged { node, from, to } => {
                write!(f, "input `{node}` changed its default: {} → {}", default(from), default(to))
            }
            VersionChange::NodeRewired { node, from, to } => write!(f, "`{node}` changed: {from} → {to}"),
            VersionChange::TaskChanged { task, code } => {
                write!(f, "task `{task}`: ")?;
                for (number, change) in code.iter().enumerate() {
                    write!(f, "{}{change}", if number > 0 { "; " } else { "" })?;
                }
                Ok(())
            }
        }
    }
}
