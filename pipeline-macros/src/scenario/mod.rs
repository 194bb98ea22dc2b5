//! `scenario!`: wiring that looks like function calls, and a type whose fields are the nodes.

mod attributes;
mod check;
mod condition;
mod expand;
mod fields;
mod file;
mod model;
mod origin;
mod parse;

use crate::diagnostics::Diagnostics;
use crate::{debug, krate};
use proc_macro2::TokenStream;

/// The sources that a program is compiled from.
#[derive(Debug, Default)]
pub(crate) struct Build {
    /// The Git commit that is checked out.
    pub(crate) commit: Option<String>,
    /// The files of the package, and the files that the compiler may read for it.
    pub(crate) sources: skipstone_fingerprint::Sources,
}

/// Expands `scenario! { input }`.
pub(crate) fn scenario(input: TokenStream, build: &Build) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let Some(mut scenario) = parse::parse(input, &mut diagnostics) else {
        return diagnostics.into_tokens();
    };
    if check::clashes(&scenario, &mut diagnostics) {
        // The type can't be defined.
        return diagnostics.into_tokens();
    }
    check::check(&mut scenario, &mut diagnostics);
    fields::check(&mut scenario, &mut diagnostics);
    // Generate the type with its nodes even if the wiring is wrong, so that the code that uses it causes no further
    // errors.
    let (name, path) = (scenario.name.to_string(), scenario.krate.clone());
    let expansion = match diagnostics.has_errors() {
        true => expand::stand_in(&scenario),
        false => expand::scenario(&scenario, build),
    };
    let mut expansion = krate::resolve(expansion, path.as_ref());
    expansion.extend(diagnostics.into_tokens());
    debug::print(&name, &expansion);
    expansion
}

#[cfg(test)]
mod tests;
