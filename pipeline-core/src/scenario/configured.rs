//! What a program and a scenario are set to, each value with where it comes from.

use super::{Instance, Store};
use crate::data::Value;
use crate::graph::{Graph, Node};
use crate::registry::EditRow;
use crate::scenario::error::Result;
use crate::settings::{Origin, Settings};
use serde::Serialize;
use skipstone_wiring::{bytes_text, length_text, share_text};
use std::collections::HashMap;

/// What a program and one of its scenarios are set to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
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
#[non_exhaustive]
pub struct ConfiguredValue {
    /// What is set.
    pub name: String,
    /// The value in a few words; `•••` of a secret, nothing where there is none.
    pub value: Option<String>,
    /// Where it comes from.
    pub from: ConfiguredBy,
    /// What is said elsewhere and does not count, because this comes before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<OverriddenValue>,
}

/// A value that does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OverriddenValue {
    /// The value in a few words.
    pub value: String,
    /// Where it is said.
    pub from: ConfiguredBy,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConfiguredBy {
    /// Nobody said anything.
    Default,
    /// The default in the scenario type.
    ScenarioType {
        /// The type's name.
        name: String,
    },
    /// A settings file.
    File {
        /// File, line and column.
        place: String,
        /// The profile that it is in.
        profile: Option<String>,
    },
    /// A variable of the environment.
    Variable {
        /// Its name.
        name: String,
    },
    /// An argument of the program.
    Argument {
        /// Its name.
        name: String,
    },
    /// It was written to the scenario, which keeps it.
    Store {
        /// The number of the edit.
        edit: i64,
        /// Who wrote it.
        author: String,
        /// When, in microseconds since 1970.
        made_us: i64,
    },
    /// An input that has to be given has no value.
    Nothing,
}

impl From<&Origin> for ConfiguredBy {
    fn from(origin: &Origin) -> ConfiguredBy {
        match origin {
            Origin::Default => ConfiguredBy::Default,
            Origin::File { place, profile } => {
                ConfiguredBy::File { place: place.clone(), profile: profile.clone() }
            }
            Origin::Variable(name) => ConfiguredBy::Variable { name: name.clone() },
            Origin::Argument(name) => ConfiguredBy::Argument { name: (*name).into() },
        }
    }
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
            from: origin.into(),
            instead_of: None,
        };
        let settings = vec![
            row("store", self.store.value.display().to_string(), &self.store.origin),
            row("scenario", scenario.clone(), &self.scenario.origin),
            row("workers", self.workers.value.to_string(), &self.workers.origin),
            row("memory", bytes_text(self.memory.value), &self.memory.origin),
            row("log", self.log.value.to_string(), &self.log.origin),
            row(
                "rehash_after",
                length_text(u64::try_from(self.rehash_after.value.as_millis()).unwrap_or(u64::MAX)),
                &self.rehash_after.origin,
            ),
            row("recheck", share_text(self.recheck.value), &self.recheck.origin),
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
        written: Option<&(String, ConfiguredBy)>,
        given: &HashMap<String, Value>,
    ) -> ConfiguredValue {
        let set = self.input_of(graph.name(), &self.scenario.value, node.name());
        let of_setting = set.map(|setting| {
            // What can't be told is shown as that.
            let value = setting.value(node).map_or_else(|why| why, |value| node.summary(&value));
            (value, ConfiguredBy::from(&setting.origin))
        });
        let of_graph =
            || Some((node.default_text()?, ConfiguredBy::ScenarioType { name: graph.name().into() }));
        let given = given.get(node.name());
        let of_given =
            given.map(|value| (node.summary(value), ConfiguredBy::Argument { name: "--set".into() }));
        // The latest comes first; what comes after it does not count.
        let mut said = [of_given, written.cloned(), of_setting].into_iter().flatten();
        let first = said.next();
        let overridden = first.as_ref().and_then(|_| said.next());
        let (value, from) = match first.or_else(of_graph) {
            Some((value, from)) => (Some(value), from),
            None => (None, ConfiguredBy::Nothing),
        };
        let instead_of = overridden.map(|(value, from)| OverriddenValue { value, from });
        ConfiguredValue { name: node.name().into(), value, from, instead_of }
    }
}

/// What was written to the inputs of a scenario, by node: value and origin.
fn written(store: &Store, graph: &Graph, scenario: &str) -> Result<HashMap<String, (String, ConfiguredBy)>> {
    let Some(row) = store.registry().scenario(scenario)? else { return Ok(HashMap::new()) };
    let mut written = HashMap::new();
    for input in store.registry().inputs(row.id)? {
        let edit = store.registry().edits(row.id, Some(&input.node))?.into_iter().next();
        if let Some(EditRow { id, author, made, .. }) =
            edit.filter(|_| graph.node(&input.node).is_some_and(|node| !node.is_secret()))
        {
            let from = ConfiguredBy::Store { edit: id, author, made_us: made };
            written.insert(input.node, (input.summary, from));
        }
    }
    Ok(written)
}

impl Instance {
    /// What settings say of inputs that were written: what was written counts, as sentences.
    #[cfg(feature = "cli")]
    pub(crate) fn overridden(&self) -> Result<Vec<String>> {
        let mut notes = Vec::new();
        for (name, row) in self.written()? {
            let Some(node) = self.graph.node(&name) else { continue };
            let Some(setting) = self.setting(node) else { continue };
            // What can't be told does not count in any case.
            let Ok(value) = setting.value(node) else { continue };
            let summary = node.summary(&value);
            if summary != row.summary {
                notes.push(format!(
                    "input `{name}` is {}, as it was set for scenario `{}`, and not {summary} ({}): `reset {name} --scenario \
                     {}` goes back to that",
                    row.summary, self.name, setting.origin, self.name
                ));
            }
        }
        notes.sort();
        Ok(notes)
    }
}
