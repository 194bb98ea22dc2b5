//! Checks the names in a [`Scenario`] with `skipstone-wiring`, and reports problems with carets.

use super::model::{Scenario, Subscenario};
use super::parse::NO_FIELD;
use crate::diagnostics::Diagnostics;
use proc_macro2::Ident;
use skipstone_fingerprint::Clash;
use skipstone_wiring::{Place, ProblemKind, Severity};

/// Reports a scenario whose name something else has in its module.
pub(crate) fn clashes(scenario: &Scenario, diagnostics: &mut Diagnostics) -> bool {
    let name = &scenario.name;
    let other = match skipstone_fingerprint::clash_of_scenario(name) {
        Some(Clash::Task) => "a task",
        Some(_) => "another type",
        None => return false,
    };
    diagnostics.error(name, format!("{other} has the name `{name}` here: rename the scenario"));
    true
}

/// Reports every problem at the token that the user must change.
pub(crate) fn check(scenario: &mut Scenario, diagnostics: &mut Diagnostics) {
    if scenario.origin.is_some() {
        // The file was already checked where it was read, because its lines are known there.
        return;
    }
    if diagnostics.has_errors() && scenario.calls.is_empty() {
        return;
    }
    let unread = diagnostics.has_errors();
    nodes_of_subscenarios(scenario, diagnostics);
    let problems = skipstone_wiring::check(&scenario.wiring());
    let wrong = unread || problems.iter().any(|problem| problem.severity() == Severity::Error);
    for problem in problems {
        // The node may be defined by a statement that could not be read.
        if scenario.unnamed && matches!(problem.kind, ProblemKind::UnknownNode { .. }) {
            continue;
        }
        if let (ProblemKind::Cycle { .. } | ProblemKind::ManyParts { .. }, Place::Argument(c, a)) =
            (&problem.kind, problem.place)
            && let Some(call) = scenario.calls.get_mut(c)
        {
            call.arguments[a].reported = true;
        }
        let (token, allowed) = token(scenario, problem.place);
        match problem.severity() {
            Severity::Error => diagnostics.error(token, &problem),
            // An unused node may be the one that is missing at the place of an error.
            Severity::Warning if allowed || wrong => {}
            Severity::Warning => diagnostics.warning(token.span(), &problem),
        }
    }
}

/// Returns the token at a place, and whether its statement has `#[allow(unused)]`.
fn token(scenario: &Scenario, place: Place) -> (&Ident, bool) {
    match place {
        Place::Input(i) => match scenario.inputs.get(i) {
            Some(input) => (&input.name, input.allow_unused),
            None => (&scenario.lost[i - scenario.inputs.len()].name, true),
        },
        Place::Output(c, o) => match scenario.calls.get(c) {
            Some(call) => (&call.outputs[o], call.allow_unused),
            None => (&scenario.subscenarios[c - scenario.calls.len()].name, true),
        },
        Place::Argument(c, a) => match scenario.calls.get(c) {
            Some(call) => (&call.arguments[a].node.first, call.allow_unused),
            None => {
                let node = scenario.subscenarios[c - scenario.calls.len()].nodes().nth(a);
                (&node.unwrap_or_else(|| unreachable!("a place is one of the wiring")).1.first, true)
            }
        },
        Place::Branch(b) => (&scenario.branches[b].input, true),
    }
}

/// Reports a subscenario where a node belongs, and a field of a node.
fn nodes_of_subscenarios(scenario: &Scenario, diagnostics: &mut Diagnostics) {
    let arguments = scenario.calls.iter().flat_map(|call| &call.arguments).map(|argument| &argument.node);
    let given = scenario.subscenarios.iter().flat_map(Subscenario::nodes).map(|(_, node)| node);
    for node in arguments.chain(given) {
        let (is_subscenario, name) = (scenario.subscenario(&node.first).is_some(), &node.first);
        match node.within.first() {
            None if is_subscenario => {
                diagnostics.error(
                    name,
                    format!("`{name}` is a subscenario: write `{name}.node`, with one of its nodes"),
                );
            }
            Some(field) if !is_subscenario && scenario.maker(&name.clone().into()).is_some() => {
                diagnostics.error(field, NO_FIELD);
            }
            _ => {}
        }
    }
}
