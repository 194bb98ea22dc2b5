//! Generates what a scenario has of its parts: their types, their definitions in the graph, and the checks of what is passed to
//! them; and the interface by which other scenarios use this one as a part.

use super::names::{self, node_type};
use super::value::value;
use crate::caret::{at, called};
use crate::scenario::model::{Argument, Given, GivenValue, NodeName, Part, Scenario};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use skipstone_fingerprint::is_editor;
use syn::ext::IdentExt;

/// Generates the constant that scenarios which use this one need.
pub(super) fn interface(scenario: &Scenario) -> TokenStream {
    let text = |name: &Ident| name.unraw().to_string();
    let name = text(&scenario.name);
    let required = scenario.required().map(|(_, input)| text(&input.name));
    let secrets = scenario.inputs.iter().filter(|input| input.secret).map(|input| text(&input.name));
    quote! {
        const INTERFACE: __s::Interface = __s::Interface {
            scenario: #name,
            required: &[#(#required),*],
            secrets: &[#(#secrets),*],
        };
    }
}

/// Generates the types of the parts.
pub(super) fn types(scenario: &Scenario) -> TokenStream {
    let types = scenario.parts.iter().enumerate().map(|(p, part)| {
        let (name, path) = (names::part(p), &part.path);
        quote! { type #name = #path; }
    });
    quote! { #(#types)* }
}

/// Generates a closure that leads to a field of a part. All of its tokens have the place of the last name, at which the compiler
/// reports what is wrong with it; an editor finds only the names there.
fn field(part: &Ident, names: &[&Ident]) -> TokenStream {
    let place = names.last().map_or_else(Span::call_site, |name| name.span());
    let place = if is_editor() { Span::call_site() } else { place };
    let mut part = part.clone();
    part.set_span(place);
    let start = quote_spanned! {place=> |__part: &#part| &__part };
    names.iter().fold(start, |path, name| {
        let dot = quote_spanned!(place=> .);
        quote! { #path #dot #name }
    })
}

/// Generates the type of a node as a value.
fn node(scenario: &Scenario, node: &NodeName) -> Option<TokenStream> {
    match scenario.part(&node.first) {
        Some(p) => {
            let field = field(&names::part(p), &node.within.iter().collect::<Vec<_>>());
            let in_part = called_in("in_part", node.span());
            Some(quote! { #in_part(#field) })
        }
        None => {
            let ty = node_type(scenario, scenario.maker(node)?);
            Some(quote! { __s::type_of::<#ty>() })
        }
    }
}

/// Generates the type of an input of a part as a value.
fn input(p: usize, input: &Ident) -> TokenStream {
    let (field, input_of) = (field(&names::part(p), &[input]), called_in("input_of", input.span()));
    quote! { #input_of(#field) }
}

/// Generates the path of a function whose argument is at this place.
fn called_in(function: &str, place: Span) -> TokenStream {
    let function = called(function, place);
    let place = function.span();
    quote_spanned! {place=> __s::#function }
}

/// Generates `.part(…)` for each part.
pub(super) fn definitions(scenario: &Scenario) -> TokenStream {
    let definitions = scenario.parts.iter().enumerate().map(|(p, Part { docs, name, given, .. })| {
        let (text, ty) = (name.unraw().to_string(), names::part(p));
        let docs = (!docs.is_empty()).then(|| quote!(.docs(#docs)));
        let new = quote! {
            ::skipstone::graph::PartDef::new(#text, <#ty as ::skipstone::ScenarioType>::graph())#docs
        };
        let definition = given.iter().fold(new, |part, Given { input, value }| {
            let name = input.unraw().to_string();
            match value {
                GivenValue::Node(node) => {
                    let node = node.text();
                    quote! { #part.node(#name, #node) }
                }
                GivenValue::Value(value) => {
                    let slot = self::input(p, input);
                    let value = self::value(value);
                    quote! { __s::value(#part, #name, #slot, || #value) }
                }
            }
        });
        quote! { .part(#definition) }
    });
    quote! { #(#definitions)* }
}

/// Generates the checks of what is passed to the parts.
pub(super) fn checks(scenario: &Scenario) -> TokenStream {
    let mut checks = TokenStream::new();
    for (p, part) in scenario.parts.iter().enumerate() {
        let ty = names::part(p);
        let of_part = quote!(__s::part::<#ty>());
        if part.complete {
            let name = part.path.segments.last().map_or_else(Span::call_site, |segment| segment.ident.span());
            let given = part.given.iter().map(|given| given.input.unraw().to_string());
            let check = at(name, of_part.clone(), quote!(check), quote!(&[#(#given),*], ""));
            checks.extend(quote! { const _: () = #check; });
        }
        for Given { input, value } in &part.given {
            let (name, slot) = (input.unraw().to_string(), self::input(p, input));
            match value {
                GivenValue::Value(_) => {
                    let check = at(input.span(), of_part.clone(), quote!(check_value), quote!(#name, ""));
                    checks.extend(quote! {
                        const _: () = #check;
                        const _: fn() = || { let _ = #slot; };
                    });
                }
                GivenValue::Node(given) => {
                    let Some(node) = node(scenario, given) else { continue };
                    let node = at(given.span(), node, quote!(it), quote!());
                    let passed = called_in("passed", given.span());
                    checks.extend(quote! { const _: fn() = || #passed(#slot, #node); });
                }
            }
        }
    }
    checks
}

/// Generates the check of an argument that is a node of a part. `parameter` is the index of the parameter that gets it.
pub(super) fn check_argument(
    scenario: &Scenario,
    c: usize,
    a: usize,
    argument: &Argument,
    parameter: &TokenStream,
) -> Option<TokenStream> {
    let (call, task, span) = (names::call(c), names::task(c), argument.node.span());
    let node = node(scenario, &argument.node)?;
    let index = Literal::usize_unsuffixed(a);
    let table =
        at(span, call.to_token_stream(), quote!(check_data), quote!(#index, &__s::data_in_part(#node)));
    let expected = quote!(__s::ReadBy<#task, #parameter>);
    let given = at(span, quote!(__s::given_from::<_, #expected>(#node)), quote!(given), quote!());
    let feeds = called_in("given", span);
    Some(quote! {
        const _: () = #table;
        const _: fn() = || #feeds(#given);
    })
}
