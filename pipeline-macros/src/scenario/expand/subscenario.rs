//! Generates what a scenario has of its subscenarios: their types, their definitions in the graph, and the checks of what is
//! passed to them; and the interface by which other scenarios use this one as a subscenario.

use super::names::{self, node_type};
use super::value::value;
use crate::caret::{at, called};
use crate::scenario::model::{Argument, Given, GivenValue, Maker, NodeName, Scenario, Subscenario};
use crate::scenario::origin::Origin;
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use skipstone_fingerprint::is_editor;
use skipstone_wiring::{Passing, Span as Bytes};
use syn::ext::IdentExt;

/// Generates the constant that scenarios which use this one need.
pub(super) fn interface(scenario: &Scenario) -> TokenStream {
    let text = |name: &Ident| name.unraw().to_string();
    let name = text(&scenario.name);
    let required = scenario.required().map(|(_, input)| text(&input.name));
    let secrets = scenario.inputs.iter().filter(|input| input.secret).map(|input| text(&input.name));
    let mut deciding: Vec<String> = scenario.branches.iter().map(|branch| text(&branch.input)).collect();
    deciding.dedup();
    quote! {
        const INTERFACE: __s::Interface = __s::Interface {
            scenario: #name,
            required: &[#(#required),*],
            secrets: &[#(#secrets),*],
            deciding: &[#(#deciding),*],
        };
    }
}

/// Generates the types of the subscenarios.
pub(super) fn types(scenario: &Scenario) -> TokenStream {
    let types = scenario.subscenarios.iter().enumerate().map(|(p, subscenario)| {
        let (name, path) = (names::subscenario(p), &subscenario.path);
        quote! { type #name = #path; }
    });
    quote! { #(#types)* }
}

/// Generates the items, with the name of their place in a scenario file.
fn placed(scenario: &Scenario, place: impl Fn(&Origin) -> &Bytes, items: TokenStream) -> TokenStream {
    match &scenario.origin {
        Some(origin) => origin.placed(place(origin), items),
        None => items,
    }
}

/// Returns the place in a scenario file for the end of a message; empty for a scenario in Rust.
fn below(scenario: &Scenario, place: impl Fn(&Origin) -> &Bytes) -> String {
    scenario.origin.as_ref().map(|origin| origin.excerpt(place(origin))).unwrap_or_default()
}

/// Generates a closure that leads to a field of a subscenario. All of its tokens have the place of the last name, at which
/// the compiler reports what is wrong with it; an editor finds only the names there.
fn field(subscenario: &Ident, names: &[&Ident]) -> TokenStream {
    let place = names.last().map_or_else(Span::call_site, |name| name.span());
    let place = if is_editor() { Span::call_site() } else { place };
    let mut subscenario = subscenario.clone();
    subscenario.set_span(place);
    let start = quote_spanned! {place=> |__subscenario: &#subscenario| &__subscenario };
    names.iter().fold(start, |path, name| {
        let dot = quote_spanned!(place=> .);
        quote! { #path #dot #name }
    })
}

/// Generates the type of a node as a value.
fn node(scenario: &Scenario, node: &NodeName) -> Option<TokenStream> {
    match scenario.subscenario(&node.first) {
        Some(p) => {
            let field = field(&names::subscenario(p), &node.within.iter().collect::<Vec<_>>());
            let in_subscenario = called_in("in_subscenario", node.span());
            Some(quote! { #in_subscenario(#field) })
        }
        None => {
            let ty = node_type(scenario, scenario.maker(node)?);
            Some(quote! { __s::type_of::<#ty>() })
        }
    }
}

/// Generates the type of an input of a subscenario as a value.
fn input(p: usize, input: &Ident) -> TokenStream {
    let (field, input_of) = (field(&names::subscenario(p), &[input]), called_in("input_of", input.span()));
    quote! { #input_of(#field) }
}

/// Generates the path of a function whose argument is at this place.
fn called_in(function: &str, place: Span) -> TokenStream {
    let function = called(function, place);
    let place = function.span();
    quote_spanned! {place=> __s::#function }
}

/// Generates `.subscenario(…)` for each subscenario.
pub(super) fn definitions(scenario: &Scenario) -> TokenStream {
    let definitions = scenario.subscenarios.iter().enumerate().map(|(p, Subscenario { docs, name, given, .. })| {
        let (text, ty) = (name.unraw().to_string(), names::subscenario(p));
        let docs = (!docs.is_empty()).then(|| quote!(.docs(#docs)));
        let new = quote! {
            ::skipstone::graph::SubscenarioDef::new(#text, <#ty as ::skipstone::ScenarioType>::graph())#docs
        };
        let definition = given.iter().fold(new, |subscenario, Given { input, value, .. }| {
            let name = input.unraw().to_string();
            match value {
                GivenValue::Node(node) => {
                    let node = node.text();
                    quote! { #subscenario.node(#name, #node) }
                }
                GivenValue::Value(value) => {
                    let slot = self::input(p, input);
                    let value = self::value(value);
                    quote! { __s::value(#subscenario, #name, #slot, || #value) }
                }
                GivenValue::Written { text, place } => {
                    quote! { #subscenario.value_written(#name, #text, #place) }
                }
            }
        });
        quote! { .subscenario(#definition) }
    });
    quote! { #(#definitions)* }
}

/// Generates the checks of what is passed to the subscenarios.
pub(super) fn checks(scenario: &Scenario) -> TokenStream {
    let mut checks = TokenStream::new();
    for (p, subscenario) in scenario.subscenarios.iter().enumerate() {
        let ty = names::subscenario(p);
        let of_subscenario = quote!(__s::subscenario::<#ty>());
        if subscenario.complete {
            let name =
                subscenario.path.segments.last().map_or_else(Span::call_site, |segment| segment.ident.span());
            let given = subscenario.given.iter().map(|given| given.input.unraw().to_string());
            let below = below(scenario, |origin| &origin.subscenarios[p].name);
            let check = at(name, of_subscenario.clone(), quote!(check), quote!(&[#(#given),*], #below));
            checks.extend(quote! { const _: () = #check; });
        }
        let given = subscenario.given.iter().enumerate().filter(|(_, given)| !given.reported);
        for (g, Given { input, value, .. }) in given {
            let (name, slot) = (input.unraw().to_string(), self::input(p, input));
            let below = below(scenario, |origin| &origin.subscenarios[p].given[g].1);
            let placed = |items| placed(scenario, |origin| &origin.subscenarios[p].given[g].0, items);
            match value {
                GivenValue::Value(_) | GivenValue::Written { .. } => {
                    let check =
                        at(input.span(), of_subscenario.clone(), quote!(check_value), quote!(#name, #below));
                    checks.extend(quote! { const _: () = #check; });
                    checks.extend(placed(quote! { const _: fn() = || { let _ = #slot; }; }));
                }
                GivenValue::Node(given) => {
                    let Some(node) = node(scenario, given) else { continue };
                    if !matches!(scenario.maker(given), Some(Maker::Input(_))) {
                        let text = given.text();
                        let check = at(
                            given.span(),
                            of_subscenario.clone(),
                            quote!(check_node),
                            quote!(#name, #text, #below),
                        );
                        checks.extend(quote! { const _: () = #check; });
                    }
                    let node = at(given.span(), node, quote!(it), quote!());
                    let passed = match &scenario.origin {
                        None => {
                            let passed = called_in("passed", given.span());
                            quote! { const _: fn() = || #passed(#slot, #node); }
                        }
                        Some(origin) => {
                            at_place(origin, &origin.subscenarios[p].given[g].1, "passed_at", &[slot, node])
                        }
                    };
                    checks.extend(placed(passed));
                }
            }
        }
    }
    checks
}

/// Generates a check whose message names the place in the scenario file: as that of a type, which a message can show.
fn at_place(origin: &Origin, place: &Bytes, check: &str, arguments: &[TokenStream]) -> TokenStream {
    let (check, at) = (called_in(check, origin.literal.span()), origin.literal.span());
    let name = Ident::new(&origin.place_as_name(place), at);
    let check = quote_spanned! {at=> #check::<#name, _, _>(#(#arguments),*) };
    quote! {
        const _: fn() = || {
            enum #name {}
            #check
        };
    }
}

/// Generates the check of an argument that is a node of a subscenario. `parameter` is the index of the parameter that gets it.
pub(super) fn check_argument(
    scenario: &Scenario,
    c: usize,
    a: usize,
    argument: &Argument,
    parameter: &TokenStream,
) -> Option<TokenStream> {
    let (call, task, span) = (names::call(c), names::task(c), argument.node.span());
    let node = node(scenario, &argument.node)?;
    let node = match argument.passing {
        Passing::Each | Passing::Cross => {
            let (part_of, node) = (called_in("part_of", span), at(span, node, quote!(it), quote!()));
            quote! { #part_of(#node) }
        }
        Passing::One | Passing::All | Passing::Last(_) => node,
    };
    let index = Literal::usize_unsuffixed(a);
    let table = at(
        span,
        call.to_token_stream(),
        quote!(check_data),
        quote!(#index, &__s::data_in_subscenario(#node)),
    );
    let given = at(span, quote!(__s::given_from::<#task, #parameter, _>(#node)), quote!(given), quote!());
    let feeds = match &scenario.origin {
        None => {
            let feeds = called_in("given", span);
            quote! { const _: fn() = || #feeds(#given); }
        }
        Some(origin) => at_place(origin, &origin.calls[c].arguments[a].1, "given_at", &[given]),
    };
    let checks = quote! {
        const _: () = #table;
        #feeds
    };
    Some(placed(scenario, |origin| &origin.calls[c].arguments[a].1, checks))
}
