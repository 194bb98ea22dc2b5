//! Generates the items that are added to a task's function.

use super::model::{RetryPolicy, Task};
use crate::caret::at_type;
use crate::packages;
use crate::type_text::{PRIMITIVES, type_text};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use skipstone_fingerprint::Code;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Type, TypeParam, TypePath, Visibility};

/// Well-known types: certainly no aliases.
const PLAIN: [&str; 9] =
    ["BTreeMap", "Box", "Frame", "HashMap", "Option", "PathBuf", "String", "Vec", "VecDeque"];

/// Generates the description of the task for the wiring, the compiler and the runtime. It is a type with the name of
/// the function: types and functions are in separate namespaces, so one path finds both.
pub(crate) fn task(task: &Task, code: &Code) -> TokenStream {
    let Task { name, conditions, returns, .. } = task;
    let ty = ty(task);
    let packages = packages::entry(code, conditions);
    let (code, version) = (self::code(code), task.version.iter());
    let options = options(task);
    // The name of a type may be an alias of a `Result`, which the macro does not see.
    let may_be_result = !task.fallible && !task.tuple && is_name(returns);
    let is_value = may_be_result.then(|| {
        let text = type_text(returns);
        let arguments = quote!(<__s::Return<#returns>>::IS_RESULT, #text);
        let check = at_type(returns, quote!(__s::type_of::<#returns>()), quote!(check_value), arguments);
        quote! {
            use __s::{ReturnsItself as _, data_of as __data_of};
            const _: () = #check;
        }
    });
    let types = types(task, may_be_result);
    let (uses, signature) = signature(task);
    let lists = lists(task);
    let function_types = task.slots.iter().map(|slot| &slot.ty);
    let function_type = quote_spanned!(name.span()=> type Function = fn(#(#function_types),*) -> #returns;);
    let (function, run) = (function(task), run(task));
    quote! {
        #ty

        #(#conditions)*
        #[allow(deprecated)]
        const _: () = {
            use ::skipstone::__private as __s;
            #uses
            #is_value

            impl __s::Task for #name {
                const SIGNATURE: __s::Signature = #signature;
                const TASK: &'static __s::TaskDef = &__s::TaskDef {
                    #options
                    ..__s::task::<#name>(
                        (::core::module_path!(), ::core::file!(), ::core::line!()),
                        #code #(.at(#version))*,
                        #types
                    )
                };
                #lists
                #function_type
                const FUNCTION: Self::Function = #function;
                fn run(__f: Self::Function, __a: &__s::Arguments) -> __s::Done {
                    #run
                }
            }
        };

        #(#conditions)*
        ::skipstone::__private::inventory::submit! { ::skipstone::__private::TaskEntry::of::<#name>() }

        #packages
    }
}

/// Generates the description of a generic task, which a `scenario!` completes with the types of a call and its code.
pub(crate) fn generic(task: &Task) -> TokenStream {
    let Task { name, conditions, types: parameters, where_clause, .. } = task;
    let ty = ty(task);
    let names: Vec<_> = parameters.iter().map(|parameter| &parameter.ident).collect();
    let of_types = quote!((#(#names,)*));
    let predicates = where_clause.iter().map(|clause| &clause.predicates);
    let bounds = quote!(where #(#names: 'static,)* #(#predicates)*);
    // A type may be one only with the bounds.
    let (of_wiring, bounds_of_wiring) = match needs_bounds(task) {
        true => (quote!(#(#parameters),*), bounds.clone()),
        false => (quote!(#(#names),*), quote!(where #(#names: 'static),*)),
    };
    let version = task.version.iter().map(|version| quote!(code: __s::code("", "", "").at(#version),));
    let (options, types) = (options(task), types(task, false));
    let (uses, signature) = signature(task);
    let lists = lists(task);
    let (function, run) = (function(task), run(task));
    quote! {
        #ty

        #(#conditions)*
        #[allow(deprecated)]
        const _: () = {
            use ::skipstone::__private as __s;
            #uses

            impl<#of_wiring> __s::Generic<#of_types> for #name #bounds_of_wiring {
                const SIGNATURE: __s::Signature = #signature;
                #lists
            }

            impl<#(#parameters),*> __s::CalledWith<#of_types> for #name #bounds {
                const TASK: __s::TaskDef = __s::TaskDef {
                    #options
                    #(#version)*
                    types: || ::core::any::type_name::<#of_types>(),
                    run: |__a| {
                        let __f = #function;
                        #run
                    },
                    ..__s::generic_task::<#name, #of_types>(
                        (::core::module_path!(), ::core::file!(), ::core::line!()),
                        #types
                    )
                };
            }
        };

        #(#conditions)*
        ::skipstone::__private::incomplete_task! { #name }
    }
}

/// Returns whether a type of the signature may need the bounds of a generic task: if it is associated with a type parameter, or has
/// type arguments and is not one of the well-known types, which take any type.
fn needs_bounds(task: &Task) -> bool {
    struct Visitor<'a> {
        parameters: &'a [TypeParam],
        found: bool,
    }
    impl<'ast> Visit<'ast> for Visitor<'_> {
        fn visit_type_path(&mut self, ty: &'ast TypePath) {
            let is_parameter =
                |name: &Ident| self.parameters.iter().any(|parameter| parameter.ident == *name);
            let mut segments = ty.path.segments.iter();
            let is_associated = ty.path.segments.len() > 1
                && segments.next().is_some_and(|segment| is_parameter(&segment.ident));
            let last = ty.path.segments.last().filter(|last| !last.arguments.is_none());
            let is_known =
                |name: &Ident| PLAIN.iter().chain(&["CsvFile", "ParquetFile"]).any(|known| name == known);
            self.found |=
                is_associated || ty.qself.is_some() || last.is_some_and(|last| !is_known(&last.ident));
            visit::visit_type_path(self, ty);
        }
    }
    let mut visitor = Visitor { parameters: &task.types, found: false };
    let nodes = task.parameters.iter().map(|parameter| &parameter.node);
    nodes.chain(&task.outputs).for_each(|ty| visitor.visit_type(ty));
    visitor.found
}

/// Generates the descriptions of the types of parameters and outputs.
fn types(task: &Task, may_be_result: bool) -> TokenStream {
    let parameters = task.parameters.iter().map(|parameter| {
        let node = &parameter.node;
        quote_spanned! {parameter.ty.span()=> __s::data::<#node, _>() }
    });
    let outputs = task.outputs.iter().map(|output| match may_be_result {
        true => {
            let data_of = crate::caret::called("__data_of", output.span());
            let kept = quote_spanned! {output.span()=> <__s::Return<#output>>::KEPT };
            quote! { #data_of(#kept) }
        }
        false => quote_spanned! {output.span()=> __s::data::<#output, _>() },
    });
    quote! { &[#(#parameters),*], &[#(#outputs),*], }
}

/// Generates the lists of the types of parameters and outputs.
fn lists(task: &Task) -> TokenStream {
    let parameters = list(task.parameters.iter().map(|parameter| &parameter.node));
    let outputs = list(&task.outputs);
    // The compiler reports at the name, once, that a type is more private than the task.
    let place = task.name.span();
    let parameters = quote_spanned!(place=> type Parameters = #parameters;);
    let outputs = quote_spanned!(place=> type Outputs = #outputs;);
    quote! { #parameters #outputs }
}

/// Generates the call of the function, which is `__f`, with the arguments in `__a`.
fn run(task: &Task) -> TokenStream {
    // With the place of a type, but a path that begins elsewhere: then the compiler shows the message of the trait.
    let private = quote!(__s);
    let mut parameters = task.parameters.iter().enumerate();
    let arguments = task.slots.iter().map(|slot| {
        let parameter = match &slot.resource {
            Some(resource) => return quote! { __s::resource::<#resource>(__a)? },
            None => parameters.next(),
        };
        let Some((i, parameter)) = parameter else { return TokenStream::new() };
        let (node, i) = (&parameter.node, Literal::usize_unsuffixed(i));
        match parameter.owned {
            true => quote_spanned! {parameter.ty.span()=> #private::owned::<#node>(__a, #i) },
            false => quote! { __s::borrowed::<#node>(__a, #i) },
        }
    });
    let called = quote! { __f(#(#arguments),*) };
    let called = match task.fallible {
        true => {
            // With the span of the return type, because it contains the error type.
            let span = task.returns.span();
            let failure = quote_spanned! {span=> __s::failure(__error) };
            let error = Ident::new("__error", span);
            quote! { match #called {
                ::core::result::Result::Ok(__value) => __value,
                ::core::result::Result::Err(#error) => return ::core::result::Result::Err(#failure),
            } }
        }
        false => called,
    };
    let parts: Vec<_> = (0..task.outputs.len()).map(|i| format_ident!("__output_{i}")).collect();
    match task.tuple {
        true => quote! {
            let (#(#parts,)*) = #called;
            __s::Outputs::new()#(.with(#parts))*.returned()
        },
        false => quote! { __s::Outputs::new().with(#called).returned() },
    }
}

/// Generates the function that a job calls: that of the task, or one that waits for its future.
fn function(task: &Task) -> TokenStream {
    let Task { name, returns, types, where_clause, .. } = task;
    let types_of_call = types.iter().map(|parameter| &parameter.ident);
    let turbofish = (!types.is_empty()).then(|| quote!(::<#(#types_of_call),*>));
    if !task.is_async {
        return quote!(#name #turbofish);
    }
    let generics = (!types.is_empty()).then(|| quote!(<#(#types),*>));
    let (names, slots): (Vec<_>, Vec<_>) =
        task.slots.iter().enumerate().map(|(i, slot)| (format_ident!("__argument_{i}"), &slot.ty)).unzip();
    quote! {
        {
            fn __wait #generics (#(#names: #slots),*) -> #returns #where_clause {
                __s::wait_for(#name #turbofish (#(#names),*))
            }
            __wait #turbofish
        }
    }
}

/// Generates the type with the function's name.
pub(crate) fn ty(task: &Task) -> TokenStream {
    let Task { name, visibility, conditions, .. } = task;
    quote! {
        #(#conditions)*
        #[doc(hidden)]
        #[allow(non_camel_case_types, dead_code)]
        #visibility enum #name {}
    }
}

/// Generates the attribute of a function whose types may be private: the compiler's error about the lists of types says the same as
/// its warning about the function.
pub(crate) fn lint(task: &Task) -> Option<TokenStream> {
    struct Visitor(bool);
    impl<'ast> Visit<'ast> for Visitor {
        fn visit_type_path(&mut self, ty: &'ast TypePath) {
            let last = ty.path.segments.last();
            let is_known = |name: &Ident| PRIMITIVES.iter().chain(&PLAIN).any(|known| name == known);
            self.0 |= last.is_none_or(|last| !is_known(&last.ident));
            visit::visit_type_path(self, ty);
        }
    }
    let mut visitor = Visitor(false);
    task.slots.iter().map(|slot| &slot.ty).chain([&task.returns]).for_each(|ty| visitor.visit_type(ty));
    let is_visible = !matches!(task.visibility, Visibility::Inherited);
    (is_visible && visitor.0).then(|| quote!(#[allow(private_interfaces)]))
}

/// Generates a list of types, in the form that `TypeAt` takes.
fn list<'a>(types: impl IntoIterator<Item = &'a Type, IntoIter: DoubleEndedIterator>) -> TokenStream {
    types.into_iter().rev().fold(quote!(()), |rest, ty| quote!((#ty, #rest)))
}

/// Generates the fields of the options that the task has.
fn options(task: &Task) -> TokenStream {
    let docs = (!task.docs.is_empty()).then(|| {
        let docs = &task.docs;
        quote! { docs: #docs, }
    });
    let known_as = task.known_as.iter().map(|name| quote! { known_as: ::core::option::Option::Some(#name), });
    let flags = [
        ("skippable", task.skippable),
        ("effects", task.effects),
        ("isolated", task.isolated),
        ("opaque", task.opaque),
        ("unordered", task.unordered),
    ];
    let flags = flags.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| format_ident!("{name}"));
    let ignored = task.parameters.iter().filter(|parameter| parameter.ignored);
    let ignored: Vec<String> = ignored.map(|parameter| parameter.name.unraw().to_string()).collect();
    let ignored = (!ignored.is_empty()).then(|| quote! { ignored: &[#(#ignored),*], });
    let RetryPolicy { retries, backoff, timeout } = task.retry_policy;
    let within = timeout.iter();
    let retry_policy = (task.retry_policy != RetryPolicy::default())
        .then(|| quote! { retry_policy: __s::RetryPolicy::new(#retries, #backoff)#(.within(#within))*, });
    let resources: Vec<_> = task.slots.iter().filter_map(|slot| slot.resource.as_ref()).collect();
    let resources =
        (!resources.is_empty()).then(|| quote! { resources: &[#(__s::resource_of::<#resources>()),*], });
    quote! { #resources #docs #(#known_as)* #(#flags: true,)* #ignored #retry_policy }
}

/// Generates the code of a task.
pub(crate) fn code(code: &Code) -> TokenStream {
    let Code { hash, parts, made_by_macro, .. } = code;
    let packages = code.name_of_packages();
    // Two calls of one macro may generate identical tasks in places where names resolve differently.
    let hash = match made_by_macro {
        true => quote! { ::core::concat!(#hash, "-", ::core::line!(), "-", ::core::column!()) },
        false => quote! { #hash },
    };
    quote! { __s::code(#hash, #parts, #packages) }
}

/// Generates a placeholder for a task with errors, so that scenarios that call it cause no further errors.
pub(crate) fn broken(task: &Task) -> TokenStream {
    let Task { name, conditions, .. } = task;
    let ty = ty(task);
    quote! {
        #ty
        #(#conditions)*
        ::skipstone::__private::broken_task! { #name }
    }
}

/// Generates the imports that the signature needs, and the signature.
fn signature(task: &Task) -> (TokenStream, TokenStream) {
    let name = task.name.unraw().to_string();
    let returns = type_text(&task.returns);
    let outputs = task.outputs.iter().map(type_text);
    let parameters = task.parameters.iter().map(|parameter| {
        let (name, ty) = (parameter.name.unraw().to_string(), type_text(&parameter.ty));
        let node = type_text(&parameter.read);
        let reads = (ty != node).then(|| quote!(.reads(#node)));
        quote! { __s::parameter(#name, #ty)#reads }
    });
    let signature = quote! { __s::signature(#name, &[#(#parameters),*], #returns, &[#(#outputs),*]) };
    let alike = alike(task);
    let resources =
        task.slots.iter().filter(|slot| slot.resource.is_some()).filter_map(|slot| slot.name.as_ref());
    let resources: Vec<String> = resources.map(|name| name.unraw().to_string()).collect();
    let resources = (!resources.is_empty()).then(|| quote!(resources: &[#(#resources),*],));
    let (uses, alike) = match alike.is_empty() {
        true => (quote!(), None),
        false => (
            quote!(
                use __s::Differs as _;
            ),
            Some(quote!(alike: &[#(#alike),*],)),
        ),
    };
    match (&alike, &resources) {
        (None, None) => (uses, signature),
        _ => (uses, quote! { __s::Signature { #alike #resources ..#signature } }),
    }
}

/// Generates the pairs of parameters whose nodes may have the same type under other names.
fn alike(task: &Task) -> Vec<TokenStream> {
    let mut pairs = Vec::new();
    for (i, one) in task.parameters.iter().enumerate() {
        for (j, other) in task.parameters.iter().enumerate().skip(i + 1) {
            let (first, second) = (&one.node, &other.node);
            let is_alias = is_name(first) || is_name(second);
            if is_alias && type_text(&one.read) != type_text(&other.read) {
                pairs.push(quote! { (#i, #j, <__s::Pair<#first, #second>>::SAME) });
            }
        }
    }
    pairs
}

/// Returns whether the type is a name that may be an alias.
fn is_name(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    path.qself.is_none()
        && path
            .path
            .segments
            .last()
            .is_some_and(|last| !PRIMITIVES.iter().chain(&PLAIN).any(|name| last.ident == name))
}
