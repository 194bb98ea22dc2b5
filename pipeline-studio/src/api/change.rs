//! One change to a scenario file.

use crate::problem::Problem;
use serde::Deserialize;
use skipstone::graph::{DefaultValue, Draft, Outline, OutlineCall, ScenarioFileEditor, SourceText};
use utoipa::ToSchema;

/// A change to a scenario file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Change {
    /// An input more.
    AddInput {
        /// Its name.
        input: String,
        /// Its type.
        #[serde(rename = "type")]
        ty: String,
        /// Its default, as a person types it.
        default: Option<String>,
    },
    /// An input less. What reads it is left as it is.
    RemoveInput {
        /// The input.
        input: String,
    },
    /// Another default, or none.
    SetDefault {
        /// The input.
        input: String,
        /// The value, as a person types it.
        text: Option<String>,
    },
    /// Other words about a node.
    SetDocs {
        /// The node.
        node: String,
        /// The words.
        docs: String,
    },
    /// A call more, which is given nothing yet.
    AddTask {
        /// The path of the function.
        function: String,
        /// The nodes that it makes.
        outputs: Vec<String>,
    },
    /// A call less.
    RemoveTask {
        /// A node that it makes.
        output: String,
    },
    /// A node for a parameter, or none.
    Connect {
        /// A node that the call makes.
        output: String,
        /// The parameter.
        parameter: String,
        /// The node.
        node: Option<String>,
    },
    /// Another name for a node, everywhere.
    Rename {
        /// The node.
        node: String,
        /// Its new name.
        to: String,
    },
    /// Whether a call is skippable; none: as its function says.
    SetSkippable {
        /// A node that the call makes.
        output: String,
        /// Whether it is.
        skippable: Option<bool>,
    },
}

/// The text after a change.
pub(super) fn changed(path: &str, text: &str, change: &Change) -> Result<String, Problem> {
    let outline = Draft::read(&SourceText::new(path, text)).outline;
    let mut file = ScenarioFileEditor::new(path, text)?;
    let value = |ty: &str, text: &str| {
        DefaultValue::typed(ty, text)
            .map_err(|why| Problem::unusable(format!("`{text}` is no `{ty}`: {why}")))
    };
    match change {
        Change::AddInput { input, ty, default } => {
            let default = default.as_deref().map(|default| value(ty, default)).transpose()?;
            let input = usable(input)?;
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
            let outputs: Vec<&str> = outputs.iter().map(|output| usable(output)).collect::<Result<_, _>>()?;
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
        Change::Rename { node, to } => file.rename(node, usable(to)?)?,
        Change::SetSkippable { output, skippable } => file.set_skippable(output, *skippable)?,
    }
    Ok(file.to_string())
}

/// A name without spaces around it, which a command line can name.
fn usable(name: &str) -> Result<&str, Problem> {
    match name.trim() {
        "" => Err(Problem::unusable("a node needs a name".into())),
        trimmed => Ok(trimmed),
    }
}

fn call_of<'a>(outline: &'a Outline, output: &str) -> Option<&'a OutlineCall> {
    outline.calls.iter().find(|call| call.outputs.iter().any(|made| made.node == output))
}

/// An error when the node is of another type than the parameter, or is made of what the call makes.
fn fits(outline: &Outline, call: &OutlineCall, parameter: &str, node: &str) -> Result<(), Problem> {
    let wanted = call.parameters.iter().find(|known| known.name == parameter);
    let found = outline.nodes.iter().find(|known| known.name == node);
    let Some(found) = found else { return Err(Problem::unusable(format!("there is no node `{node}`"))) };
    if let Some(wanted) = wanted.filter(|wanted| !found.ty.is_empty() && wanted.ty != found.ty) {
        return Err(Problem::unusable(format!(
            "`{parameter}` of `{}` takes a `{}`, and `{node}` is a `{}`",
            call.task, wanted.ty, found.ty
        )));
    }
    // What the node is made of, and what that is made of.
    let (mut open, mut seen) = (vec![node], std::collections::HashSet::new());
    while let Some(next) = open.pop() {
        if !seen.insert(next) {
            continue;
        }
        let Some(maker) = call_of(outline, next) else { continue };
        if maker.name == call.name {
            return Err(Problem::unusable(format!(
                "`{node}` is made of what `{}` makes: that would be a cycle",
                call.name
            )));
        }
        open.extend(maker.parameters.iter().filter_map(|parameter| parameter.node.as_deref()));
    }
    Ok(())
}
