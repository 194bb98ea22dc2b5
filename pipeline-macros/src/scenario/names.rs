//! The names of tasks and types in an expansion.

use super::model::{InputType, Scenario};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};

/// Returns the name that the task of call `c` is imported as.
pub(super) fn alias(scenario: &Scenario, c: usize, span: Span) -> Ident {
    format_ident!("__{}_task_{}", scenario.name, c, span = span)
}

/// Generates the type of input `i`.
pub(super) fn input_type(scenario: &Scenario, i: usize) -> TokenStream {
    let private = quote!(::skipstone::__private);
    match &scenario.inputs[i].ty {
        InputType::Written(ty, _) => ty.to_token_stream(),
        InputType::Read { call, argument } => {
            let alias = alias(scenario, *call, scenario.inputs[i].name.span());
            let passed = format_ident!("__{}_ARGUMENTS_{}", scenario.name, call);
            // If the parameter does not exist, another check reports it, and any type will do here.
            quote! {
                <#alias as #private::Parameter<{ #private::parameter_of::<#alias>(&#passed, #argument) }>>::Accepts<::std::string::String>
            }
        }
    }
}

/// Generates the text of the type of input `i`.
pub(super) fn type_text_of(scenario: &Scenario, i: usize) -> TokenStream {
    match &scenario.inputs[i].ty {
        InputType::Written(_, text) => text.to_token_stream(),
        InputType::Read { call, argument } => {
            let alias = alias(scenario, *call, scenario.inputs[i].name.span());
            let passed = format_ident!("__{}_ARGUMENTS_{}", scenario.name, call);
            quote! { ::skipstone::__private::parameter_type::<#alias>(&#passed, #argument) }
        }
    }
}

/// Generates the type of output `o` of the task that is imported as `alias`.
pub(super) fn output_type(alias: &Ident, o: usize, span: Span) -> TokenStream {
    if o == 0 {
        quote_spanned! {span=> ::skipstone::graph::OutputOf<#alias> }
    } else {
        quote_spanned! {span=> ::skipstone::graph::OutputOf<#alias, { ::skipstone::__private::output_of::<#alias>(#o) }> }
    }
}

/// Returns the tokens with another span, so that errors about them point there.
pub(super) fn respan(tokens: impl ToTokens, span: Span) -> TokenStream {
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
