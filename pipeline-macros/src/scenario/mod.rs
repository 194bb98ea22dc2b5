//! `scenario!`: wiring that reads like calling functions, and a type whose fields are the nodes.

mod attributes;
mod check;
mod expand;
mod file;
mod file_checks;
mod functions;
mod model;
mod names;
mod origin;
mod parse;

use crate::debug;
use crate::diagnostics::Diagnostics;
use proc_macro2::TokenStream;

/// What a program is compiled from.
#[derive(Debug, Default)]
pub(crate) struct Build {
    /// The commit that is checked out.
    pub(crate) commit: Option<String>,
    /// Its files, and what the compiler may read for it.
    pub(crate) sources: skipstone_fingerprint::Sources,
}

/// The expansion of `scenario! { input }`.
pub(crate) fn scenario(input: TokenStream, build: &Build) -> TokenStream {
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
        false => expand::scenario(&scenario, build),
    };
    expansion.extend(diagnostics.into_tokens());
    debug::print(&name, &expansion);
    expansion
}

#[cfg(test)]
mod tests;
