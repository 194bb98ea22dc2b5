//! The library's name in the user's package.
//!
//! Expansions are written with `::skipstone`. The manifest may rename the dependency, and another crate may re-export it: then
//! the name is found in the manifest, or given by `#[task(crate = …)]` or `#[skipstone(crate = …)]`.

use crate::diagnostics::Diagnostics;
use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::{Group, Ident, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{Attribute, Path};

/// Replaces `::skipstone` in generated tokens by the library's name in this package.
pub(crate) fn resolve(expansion: TokenStream, given: Option<&Path>) -> TokenStream {
    let named = match given {
        Some(path) => Named::Path(path.clone()),
        None => match crate_name("skipstone") {
            Ok(FoundCrate::Name(name)) if name != "skipstone" => Named::Ident(name),
            // A package without an entry in its manifest, or a build without cargo: the compiler resolves the name.
            Ok(_) | Err(_) => return expansion,
        },
    };
    replaced(expansion, &named)
}

/// Parses `#[skipstone(crate = path)]`.
pub(crate) fn option(attributes: &[Attribute], diagnostics: &mut Diagnostics) -> Option<Path> {
    let mut found = None;
    for attribute in attributes.iter().filter(|attribute| is_option(attribute)) {
        let parsed = attribute.parse_nested_meta(|meta| match meta.path.is_ident("crate") {
            true => {
                found = Some(meta.value()?.parse()?);
                Ok(())
            }
            false => Err(meta.error("`#[skipstone]` has only the option `crate = path`")),
        });
        if let Err(error) = parsed {
            diagnostics.push(error);
        }
    }
    found
}

/// Whether this is the attribute of [`option`].
pub(crate) fn is_option(attribute: &Attribute) -> bool {
    attribute.path().is_ident("skipstone")
}

enum Named {
    /// The name of a dependency.
    Ident(String),
    /// A path, as the user wrote it.
    Path(Path),
}

impl Named {
    fn at(&self, span: Span) -> TokenStream {
        match self {
            Named::Ident(name) => {
                let name = Ident::new(name, span);
                quote_spanned! {span=> ::#name }
            }
            Named::Path(path) => path.to_token_stream(),
        }
    }
}

fn replaced(tokens: TokenStream, named: &Named) -> TokenStream {
    let mut all = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    // Tokens of a `::` whose next token is not known yet.
    let mut colons: Vec<TokenTree> = Vec::new();
    while let Some(token) = tokens.next() {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == ':' => {
                let ends = !colons.is_empty() || punct.spacing() == Spacing::Alone;
                colons.push(token);
                if !ends || (colons.len() == 2 && matches!(tokens.peek(), Some(TokenTree::Ident(_)))) {
                    continue;
                }
            }
            TokenTree::Ident(ident) if colons.len() == 2 && *ident == "skipstone" && !follows_path(&all) => {
                colons.clear();
                all.extend(named.at(ident.span()));
                continue;
            }
            TokenTree::Group(group) => {
                all.extend(colons.drain(..));
                let mut inner = Group::new(group.delimiter(), replaced(group.stream(), named));
                inner.set_span(group.span());
                all.extend([TokenTree::Group(inner)]);
                continue;
            }
            _ => colons.push(token),
        }
        all.extend(colons.drain(..));
    }
    all.extend(colons);
    all
}

/// Whether the tokens end with a name, so that a `::` after them continues its path. After a keyword, such as `as` or `for`,
/// a path begins.
fn follows_path(tokens: &TokenStream) -> bool {
    match tokens.clone().into_iter().last() {
        Some(TokenTree::Ident(ident)) => syn::parse_str::<Ident>(&ident.to_string()).is_ok(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    fn renamed(tokens: TokenStream) -> String {
        replaced(tokens, &Named::Path(syn::parse_quote!(platform::flow))).to_string()
    }

    #[test]
    fn the_library_has_the_name_that_the_package_gives_it() {
        let tokens = quote! { impl ::skipstone::Row for A { fn f(x: Vec<::skipstone::B>) -> ::skipstone::C { a::skipstone::f(x as ::skipstone::D) } } };
        let expected = quote! { impl platform::flow::Row for A { fn f(x: Vec<platform::flow::B>) -> platform::flow::C { a::skipstone::f(x as platform::flow::D) } } };
        assert_eq!(renamed(tokens), expected.to_string());
    }

    #[test]
    fn other_tokens_stay() {
        let tokens = quote! { struct A<'a, T: Copy> { x: ::core::f64, y: skipstone, z: [u8; 2] } let x: f64 = a::<T>::b(); };
        assert_eq!(renamed(tokens.clone()), tokens.to_string());
    }
}
