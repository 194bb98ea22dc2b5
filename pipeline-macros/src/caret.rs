//! Expressions whose errors the compiler reports at a token of the user.
//!
//! The compiler takes the place of an expression from its first and its last token, if both are the user's. Here, they are
//! parentheses, so that an editor finds no name at that place.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use skipstone_fingerprint::is_editor;
use syn::Type;

/// Returns the name of a called function, for a call whose argument is at this place: the compiler would also show the place of
/// the function if it were elsewhere. An editor would find the function at the place.
pub(crate) fn called(name: &str, place: Span) -> Ident {
    Ident::new(name, if is_editor() { Span::call_site() } else { place })
}

/// Generates `(value).name(arguments)` at a place: the compiler's caret is there, and an editor finds no name.
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
