//! What tasks and types are called in an expansion.

use super::model::{InputType, Scenario};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};

/// The name under which call `c` finds its task.
pub(super) fn alias(scenario: &Scenario, c: usize, span: Span) -> Ident {
    format_ident!("__{}_task_{}", scenario.name, c, span = span)
}

/// The type of input `i`.
pub(super) fn input_type(scenario: &Scenario, i: usize) -> TokenStream {
    let private = quote!(::skipstone::__private);
    match &scenario.inputs[i].ty {
        InputType::Written(ty, _) => ty.to_token_stream(),
        InputType::Read { call, argument } => {
            let alias = alias(scenario, *call, scenario.inputs[i].name.span());
            let passed = format_ident!("__{}_ARGUMENTS_{}", scenario.name, call);
            // Where there is no such parameter another check says so, and any type will do.
            quote! {
                <#alias as #private::Parameter<{ #private::parameter_of::<#alias>(&#passed, #argument) }>>::Accepts<::std::string::String>
            }
        }
    }
}

/// The text of the type of input `i`.
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

/// The type of output `o` of the task behind `alias`.
pub(super) fn output_type(alias: &Ident, o: usize, span: Span) -> TokenStream {
    if o == 0 {
        quote_spanned! {span=> ::skipstone::graph::OutputOf<#alias> }
    } else {
        quote_spanned! {span=> ::skipstone::graph::OutputOf<#alias, { ::skipstone::__private::output_of::<#alias>(#o) }> }
    }
}

/// The same tokens, shown by the compiler at another place.
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
