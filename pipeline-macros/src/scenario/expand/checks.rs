//! Generates the checks that need a task's signature or a type. Each is its own constant, so that all errors are reported at
//! once, and panics at the token that is wrong.

use super::names::{self, node_type, task, type_text};
use super::subscenario;
use crate::caret::{at, called};
use crate::scenario::model::{Call, FileOptions, Maker, Scenario};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use skipstone_wiring::Passing;

/// Generates the checks of the inputs.
pub(super) fn inputs(scenario: &Scenario) -> TokenStream {
    let checks = scenario.inputs.iter().enumerate().map(|(i, input)| {
        let ty = node_type(scenario, Maker::Input(i));
        let secret = input.secret.then(|| {
            let check = at(input.name.span(), quote!(__s::type_of::<#ty>()), quote!(check_secret), quote!());
            quote! { const _: () = #check; }
        });
        let options = input.options.as_ref().map(|FileOptions { attribute, place, .. }| {
            let check = at(*place, quote!(__s::type_of::<#ty>()), quote!(check_options), quote!(#attribute));
            quote! { const _: () = #check; }
        });
        quote! { #secret #options }
    });
    quote! { #(#checks)* }
}

/// Generates the checks of calls.
pub(super) fn calls<'a>(
    scenario: &'a Scenario,
    calls: impl Iterator<Item = (usize, &'a Call)>,
) -> TokenStream {
    let (tasks, others): (Vec<_>, Vec<_>) = calls.map(|(c, call)| self::call(scenario, c, call)).unzip();
    let nodes = names::nodes(scenario);
    quote! {
        type __To<const __NODE: ::core::primitive::usize, __TASK, const __INDEX: ::core::primitive::usize> =
            __s::Passed<#nodes, __NODE, __TASK, __INDEX>;
        // The compiler warns about a deprecated task where it is imported.
        #[allow(deprecated)]
        const _: () = { #(#tasks)* };
        #(#others)*
    }
}

/// Generates the checks that the arms of branches make nodes of the same types.
pub(super) fn arms(scenario: &Scenario) -> TokenStream {
    let mut checks = TokenStream::new();
    for (c, call) in scenario.calls.iter().enumerate().filter(|(_, call)| !call.arms.is_empty()) {
        for (o, output) in call.outputs.iter().enumerate() {
            let here = node_type(scenario, Maker::Call(c, o));
            match scenario.maker(&output.clone().into()) {
                Some(first @ Maker::Call(other, _)) if other != c => {
                    let first = node_type(scenario, first);
                    let ty = at(output.span(), quote!(__s::type_of::<#here>()), quote!(it), quote!());
                    let both_make = called("both_make", output.span());
                    checks.extend(
                        quote! { const _: fn() = || __s::#both_make(__s::type_of::<#first>(), #ty); },
                    );
                }
                _ => {}
            }
        }
    }
    checks
}

/// Generates the check that a call is one of a task, and the others.
fn call(scenario: &Scenario, c: usize, call: &Call) -> (TokenStream, TokenStream) {
    let (task, constant) = (task(c), names::call(c).to_token_stream());
    let places = scenario.origin.as_ref().map(|origin| (origin, &origin.calls[c]));
    // Where the mistake is in a file; empty if it is at the caret.
    let below = |place: Option<String>| place.unwrap_or_default();
    let check = |span: Span, name: TokenStream, arguments: TokenStream| {
        let check = at(span, constant.clone(), name, arguments);
        quote! { const _: () = #check; }
    };

    // Stable Rust can't join the spans of a path, so errors point at the name of the function.
    let name = call.path.segments.last().map_or_else(Span::call_site, |segment| segment.ident.span());
    let text = call.task();
    let at_function = below(places.map(|(origin, call)| origin.excerpt(&call.function)));
    let of_task = at(name, constant.clone(), quote!(check), quote!(#text, #at_function));
    let count = Literal::usize_unsuffixed(call.outputs.len());
    let at_outputs = below(places.map(|(origin, call)| origin.excerpt(&call.outputs)));
    let outputs = check(call.outputs[0].span(), quote!(check_outputs), quote!(#count, #at_outputs));
    let arguments = call.arguments.iter().enumerate().map(|(a, argument)| {
        let index = Literal::usize_unsuffixed(a);
        let span = argument.node.span();
        let excerpt = |of_node: bool| {
            below(places.map(|(origin, call)| {
                let (parameter, node) = &call.arguments[a];
                origin.excerpt(if of_node { node } else { parameter })
            }))
        };
        let named = argument.parameter.as_ref();
        let parameter = || {
            let below = excerpt(false);
            let span = named.map_or(span, Ident::span);
            check(span, quote!(check_parameter), quote!(#index, #below))
        };
        let passed_to = names::parameter(c, call, a);
        let in_subscenario =
            scenario.subscenario(&argument.node.first).is_some() && !argument.node.within.is_empty();
        if in_subscenario || matches!(argument.passing, Passing::Each | Passing::Cross) {
            if argument.reported {
                return parameter();
            }
            let (parameter, check) =
                (parameter(), subscenario::check_argument(scenario, c, a, argument, &passed_to));
            return quote! { #parameter #check };
        }
        let maker = scenario.maker(&argument.node).filter(|_| !argument.reported);
        let Some(maker) = maker else { return parameter() };
        let number = names::number(scenario, maker);
        let passed = quote!(<__To<#number, #task, #passed_to>>);
        let given = at(span, quote!(#passed::GIVEN), quote!(it), quote!());
        let with_parts = matches!(argument.passing, Passing::All | Passing::Last(_)).then(|| {
            let (ty, parts_of) = (node_type(scenario, maker), called("parts_of", span));
            let ty = at(span, quote!(__s::type_of::<#ty>()), quote!(it), quote!());
            quote_spanned! {span=> const _: fn() = || { __s::#parts_of(#ty); }; }
        });
        let of_type = match (named, places) {
            (None, None) => {
                check(span, called("check_argument", span).to_token_stream(), quote!(#index, #given))
            }
            (Some(_), None) => {
                let node = check(span, called("check_node", span).to_token_stream(), quote!(#index, #given));
                let parameter = parameter();
                quote! { #parameter #node }
            }
            // A type error of the compiler could not show a place in another file.
            (_, Some(_)) => {
                let (found, below) = (type_text(scenario, maker), excerpt(true));
                let arguments = quote!(#index, #passed::SAME, &#passed::GIVEN, #found, #below);
                let (parameter, ty) = (parameter(), check(span, quote!(check_type), arguments));
                quote! { #parameter #ty }
            }
        };
        quote! { #of_type #with_parts }
    });
    // If the path is unresolved, the compiler reports that. This use of the function suppresses a second error.
    let function = call.types.is_empty().then(|| quote!(let _ = #task;));
    let of_task = quote! { const _: () = { #function #of_task }; };
    (of_task, quote! { #outputs #(#arguments)* })
}
