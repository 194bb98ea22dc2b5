//! The settings in effect for a program and a scenario, each value with its origin.

use super::{Instance, Store};
use crate::data::Value;
use crate::graph::{Graph, Node};
use crate::registry::EditRow;
use crate::scenario::error::Result;
use crate::settings::{Origin, Settings};
use serde::Serialize;
use skipstone_wiring::{bytes_text, length_text, share_text};
use std::collections::HashMap;

/// The settings in effect for a program and one of its scenarios; returned by [`Settings::configured`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Configured {
    /// The path of the settings file; `None` if none was read.
    pub file: Option<String>,
    /// The selected profile.
    pub profile: Option<String>,
    /// The name of the scenario that the inputs belong to.
    pub scenario: String,
    /// The settings of the program.
    pub settings: Vec<ConfiguredValue>,
    /// The input values of the scenario.
    pub inputs: Vec<ConfiguredValue>,
}

/// A setting or an input with its value and origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ConfiguredValue {
    /// The name of the setting or input.
    pub name: String,
    /// A summary of the value: `•••` for a secret, `None` if it has no value.
    pub value: Option<String>,
    /// Where the value comes from.
    pub from: ValueOrigin,
    /// The value from another place that this one overrides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<OverriddenValue>,
}

/// A value without effect, because another one takes precedence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OverriddenValue {
    /// A summary of the value.
    pub value: String,
    /// Where it is set.
    pub from: ValueOrigin,
}

/// The origin of a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ValueOrigin {
    /// The setting's default: it is set nowhere.
    Default,
    /// The input's default in the scenario type.
    ScenarioType {
        /// The scenario type's name.
        name: String,
    },
    /// A settings file.
    File {
        /// The file, line and column.
        place: String,
        /// The profile that sets it, if any.
        profile: Option<String>,
    },
    /// An environment variable.
    Variable {
        /// The variable's name.
        name: String,
    },
    /// A command-line argument.
    Argument {
        /// The argument's name.
        name: String,
    },
    /// The value written to the scenario and stored with it.
    Store {
        /// The number of the edit that wrote it.
        edit: i64,
        /// Who wrote it.
        author: String,
        /// When it was written, in microseconds since 1970.
        made_us: i64,
    },
    /// No origin: a required input without a value.
    Nothing,
}

impl From<&Origin> for ValueOrigin {
    fn from(origin: &Origin) -> ValueOrigin {
        match origin {
            Origin::Default => ValueOrigin::Default,
            Origin::File { place, profile } => {
                ValueOrigin::File { place: place.clone(), profile: profile.clone() }
            }
            Origin::Variable(name) => ValueOrigin::Variable { name: name.clone() },
            Origin::Argument(name) => ValueOrigin::Argument { name: (*name).into() },
        }
    }
}

impl Settings {
    /// Returns the settings in effect for the program and its scenario ([`Settings::scenario`]), each with its origin.
    /// Without a store, values written to the scenario are left out.
    ///
    /// # Errors
    ///
    /// Returns an error if the store can't be read.
    pub fn configured(&self, graph: &Graph, store: Option<&Store>) -> Result<Configured> {
        self.configured_on(graph, store, &HashMap::new())
    }

    /// As [`Settings::configured`], with input values from the command line (`--set`).
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
        written: Option<&(String, ValueOrigin)>,
        given: &HashMap<String, Value>,
    ) -> ConfiguredValue {
        let set = self.input_of(graph.name(), &self.scenario.value, node.name());
        let of_setting = set.map(|setting| {
            // For an invalid value, the reason is shown.
            let value = setting.value(node).map_or_else(|why| why, |value| node.summary(&value));
            (value, ValueOrigin::from(&setting.origin))
        });
        let of_graph =
            || Some((node.default_text()?, ValueOrigin::ScenarioType { name: graph.name().into() }));
        let given = given.get(node.name());
        let of_given =
            given.map(|value| (node.summary(value), ValueOrigin::Argument { name: "--set".into() }));
        // In order of precedence: the first value is in effect.
        let mut candidates = [of_given, written.cloned(), of_setting].into_iter().flatten();
        let first = candidates.next();
        let overridden = first.as_ref().and_then(|_| candidates.next());
        let (value, from) = match first.or_else(of_graph) {
            Some((value, from)) => (Some(value), from),
            None => (None, ValueOrigin::Nothing),
        };
        let instead_of = overridden.map(|(value, from)| OverriddenValue { value, from });
        ConfiguredValue { name: node.name().into(), value, from, instead_of }
    }
}

/// Returns the values written to the inputs of a scenario, with their origins, by node name.
fn written(store: &Store, graph: &Graph, scenario: &str) -> Result<HashMap<String, (String, ValueOrigin)>> {
    let Some(row) = store.registry().scenario(scenario)? else { return Ok(HashMap::new()) };
    let mut written = HashMap::new();
    for input in store.registry().inputs(row.id)? {
        let edit = store.registry().edits(row.id, Some(&input.node))?.into_iter().next();
        if let Some(EditRow { id, author, made, .. }) =
            edit.filter(|_| graph.node(&input.node).is_some_and(|node| !node.is_secret()))
        {
            let from = ValueOrigin::Store { edit: id, author, made_us: made };
            written.insert(input.node, (input.summary, from));
        }
    }
    Ok(written)
}

impl Instance {
    /// Returns a note for each written input value that overrides a different value in the settings.
    #[cfg(feature = "cli")]
    pub(crate) fn overridden(&self) -> Result<Vec<String>> {
        let mut notes = Vec::new();
        for (name, row) in self.written()? {
            let Some(node) = self.graph.node(&name) else { continue };
            let Some(setting) = self.setting(node) else { continue };
            // An invalid value in the settings has no effect in any case.
            let Ok(value) = setting.value(node) else { continue };
            let summary = node.summary(&value);
            if summary != row.summary {
                notes.push(format!(
                    "input `{name}` is {}, as set for scenario `{}`, which overrides {summary} ({}): `reset {name} --scenario \
                     {}` removes the override",
                    row.summary, self.name, setting.origin, self.name
                ));
            }
        }
        notes.sort();
        Ok(notes)
    }
}
