//! `scenario!`: wiring that reads like calling functions, and a type whose fields are the nodes.

mod attributes;
mod check;
mod expand;
mod file;
mod file_checks;
mod functions;
mod model;
mod parse;

use crate::debug;
use crate::diagnostics::Diagnostics;
use proc_macro2::TokenStream;

/// The expansion of `scenario! { input }` in a package of which this commit is checked out.
pub(crate) fn scenario(input: TokenStream, commit: Option<&str>) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let Some(scenario) = parse::parse(input, &mut diagnostics) else {
        return diagnostics.into_tokens();
    };
    check::check(&scenario, &mut diagnostics);
    // A type with the right nodes is there even when the wiring is wrong, as long as it can be told,
    // so that the code around it says nothing about the scenario's mistakes.
    let name = scenario.name.to_string();
    let mut expansion = match diagnostics.has_errors() {
        true => expand::stand_in(scenario),
        false => expand::scenario(&scenario, commit),
    };
    expansion.extend(diagnostics.into_tokens());
    debug::print(&name, &expansion);
    expansion
}

#[cfg(test)]
mod tests;
