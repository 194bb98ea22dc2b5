//! What differs between a job's work and earlier work: parts of its code, and its inputs.

use crate::engine::{as_micros, from_micros};
use crate::store::Hash;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// A part of a task's code: the task itself, an item that it reaches, a file that is compiled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct CodePart {
    /// What it is: `fn clean`, `impl Display for Scored`, `use crate::helpers::clean`.
    pub title: String,
    /// The file, relative to the package; empty for what is in none.
    pub file: String,
    /// The line in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The beginning of its hash, in hexadecimal.
    pub hash: String,
    /// Why the part counts as a whole and not item by item, and what would change that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coarse: Option<String>,
}

/// How one part of a task's code differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct CodeChange {
    /// What changed: `fn clean`, `crate serde`, `version`, `compiler`.
    pub part: String,
    /// Where it is, or was: a file relative to the package.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// The line there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What it was: a version, or the beginning of a hash; `None` when it is new.
    pub from: Option<String>,
    /// What it is; `None` when it is gone.
    pub to: Option<String>,
}

impl CodeChange {
    /// A change of which no parts are known.
    pub(crate) fn unlisted() -> CodeChange {
        CodeChange { part: "code".into(), file: String::new(), line: None, from: None, to: None }
    }

    /// A change of something that has a value.
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
            ("toolchain", None, Some(to)) => return write!(f, "strict now: {to} is part of the key"),
            ("toolchain", Some(_), None) => return f.write_str("no longer strict"),
            ("task", Some(from), Some(to)) => {
                return write!(
                    f,
                    "the task moved: `{from}` is `{to}` now (`#[task(name = \"{from}\")]` keeps the name)"
                );
            }
            ("program", None, Some(_)) => {
                return f.write_str("the whole program counts until a mismatch is resolved (`rechecks`)");
            }
            ("program", Some(_), None) => return f.write_str("the whole program no longer counts"),
            ("program", ..) => return f.write_str("the program was built anew, and counts as a whole"),
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

/// How one input of a job differs from what the job last worked on.
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
    /// The earlier value in a few words; `None` when the parameter is new.
    pub from: Option<String>,
    /// The value now.
    pub to: String,
    /// Of a table of which the job reads some columns that changed and some that did not, those that did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
}

/// Changes in a line: of the code no more than a person reads there.
pub(crate) fn differences(code: &[CodeChange], inputs: &[InputChange]) -> String {
    const SHOWN: usize = 2;
    let mut parts: Vec<String> = code.iter().take(SHOWN).map(ToString::to_string).collect();
    if code.len() > SHOWN {
        parts.push(format!("{} more changes of code", code.len() - SHOWN));
    }
    parts.extend(inputs.iter().map(ToString::to_string));
    parts.join("; ")
}

impl fmt::Display for InputChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 3;
        let InputChange { node, input, from, to, columns, .. } = self;
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

/// A result of a task that is not the one that is asked for, and how it differs from it.
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
    /// How long that took, in microseconds when serialized.
    #[serde(rename = "duration_us", serialize_with = "as_micros", deserialize_with = "from_micros")]
    #[cfg_attr(feature = "openapi", schema(value_type = i64))]
    pub duration: Duration,
    /// The code that differs.
    pub code: Vec<CodeChange>,
    /// The inputs that differ: from what they were there, to what they are here.
    pub inputs: Vec<InputChange>,
}

impl fmt::Display for KnownResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let KnownResult { scenario, code, inputs, .. } = self;
        match differences(code, inputs) {
            equal if equal.is_empty() => write!(f, "one of scenario `{scenario}`, which is gone"),
            differences => write!(f, "one of scenario `{scenario}`, but {differences}"),
        }
    }
}
