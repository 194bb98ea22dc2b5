//! From a [`Scenario`] to its type, its graph, and the checks that only the compiler can make.

use super::model::{Call, Input, Kpi, Maker, Scenario};
use crate::type_text::type_text;
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, Lit};

/// The whole expansion of a scenario whose names are right.
pub(crate) fn scenario(scenario: &Scenario, commit: Option<&str>) -> TokenStream {
    let tasks = tasks(scenario);
    let ty = scenario_type(scenario);
    let graph = graph(scenario, commit);
    let checks = scenario.calls.iter().enumerate().map(|(c, call)| call_checks(scenario, c, call));
    quote! { #tasks #ty #graph #(#checks)* }
}

/// The type without its graph, for a scenario whose names are wrong: the code around it compiles,
/// and what is wrong besides names is told, too.
pub(crate) fn stand_in(mut scenario: Scenario) -> TokenStream {
    let checks: Vec<TokenStream> = scenario
        .calls
        .iter()
        .enumerate()
        .filter(|(_, call)| call.complete)
        .map(|(c, call)| call_checks(&scenario, c, call))
        .collect();
    let mut seen = std::collections::HashSet::new();
    scenario.inputs.retain(|input| seen.insert(input.name.unraw().to_string()));
    for call in &mut scenario.calls {
        call.outputs.retain(|output| seen.insert(output.unraw().to_string()));
    }
    let tasks = tasks(&scenario);
    let ty = scenario_type(&scenario);
    let name = &scenario.name;
    quote! {
        #tasks
        #ty
        impl ::pipeline_core::ScenarioType for #name {
            fn graph() -> &'static ::std::sync::Arc<::pipeline_core::Graph> {
                ::core::unreachable!()
            }
        }
        #(#checks)*
    }
}

/// The name under which call `c` finds its task.
fn alias(scenario: &Scenario, c: usize, span: Span) -> Ident {
    format_ident!("__{}_task_{}", scenario.name, c, span = span)
}

/// Imports the tasks under names of our own.
///
/// An import takes a name from every namespace that has it. Where the path names a function that is
/// no task there is no type to take, and the type comes from the glob import instead, which an
/// explicit one would have shadowed: so a missing `#[task]` can be told in words.
fn tasks(scenario: &Scenario) -> TokenStream {
    let module = format_ident!("__{}_unmarked", scenario.name);
    let unmarked = scenario.calls.iter().enumerate().map(|(c, call)| {
        let (alias, name) = (alias(scenario, c, Span::call_site()), call.task());
        quote! { ::pipeline_core::__private::unmarked_task! { #alias, #name } }
    });
    let imports = scenario.calls.iter().enumerate().map(|(c, call)| {
        let span = call.path.span();
        let (alias, path) = (alias(scenario, c, span), &call.path);
        quote_spanned! {span=>
            #[doc(hidden)]
            #[allow(unused_imports)]
            use #path as #alias;
        }
    });
    quote! {
        #[doc(hidden)]
        #[allow(non_camel_case_types, non_snake_case, dead_code)]
        mod #module {
            #(#unmarked)*
        }
        #[doc(hidden)]
        #[allow(unused_imports)]
        use #module::*;
        #(#imports)*
    }
}

/// The struct with a handle for each node, and how it is made.
fn scenario_type(scenario: &Scenario) -> TokenStream {
    let Scenario { name, visibility, inputs, calls, .. } = scenario;
    let core = quote!(::pipeline_core);
    let docs = or_else(&scenario.docs, || format!("The scenario `{name}`."));
    let input_fields = inputs.iter().map(|input| {
        let Input { name, ty, .. } = input;
        let docs = or_else(&input.docs, || format!("Input `{name}`."));
        quote! { #[doc = #docs] pub #name: #core::Input<#ty> }
    });
    let output_fields = calls.iter().enumerate().flat_map(|(c, call)| {
        call.outputs.iter().enumerate().map(move |(o, name)| {
            let alias = alias(scenario, c, call.path.span());
            let docs = or_else(&call.docs, || format!("Output of task `{}`.", call.task()));
            let ty = output_type(&alias, o, call.path.span());
            quote! { #[doc = #docs] pub #name: ::pipeline_core::Output<#ty> }
        })
    });
    let input_names = inputs.iter().map(|input| &input.name);
    let output_names = calls.iter().flat_map(|call| &call.outputs);
    let nodes: Vec<&Ident> = input_names.clone().chain(output_names).collect();
    let node_texts = nodes.iter().map(|node| node.unraw().to_string());

    let required: Vec<&Input> = inputs.iter().filter(|input| input.default.is_none()).collect();
    let (given_type, given, given_value, parameter, argument) = if required.is_empty() {
        (quote!(), quote!(()), quote!(), quote!(), quote!(()))
    } else {
        let given = format_ident!("{name}Inputs");
        let docs = format!("The inputs that a [`{name}`] needs: they have no default.");
        let fields = required.iter().map(|input| {
            let Input { name, ty, .. } = input;
            let docs = or_else(&input.docs, || format!("Input `{name}`."));
            quote! { #[doc = #docs] pub #name: #ty }
        });
        let names: Vec<_> = required.iter().map(|input| &input.name).collect();
        let texts = names.iter().map(|name| name.unraw().to_string());
        (
            quote! {
                #[doc = #docs]
                #visibility struct #given { #(#fields),* }
            },
            quote!(#given),
            quote! {
                #(values.set(#texts, inputs.#names)?;)*
            },
            quote!(, inputs: #given),
            quote!(inputs),
        )
    };
    let values = if required.is_empty() { quote!(_values) } else { quote!(values) };
    let inputs_name = if required.is_empty() { quote!(_inputs) } else { quote!(inputs) };

    quote! {
        #[doc = #docs]
        #[derive(Debug)]
        #visibility struct #name {
            #(#input_fields,)*
            #(#output_fields,)*
            __instance: #core::Instance,
        }

        #given_type

        #[allow(dead_code)]
        impl #name {
            /// Creates a scenario of this type in the store.
            ///
            /// # Errors
            ///
            /// When the store has a scenario with this name already, or can't be written.
            pub fn create(store: &#core::Store, name: &str #parameter) -> #core::Result<Self> {
                <Self as #core::ScenarioType>::create_with(store, name, #argument)
            }

            /// A new scenario with the same input values, tags, properties and note: to change one of the
            /// values and see what follows.
            ///
            /// # Errors
            ///
            /// When the name is taken, or the store can't be written.
            pub fn duplicate(&self, name: &str) -> #core::Result<Self> {
                <Self as #core::ScenarioType>::duplicate_of(self, name)
            }

            /// Opens the scenario with this name.
            ///
            /// # Errors
            ///
            /// When the store has none, or one of another type, or can't be read.
            pub fn open(store: &#core::Store, name: &str) -> #core::Result<Self> {
                <Self as #core::ScenarioType>::open_existing(store, name)
            }

            /// Opens the scenario with this name, or creates it when the store has none; the inputs
            /// that are given here are those of a scenario that is created.
            ///
            /// # Errors
            ///
            /// When the store has one of another type, or can't be written.
            pub fn open_or_create(store: &#core::Store, name: &str #parameter) -> #core::Result<Self> {
                <Self as #core::ScenarioType>::open_or_create_with(store, name, #argument)
            }
        }

        impl ::core::ops::Deref for #name {
            type Target = #core::Instance;

            fn deref(&self) -> &#core::Instance {
                &self.__instance
            }
        }

        impl #core::__private::ScenarioParts for #name {
            type Required = #given;

            fn give(#inputs_name: #given, #values: &mut #core::__private::GivenInputs<'_>) -> #core::Result<()> {
                #given_value
                ::core::result::Result::Ok(())
            }

            fn from_instance(instance: #core::Instance) -> Self {
                Self {
                    #(#nodes: #core::__private::handle(&instance, #node_texts),)*
                    __instance: instance,
                }
            }
        }
    }
}

/// The graph as plain data, made by the same builder that a program may call itself.
fn graph(scenario: &Scenario, commit: Option<&str>) -> TokenStream {
    let Scenario { name, docs, .. } = scenario;
    let (text, docs) = (name.unraw().to_string(), docs_call(docs));
    let private = quote!(::pipeline_core::__private);
    let inputs = scenario.inputs.iter().map(|input| {
        let Input { name, ty, docs, default, allow_unused, migrations } = input;
        let (name, type_text, docs) = (name.unraw().to_string(), type_text(ty), docs_call(docs));
        let default = match default {
            None => quote!(),
            Some(expression) => {
                let value = default_value(expression, ty);
                quote! { .default_value(|| #value) }
            }
        };
        let allow = if *allow_unused { quote!(.allow_unused()) } else { quote!() };
        quote! {
            .input(::pipeline_core::InputDef::<#ty>::new(#name).type_text(#type_text)#docs #default #allow #(.migrate(#migrations))*)
        }
    });
    let calls = scenario.calls.iter().enumerate().map(|(c, call)| {
        let alias = alias(scenario, c, call.path.span());
        let docs = docs_call(&call.docs);
        let outputs = call.outputs.iter().map(|name| name.unraw().to_string());
        let arguments = call.arguments.iter().map(|argument| {
            let node = argument.node.unraw().to_string();
            match &argument.parameter {
                None => quote!(.argument(#node)),
                Some(parameter) => {
                    let parameter = parameter.unraw().to_string();
                    quote!(.named_argument(#parameter, #node))
                }
            }
        });
        let allow = if call.allow_unused { quote!(.allow_unused()) } else { quote!() };
        quote! {
            .call(::pipeline_core::CallDef::of::<#alias>() #(.output(#outputs))* #(#arguments)* #docs #allow)
        }
    });
    let source = commit.map(|commit| quote!(.source(#commit)));
    let kpis = scenario
        .calls
        .iter()
        .enumerate()
        .flat_map(|(c, call)| call.kpis.iter().map(move |kpi| (c, call, kpi)));
    let kpis = kpis.map(|(c, call, kpi)| self::kpi(scenario, c, call, kpi));
    quote! {
        impl ::pipeline_core::ScenarioType for #name {
            fn graph() -> &'static ::std::sync::Arc<::pipeline_core::Graph> {
                static GRAPH: #private::LazyGraph = #private::LazyGraph::new();
                GRAPH.get_or_init(|| {
                    #private::expect_checked(
                        ::pipeline_core::Graph::builder(#text) #docs #source #(#inputs)* #(#calls)* #(#kpis)* .build(),
                    )
                })
            }
        }
    }
}

/// `.kpi(…)`: how the number is read of the output.
fn kpi(scenario: &Scenario, c: usize, call: &Call, kpi: &Kpi) -> TokenStream {
    let private = quote!(::pipeline_core::__private);
    let Kpi { place, node, field, unit, higher } = kpi;
    let span = place.span();
    let output = call.outputs.iter().position(|output| output == node).unwrap_or_default();
    let ty = output_type(&alias(scenario, c, span), output, span);
    let text = node.unraw().to_string();
    let better = if *higher { quote!(Higher) } else { quote!(Lower) };
    let unit = if unit.is_empty() { quote!() } else { quote!(.unit(#unit)) };
    let (read, named) = match field {
        None => (
            quote_spanned! {span=> |value: &#ty| ::core::result::Result::Ok(#private::kpi_number(value)) },
            quote!(),
        ),
        Some(field) => {
            let name = field.unraw().to_string();
            // The row of a table, or the value itself: whichever `only_row` there is.
            let read = quote_spanned! {field.span()=>
                |value: &#ty| {
                    #[allow(unused_imports)]
                    use #private::KpiItself as _;
                    match #private::KpiOf(value).only_row()? {
                        ::core::option::Option::Some(row) => ::core::result::Result::Ok(#private::kpi_number(&row.#field)),
                        ::core::option::Option::None => ::core::result::Result::Ok(::core::option::Option::None),
                    }
                }
            };
            (read, quote!(.field(#name)))
        }
    };
    quote! { .kpi(::pipeline_core::KpiDef::new(#text, ::pipeline_core::Better::#better, #read).as_it_is() #named #unit) }
}

/// The default as a value of the input's type: a text for a path type is a path, everything else has
/// to be of the type itself.
fn default_value(expression: &Expr, ty: &syn::Type) -> TokenStream {
    let span = expression.span();
    match expression {
        Expr::Lit(literal) if matches!(literal.lit, Lit::Str(_)) => {
            let ty = respan(ty, span);
            quote_spanned! {span=> ::pipeline_core::__private::text_default::<#ty>(#expression) }
        }
        _ => quote_spanned! {span=> { let value: #ty = #expression; value } },
    }
}

/// The checks of one call that need the task's signature: each a constant of its own, so that all
/// that is wrong is told at once, and each panicking at the token that is wrong.
fn call_checks(scenario: &Scenario, c: usize, call: &Call) -> TokenStream {
    let private = quote!(::pipeline_core::__private);
    // Stable Rust can't join the spans of a path: the function's name stands for it.
    let path_span =
        call.path.segments.last().map_or_else(|| call.path.span(), |segment| segment.ident.span());
    let alias_at = |span| alias(scenario, c, span);
    let passed = call.arguments.iter().map(|argument| {
        let node = argument.node.unraw().to_string();
        let parameter = match &argument.parameter {
            None => quote!(::core::option::Option::None),
            Some(parameter) => {
                let parameter = parameter.unraw().to_string();
                quote!(::core::option::Option::Some(#parameter))
            }
        };
        quote! { #private::Passed { parameter: #parameter, node: #node } }
    });
    let passed_count = call.arguments.len();
    let passed_name = format_ident!("__{}_ARGUMENTS_{}", scenario.name, c);

    let panicking = |span: Span, function: &str, arguments: TokenStream| {
        let function = format_ident!("{function}");
        let alias = alias_at(path_span);
        quote_spanned! {span=>
            const _: () = if let ::core::option::Option::Some(text) = #private::#function::<#alias>(#arguments) {
                ::core::panic!("{}", text.as_str())
            };
        }
    };

    let is_task = {
        let alias = alias_at(path_span);
        // Naming the function as a value, too, keeps quiet where the path names nothing: rustc says so.
        quote_spanned! {path_span=>
            const _: () = {
                let _ = #alias;
                if let ::core::option::Option::Some(text) = #private::check_marked::<#alias>() {
                    ::core::panic!("{}", text.as_str())
                }
            };
        }
    };
    let written = quote!(#private::Written::InRust);
    let arity = panicking(path_span, "check_call", quote!(&#passed_name, #written));
    let outputs_span = call.outputs[0].span();
    let output_count = call.outputs.len();
    let outputs = panicking(outputs_span, "check_outputs", quote!(#output_count, #written));
    let arguments = call.arguments.iter().enumerate().map(|(a, argument)| {
        let span = argument.parameter.as_ref().unwrap_or(&argument.node).span();
        panicking(span, "check_argument", quote!(&#passed_name, #a, #written))
    });
    let types = call.arguments.iter().enumerate().filter_map(|(a, argument)| {
        let span = argument.node.span();
        let alias = alias_at(path_span);
        let wanted = |node: &TokenStream| {
            quote_spanned! {span=>
                <#alias as #private::Parameter<{ #private::parameter_of::<#alias>(&#passed_name, #a) }>>::Accepts<#node>
            }
        };
        let (given, wanted) = match scenario.maker(&argument.node)? {
            Maker::Input(i) => {
                let node = respan(&scenario.inputs[i].ty, span);
                let wanted = wanted(&node);
                (node, wanted)
            }
            Maker::Call(maker, output) => {
                let maker = self::alias(scenario, maker, span);
                let wanted = wanted(&output_type(&maker, output, span));
                let output = quote_spanned! {span=> { #private::output_of::<#maker>(#output) } };
                (quote_spanned! {span=> <#maker as #private::Output<#output>>::Gives<#wanted> }, wanted)
            }
        };
        Some(quote_spanned! {span=> const _: () = #private::feeds::<#given, #wanted>(); })
    });
    quote! {
        #[doc(hidden)]
        #[allow(non_upper_case_globals)]
        const #passed_name: [#private::Passed<'static>; #passed_count] = [#(#passed),*];
        #is_task
        #arity
        #outputs
        #(#arguments)*
        #(#types)*
    }
}

/// The type of output `o` of the task behind `alias`.
fn output_type(alias: &Ident, o: usize, span: Span) -> TokenStream {
    if o == 0 {
        quote_spanned! {span=> ::pipeline_core::OutputOf<#alias> }
    } else {
        quote_spanned! {span=> ::pipeline_core::OutputOf<#alias, { ::pipeline_core::__private::output_of::<#alias>(#o) }> }
    }
}

/// The same tokens, shown by the compiler at another place.
fn respan(tokens: impl ToTokens, span: Span) -> TokenStream {
    tokens
        .into_token_stream()
        .into_iter()
        .map(|mut token| {
            if let TokenTree::Group(group) = &token {
                let mut moved = proc_macro2::Group::new(group.delimiter(), respan(group.stream(), span));
                moved.set_span(span.resolved_at(group.span()));
                return TokenTree::Group(moved);
            }
            token.set_span(span.resolved_at(token.span()));
            token
        })
        .collect()
}

fn or_else(docs: &str, otherwise: impl FnOnce() -> String) -> String {
    if docs.is_empty() { otherwise() } else { docs.to_owned() }
}

/// `.docs(…)` where there is something to say.
fn docs_call(docs: &str) -> TokenStream {
    if docs.is_empty() { quote!() } else { quote!(.docs(#docs)) }
}
