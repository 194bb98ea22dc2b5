//! What items are called, and what is inside of them by name.

use super::tokens;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use std::collections::BTreeSet;
use syn::Item;
use syn::ext::IdentExt;

pub(super) fn kind_and_name(item: &Item) -> (&'static str, Option<&syn::Ident>) {
    match item {
        Item::Const(item) => ("const", Some(&item.ident)),
        Item::Enum(item) => ("enum", Some(&item.ident)),
        Item::ExternCrate(item) => {
            ("extern crate", Some(item.rename.as_ref().map_or(&item.ident, |(_, name)| name)))
        }
        Item::Fn(item) => ("fn", Some(&item.sig.ident)),
        Item::ForeignMod(_) => ("extern functions", None),
        Item::Static(item) => ("static", Some(&item.ident)),
        Item::Struct(item) => ("struct", Some(&item.ident)),
        Item::Trait(item) => ("trait", Some(&item.ident)),
        Item::TraitAlias(item) => ("trait", Some(&item.ident)),
        Item::Type(item) => ("type", Some(&item.ident)),
        Item::Union(item) => ("union", Some(&item.ident)),
        _ => ("item", None),
    }
}

/// Names by which an item is reached without its own: members of a trait (a method is called where the
/// trait is not named), foreign functions. Not the variants of an enum: whoever uses them alone has a
/// `use` that names the enum.
pub(super) fn inner_names(item: &Item) -> Vec<String> {
    match item {
        Item::Trait(item) => item
            .items
            .iter()
            .filter_map(|member| match member {
                syn::TraitItem::Fn(member) => Some(member.sig.ident.unraw().to_string()),
                syn::TraitItem::Const(member) => Some(member.ident.unraw().to_string()),
                syn::TraitItem::Type(member) => Some(member.ident.unraw().to_string()),
                _ => None,
            })
            .chain(item.items.iter().flat_map(|member| match member {
                // Whatever it makes, it makes of its words.
                syn::TraitItem::Macro(call) => tokens::read_call(call.mac.tokens.clone()).1.idents,
                _ => BTreeSet::new(),
            }))
            .collect(),
        Item::ForeignMod(item) => item
            .items
            .iter()
            .filter_map(|member| match member {
                syn::ForeignItem::Fn(member) => Some(member.sig.ident.unraw().to_string()),
                syn::ForeignItem::Static(member) => Some(member.ident.unraw().to_string()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// `Display for Scored`.
pub(super) fn header_text(header: &syn::ItemImpl) -> String {
    let ty = spaced(header.self_ty.to_token_stream());
    match &header.trait_ {
        Some((_, path, _)) => format!("{} for {ty}", spaced(path.to_token_stream())),
        None => ty,
    }
}

pub(super) fn spaced(tokens: TokenStream) -> String {
    tokens
        .to_string()
        .replace(" ::", "::")
        .replace(":: ", "::")
        .replace(" <", "<")
        .replace("< ", "<")
        .replace(" >", ">")
}

pub(super) fn word_before_brace(tokens: TokenStream) -> Option<String> {
    let mut last = None;
    for token in tokens {
        match token {
            TokenTree::Ident(word) => last = Some(word.to_string()),
            TokenTree::Group(group) if is_brace(&group) => break,
            _ => {}
        }
    }
    last
}

pub(super) fn is_brace(group: &Group) -> bool {
    group.delimiter() == Delimiter::Brace
}

/// The names of a function's parameters.
pub(super) fn parameters(function: &syn::ItemFn) -> Vec<String> {
    let names = function.sig.inputs.iter().filter_map(|input| match input {
        syn::FnArg::Typed(input) => match &*input.pat {
            syn::Pat::Ident(name) => Some(name.ident.unraw().to_string()),
            _ => None,
        },
        syn::FnArg::Receiver(_) => None,
    });
    // In the signature a type or a constant of that name would still be meant.
    let signature: TokenStream = function
        .sig
        .inputs
        .iter()
        .filter_map(|input| match input {
            syn::FnArg::Typed(input) => Some(input.ty.to_token_stream()),
            syn::FnArg::Receiver(_) => None,
        })
        .chain([function.sig.output.to_token_stream(), function.sig.generics.to_token_stream()])
        .collect();
    let signature = tokens::read(signature).1.idents;
    names.filter(|name| !signature.contains(name)).collect()
}
