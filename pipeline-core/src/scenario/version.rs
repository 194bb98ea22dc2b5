//! Versions: what a scenario type was at each moment, recorded when a scenario is created or run.

use super::Store;
use crate::engine::{CodeChange, changes_between, listed};
use crate::graph::{Graph, WiredCall, WiredNode, Wiring};
use crate::registry::VersionId;
use crate::registry::VersionRow;
use crate::scenario::error::{Error, Result};
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// A scenario type at some moment: its wiring and the code of its tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Version {
    /// Its number in the store.
    pub version: VersionId,
    /// The hash of the wiring.
    pub hash: String,
    /// When it was first seen, in microseconds since 1970.
    pub made_us: i64,
    /// Who created or ran the first scenario under it.
    pub author: String,
    /// The commit that was checked out when the program was compiled that was first seen with it.
    pub commit: Option<String>,
    /// How many scenarios were last created or run under it.
    pub scenarios: u64,
    /// How many runs there are of it.
    pub runs: u64,
    /// What the scenario type was.
    pub wiring: Wiring,
}

/// How one version differs from another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct VersionDiff {
    /// The earlier one's number.
    pub from: VersionId,
    /// The later one's.
    pub to: VersionId,
    /// Nodes and calls that differ, in the order of the later one.
    pub changes: Vec<VersionChange>,
}

/// How one part of a version differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum VersionChange {
    /// A node is new.
    NodeAdded {
        /// The node.
        node: String,
        /// Its type.
        #[serde(rename = "type")]
        ty: String,
        /// Whether it is an input.
        input: bool,
    },
    /// A node is gone.
    NodeRemoved {
        /// The node.
        node: String,
        /// Its type.
        #[serde(rename = "type")]
        ty: String,
        /// Whether it was an input.
        input: bool,
    },
    /// A node has another type, or other columns.
    NodeRetyped {
        /// The node.
        node: String,
        /// What it was.
        from: String,
        /// What it is.
        to: String,
    },
    /// An input has another default.
    DefaultChanged {
        /// The node.
        node: String,
        /// What it was, in a few words; `None`: it had to be given.
        from: Option<String>,
        /// What it is.
        to: Option<String>,
    },
    /// A node is made in another way: by another task, or of other nodes.
    NodeRewired {
        /// The node.
        node: String,
        /// How it was made.
        from: String,
        /// How it is made.
        to: String,
    },
    /// A task's code changed.
    TaskChanged {
        /// The path of the task's function.
        task: String,
        /// The parts that changed; one without a place when they are not known.
        code: Vec<CodeChange>,
    },
}

impl Store {
    /// The number of the version that a scenario type has now; it is kept when it is new.
    pub(super) fn version_of(&self, graph: &Graph) -> Result<VersionId> {
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

    /// All versions, the latest first.
    ///
    /// # Errors
    ///
    /// When the registry can't be read.
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

    /// The wiring of a version, by its number.
    /// What a scenario type was at a version, by its number.
    ///
    /// # Errors
    ///
    /// When there is no such version, or it can't be read.
    pub fn wiring(&self, version: VersionId) -> Result<Wiring> {
        let row = self.registry().version(version.0)?.ok_or(Error::NoVersion { version })?;
        wiring(&row)
    }

    /// How version `to` differs from version `from`, by their numbers.
    ///
    /// # Errors
    ///
    /// When there is no such version, they are of two scenario types, or the registry can't be read.
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
            if let (Some(from), Some(to)) = (before.maker_of(&node.name), after.maker_of(&node.name))
                && (&from.task, &from.arguments) != (&to.task, &to.arguments)
            {
                // By the paths of the functions, where only those differ.
                let in_full = statement(from, false) == statement(to, false);
                let (from, to) = (statement(from, in_full), statement(to, in_full));
                changes.push(VersionChange::NodeRewired { node: node.name.clone(), from, to });
            }
        }
        let gone = before.nodes.iter().filter(|node| after.node(&node.name).is_none());
        changes.extend(gone.map(|node| VersionChange::NodeRemoved {
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

    /// The parts of the code that differ between two calls of a task.
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

/// `task(parameter: node, …)`, by the task's name alone, or by its path.
fn statement(call: &WiredCall, in_full: bool) -> String {
    let name = match in_full {
        true => &call.task,
        false => call.task.rsplit("::").next().unwrap_or(&call.task),
    };
    let argument = |(parameter, node): &(String, String)| match parameter == node {
        true => node.clone(),
        false => format!("{parameter}: {node}"),
    };
    format!("{name}({})", call.arguments.iter().map(argument).collect::<Vec<_>>().join(", "))
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
                write!(f, "{} `{node}`: {ty} is new", kind(input))
            }
            VersionChange::NodeRemoved { node, ty, input } => {
                write!(f, "{} `{node}`: {ty} is gone", kind(input))
            }
            VersionChange::NodeRetyped { node, from, to } => {
                write!(f, "`{node}` was a {from}, and is a {to}")
            }
            VersionChange::DefaultChanged { node, from, to } => {
                write!(f, "input `{node}` has another default: {} → {}", default(from), default(to))
            }
            VersionChange::NodeRewired { node, from, to } => write!(f, "`{node}` was {from}, and is {to}"),
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
