//! What a program and a scenario are set to, each value with where it comes from.

use super::{Instance, Store};
use crate::data::Value;
use crate::error::Result;
use crate::graph::{Graph, Node};
use crate::report::moment;
use crate::settings::{Origin, Settings};
use pipeline_wiring::bytes_text;
use serde::Serialize;
use std::collections::HashMap;

/// What a program and one of its scenarios are set to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Configured {
    /// The settings file that was read.
    pub file: Option<String>,
    /// The profile that was taken.
    pub profile: Option<String>,
    /// The scenario whose inputs these are.
    pub scenario: String,
    /// What the program is set to.
    pub settings: Vec<ConfiguredValue>,
    /// What the inputs of the scenario are set to.
    pub inputs: Vec<ConfiguredValue>,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfiguredValue {
    /// What is set.
    pub name: String,
    /// The value in a few words; `•••` of a secret, nothing where there is none.
    pub value: Option<String>,
    /// Where it comes from.
    pub from: String,
    /// Another value for it that does not count, because this one comes before it, with where it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<String>,
}

impl Settings {
    /// What the program and its scenario ([`Settings::scenario`]) are set to, each value with where it comes from. Without
    /// a store, as if nothing had been written to the scenario.
    ///
    /// # Errors
    ///
    /// When the store can't be read.
    pub fn configured(&self, graph: &Graph, store: Option<&Store>) -> Result<Configured> {
        self.configured_on(graph, store, &HashMap::new())
    }

    /// The same, where these values are given in place of others (`--set`).
    pub(crate) fn configured_on(
        &self,
        graph: &Graph,
        store: Option<&Store>,
        given: &HashMap<String, Value>,
    ) -> Result<Configured> {
        let scenario = &self.scenario.value;
        let row = |name: &str, value: String, origin: &Origin| ConfiguredValue {
            name: name.into(),
            value: Some(value),
            from: origin.to_string(),
            instead_of: None,
        };
        let settings = vec![
            row("store", self.store.value.display().to_string(), &self.store.origin),
            row("scenario", scenario.clone(), &self.scenario.origin),
            row("workers", self.workers.value.to_string(), &self.workers.origin),
            row("memory", bytes_text(self.memory.value), &self.memory.origin),
            row("log", self.log.value.to_string(), &self.log.origin),
        ];
        let written = match store {
            Some(store) => written(store, graph, scenario)?,
            None => HashMap::new(),
        };
        let inputs = graph.nodes().iter().filter(|node| node.is_input());
        let inputs = inputs.map(|node| self.configured_input(graph, node, written.get(node.name()), given));
        Ok(Configured {
            file: self.file.as_ref().map(|path| path.display().to_string()),
            profile: self.profile.as_ref().map(|profile| profile.value.clone()),
            scenario: scenario.clone(),
            settings,
            inputs: inputs.collect(),
        })
    }

    fn configured_input(
        &self,
        graph: &Graph,
        node: &Node,
        written: Option<&(String, String)>,
        given: &HashMap<String, Value>,
    ) -> ConfiguredValue {
        let set = self.input(&self.scenario.value, node.name());
        let of_setting = set.and_then(|setting| {
            let value = setting.value(node).ok()?;
            Some((node.brief(&value), setting.origin.to_string()))
        });
        let of_graph = node.default_text().map(|text| (text, format!("scenario type {}", graph.name())));
        let of_given = given.get(node.name()).map(|value| (node.brief(value), "--set".to_owned()));
        // The latest comes first; what comes after it does not count.
        let mut said = [of_given, written.cloned(), of_setting].into_iter().flatten();
        let first = said.next();
        let shadowed = first.as_ref().and_then(|_| said.next());
        match first.or(of_graph) {
            Some((value, from)) => ConfiguredValue {
                name: node.name().into(),
                value: Some(value),
                from,
                instead_of: shadowed.map(|(value, from)| format!("{value}, {from}")),
            },
            None => ConfiguredValue {
                name: node.name().into(),
                value: None,
                from: "nothing: it has to be given".into(),
                instead_of: None,
            },
        }
    }
}

/// What was written to the inputs of a scenario, by node: value and origin.
fn written(store: &Store, graph: &Graph, scenario: &str) -> Result<HashMap<String, (String, String)>> {
    let Some(row) = store.registry().scenario(scenario)? else { return Ok(HashMap::new()) };
    let mut written = HashMap::new();
    for input in store.registry().inputs(row.id)? {
        let edit = store.registry().edits(row.id, Some(&input.node))?.into_iter().next();
        let from = match edit {
            Some(edit) => {
                format!("the store, edit {} by {} on {}", edit.id, edit.author, moment(edit.made))
            }
            None => "the store".into(),
        };
        if graph.node(&input.node).is_some() {
            written.insert(input.node, (input.brief, from));
        }
    }
    Ok(written)
}

impl Instance {
    /// What settings say of inputs that were written: what was written counts, as sentences.
    #[cfg(feature = "cli")]
    pub(crate) fn shadowed(&self) -> Result<Vec<String>> {
        let Some(settings) = self.store.settings() else { return Ok(Vec::new()) };
        let mut notes = Vec::new();
        for (name, row) in self.written()? {
            let (Some(node), Some(setting)) = (self.graph.node(&name), settings.input(&self.name, &name))
            else {
                continue;
            };
            let brief = setting.value(node).map(|value| node.brief(&value)).unwrap_or_default();
            if brief != row.brief {
                notes.push(format!(
                    "input `{name}` is {}, as it was set for scenario `{}`, and not {brief} ({}): `reset {name}` goes \
                     back to that",
                    row.brief, self.name, setting.origin
                ));
            }
        }
        notes.sort();
        Ok(notes)
    }
}
