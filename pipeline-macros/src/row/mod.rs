//! `#[derive(Row)]`: makes a struct the row type of a table.

mod expand;
mod model;
mod parse;
mod serde;

pub(crate) use parse::{csv, excel};

use crate::diagnostics::Diagnostics;
use crate::{debug, krate};
use proc_macro2::TokenStream;

/// Expands `#[derive(Row)]` on `input`.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let row = parse::parse(input, &mut diagnostics);
    let mut expansion = match &row {
        Some(row) if !diagnostics.has_errors() => krate::resolve(expand::row(row), row.krate.as_ref()),
        _ => TokenStream::new(),
    };
    expansion.extend(diagnostics.into_tokens());
    if let Some(row) = &row {
        debug::print(&row.name.to_string(), &expansion);
    }
    expansion
}

#[cfg(test)]
mod tests;
