//! Collects the errors and warnings of one macro call and reports them together.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use std::fmt::Display;

/// The errors and warnings so far. All of them are shown at once.
#[derive(Default)]
pub(crate) struct Diagnostics {
    errors: Option<syn::Error>,
    warnings: Vec<(Span, String)>,
}

impl Diagnostics {
    /// Adds an error with the caret under `tokens`.
    pub(crate) fn error(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// Adds an error from `syn`.
    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.errors {
            Some(errors) => errors.combine(error),
            None => self.errors = Some(error),
        }
    }

    /// Adds a warning with the caret at `span`.
    pub(crate) fn warning(&mut self, span: Span, message: impl Display) {
        self.warnings.push((span, message.to_string()));
    }

    /// Returns whether there are errors.
    pub(crate) fn has_errors(&self) -> bool {
        self.errors.is_some()
    }

    /// Returns the errors, for a caller that reports them with others.
    pub(crate) fn into_errors(self) -> Option<syn::Error> {
        self.errors
    }

    /// Returns items that make the compiler print the errors and warnings.
    ///
    /// On stable Rust, a macro can't emit a warning. Using a deprecated item causes one, with the item's note as the
    /// message.
    pub(crate) fn into_tokens(self) -> TokenStream {
        let mut tokens = self.errors.map(|errors| errors.into_compile_error()).unwrap_or_default();
        for (span, message) in self.warnings {
            let item = format_ident!("unused", span = span);
            tokens.extend(quote_spanned! {span=>
                const _: () = {
                    #[deprecated(note = #message)]
                    #[allow(non_upper_case_globals)]
                    const #item: () = ();
                    #item
                };
            });
        }
        tokens
    }

    /// Returns the messages of the errors, for unit tests.
    #[cfg(test)]
    pub(crate) fn messages(self) -> Vec<String> {
        self.errors.into_iter().flatten().map(|error| error.to_string()).collect()
    }
}
