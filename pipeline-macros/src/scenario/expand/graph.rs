//! Generates the graph of a scenario, with the same builder that a program can use.

use super::Build;
use super::names::{self, node_type, type_text};
use super::subscenario;
use super::value::value;
use crate::caret::{at_type, called};
use crate::scenario::condition;
use crate::scenario::model::{
    Branch, Call, FileOptions, Input, InputDefault, InputType, Kpi, Maker, Overrides, Scenario,
};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use skipstone_fingerprint::is_editor;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Lit};

pub(super) fn graph(scenario: &Scenario, build: &Build) -> TokenStream {
    let Scenario { name, docs, .. } = scenario;
    let (text, docs) = (name.unraw().to_string(), docs_call(docs));
    let inputs = scenario.inputs.iter().enumerate().map(|(i, input)| self::input(scenario, i, input));
    let calls = scenario.calls.iter().enumerate().map(|(c, call)| self::call(c, call));
    let kpis = scenario.calls.iter().enumerate();
    let kpis = kpis.flat_map(|(c, call)| call.kpis.iter().map(move |kpi| self::kpi(scenario, c, call, kpi)));
    let subscenarios = subscenario::definitions(scenario);
    let branches = branches(scenario);
    let source = build.commit.as_ref().map(|commit| quote!(.source(#commit)));
    let files = &build.sources.files;
    let sources = (!files.is_empty()).then(|| quote!(.sources(#files)));
    quote! {
        impl ::skipstone::ScenarioType for #name {
            fn graph() -> &'static ::std::sync::Arc<::skipstone::Graph> {
                static __GRAPH: __s::LazyGraph = __s::LazyGraph::new();
                __GRAPH.get_or_init(|| {
                    __s::expect_checked(
                        ::skipstone::Graph::builder(#text) #docs #source #sources #(#inputs)* #branches #subscenarios .calls([#(#calls),*]) #(#kpis)* .build(),
                    )
                })
            }
        }
    }
}

/// Enters the scenario type, for scenario files that use it as a subscenario.
pub(super) fn entry(scenario: &Scenario) -> TokenStream {
    let (name, text) = (&scenario.name, scenario.name.unraw().to_string());
    quote! {
        __s::inventory::submit! {
            __s::ScenarioEntry(::core::module_path!(), #text, <#name as ::skipstone::ScenarioType>::graph)
        }
    }
}

/// Registers the files that the compiler may read for the crate.
pub(super) fn read(build: &Build) -> TokenStream {
    let read = &build.sources.read;
    if read.is_empty() { TokenStream::new() } else { quote!(__s::enter_read! { #read }) }
}

fn input(scenario: &Scenario, i: usize, input: &Input) -> TokenStream {
    let Input { name, docs, default, options, allow_unused, secret, migrations, .. } = input;
    let (name, docs) = (name.unraw().to_string(), docs_call(docs));
    let (ty, type_text) = (node_type(scenario, Maker::Input(i)), type_text(scenario, Maker::Input(i)));
    let default = match default {
        None => quote!(),
        Some(InputDefault::Expression(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })))
            if input.has_parts() =>
        {
            quote! {
                .default_written(#text, true, ::core::concat!(::core::file!(), ":", ::core::line!()))
            }
        }
        Some(InputDefault::Expression(expression)) if input.has_parts() => {
            let into_parts = called("into_parts", expression.span());
            quote! { .default_parts(|| __s::#into_parts(__s::type_of::<#ty>(), #expression)) }
        }
        Some(InputDefault::Expression(expression)) => {
            let value = value(expression);
            quote! { .default_value(|| #value) }
        }
        Some(InputDefault::Written { text, value, place }) => {
            let json = value.is_none();
            quote! { .default_written(#text, #json, #place) }
        }
    };
    let options = options.iter().map(|FileOptions { attribute, options, .. }| {
        let options = options.to_string();
        quote! { .options(#attribute, #options) }
    });
    let allow = allow_unused.then(|| quote!(.allow_unused()));
    let secret = secret.then(|| quote!(.secret()));
    let create = Ident::new("__input", input.keyword);
    let ty = match &input.ty {
        // The caret of an error is under the type.
        InputType::Written(written, _) => {
            at_type(written, quote!(__s::type_of::<#ty>()), quote!(it), quote!())
        }
        InputType::Read { .. } => quote!(__s::type_of::<#ty>()),
    };
    let input = quote! {
        #create(#ty, #name).type_text(#type_text)#docs #default #(#options)* #secret #allow
    };
    // The caret of an error is under the function.
    let input = migrations.iter().fold(input, |input, function| {
        let place = function.segments.last().map_or_else(Span::call_site, |segment| segment.ident.span());
        let migrate = called("__migrate", place);
        let mut arguments = Group::new(Delimiter::Parenthesis, quote!(#input, #function));
        arguments.set_span(place);
        quote!(#migrate #arguments)
    });
    quote! { .input(#input) }
}

fn call(c: usize, call: &Call) -> TokenStream {
    let name = names::call(c);
    let docs = docs_call(&call.docs);
    let outputs = call.outputs.iter().map(|name| name.unraw().to_string());
    let allow = call.allow_unused.then(|| quote!(.allow_unused()));
    let overrides = overrides(&call.overrides);
    let docs_of = call.docs_of.iter().map(|(output, docs)| quote!(.docs_of(#output, #docs)));
    let arms = call.arms.iter().map(|arm| {
        let (branch, holds) = (arm.branch, arm.holds);
        quote!((#branch, #holds))
    });
    let arms = (!call.arms.is_empty()).then(|| quote!(.in_arms(&[#(#arms),*])));
    quote! {
        #name.define(&[#(#outputs),*])#docs #(#docs_of)* #overrides #allow #arms
    }
}

/// Generates `.branches(…)`, if the scenario has branches. An editor sees the conditions elsewhere.
fn branches(scenario: &Scenario) -> Option<TokenStream> {
    let branches = scenario.branches.iter().map(|Branch { input, condition }| {
        let maker = scenario.maker(&input.clone().into()).unwrap_or(Maker::Input(0));
        let (name, ty) = (input.unraw().to_string(), node_type(scenario, maker));
        let text = condition::text(condition.clone());
        let value = &mut |name: &Ident| quote_spanned!(name.span()=> (*#name));
        let condition = condition::replaced(condition.clone(), &|name| name == input, value);
        let place = condition.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span());
        let holds = quote_spanned! {place=> __s::condition };
        quote! { ::skipstone::graph::BranchDef::new(#name, #text, |#input: &#ty| #holds(#condition)) }
    });
    (!scenario.branches.is_empty() && !is_editor()).then(|| quote!(.branches([#(#branches),*])))
}

/// Generates `.kpi(…)`, which reads the number from the output.
fn kpi(scenario: &Scenario, c: usize, call: &Call, kpi: &Kpi) -> TokenStream {
    let Kpi { place, node, field, unit, higher } = kpi;
    let output = call.outputs.iter().position(|output| output == node).unwrap_or_default();
    let ty = node_type(scenario, Maker::Call(c, output));
    let text = node.unraw().to_string();
    let better = if *higher { quote!(Higher) } else { quote!(Lower) };
    let unit = (!unit.is_empty()).then(|| quote!(.unit(#unit)));
    let (read, named) = match field {
        None => {
            let span = place.span();
            let number = quote_spanned! {span=> __s::kpi_number(__value) };
            (quote! { |__value: &#ty| ::core::result::Result::Ok(#number) }, quote!())
        }
        Some(field) => {
            let name = field.unraw().to_string();
            let number = quote_spanned! {field.span()=> __s::kpi_number(&__row.#field) };
            // `only_row` returns the row of a table, or any other value itself.
            let read = quote! {
                |__value: &#ty| {
                    use __s::KpiItself as _;
                    match __s::KpiOf(__value).only_row()? {
                        ::core::option::Option::Some(__row) => ::core::result::Result::Ok(#number),
                        ::core::option::Option::None => ::core::result::Result::Ok(::core::option::Option::None),
                    }
                }
            };
            (read, quote!(.field(#name)))
        }
    };
    quote! { .kpi(::skipstone::graph::KpiDef::new(#text, ::skipstone::graph::Better::#better, #read).unchecked() #named #unit) }
}

/// Generates the options that the scenario overrides for a call.
fn overrides(overrides: &Overrides) -> TokenStream {
    let Overrides { skippable, retries, backoff, timeout } = overrides;
    let skippable =
        skippable.map(|skippable| if skippable { quote!(.skippable()) } else { quote!(.not_skippable()) });
    let retries = retries.map(|retries| quote!(.retries(#retries)));
    let backoff = backoff.map(|backoff| quote!(.backoff(::core::time::Duration::from_millis(#backoff))));
    let timeout = timeout.map(|timeout| quote!(.timeout(::core::time::Duration::from_millis(#timeout))));
    quote! { #skippable #retries #backoff #timeout }
}

/// Generates `.docs(…)`, unless `docs` is empty.
fn docs_call(docs: &str) -> TokenStream {
    if docs.is_empty() { quote!() } else { quote!(.docs(#docs)) }
}
