//! `#[derive(Row)]`: a struct as the row type of a table.

mod expand;
mod model;
mod parse;

pub(crate) use parse::{csv, excel};

use crate::debug;
use crate::diagnostics::Diagnostics;
use proc_macro2::TokenStream;

/// The expansion of `#[derive(Row)]` on `input`.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let row = parse::parse(input, &mut diagnostics);
    let mut expansion = match &row {
        Some(row) if !diagnostics.has_errors() => expand::row(row),
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
