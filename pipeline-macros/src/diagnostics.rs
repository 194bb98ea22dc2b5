//! All the errors of one macro call, reported together.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use std::fmt::Display;

/// Collects what is wrong, so that a user sees everything at once.
#[derive(Default)]
pub(crate) struct Diagnostics {
    errors: Option<syn::Error>,
    warnings: Vec<(Span, String)>,
}

impl Diagnostics {
    /// An error with the caret under `tokens`.
    pub(crate) fn error(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// An error found by syn.
    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.errors {
            Some(errors) => errors.combine(error),
            None => self.errors = Some(error),
        }
    }

    /// A warning with the caret at `span`.
    pub(crate) fn warning(&mut self, span: Span, message: impl Display) {
        self.warnings.push((span, message.to_string()));
    }

    /// Whether the build has to stop.
    pub(crate) fn has_errors(&self) -> bool {
        self.errors.is_some()
    }

    /// The errors, for who reports them with others.
    pub(crate) fn into_errors(self) -> Option<syn::Error> {
        self.errors
    }

    /// Items that make the compiler say all this.
    ///
    /// Stable Rust gives macros no way to warn; the use of a deprecated item is one, and its note is
    /// the message.
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

    /// The messages of the errors, for unit tests.
    #[cfg(test)]
    pub(crate) fn messages(self) -> Vec<String> {
        self.errors.into_iter().flatten().map(|error| error.to_string()).collect()
    }
}
