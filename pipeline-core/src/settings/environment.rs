//! The environment variables `PIPELINE_…`.

use super::layer::{Layer, Place, level, memory, recheck, rehash_after, workers};
use super::{InputSetting, InputValue, Origin, Setting};
use crate::graph::{Graph, Node};
use skipstone_wiring::{Fault, SourceText, Span, nearest};

/// The prefix of all variables.
const PREFIX: &str = "PIPELINE_";

/// The prefix of the variables of inputs.
pub(super) const INPUT: &str = "PIPELINE_INPUT_";

/// The variables that this module reads.
const NAMES: [&str; 9] = [
    "PIPELINE_STORE",
    "PIPELINE_SCENARIO",
    "PIPELINE_WORKERS",
    "PIPELINE_MEMORY",
    "PIPELINE_LOG",
    "PIPELINE_REHASH_AFTER",
    "PIPELINE_RECHECK",
    "PIPELINE_CONFIG",
    "PIPELINE_PROFILE",
];

/// The variables that other modules read.
const ELSEWHERE: [&str; 3] = ["PIPELINE_AUTHOR", "PIPELINE_DEBUG_MACRO", "PIPELINE_PROOFS"];

/// The variables with the prefix, sorted by name.
pub(super) fn with_prefix(variables: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = variables.filter(|(name, _)| name.starts_with(PREFIX)).collect();
    found.sort();
    found
}

/// Lists the variables as a source text, in which faults can be shown, and the place of each variable.
pub(super) fn source(
    variables: &[(String, String)],
    secret: impl Fn(&str) -> bool,
) -> (SourceText, Vec<Place>) {
    let (mut text, mut places) = (String::new(), Vec::new());
    for (name, value) in variables {
        let start = text.len();
        text += name;
        text.push('=');
        let name: Span = start..text.len() - 1;
        let begin = text.len();
        text += &if secret(&text[name.clone()]) { "•••".to_owned() } else { value.replace('\n', " ") };
        places.push(Place { name, value: begin..text.len() });
        text.push('\n');
    }
    (SourceText::new("environment", text), places)
}

/// The name of the variable for an input.
pub(crate) fn variable_of(node: &str) -> String {
    let letters = node.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '_' });
    format!("{INPUT}{}", letters.collect::<String>().to_uppercase())
}

/// Reads the layer of the environment.
pub(super) fn layer(
    variables: &[(String, String)],
    places: &[Place],
    graph: &Graph,
    elsewhere: impl Fn(&str) -> bool,
    faults: &mut Vec<Fault>,
) -> Layer {
    let mut layer = Layer::default();
    for ((name, value), place) in variables.iter().zip(places) {
        let origin = Origin::Variable(name.clone());
        let mut refuse = |message: String| faults.push(Fault { span: place.value.clone(), message });
        match name.as_str() {
            // An empty variable counts as not set.
            _ if value.is_empty() && !name.starts_with(INPUT) => {}
            "PIPELINE_STORE" => layer.store = Some(Setting { value: value.into(), origin }),
            "PIPELINE_SCENARIO" => layer.scenario = Some(Setting { value: value.clone(), origin }),
            "PIPELINE_WORKERS" => match workers(value) {
                Ok(value) => layer.workers = Some(Setting { value, origin }),
                Err(message) => refuse(message),
            },
            "PIPELINE_MEMORY" => match memory(value) {
                Ok(value) => layer.memory = Some(Setting { value, origin }),
                Err(message) => refuse(message),
            },
            "PIPELINE_LOG" => match level(value) {
                Ok(value) => layer.log = Some(Setting { value, origin }),
                Err(message) => refuse(message),
            },
            "PIPELINE_REHASH_AFTER" => match rehash_after(value) {
                Ok(value) => layer.rehash_after = Some(Setting { value, origin }),
                Err(message) => refuse(message),
            },
            "PIPELINE_RECHECK" => match recheck(value) {
                Ok(value) => layer.recheck = Some(Setting { value, origin }),
                Err(message) => refuse(message),
            },
            name if name.starts_with(INPUT) => {
                let mut inputs = graph.nodes().iter().filter(|node| node.is_input()).map(Node::name);
                match inputs.clone().find(|node| variable_of(node) == name) {
                    Some(node) => {
                        let setting = InputSetting {
                            scenario: None,
                            node: node.into(),
                            value: InputValue::Typed(value.clone()),
                            origin,
                            folder: None,
                        };
                        layer.inputs.push((setting, place.clone()));
                    }
                    None if elsewhere(name) => {}
                    None => {
                        let wanted = name[INPUT.len()..].to_lowercase();
                        let hint = match nearest(&wanted, inputs.by_ref()) {
                            Some(near) => format!(": did you mean `{}`?", variable_of(near)),
                            None => String::new(),
                        };
                        let message =
                            format!("scenario type `{}` has no input for `{name}`{hint}", graph.name());
                        faults.push(Fault { span: place.name.clone(), message });
                    }
                }
            }
            _ => {}
        }
    }
    layer
}

/// Warnings about variables whose names look like typos. Other unknown variables may belong to other programs.
pub(super) fn typos(variables: &[(String, String)]) -> Vec<String> {
    let known = |name: &str| NAMES.contains(&name) || ELSEWHERE.contains(&name) || name.starts_with(INPUT);
    let unknown = variables.iter().map(|(name, _)| name.as_str()).filter(|name| !known(name));
    unknown
        .filter_map(|name| {
            let near = NAMES.into_iter().find(|known| skipstone_wiring::is_typo(name, known))?;
            Some(format!("the variable {name} is not used: did you mean {near}?"))
        })
        .collect()
}
