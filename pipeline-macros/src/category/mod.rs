//! `#[derive(Category)]`: an enum as a closed set of names.

mod expand;
mod model;
mod parse;

use crate::debug;
use crate::diagnostics::Diagnostics;
use proc_macro2::TokenStream;

/// The expansion of `#[derive(Category)]` on `input`.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let category = parse::parse(input, &mut diagnostics);
    let mut expansion = match &category {
        Some(category) if !diagnostics.has_errors() => expand::category(category),
        _ => TokenStream::new(),
    };
    expansion.extend(diagnostics.into_tokens());
    if let Some(category) = &category {
        debug::print(&category.name.to_string(), &expansion);
    }
    expansion
}

#[cfg(test)]
mod tests;
