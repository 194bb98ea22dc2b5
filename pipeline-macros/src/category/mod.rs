//! `#[derive(Category)]`: makes an enum a closed set of names.

mod expand;
mod model;
mod parse;

use crate::diagnostics::Diagnostics;
use crate::{debug, krate};
use proc_macro2::TokenStream;

/// Expands `#[derive(Category)]` on `input`.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let category = parse::parse(input, &mut diagnostics);
    let mut expansion = match &category {
        Some(category) if !diagnostics.has_errors() => {
            krate::resolve(expand::category(category), category.krate.as_ref())
        }
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
