//! Differences between a job's current work and earlier work: in the code, and in the inputs.

use crate::data::{PartRef, ValueRef};
use crate::engine::{as_micros, from_micros};
use crate::store::Hash;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

/// A part of a task's code: the task itself, an item that it can reach, or a file that is compiled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct CodePart {
    /// Its title, such as `fn clean`, `impl Display for Scored` or `use crate::helpers::clean`.
    pub title: String,
    /// The file, relative to the package; empty if the part is not in a file.
    pub file: String,
    /// The line in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The first digits of its hash, in hexadecimal.
    pub hash: String,
    /// Why the part counts as a whole instead of item by item, and how to change that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coarse: Option<String>,
}

/// A difference in one part of a task's code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct CodeChange {
    /// The part that changed, such as `fn clean`, `crate serde`, `version` or `toolchain`.
    pub part: String,
    /// The file that has or had it, relative to the package.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// The line in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The old value: a version, a name, or the first digits of a hash; `None` if the part is new.
    pub from: Option<String>,
    /// The new value; `None` if the part was removed.
    pub to: Option<String>,
}

impl CodeChange {
    /// A change whose parts are unknown.
    pub(crate) fn unlisted() -> CodeChange {
        CodeChange { part: "code".into(), file: String::new(), line: None, from: None, to: None }
    }

    /// A change of a part that has a value but no file.
    pub(crate) fn of(part: &str, from: Option<&str>, to: Option<&str>) -> CodeChange {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        CodeChange { part: part.into(), file: String::new(), line: None, from: owned(from), to: owned(to) }
    }
}

impl fmt::Display for CodeChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CodeChange { part, file, line, from, to } = self;
        if part == "code" {
            return f.write_str("code changed");
        }
        match (part.as_str(), from, to) {
            ("toolchain", None, Some(to)) => return write!(f, "now strict: {to} is part of the key"),
            ("toolchain", Some(_), None) => return f.write_str("no longer strict"),
            ("task", Some(from), Some(to)) => {
                return write!(
                    f,
                    "the task moved from `{from}` to `{to}` (`#[task(name = \"{from}\")]` keeps the old name)"
                );
            }
            ("program", None, Some(_)) => {
                return f
                    .write_str("keys include the whole program until a mismatch is resolved (`rechecks`)");
            }
            ("program", Some(_), None) => return f.write_str("keys no longer include the whole program"),
            ("program", ..) => {
                return f.write_str("the program was rebuilt, and keys include the whole program");
            }
            _ => {}
        }
        let (kind, name) = part.split_once(' ').unwrap_or(("", part));
        let title = if kind.is_empty() { name.to_owned() } else { format!("{kind} `{name}`") };
        match (from, to) {
            (Some(from), Some(to)) if file.is_empty() => write!(f, "{title} changed: {from} → {to}")?,
            (None, Some(_)) => write!(f, "{title} is new")?,
            (Some(_), None) => write!(f, "{title} is gone")?,
            _ => write!(f, "{title} changed")?,
        }
        match line {
            _ if file.is_empty() => Ok(()),
            Some(line) if to.is_some() => write!(f, " ({file}:{line})"),
            _ => write!(f, " ({file})"),
        }
    }
}

/// A difference between an input of a job and the value that the job last read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct InputChange {
    /// The node.
    pub node: String,
    /// Whether the node is an input of the scenario.
    pub input: bool,
    /// The job that makes the node, if it is not an input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<String>,
    /// A summary of the earlier value; `None` if the parameter is new.
    pub from: Option<String>,
    /// A summary of the new value.
    pub to: String,
    /// For parts of a node: which of them changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<PartsChange>,
    /// For tables: the changed columns, if the job reads both changed and unchanged columns; empty otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
}

/// Formats changes as one line. Shows two changes of the code, and the number of the others.
pub(crate) fn differences(code: &[CodeChange], inputs: &[InputChange]) -> String {
    const SHOWN: usize = 2;
    let mut parts: Vec<String> = code.iter().take(SHOWN).map(ToString::to_string).collect();
    if code.len() > SHOWN {
        parts.push(format!("{} more code changes", code.len() - SHOWN));
    }
    parts.extend(inputs.iter().map(ToString::to_string));
    parts.join("; ")
}

impl fmt::Display for InputChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 3;
        let InputChange { node, input, from, to, columns, parts, .. } = self;
        if let Some(parts) = parts {
            return parts.write(node, f);
        }
        match from {
            _ if !columns.is_empty() => {
                let names: Vec<String> = columns.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
                let (what, more) =
                    (if columns.len() == 1 { "column" } else { "columns" }, columns.len() - names.len());
                write!(f, "{what} {}", names.join(", "))?;
                if more > 0 {
                    write!(f, " and {more} more")?;
                }
                write!(f, " of `{node}` changed")
            }
            _ if !*input => write!(f, "`{node}` changed"),
            None => write!(f, "input `{node}` is new: {to}"),
            Some(from) if from == to => write!(f, "input `{node}` changed: new content of {to}"),
            Some(from) => write!(f, "input `{node}` changed: {from} → {to}"),
        }
    }
}

/// The differences between the parts that a job last read of a node and those that it has now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct PartsChange {
    /// The number of parts now.
    pub total: usize,
    /// The number of parts with another content.
    pub changed: usize,
    /// The number of parts that are new.
    pub added: usize,
    /// The number of parts that are gone.
    pub removed: usize,
    /// The keys of the first of those parts: changed ones, then new ones, then those that are gone.
    pub keys: Vec<String>,
}

impl PartsChange {
    /// The maximum number of keys that are kept.
    const KEPT: usize = 10;

    /// Compares parts; `None` if neither value has parts.
    pub(crate) fn between(earlier: &ValueRef, now: &ValueRef) -> Option<PartsChange> {
        if earlier.parts.is_empty() && now.parts.is_empty() {
            return None;
        }
        let contents = |value: &ValueRef| -> HashMap<String, Hash> {
            value.parts.iter().map(|part| (part.key.clone(), part.content)).collect()
        };
        let (before, after) = (contents(earlier), contents(now));
        let (mut changed, mut added) = (Vec::new(), Vec::new());
        for PartRef { key, content } in &now.parts {
            match before.get(key) {
                Some(earlier) if earlier == content => {}
                Some(_) => changed.push(key),
                None => added.push(key),
            }
        }
        let removed: Vec<&String> =
            earlier.parts.iter().map(|part| &part.key).filter(|key| !after.contains_key(*key)).collect();
        let keys = changed.iter().chain(&added).chain(&removed).take(Self::KEPT);
        Some(PartsChange {
            total: now.parts.len(),
            changed: changed.len(),
            added: added.len(),
            removed: removed.len(),
            keys: keys.map(|key| (*key).clone()).collect(),
        })
    }

    fn write(&self, node: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 3;
        let PartsChange { total, changed, added, removed, keys } = self;
        let counts = [(*changed, "changed"), (*added, "new"), (*removed, "gone")];
        if counts.iter().all(|(count, _)| *count == 0) {
            return write!(f, "the parts of `{node}` have another order");
        }
        if let ([key], 1) = (keys.as_slice(), changed + added + removed) {
            let what = match (changed, added) {
                (1, _) => "changed",
                (_, 1) => "is new",
                _ => "is gone",
            };
            return write!(f, "part `{key}` of `{node}` {what}");
        }
        let texts: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{} {what}", thousands(*count)))
            .collect();
        let shown: Vec<String> = keys.iter().take(SHOWN).map(|key| format!("`{key}`")).collect();
        let more = if changed + added + removed > shown.len() { ", …" } else { "" };
        write!(
            f,
            "of {} parts of `{node}`, {}: {}{more}",
            thousands(*total),
            texts.join(", "),
            shown.join(", ")
        )
    }
}

/// Formats a number with separators: `1,065`.
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A result of a task other than the requested one, and how the requested one differs from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct KnownResult {
    /// Its key.
    pub key: Hash,
    /// The scenario in which it was made.
    pub scenario: String,
    /// When it was made, in microseconds since 1970.
    pub made_us: i64,
    /// How long the task took; in microseconds when serialized.
    #[serde(rename = "duration_us", serialize_with = "as_micros", deserialize_with = "from_micros")]
    #[cfg_attr(feature = "openapi", schema(value_type = i64))]
    pub duration: Duration,
    /// The differences in the code.
    pub code: Vec<CodeChange>,
    /// The differences in the inputs: `from` their values there, `to` their values here.
    pub inputs: Vec<InputChange>,
}

impl fmt::Display for KnownResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let KnownResult { scenario, code, inputs, .. } = self;
        match differences(code, inputs) {
            equal if equal.is_empty() => {
                write!(f, "one of scenario `{scenario}`, which the store no longer has")
            }
            differences => write!(f, "one of scenario `{scenario}`, but {differences}"),
        }
    }
}
