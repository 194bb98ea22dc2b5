//! Programmatic edits of a settings file: comments, order and all other parts are preserved.

use super::keys::LAYER;
use super::layer::{level, memory, recheck, rehash_after, workers};
use crate::graph::{Graph, Node, put};
use skipstone_wiring::suggestion;
use std::cell::RefCell;
use std::path::Path;
use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

/// Returns the file's text with these keys set: `workers`, `inputs.NAME`. They are set in `profile` if one is given,
/// and inputs for `scenario` if one is given. The error is a message for users.
pub(crate) fn set_in_file(
    text: &str,
    graph: &Graph,
    folder: Option<&Path>,
    profile: Option<&str>,
    scenario: Option<&str>,
    settings: &[(String, String)],
) -> Result<String, String> {
    let mut document: DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| format!("the settings file is not valid TOML: {error}"))?;
    for (key, value) in settings {
        let mut table: &mut dyn TableLike = document.as_table_mut();
        if let Some(profile) = profile {
            table = below(below(table, "profile")?, profile)?;
        }
        match key.strip_prefix("inputs.") {
            Some(input) => {
                let value = input_value(graph, folder, input, value)?;
                if let Some(scenario) = scenario {
                    table = below(below(table, "scenarios")?, scenario)?;
                }
                put(below(table, "inputs")?, input, Some(value));
            }
            None if scenario.is_some() => {
                return Err(format!(
                    "`{key}` can't be set for one scenario: only inputs can, `inputs.NAME=VALUE`"
                ));
            }
            None => put(table, key, Some(plain_value(key, value)?)),
        }
    }
    Ok(document.to_string())
}

/// Returns the table with this name, and creates it if it does not exist.
fn below<'t>(table: &'t mut dyn TableLike, name: &str) -> Result<&'t mut dyn TableLike, String> {
    if !table.contains_key(name) {
        let mut made = Table::new();
        made.set_implicit(true);
        table.insert(name, Item::Table(made));
    }
    let found = table.get_mut(name).and_then(Item::as_table_like_mut);
    found.ok_or_else(|| format!("`{name}` in the settings file must be a table; fix it first"))
}

fn plain_value(key: &str, value: &str) -> Result<Value, String> {
    match key {
        "workers" if value.contains("${") => Ok(value.into()),
        "workers" => Ok(i64::try_from(workers(value)?).unwrap_or(i64::MAX).into()),
        "memory" if !value.contains("${") => memory(value).map(|_| value.into()),
        "log" if !value.contains("${") => level(value).map(|_| value.into()),
        "rehash_after" if !value.contains("${") => rehash_after(value).map(|_| value.into()),
        "recheck" if !value.contains("${") => recheck(value).map(|_| value.into()),
        "store" | "scenario" | "memory" | "log" | "rehash_after" | "recheck" => Ok(value.into()),
        other => {
            let names =
                LAYER.iter().map(|key| key.name).filter(|name| !["inputs", "scenarios"].contains(name));
            let hint = suggestion(other, names);
            Err(format!("there is no setting `{other}`{hint}; to set an input, write `inputs.NAME=VALUE`"))
        }
    }
}

/// Escapes all strings in a value, so that none of them begins a variable in the file.
fn escaped(value: toml::Value) -> toml::Value {
    match value {
        toml::Value::String(text) => toml::Value::String(text.replace('$', "$$")),
        toml::Value::Array(values) => toml::Value::Array(values.into_iter().map(escaped).collect()),
        toml::Value::Table(table) => {
            toml::Value::Table(table.into_iter().map(|(key, value)| (key, escaped(value))).collect())
        }
        other => other,
    }
}

fn input_value(graph: &Graph, folder: Option<&Path>, input: &str, text: &str) -> Result<Value, String> {
    let inputs = || graph.nodes().iter().filter(|node| node.is_input());
    let Some(node) = inputs().find(|node| node.name() == input) else {
        let hint = suggestion(input, inputs().map(Node::name));
        return Err(format!("scenario type `{}` has no input `{input}`{hint}", graph.name()));
    };
    if text.contains("${") {
        return Ok(text.into());
    }
    if node.is_secret() {
        return Err(format!(
            "input `{input}` is a secret: set the variable {}, or name one in the file, `inputs.{input}=${{VARIABLE}}`",
            super::variable_of(input)
        ));
    }
    let value = (node.data.parse)(text).map_err(|message| {
        format!("`{text}` is not a valid `{}` for input `{input}`: {message}", node.type_text())
    })?;
    let value = value.to_toml().ok_or_else(|| format!("`{text}` can't be written as TOML"))?;
    // Paths in the file are relative to its folder, but this one was typed relative to the current directory.
    let wrong = RefCell::new(None);
    let absolute = |text: &str| match std::path::absolute(text) {
        Ok(path) => path.to_string_lossy().into_owned(),
        Err(error) => {
            *wrong.borrow_mut() = Some(format!("`{text}` is not a valid path: {error}"));
            text.to_owned()
        }
    };
    let value = if folder.is_some() { (node.data.shape)().with_paths(value, &absolute) } else { value };
    if let Some(message) = wrong.into_inner() {
        return Err(message);
    }
    let value = escaped(value);
    value.to_string().parse().map_err(|_| format!("`{text}` can't be written as TOML"))
}
