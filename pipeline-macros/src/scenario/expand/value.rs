//! Generates the values of inputs.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Lit};

/// Generates the value that an expression has for an input. A string for a path type becomes a path; every other expression must
/// have the type of the input.
pub(super) fn value(expression: &Expr) -> TokenStream {
    match expression {
        Expr::Lit(literal) if matches!(literal.lit, Lit::Str(_)) => {
            quote_spanned! {expression.span()=> __s::text_default(#expression) }
        }
        _ => expression.to_token_stream(),
    }
}
