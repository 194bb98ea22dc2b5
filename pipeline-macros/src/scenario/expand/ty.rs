//! Generates the struct with a handle for each node, and its constructors.

use super::editor;
use super::names::{nodes, number, parameter, task};
use super::subscenario;
use crate::scenario::model::{InputType, Maker, Scenario, Subscenario};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};
use skipstone_fingerprint::is_editor;
use skipstone_wiring::Passing;
use std::collections::HashSet;
use syn::ext::IdentExt;

/// A field of the struct.
struct Field<'a> {
    name: &'a Ident,
    docs: String,
    ty: TokenStream,
}

/// Generates the types that are visible beside the scenario.
pub(super) fn ty(scenario: &Scenario) -> TokenStream {
    let Scenario { name, visibility, .. } = scenario;
    let nodes = nodes(scenario);
    let docs = or_else(&scenario.docs, || format!("The scenario `{name}`."));
    let fields = fields(scenario).into_iter().map(|Field { name, docs, ty, .. }| {
        quote! { #[doc = #docs] pub #name: ::skipstone::#ty }
    });
    let subscenarios = scenario.subscenarios.iter().map(|Subscenario { docs, name, path, .. }| {
        let docs = or_else(docs, || format!("Subscenario `{name}`."));
        quote! { #[doc = #docs] pub #name: #path }
    });
    // An editor would complete it.
    let instance = (!is_editor()).then(|| instance(scenario)).into_iter();
    let required: Vec<_> = scenario.required().collect();
    let inputs = (!required.is_empty()).then(|| {
        let inputs = format_ident!("{name}Inputs");
        let about = format!("The inputs of [`{name}`] that have no default.");
        let fields = required.iter().map(|&(i, input)| {
            let (name, ty) = (&input.name, written(scenario, i));
            let docs = or_else(&input.docs, || format!("Input `{name}`."));
            quote! { #[doc = #docs] pub #name: #ty }
        });
        quote! {
            #[doc = #about]
            #visibility struct #inputs { #(#fields),* }
        }
    });
    quote! {
        #[doc = #docs]
        // Without `<>`, the compiler proposes the name of an unknown type as a type parameter.
        #visibility struct #name <> {
            #(#fields,)*
            #(#subscenarios,)*
            #(#instance: ::skipstone::Instance,)*
        }

        #inputs

        #[doc(hidden)]
        #[allow(dead_code)]
        enum #nodes {}
    }
}

/// Generates the types of the nodes and the methods of the struct.
pub(super) fn parts(scenario: &Scenario) -> TokenStream {
    let name = &scenario.name;
    let types = types(scenario);
    let fields = fields(scenario);
    let names = fields.iter().map(|field| field.name);
    let texts = fields.iter().map(|field| field.name.unraw().to_string());
    let subscenario_names = scenario.subscenarios.iter().map(|subscenario| &subscenario.name);
    let subscenario_texts =
        scenario.subscenarios.iter().map(|subscenario| subscenario.name.unraw().to_string());
    let interface = subscenario::interface(scenario);
    let (instance, field) = match (is_editor(), instance(scenario)) {
        (true, _) => (quote!(::core::unimplemented!()), quote!()),
        (false, name) => (quote!(&self.#name), quote!(#name: __h.instance(),)),
    };
    let required: Vec<_> = scenario.required().collect();
    let (given, parameter, argument) = match required.is_empty() {
        true => (quote!(()), quote!(), quote!(())),
        false => {
            let given = format_ident!("{name}Inputs");
            (quote!(#given), quote!(, given_inputs: #given), quote!(given_inputs))
        }
    };
    let given_names = required.iter().map(|(_, input)| &input.name);
    let given_texts = required.iter().map(|(_, input)| input.name.unraw().to_string());
    // No constant has these names, which would be patterns as parameters. Those of the methods are shown in editors.
    quote! {
        #types

        #[allow(dead_code)]
        impl #name {
            /// Creates a scenario of this type in the store.
            ///
            /// # Errors
            ///
            /// If the store already has a scenario with this name, or can't be written.
            pub fn create(in_store: &::skipstone::Store, with_name: &str #parameter) -> ::skipstone::Result<Self> {
                <Self as ::skipstone::ScenarioType>::create_with(in_store, with_name, #argument)
            }

            /// Creates a new scenario with the same input values, tags, properties and note, for example to
            /// change one of the values and compare the results.
            ///
            /// # Errors
            ///
            /// If the name is taken, or the store can't be written.
            pub fn duplicate(&self, with_name: &str) -> ::skipstone::Result<Self> {
                <Self as ::skipstone::ScenarioType>::duplicate_of(self, with_name)
            }

            /// Opens the scenario with this name.
            ///
            /// # Errors
            ///
            /// If the store has no scenario with this name, if it has another type, or if the store can't be
            /// read.
            pub fn open(in_store: &::skipstone::Store, with_name: &str) -> ::skipstone::Result<Self> {
                <Self as ::skipstone::ScenarioType>::open_existing(in_store, with_name)
            }

            /// Opens the scenario with this name, or creates it if the store does not have it. The given
            /// inputs are only used if it is created.
            ///
            /// # Errors
            ///
            /// If the scenario has another type, or the store can't be written.
            pub fn open_or_create(in_store: &::skipstone::Store, with_name: &str #parameter) -> ::skipstone::Result<Self> {
                <Self as ::skipstone::ScenarioType>::open_or_create_with(in_store, with_name, #argument)
            }
        }

        impl ::core::ops::Deref for #name {
            type Target = ::skipstone::Instance;

            fn deref(&self) -> &::skipstone::Instance {
                #instance
            }
        }

        impl ::core::fmt::Debug for #name {
            fn fmt(&self, __formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Debug::fmt(&**self, __formatter)
            }
        }

        impl __s::ScenarioNodes for #name {
            type Required = #given;
            #interface

            fn give(__given: #given, __values: &mut __s::GivenInputs<'_>) -> ::skipstone::Result<()> {
                #(__values.set(#given_texts, __given.#given_names)?;)*
                ::core::result::Result::Ok(())
            }

            fn from_handles(__h: &__s::Handles) -> Self {
                Self {
                    #(#names: __h.at(#texts),)*
                    #(#subscenario_names: __h.subscenario(#subscenario_texts),)*
                    #field
                }
            }
        }
    }
}

/// Generates the type of a node, outside of the block of generated items.
fn node_type(scenario: &Scenario, maker: Maker) -> TokenStream {
    let (nodes, number) = (nodes(scenario), number(scenario, maker));
    quote! { ::skipstone::graph::NodeOf<#nodes, #number> }
}

/// Generates the types of all nodes.
fn types(scenario: &Scenario) -> TokenStream {
    let nodes = nodes(scenario);
    let of = |maker: Maker, ty: TokenStream| {
        let number = number(scenario, maker);
        quote! { impl __NodeType<#number> for #nodes { type Type = #ty; } }
    };
    let inputs = scenario.inputs.iter().enumerate().map(|(i, input)| {
        let ty = match &input.ty {
            InputType::Written(ty, _) => ty.to_token_stream(),
            InputType::Read { call, argument } => {
                let task = task(*call);
                let parameter = parameter(*call, &scenario.calls[*call], *argument);
                let ty = quote! { __s::ReadBy<#task, #parameter> };
                match scenario.calls[*call].arguments[*argument].passing {
                    Passing::Each | Passing::Cross => quote!(__s::Parts<#ty>),
                    Passing::One | Passing::All | Passing::Last(_) => ty,
                }
            }
        };
        of(Maker::Input(i), ty)
    });
    let outputs = scenario.calls.iter().enumerate().flat_map(|(c, call)| {
        (0..call.outputs.len()).map(move |output| {
            let task = task(c);
            let index = Literal::usize_unsuffixed(output);
            let index = (output > 0).then(|| quote!(, #index));
            let ty = quote! { __s::OutputOf<#task #index> };
            of(Maker::Call(c, output), if call.is_mapped() { quote!(__s::Parts<#ty>) } else { ty })
        })
    });
    quote! { #(#inputs)* #(#outputs)* }
}

/// Returns the fields for all nodes, each name once.
fn fields(scenario: &Scenario) -> Vec<Field<'_>> {
    let inputs = scenario.inputs.iter().enumerate().map(|(i, input)| {
        let (name, ty) = (&input.name, written(scenario, i));
        Field { name, docs: or_else(&input.docs, || format!("Input `{name}`.")), ty: quote!(Input<#ty>) }
    });
    let outputs = scenario.calls.iter().enumerate().flat_map(|(c, call)| {
        call.outputs.iter().enumerate().map(move |(output, name)| {
            let plain = name.unraw().to_string();
            let own = call.docs_of.iter().find(|(output, _)| *output == plain);
            let docs = own.map_or(&call.docs, |(_, docs)| docs);
            let docs = or_else(docs, || format!("Output of task `{}`.", call.task()));
            let ty = editor::output(call, output);
            let ty = ty.unwrap_or_else(|| node_type(scenario, Maker::Call(c, output)));
            Field { name, docs, ty: quote!(Output<#ty>) }
        })
    });
    let lost = scenario.lost.iter().map(|lost| {
        let handle = if lost.input { quote!(Input) } else { quote!(Output) };
        let (name, ty) = (&lost.name, quote!(#handle<::skipstone::__private::Unknown>));
        let docs = or_else(&lost.docs, || format!("Node `{name}`."));
        Field { name, docs, ty }
    });
    let mut seen = HashSet::new();
    let all = inputs.chain(outputs).chain(lost);
    all.filter(|field| seen.insert(field.name.unraw().to_string())).collect()
}

/// Generates the type of an input, as written if it is.
fn written(scenario: &Scenario, i: usize) -> TokenStream {
    match &scenario.inputs[i].ty {
        InputType::Written(ty, _) => ty.to_token_stream(),
        InputType::Read { .. } => node_type(scenario, Maker::Input(i)),
    }
}

/// Returns the name of the field that no node has.
fn instance(scenario: &Scenario) -> Ident {
    let outputs = || scenario.calls.iter().flat_map(|call| &call.outputs);
    let subscenarios = || scenario.subscenarios.iter().map(|subscenario| &subscenario.name);
    let mut name = "instance".to_owned();
    while scenario.known_names().chain(outputs()).chain(subscenarios()).any(|node| *node == name) {
        name.push('_');
    }
    format_ident!("{name}")
}

fn or_else(docs: &str, otherwise: impl FnOnce() -> String) -> String {
    if docs.is_empty() { otherwise() } else { docs.to_owned() }
}
