//! Generates the checks that need a task's signature or a type. Each is its own constant, so that all errors are reported at
//! once, and panics at the token that is wrong.

use super::names::{self, node_type, parameter, task, type_text};
use crate::caret::{at, called};
use crate::scenario::model::{Call, FileOptions, Maker, Scenario};
use proc_macro2::{Span, TokenStream};
use quote::quote;

/// Generates the checks of the inputs.
pub(super) fn inputs(scenario: &Scenario) -> TokenStream {
    let checks = scenario.inputs.iter().enumerate().map(|(i, input)| {
        let ty = node_type(scenario, Maker::Input(i));
        let secret = input.secret.then(|| {
            let check =
                at(input.name.span(), quote!(__skipstone::type_of::<#ty>()), quote!(check_secret), quote!());
            quote! { const _: () = #check; }
        });
        let options = input.options.as_ref().map(|FileOptions { attribute, place, .. }| {
            let check =
                at(*place, quote!(__skipstone::type_of::<#ty>()), quote!(check_options), quote!(#attribute));
            quote! { const _: () = #check; }
        });
        quote! { #secret #options }
    });
    quote! { #(#checks)* }
}

/// Generates the checks of one call.
pub(super) fn call(scenario: &Scenario, c: usize, call: &Call) -> TokenStream {
    let (task, passed) = (task(c), names::call(c));
    let places = scenario.origin.as_ref().map(|origin| (origin, &origin.calls[c]));
    // Where the mistake is in a file; empty if it is at the caret.
    let below = |place: Option<String>| place.unwrap_or_default();
    let of_call = quote!(__skipstone::call_of::<#task>());
    let check = |span: Span, name: TokenStream, arguments: TokenStream| {
        let check = at(span, of_call.clone(), name, arguments);
        quote! { const _: () = #check; }
    };

    // Stable Rust can't join the spans of a path, so errors point at the name of the function.
    let name = call.path.segments.last().map_or_else(Span::call_site, |segment| segment.ident.span());
    let text = call.task();
    let at_function = below(places.map(|(origin, call)| origin.excerpt(&call.function)));
    let is_task = at(name, of_call.clone(), quote!(check_marked), quote!(#text, #at_function));
    let arity = check(name, quote!(check_call), quote!(&#passed, #at_function));
    let count = call.outputs.len();
    let at_outputs = below(places.map(|(origin, call)| origin.excerpt(&call.outputs)));
    let outputs = check(call.outputs[0].span(), quote!(check_outputs), quote!(#count, #at_outputs));
    let arguments = call.arguments.iter().enumerate().map(|(a, argument)| {
        let span = argument.parameter.as_ref().unwrap_or(&argument.node).span();
        let at_argument = below(places.map(|(origin, call)| origin.excerpt(&call.arguments[a].0)));
        check(span, quote!(check_argument), quote!(&#passed, #a, #at_argument))
    });
    let types = call.arguments.iter().enumerate().filter_map(|(a, argument)| {
        let span = argument.node.span();
        let maker = scenario.maker(&argument.node)?;
        let (node, found, parameter) =
            (node_type(scenario, maker), type_text(scenario, maker), parameter(c, a));
        let below = below(places.map(|(origin, call)| origin.excerpt(&call.arguments[a].1)));
        let tables = quote!(<__skipstone::Gives<__Node, __Expected>>::TABLES);
        let arguments = quote!(&#passed, #a, #tables, #found, #below);
        let table = at(span, of_call.clone(), quote!(check_table), arguments);
        let ty = match places {
            None => {
                let given =
                    at(span, quote!(__skipstone::gives::<__Node, __Expected>()), quote!(given), quote!());
                let feeds = called("__feeds", span);
                quote! { let _: fn() = || #feeds(#given); }
            }
            // A type error of the compiler could not show a place in another file.
            Some(_) => {
                let same = quote!(<__skipstone::Pair<__Node, __Expected>>::SAME);
                let arguments = quote!(&#passed, #a, #same, #tables, #found, #below);
                let check = at(span, of_call.clone(), quote!(check_type), arguments);
                quote! { #check; }
            }
        };
        Some(quote! {
            const _: () = {
                type __Node = #node;
                type __Expected = <#task as __skipstone::Parameter<#parameter>>::Accepts<__Node>;
                #table;
                #ty
            };
        })
    });
    quote! {
        const _: () = {
            // If the path is unresolved, the compiler reports that. This use of the function suppresses a second error.
            #[allow(deprecated)]
            let _ = #task;
            #is_task
        };
        #arity
        #outputs
        #(#arguments)*
        #(#types)*
    }
}
