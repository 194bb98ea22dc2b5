//! One change to a scenario file.

use crate::problem::Problem;
use serde::Deserialize;
use skipstone::graph::{DefaultValue, Draft, Outline, OutlineCall, ScenarioFileEditor, SourceText};
use utoipa::ToSchema;

/// A change to a scenario file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Change {
    /// Adds an input.
    AddInput {
        /// Its name.
        input: String,
        /// Its type.
        #[serde(rename = "type")]
        ty: String,
        /// Its default, as typed by a user.
        default: Option<String>,
    },
    /// Removes an input. Tasks that read it are left unchanged.
    RemoveInput {
        /// The input.
        input: String,
    },
    /// Sets or removes the default of an input.
    SetDefault {
        /// The input.
        input: String,
        /// The value, as typed by a user; `null` removes the default.
        text: Option<String>,
    },
    /// Sets the description of a node.
    SetDocs {
        /// The node.
        node: String,
        /// The description.
        docs: String,
    },
    /// Adds a call of a task, with no arguments connected.
    AddTask {
        /// The path of the task's function.
        function: String,
        /// The names of its output nodes.
        outputs: Vec<String>,
    },
    /// Removes a call of a task.
    RemoveTask {
        /// One of its output nodes.
        output: String,
    },
    /// Connects a node to a parameter, or disconnects the parameter.
    Connect {
        /// One of the call's output nodes.
        output: String,
        /// The parameter.
        parameter: String,
        /// The node; `null` disconnects.
        node: Option<String>,
    },
    /// Renames a node wherever it is used.
    Rename {
        /// The node.
        node: String,
        /// Its new name.
        to: String,
    },
    /// Sets whether a call is skippable.
    SetSkippable {
        /// One of the call's output nodes.
        output: String,
        /// Whether it is skippable; `null` resets it to the setting of its function.
        skippable: Option<bool>,
    },
}

/// Returns the content of the file after a change.
pub(super) fn changed(path: &str, text: &str, change: &Change) -> Result<String, Problem> {
    let outline = Draft::read(&SourceText::new(path, text)).outline;
    let mut file = ScenarioFileEditor::new(path, text)?;
    let value = |ty: &str, text: &str| {
        DefaultValue::typed(ty, text)
            .map_err(|why| Problem::unusable(format!("`{text}` is not a valid `{ty}`: {why}")))
    };
    match change {
        Change::AddInput { input, ty, default } => {
            let default = default.as_deref().map(|default| value(ty, default)).transpose()?;
            let input = trimmed(input)?;
            file.add_input(input, ty)?;
            file.set_default(input, default)?;
        }
        Change::RemoveInput { input } => file.remove_input(input)?,
        Change::SetDefault { input, text } => {
            let ty = outline.nodes.iter().find(|node| node.name == *input).map_or("", |node| &node.ty);
            let default = text.as_deref().map(|text| value(ty, text)).transpose()?;
            file.set_default(input, default)?;
        }
        Change::SetDocs { node, docs } => file.set_docs(node, docs.trim())?,
        Change::AddTask { function, outputs } => {
            let outputs: Vec<&str> =
                outputs.iter().map(|output| trimmed(output)).collect::<Result<_, _>>()?;
            file.add_task(function, &[], &outputs)?;
        }
        Change::RemoveTask { output } => file.remove_task(output)?,
        Change::Connect { output, parameter, node } => {
            let call = call_of(&outline, output);
            if let (Some(call), Some(node)) = (call, node) {
                fits(&outline, call, parameter, node)?;
            }
            let parameters: Vec<&str> =
                call.iter().flat_map(|call| &call.parameters).map(|it| it.name.as_str()).collect();
            file.connect(output, &parameters, parameter, node.as_deref())?;
        }
        Change::Rename { node, to } => file.rename(node, trimmed(to)?)?,
        Change::SetSkippable { output, skippable } => file.set_skippable(output, *skippable)?,
    }
    Ok(file.to_string())
}

/// The name without surrounding spaces, which are hard to type on a command line; an error if it is empty.
fn trimmed(name: &str) -> Result<&str, Problem> {
    match name.trim() {
        "" => Err(Problem::unusable("a node needs a name".into())),
        name => Ok(name),
    }
}

fn call_of<'a>(outline: &'a Outline, output: &str) -> Option<&'a OutlineCall> {
    outline.calls.iter().find(|call| call.outputs.iter().any(|made| made.node == output))
}

/// Fails if the node's type differs from the parameter's, or if the node depends on an output of the call.
fn fits(outline: &Outline, call: &OutlineCall, parameter: &str, node: &str) -> Result<(), Problem> {
    let target = call.parameters.iter().find(|known| known.name == parameter);
    let found = outline.nodes.iter().find(|known| known.name == node);
    let Some(found) = found else { return Err(Problem::unusable(format!("node `{node}` does not exist"))) };
    if let Some(target) = target.filter(|target| !found.ty.is_empty() && target.ty != found.ty) {
        return Err(Problem::unusable(format!(
            "`{parameter}` of `{}` takes a `{}`, but `{node}` is a `{}`",
            call.task, target.ty, found.ty
        )));
    }
    // All nodes that the node depends on, directly or not.
    let (mut open, mut seen) = (vec![node], std::collections::HashSet::new());
    while let Some(next) = open.pop() {
        if !seen.insert(next) {
            continue;
        }
        let Some(producer) = call_of(outline, next) else { continue };
        if producer.name == call.name {
            return Err(Problem::unusable(format!(
                "`{node}` depends on an output of `{}`: connecting it would create a cycle",
                call.name
            )));
        }
        open.extend(producer.parameters.iter().filter_map(|parameter| parameter.node.as_deref()));
    }
    Ok(())
}
