//! Generates the compile-time checks of a scenario file, and its registration with the compiler.

use super::model::{InputDefault, Scenario};
use super::names::{alias, input_type, output_type, type_text_of};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;

/// Generates the items that a scenario file needs: the compiler recompiles the scenario when the file changes, and
/// checks the types of defaults and declared outputs.
pub(super) fn checks(scenario: &Scenario) -> TokenStream {
    let Some(origin) = &scenario.origin else { return TokenStream::new() };
    let private = quote!(::skipstone::__private);
    let name = &origin.literal;
    let file = match origin.beside {
        true => quote!(#name),
        false => quote!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/", #name)),
    };
    let outputs = origin.outputs.iter().map(|declared| {
        let (ty, text, below) = (&declared.ty, &declared.text, origin.excerpt(&declared.place));
        let (alias, output) = (alias(scenario, declared.call, name.span()), declared.output);
        let node = scenario.calls[declared.call].outputs[output].unraw().to_string();
        let found = output_type(&alias, output, name.span());
        quote_spanned! {name.span()=>
            const _: () = {
                #[allow(unused_imports)]
                use #private::Differs as _;
                if !<#private::Pair<#found, #ty>>::SAME {
                    ::core::panic!("{}", #private::output_mismatch::<#alias>(#node, #output, #text).below(#below).as_str())
                }
            };
        }
    });
    let defaults = scenario.inputs.iter().zip(&origin.defaults).enumerate().filter_map(|(i, (input, place))| {
        let Some(InputDefault::Written { text, value: Some(value), .. }) = &input.default else { return None };
        let (ty, type_text) = (input_type(scenario, i), type_text_of(scenario, i));
        let (node, below) = (input.name.unraw().to_string(), origin.excerpt(place.as_ref()?));
        let given = match value {
            toml::Value::String(_) => quote!(Text),
            toml::Value::Integer(number) => quote!(Integer(#number)),
            toml::Value::Float(_) => quote!(Float),
            toml::Value::Boolean(_) => quote!(Flag),
            toml::Value::Array(_) => quote!(List),
            toml::Value::Table(_) | toml::Value::Datetime(_) => quote!(Other),
        };
        Some(quote_spanned! {name.span()=>
            const _: () = {
                #[allow(unused_imports)]
                use #private::TakesAnything as _;
                if !#private::takes(<#private::Takes<#ty>>::KIND, #private::GivenDefault::#given) {
                    ::core::panic!("{}", #private::invalid_default(#node, #type_text, #text).below(#below).as_str())
                }
            };
        })
    });
    quote! {
        const _: &[::core::primitive::u8] = ::core::include_bytes!(#file);
        #(#outputs)*
        #(#defaults)*
    }
}
