//! Checks the names of nodes of subscenarios in a scenario file against the sources of their scenarios. The compiler would report them
//! without a place in the file.

use super::model::{Given, NodeName, Scenario, Subscenario};
use super::parse;
use crate::diagnostics::Diagnostics;
use proc_macro2::Ident;
use skipstone_wiring::{Fault, Span as Bytes, suggestion};
use syn::ext::IdentExt;

/// The names of the fields of a scenario type.
struct Fields {
    scenario: String,
    inputs: Vec<String>,
    outputs: Vec<String>,
    subscenarios: Vec<String>,
}

impl Fields {
    /// Reads the fields from the source of the scenario, if it is the only one with its name in the local crates.
    fn of(subscenario: &Subscenario) -> Option<Fields> {
        let name = subscenario.scenario();
        let tokens = skipstone_fingerprint::scenario_text(&name)?.parse().ok()?;
        let mut diagnostics = Diagnostics::default();
        let scenario = parse::parse(tokens, &mut diagnostics).filter(|_| !diagnostics.has_errors())?;
        let text = |name: &Ident| name.unraw().to_string();
        Some(Fields {
            scenario: name,
            inputs: scenario.inputs.iter().map(|input| text(&input.name)).collect(),
            outputs: scenario.calls.iter().flat_map(|call| &call.outputs).map(text).collect(),
            subscenarios: scenario.subscenarios.iter().map(|subscenario| text(&subscenario.name)).collect(),
        })
    }

    /// Returns what is wrong with the name of a node.
    fn no_node(&self, node: &NodeName) -> Option<String> {
        let [name] = node.within.as_slice() else { return None };
        let name = name.unraw().to_string();
        let nodes = self.inputs.iter().chain(&self.outputs);
        if nodes.clone().chain(&self.subscenarios).any(|field| *field == name) {
            return None;
        }
        let hint = suggestion(&name, nodes.map(String::as_str));
        Some(format!("scenario `{}` has no node `{name}`{hint}", self.scenario))
    }

    /// Returns what is wrong with the name of an input.
    fn no_input(&self, input: &Ident) -> Option<String> {
        let (name, scenario) = (input.unraw().to_string(), &self.scenario);
        if self.inputs.contains(&name) {
            return None;
        }
        if self.outputs.contains(&name) {
            return Some(format!("`{name}` is an output of scenario `{scenario}`: give only inputs"));
        }
        let hint = suggestion(&name, self.inputs.iter().map(String::as_str));
        Some(format!("scenario `{scenario}` has no input `{name}`{hint}"))
    }
}

/// Reports names that the subscenarios of a scenario in a file certainly do not have.
pub(crate) fn check(scenario: &mut Scenario, diagnostics: &mut Diagnostics) {
    let Some(origin) = &scenario.origin else { return };
    let fields: Vec<(Ident, Fields)> = scenario
        .subscenarios
        .iter()
        .filter_map(|subscenario| Some((subscenario.name.clone(), Fields::of(subscenario)?)))
        .collect();
    let no_node = |node: &NodeName| {
        let (_, fields) = fields.iter().find(|(name, _)| *name == node.first)?;
        fields.no_node(node)
    };
    let mut report = |place: &Bytes, message: String| {
        let shown = origin.source.show_fault(&Fault { span: place.clone(), message });
        let message = shown.strip_prefix("error: ").unwrap_or(&shown);
        diagnostics.push(syn::Error::new(origin.literal.span(), message));
    };
    for (call, places) in scenario.calls.iter_mut().zip(&origin.calls) {
        for (argument, (_, place)) in call.arguments.iter_mut().zip(&places.arguments) {
            if let Some(message) = no_node(&argument.node) {
                report(place, message);
                argument.reported = true;
            }
        }
    }
    for (subscenario, places) in scenario.subscenarios.iter_mut().zip(&origin.subscenarios) {
        let own = fields.iter().find(|(name, _)| *name == subscenario.name).map(|(_, fields)| fields);
        for (Given { input, value, reported }, (place, of_value)) in
            subscenario.given.iter_mut().zip(&places.given)
        {
            if let Some(message) = own.and_then(|fields| fields.no_input(input)) {
                report(place, message);
                *reported = true;
                subscenario.complete = false;
            } else if let Some(message) = value.node().and_then(&no_node) {
                report(of_value, message);
                *reported = true;
            }
        }
    }
}
