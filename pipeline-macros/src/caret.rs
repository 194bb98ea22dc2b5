//! Expressions whose errors the compiler reports at a token of the user.
//!
//! The compiler takes the place of an expression from its first and its last token, if both are the user's. Here, they are
//! parentheses, so that an editor finds no name at that place.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Type;

/// Generates `(value).name(arguments)` at a place: the compiler's caret is there, and there is no name for an editor.
pub(crate) fn at(place: Span, value: TokenStream, name: TokenStream, arguments: TokenStream) -> TokenStream {
    between([place, place], value, name, arguments)
}

/// Generates `(value).name(arguments)` at the place of a type.
pub(crate) fn at_type(
    place: &Type,
    value: TokenStream,
    name: TokenStream,
    arguments: TokenStream,
) -> TokenStream {
    let tokens: Vec<TokenTree> = place.to_token_stream().into_iter().collect();
    let span = |token: Option<&TokenTree>| token.map_or_else(Span::call_site, TokenTree::span);
    between([tokens.first(), tokens.last()].map(span), value, name, arguments)
}

fn between(ends: [Span; 2], value: TokenStream, name: TokenStream, arguments: TokenStream) -> TokenStream {
    let [value, arguments] = [(ends[0], value), (ends[1], arguments)].map(|(span, tokens)| {
        let mut group = Group::new(Delimiter::Parenthesis, tokens);
        group.set_span(span);
        group
    });
    quote! { #value.#name #arguments }
}
