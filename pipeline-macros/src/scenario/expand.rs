//! From a [`Scenario`] to its type, its graph, and the checks that only the compiler can make.

use super::Build;
use super::file_checks;
use super::model::{Call, FileOptions, Input, InputDefault, Kpi, Maker, Overrides, Scenario};
use super::names::{alias, input_type, output_type, respan, type_text_of};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, Lit};

/// The whole expansion of a scenario whose names are right.
pub(crate) fn scenario(scenario: &Scenario, build: &Build) -> TokenStream {
    let tasks = tasks(scenario);
    let ty = scenario_type(scenario);
    let graph = graph(scenario, build);
    let checks = scenario.calls.iter().enumerate().map(|(c, call)| call_checks(scenario, c, call));
    let file = file_checks::checks(scenario);
    let secrets = scenario.inputs.iter().enumerate().filter(|(_, input)| input.secret).map(|(i, input)| {
        let span = input.name.span();
        let ty = respan(input_type(scenario, i), span);
        quote_spanned! {span=>
            const _: () = if !::skipstone::__private::can_be_secret::<#ty, _>() {
                ::core::panic!("a file can't be a secret: its path is kept with runs")
            };
        }
    });
    let options = scenario.inputs.iter().enumerate().filter_map(|(i, input)| {
        let FileOptions { attribute, place, .. } = input.options.as_ref()?;
        let ty = respan(input_type(scenario, i), *place);
        let kind = if *attribute == "csv" { "CsvFile" } else { "ExcelFile" };
        let message =
            format!("`#[{attribute}(…)]` is for inputs that are a `{kind}`, or a `Vec` or `Option` of it");
        Some(quote_spanned! {*place=>
            const _: () = if !::skipstone::__private::takes_options::<#ty, _>(#attribute) {
                ::core::panic!(#message)
            };
        })
    });
    quote! { #tasks #ty #graph #(#checks)* #file #(#secrets)* #(#options)* }
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
    let file = file_checks::checks(&scenario);
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
        impl ::skipstone::ScenarioType for #name {
            fn graph() -> &'static ::std::sync::Arc<::skipstone::Graph> {
                ::core::unreachable!()
            }
        }
        #(#checks)*
        #file
    }
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
        quote! { ::skipstone::__private::unmarked_task! { #alias, #name } }
    });
    let imports = scenario.calls.iter().enumerate().map(|(c, call)| {
        let span = call.path.span();
        let (alias, path) = (alias(scenario, c, span), &call.path);
        // A function that an attribute macro made does not shadow a glob import of the same name: `self::` tells the compiler
        // which one is meant.
        let module = call.path.get_ident().filter(|name| skipstone_fingerprint::is_beside(name));
        let module = module.map(|_| quote_spanned! {span=> self:: });
        let import = quote_spanned! {span=>
            #[doc(hidden)]
            #[allow(unused_imports)]
            use #module #path as #alias;
        };
        let Some(origin) = &scenario.origin else { return import };
        // A path that leads nowhere is told by the compiler, which names the macro that it comes from: so that has
        // the place in the file for its name.
        let place = format_ident!("{}", origin.place_as_name(&origin.calls[c].function));
        quote! {
            macro_rules! #place { () => { #import } }
            #place! {}
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
    let index = |input: &Input| inputs.iter().position(|known| known.name == input.name).unwrap_or_default();
    let core = quote!(::skipstone);
    let docs = or_else(&scenario.docs, || format!("The scenario `{name}`."));
    let input_fields = inputs.iter().map(|input| {
        let (name, ty) = (&input.name, input_type(scenario, index(input)));
        let docs = or_else(&input.docs, || format!("Input `{name}`."));
        quote! { #[doc = #docs] pub #name: #core::Input<#ty> }
    });
    let output_fields = calls.iter().enumerate().flat_map(|(c, call)| {
        call.outputs.iter().enumerate().map(move |(o, name)| {
            let alias = alias(scenario, c, call.path.span());
            let plain = name.unraw().to_string();
            let own = call.docs_of.iter().find(|(output, _)| *output == plain);
            let docs = own.map_or(&call.docs, |(_, docs)| docs);
            let docs = or_else(docs, || format!("Output of task `{}`.", call.task()));
            let ty = output_type(&alias, o, call.path.span());
            quote! { #[doc = #docs] pub #name: ::skipstone::Output<#ty> }
        })
    });
    let input_names = inputs.iter().map(|input| &input.name);
    let output_names = calls.iter().flat_map(|call| &call.outputs);
    let nodes: Vec<&Ident> = input_names.clone().chain(output_names).collect();
    let node_texts = nodes.iter().map(|node| node.unraw().to_string());

    // A secret is kept nowhere: each run is given it.
    let required: Vec<&Input> =
        inputs.iter().filter(|input| input.default.is_none() && !input.secret).collect();
    let (given_type, given, given_value, parameter, argument) = if required.is_empty() {
        (quote!(), quote!(()), quote!(), quote!(), quote!(()))
    } else {
        let given = format_ident!("{name}Inputs");
        let docs = format!("The inputs that a [`{name}`] needs: they have no default.");
        let fields = required.iter().map(|input| {
            let (name, ty) = (&input.name, input_type(scenario, index(input)));
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
fn graph(scenario: &Scenario, build: &Build) -> TokenStream {
    let Scenario { name, docs, .. } = scenario;
    let (text, docs) = (name.unraw().to_string(), docs_call(docs));
    let private = quote!(::skipstone::__private);
    let inputs = scenario.inputs.iter().enumerate().map(|(i, input)| {
        let Input { name, docs, default, options, allow_unused, secret, migrations, .. } = input;
        let ty = input_type(scenario, i);
        let (name, type_text, docs) = (name.unraw().to_string(), type_text_of(scenario, i), docs_call(docs));
        let default = match default {
            None => quote!(),
            Some(InputDefault::Expression(expression)) => {
                let value = default_value(expression, &ty);
                quote! { .default_value(|| #value) }
            }
            Some(InputDefault::Written { text, value, place }) => {
                let json = value.is_none();
                quote! { .default_written(#text, #json, #place) }
            }
        };
        let options = options.iter().map(|FileOptions { attribute, said, .. }| {
            let said = said.to_string();
            quote! { .options(#attribute, #said) }
        });
        let allow = if *allow_unused { quote!(.allow_unused()) } else { quote!() };
        let secret = if *secret { quote!(.secret()) } else { quote!() };
        quote! {
            .input(::skipstone::InputDef::<#ty>::new(#name).type_text(#type_text)#docs #default #(#options)* #secret #allow #(.migrate(#migrations))*)
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
        let overrides = overrides(&call.overrides);
        let docs_of = call.docs_of.iter().map(|(output, docs)| quote!(.docs_of(#output, #docs)));
        quote! {
            .call(::skipstone::CallDef::of::<#alias>() #(.output(#outputs))* #(#arguments)* #docs #(#docs_of)* #overrides #allow)
        }
    });
    let source = build.commit.as_ref().map(|commit| quote!(.source(#commit)));
    let skipstone_fingerprint::Sources { files, read } = &build.sources;
    let sources = (!files.is_empty()).then(|| quote!(.sources(#files)));
    let read = (!read.is_empty()).then(|| quote!(#private::enter_read! { #read }));
    let kpis = scenario
        .calls
        .iter()
        .enumerate()
        .flat_map(|(c, call)| call.kpis.iter().map(move |kpi| (c, call, kpi)));
    let kpis = kpis.map(|(c, call, kpi)| self::kpi(scenario, c, call, kpi));
    quote! {
        #read
        impl ::skipstone::ScenarioType for #name {
            fn graph() -> &'static ::std::sync::Arc<::skipstone::Graph> {
                static GRAPH: #private::LazyGraph = #private::LazyGraph::new();
                GRAPH.get_or_init(|| {
                    #private::expect_checked(
                        ::skipstone::Graph::builder(#text) #docs #source #sources #(#inputs)* #(#calls)* #(#kpis)* .build(),
                    )
                })
            }
        }
    }
}

/// `.kpi(…)`: how the number is read of the output.
fn kpi(scenario: &Scenario, c: usize, call: &Call, kpi: &Kpi) -> TokenStream {
    let private = quote!(::skipstone::__private);
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
    quote! { .kpi(::skipstone::graph::KpiDef::new(#text, ::skipstone::graph::Better::#better, #read).as_it_is() #named #unit) }
}

/// The default as a value of the input's type: a text for a path type is a path, everything else has
/// to be of the type itself.
fn default_value(expression: &Expr, ty: &TokenStream) -> TokenStream {
    let span = expression.span();
    match expression {
        Expr::Lit(literal) if matches!(literal.lit, Lit::Str(_)) => {
            let ty = respan(ty, span);
            quote_spanned! {span=> ::skipstone::__private::text_default::<#ty>(#expression) }
        }
        _ => quote_spanned! {span=> { let value: #ty = #expression; value } },
    }
}

/// The checks of one call that need the task's signature: each a constant of its own, so that all
/// that is wrong is told at once, and each panicking at the token that is wrong.
fn call_checks(scenario: &Scenario, c: usize, call: &Call) -> TokenStream {
    let private = quote!(::skipstone::__private);
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
        quote! { #private::CallArgument { parameter: #parameter, node: #node } }
    });
    let passed_count = call.arguments.len();
    let passed_name = format_ident!("__{}_ARGUMENTS_{}", scenario.name, c);

    let places = scenario.origin.as_ref().map(|origin| (origin, &origin.calls[c]));
    let panicking = |span: Span, function: &str, arguments: TokenStream, excerpt: Option<String>| {
        let function = format_ident!("{function}");
        let alias = alias_at(path_span);
        let below = excerpt.map(|excerpt| quote!(.below(#excerpt)));
        quote_spanned! {span=>
            const _: () = if let ::core::option::Option::Some(text) = #private::#function::<#alias>(#arguments) {
                ::core::panic!("{}", text #below .as_str())
            };
        }
    };

    let at_function = places.map(|(origin, call)| origin.excerpt(&call.function));
    let is_task = {
        let alias = alias_at(path_span);
        let below = at_function.clone().map(|excerpt| quote!(.below(#excerpt)));
        // Naming the function as a value, too, keeps quiet where the path names nothing: rustc says so.
        quote_spanned! {path_span=>
            const _: () = {
                let _ = #alias;
                if let ::core::option::Option::Some(text) = #private::check_marked::<#alias>() {
                    ::core::panic!("{}", text #below .as_str())
                }
            };
        }
    };
    let written = match places {
        None => quote!(#private::Written::InRust),
        Some(_) => quote!(#private::Written::InToml),
    };
    let arity = panicking(path_span, "check_call", quote!(&#passed_name, #written), at_function);
    let outputs_span = call.outputs[0].span();
    let output_count = call.outputs.len();
    let at_outputs = places.map(|(origin, call)| origin.excerpt(&call.outputs));
    let outputs = panicking(outputs_span, "check_outputs", quote!(#output_count, #written), at_outputs);
    let arguments = call.arguments.iter().enumerate().map(|(a, argument)| {
        let span = argument.parameter.as_ref().unwrap_or(&argument.node).span();
        let at_argument = places.map(|(origin, call)| origin.excerpt(&call.arguments[a].0));
        panicking(span, "check_argument", quote!(&#passed_name, #a, #written), at_argument)
    });
    let types = call.arguments.iter().enumerate().filter_map(|(a, argument)| {
        let span = argument.node.span();
        let alias = alias_at(path_span);
        let wanted = |node: &TokenStream| {
            quote_spanned! {span=>
                <#alias as #private::Parameter<{ #private::parameter_of::<#alias>(&#passed_name, #a) }>>::Accepts<#node>
            }
        };
        let maker = scenario.maker(&argument.node)?;
        let (given, wanted) = match maker {
            Maker::Input(i) => {
                let node = respan(input_type(scenario, i), span);
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
        let found = match maker {
            Maker::Input(i) => type_text_of(scenario, i),
            Maker::Call(maker, output) => {
                let maker = self::alias(scenario, maker, span);
                quote!(#private::output_type::<#maker>(#output))
            }
        };
        let below = places.map(|(origin, call)| origin.excerpt(&call.arguments[a].1));
        let below = below.map(|excerpt| quote!(.below(#excerpt)));
        let gives = quote_spanned! {span=> <#private::Gives<#given, #wanted>> };
        let table = quote_spanned! {span=>
            if let ::core::option::Option::Some(text) =
                #private::check_table::<#alias>(&#passed_name, #a, #gives::TABLES, #found)
            {
                ::core::panic!("{}", text #below .as_str())
            }
        };
        Some(match places {
            None => quote_spanned! {span=>
                const _: () = {
                    #[allow(unused_imports)]
                    use #private::GivesItself as _;
                    #private::given::<_, #wanted>(#gives::GIVEN);
                    #table
                };
            },
            // The compiler's own words have no room for a place in another file.
            Some(_) => quote_spanned! {span=>
                const _: () = {
                    #[allow(unused_imports)]
                    use #private::{Differs as _, GivesItself as _};
                    #table
                    if !<#private::Pair<#given, #wanted>>::SAME && #gives::TABLES.is_none() && #private::is_known(#found) {
                        ::core::panic!("{}", #private::mismatch::<#alias>(&#passed_name, #a, #found) #below .as_str())
                    }
                };
            },
        })
    });
    quote! {
        #[doc(hidden)]
        #[allow(non_upper_case_globals)]
        const #passed_name: [#private::CallArgument<'static>; #passed_count] = [#(#passed),*];
        #is_task
        #arity
        #outputs
        #(#arguments)*
        #(#types)*
    }
}

/// What the scenario says about a call whatever its task says.
fn overrides(overrides: &Overrides) -> TokenStream {
    let Overrides { skippable, retries, backoff, timeout } = overrides;
    let skippable =
        skippable.map(|skippable| if skippable { quote!(.skippable()) } else { quote!(.not_skippable()) });
    let retries = retries.map(|retries| quote!(.retries(#retries)));
    let backoff = backoff.map(|backoff| quote!(.backoff(::core::time::Duration::from_millis(#backoff))));
    let timeout = timeout.map(|timeout| quote!(.timeout(::core::time::Duration::from_millis(#timeout))));
    quote! { #skippable #retries #backoff #timeout }
}

fn or_else(docs: &str, otherwise: impl FnOnce() -> String) -> String {
    if docs.is_empty() { otherwise() } else { docs.to_owned() }
}

/// `.docs(…)` where there is something to say.
fn docs_call(docs: &str) -> TokenStream {
    if docs.is_empty() { quote!() } else { quote!(.docs(#docs)) }
}
