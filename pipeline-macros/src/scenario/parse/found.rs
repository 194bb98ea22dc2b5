//! What could be read of a statement, and what is wrong with it.

use super::words::end_of;
use crate::scenario::model::{Call, Input, Lost, Subscenario};
use proc_macro2::{Span, TokenStream, TokenTree};
use syn::Ident;

/// What could be read of a statement.
#[derive(Default)]
pub(super) struct Read {
    pub(super) input: Option<Input>,
    pub(super) call: Option<Call>,
    pub(super) subscenario: Option<Subscenario>,
    /// The nodes whose types are unknown.
    pub(super) lost: Vec<Lost>,
    /// A path without arguments.
    pub(super) stray: Option<TokenStream>,
    /// Whether it may define nodes whose names are unknown.
    pub(super) unnamed: bool,
    pub(super) problems: Vec<syn::Error>,
}

impl Read {
    pub(super) fn problem(&mut self, span: Span, message: impl std::fmt::Display) {
        self.problems.push(syn::Error::new(span, message));
    }

    /// Ends with nodes of unknown types.
    pub(super) fn losing(mut self, names: &[Ident], docs: &str, input: bool) -> Read {
        let lost = names.iter().map(|name| Lost { name: name.clone(), docs: docs.into(), input });
        self.lost.extend(lost);
        self
    }
}

/// Returns the error with a place in the tokens: at their end, if it is about what is missing there.
pub(super) fn located(error: syn::Error, tokens: &[TokenTree]) -> syn::Error {
    let text = error.to_string();
    match text.strip_prefix("unexpected end of input, ") {
        Some(text) => syn::Error::new(end_of(tokens), format!("{text} after this")),
        None => error,
    }
}
