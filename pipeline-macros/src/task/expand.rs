//! Generates the items that are added to a task's function.

use super::model::{RetryPolicy, Task};
use crate::caret::{at_type, called};
use crate::type_text::{PRIMITIVES, type_text};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use skipstone_fingerprint::Code;
use syn::Type;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

/// Generates the description of the task for the wiring, the compiler and the runtime. It is a type with the name of
/// the function: types and functions are in separate namespaces, so one path finds both.
pub(crate) fn task(task: &Task, code: &Code) -> TokenStream {
    let Task { name, visibility, conditions, docs, skippable, effects, isolated, opaque, unordered, .. } =
        task;
    let private = quote!(::skipstone::__private);
    let text = name.unraw().to_string();
    let arity = task.parameters.len();
    let signature = signature(task, &private);

    let arguments: Vec<_> =
        (0..arity).map(|i| format_ident!("__pipeline_argument_{i}", span = Span::mixed_site())).collect();
    let reads = task.parameters.iter().zip(&arguments).enumerate().map(|(i, (parameter, argument))| {
        let node = &parameter.node;
        if parameter.owned {
            let span = parameter.ty.span();
            quote_spanned! {span=> let #argument = #private::owned::<#node>(__pipeline_arguments, #i); }
        } else {
            quote! { let #argument = #private::borrowed::<#node>(__pipeline_arguments, #i); }
        }
    });
    let function = Ident::new("__pipeline_function", Span::mixed_site());
    let call = quote! { #function(#(#arguments),*) };
    let call = if task.fallible {
        // With the span of the return type, because it contains the error type.
        let span = task.returns.span();
        let failure = quote_spanned! {span=> #private::failure(__pipeline_error) };
        let error = Ident::new("__pipeline_error", span);
        quote! { match #call { ::core::result::Result::Ok(__pipeline_value) => __pipeline_value, ::core::result::Result::Err(#error) => return ::core::result::Result::Err(#failure) } }
    } else {
        call
    };
    let parts: Vec<_> = (0..task.outputs.len())
        .map(|i| format_ident!("__pipeline_output_{i}", span = Span::mixed_site()))
        .collect();
    let bind = if task.tuple {
        quote! { let (#(#parts,)*) = #call; }
    } else {
        quote! { let #(#parts)* = #call; }
    };

    let parameter_types = task.parameters.iter().map(|parameter| {
        let node = &parameter.node;
        quote_spanned! {parameter.ty.span()=> #private::DataType::of::<#node, _>() }
    });
    let output_texts = task.outputs.iter().map(type_text);
    // The name of a type may be an alias of a `Result`, which the macro does not see.
    let may_be_result = !task.fallible && !task.tuple && is_name(&task.returns);
    let output_types = task.outputs.iter().map(|output| match may_be_result {
        true => {
            let data_of = called("__pipeline_data_of", output.span());
            let kept = quote_spanned! {output.span()=> <#private::Returned<#output>>::KEPT };
            quote! { #data_of(#kept) }
        }
        false => quote_spanned! {output.span()=> #private::DataType::of::<#output, _>() },
    });
    let is_value = may_be_result.then(|| {
        let (output, text) = (&task.returns, type_text(&task.returns));
        let arguments = quote!(<#private::Returned<#output>>::IS_RESULT, #text);
        let check = at_type(output, quote!(#private::type_of::<#output>()), quote!(check_value), arguments);
        quote! {
            #[allow(unused_imports)]
            use #private::{ReturnsItself as _, data_of as __pipeline_data_of};
            const _: () = #check;
        }
    });
    let accepts = task.parameters.iter().enumerate().map(|(i, parameter)| {
        let node = &parameter.node;
        quote! { impl #private::Parameter<#i> for #name { type Accepts<PipelineNode__> = #node; } }
    });
    let outputs = task.outputs.iter().enumerate().map(|(i, output)| {
        quote! { impl #private::Output<#i> for #name { type Type = #output; } }
    });
    let Code { hash, parts: code_parts, packages, made_by_macro } = code;
    // Two calls of one macro may generate identical tasks in places where names resolve differently.
    let hash = match made_by_macro {
        true => quote! { ::core::concat!(#hash, "-", ::core::line!(), "-", ::core::column!()) },
        false => quote! { #hash },
    };
    let version = option(task.version.as_deref());
    let known_as = option(task.known_as.as_deref());
    let function_types = task.parameters.iter().map(|parameter| &parameter.ty);
    let returns = &task.returns;
    let returns = quote! { -> #returns };
    let retry_policy = retry_policy(&task.retry_policy, &private);
    let ignored: Vec<String> = task
        .parameters
        .iter()
        .filter(|parameter| parameter.ignored)
        .map(|parameter| parameter.name.unraw().to_string())
        .collect();
    // An editor shows the function with it.
    let doc = format!("The task [`{text}`](fn@{text}), which `scenario!` finds by this path.");
    let doc = (!skipstone_fingerprint::is_editor()).then(|| quote!(#[doc = #doc]));

    quote! {
        #(#conditions)*
        #doc
        #[doc(hidden)]
        #[allow(non_camel_case_types, dead_code)]
        #visibility struct #name { never: ::core::convert::Infallible }

        #(#conditions)*
        #[allow(non_camel_case_types, deprecated)]
        const _: () = {
            #is_value

            fn __pipeline_run(__pipeline_arguments: &#private::Arguments) -> ::core::result::Result<#private::Outputs, #private::TaskFailure> {
                <#name as #private::TaskFunction>::run(#name, __pipeline_arguments)
            }

            impl #private::TaskFunction for #name {
                type Function = fn(#(#function_types),*) #returns;

                fn run(#function: Self::Function, __pipeline_arguments: &#private::Arguments) -> ::core::result::Result<#private::Outputs, #private::TaskFailure> {
                    #(#reads)*
                    #bind
                    ::core::result::Result::Ok(#private::Outputs::new()#(.with(#parts))*)
                }
            }

            static __PIPELINE_TASK: #private::TaskDef = #private::TaskDef {
                signature: #private::signature_of::<#name>(),
                module: ::core::module_path!(),
                known_as: #known_as,
                docs: #docs,
                file: ::core::file!(),
                line: ::core::line!(),
                code: #private::CodeDef { hash: #hash, parts: #code_parts, packages: #packages, version: #version },
                skippable: #skippable,
                effects: #effects,
                isolated: #isolated,
                opaque: #opaque,
                unordered: #unordered,
                ignored: &[#(#ignored),*],
                retry_policy: #retry_policy,
                parameters: &[#(#parameter_types),*],
                outputs: &[#(#private::OutputDef { ty: #output_texts, data: #output_types }),*],
                run: __pipeline_run,
            };

            #private::enter_task! { &__PIPELINE_TASK }

            impl #private::Task for #name {
                const SIGNATURE: ::core::option::Option<#private::Signature> = {
                    #[allow(unused_imports)]
                    use #private::Differs as _;
                    ::core::option::Option::Some(#signature)
                };
                const NAME: &'static str = #text;
                fn task() -> &'static #private::TaskDef {
                    &__PIPELINE_TASK
                }
            }
            #(#accepts)*
            #(#outputs)*
            #private::no_such_place! { #name }
        };
    }
}

/// Generates a placeholder for a task with errors, so that scenarios that call it cause no further errors.
pub(crate) fn broken(task: &Task) -> TokenStream {
    let Task { name, visibility, conditions, .. } = task;
    quote! {
        #(#conditions)*
        #[doc(hidden)]
        #[allow(non_camel_case_types, dead_code)]
        #visibility struct #name { never: ::core::convert::Infallible }
        #(#conditions)*
        ::skipstone::__private::broken_task! { #name }
    }
}

fn retry_policy(retry_policy: &RetryPolicy, private: &TokenStream) -> TokenStream {
    let RetryPolicy { retries, backoff, timeout } = retry_policy;
    let duration = |millis: u64| quote! { ::core::time::Duration::from_millis(#millis) };
    let backoff = duration(*backoff);
    let timeout = match timeout.map(duration) {
        Some(timeout) => quote! { ::core::option::Option::Some(#timeout) },
        None => quote! { ::core::option::Option::None },
    };
    quote! { #private::RetryPolicy { retries: #retries, backoff: #backoff, timeout: #timeout } }
}

fn option(value: Option<&str>) -> TokenStream {
    match value {
        Some(value) => quote! { ::core::option::Option::Some(#value) },
        None => quote! { ::core::option::Option::None },
    }
}

fn signature(task: &Task, private: &TokenStream) -> TokenStream {
    let name = task.name.unraw().to_string();
    let returns = type_text(&task.returns);
    let outputs = task.outputs.iter().map(type_text);
    let parameters = task.parameters.iter().map(|parameter| {
        let (name, ty) = (parameter.name.unraw().to_string(), type_text(&parameter.ty));
        let node = type_text(&parameter.read);
        quote! { #private::SignatureParameter { name: #name, ty: #ty, node: #node } }
    });
    let alike = alike(task, private);
    quote! {
        #private::Signature {
            task: #name,
            parameters: &[#(#parameters),*],
            alike: &[#(#alike),*],
            returns: #returns,
            outputs: &[#(#outputs),*],
        }
    }
}

/// Generates the pairs of parameters whose nodes may have the same type under other names.
fn alike(task: &Task, private: &TokenStream) -> Vec<TokenStream> {
    let mut pairs = Vec::new();
    for (i, one) in task.parameters.iter().enumerate() {
        for (j, other) in task.parameters.iter().enumerate().skip(i + 1) {
            let (first, second) = (&one.node, &other.node);
            let is_alias = is_name(first) || is_name(second);
            if is_alias && type_text(&one.read) != type_text(&other.read) {
                pairs.push(quote! { (#i, #j, <#private::Pair<#first, #second>>::SAME) });
            }
        }
    }
    pairs
}

/// Returns whether the type is a name that may be an alias.
fn is_name(ty: &Type) -> bool {
    const OTHERS: [&str; 9] =
        ["BTreeMap", "Box", "Frame", "HashMap", "Option", "PathBuf", "String", "Vec", "VecDeque"];
    let Type::Path(path) = ty else { return false };
    path.qself.is_none()
        && path
            .path
            .segments
            .last()
            .is_some_and(|last| !PRIMITIVES.iter().chain(&OTHERS).any(|name| last.ident == name))
}
