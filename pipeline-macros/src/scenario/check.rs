//! What the names in a [`Scenario`] show to be wrong: the checks of `pipeline-wiring`, with carets.

use super::model::Scenario;
use crate::diagnostics::Diagnostics;
use proc_macro2::Ident;
use skipstone_wiring::{Place, ProblemKind, Severity};

/// Reports every problem at the token that the user must change.
pub(crate) fn check(scenario: &Scenario, diagnostics: &mut Diagnostics) {
    if scenario.origin.is_some() {
        // It was checked where its lines are known.
        return;
    }
    if diagnostics.has_errors() && scenario.calls.is_empty() {
        return;
    }
    let unread = diagnostics.has_errors();
    let problems = skipstone_wiring::check(&scenario.wiring());
    let wrong = unread || problems.iter().any(|problem| problem.severity() == Severity::Error);
    for problem in problems {
        // A statement that could not be read leaves its node unknown.
        if unread && matches!(problem.kind, ProblemKind::UnknownNode { .. }) {
            continue;
        }
        let (token, allowed) = token(scenario, problem.place);
        match problem.severity() {
            Severity::Error => diagnostics.error(token, &problem),
            // What nothing reads may be meant for the place where the error is.
            Severity::Warning if allowed || wrong => {}
            Severity::Warning => diagnostics.warning(token.span(), &problem),
        }
    }
}

/// The token at a place, and whether `#[allow(unused)]` stands before its statement.
fn token(scenario: &Scenario, place: Place) -> (&Ident, bool) {
    match place {
        Place::Input(i) => (&scenario.inputs[i].name, scenario.inputs[i].allow_unused),
        Place::Output(c, o) => (&scenario.calls[c].outputs[o], scenario.calls[c].allow_unused),
        Place::Argument(c, a) => (&scenario.calls[c].arguments[a].node, scenario.calls[c].allow_unused),
    }
}
