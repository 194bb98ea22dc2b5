//! Generates the compile-time checks of a scenario file, and its registration with the compiler.

use super::names::{self, node_type, type_text};
use crate::caret::at;
use crate::scenario::model::{InputDefault, Maker, Scenario};
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;

/// Generates the items that a scenario file needs: the compiler recompiles the scenario when the file changes, and
/// checks the types of defaults and declared outputs.
pub(super) fn checks(scenario: &Scenario) -> TokenStream {
    let Some(origin) = &scenario.origin else { return TokenStream::new() };
    let name = &origin.literal;
    let file = match origin.beside {
        true => quote!(#name),
        false => quote!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/", #name)),
    };
    let outputs = origin.outputs.iter().map(|declared| {
        let (ty, text, below) = (&declared.ty, &declared.text, origin.excerpt(&declared.place));
        let (call, output) = (names::call(declared.call), declared.output);
        let node = scenario.calls[declared.call].outputs[output].unraw().to_string();
        let found = node_type(scenario, Maker::Call(declared.call, output));
        let same = quote!(<__s::Pair<#found, #ty>>::SAME);
        let arguments = quote!(#node, #output, #same, #text, #below);
        at(name.span(), quote!(#call), quote!(check_declared), arguments)
    });
    let defaults =
        scenario.inputs.iter().zip(&origin.defaults).enumerate().filter_map(|(i, (input, place))| {
            let Some(InputDefault::Written { text, value: Some(value), .. }) = &input.default else {
                return None;
            };
            let (ty, type_text) =
                (node_type(scenario, Maker::Input(i)), type_text(scenario, Maker::Input(i)));
            let (node, below) = (input.name.unraw().to_string(), origin.excerpt(place.as_ref()?));
            let given = match value {
                toml::Value::String(_) => quote!(Text),
                toml::Value::Integer(number) => quote!(Integer(#number)),
                toml::Value::Float(_) => quote!(Float),
                toml::Value::Boolean(_) => quote!(Flag),
                toml::Value::Array(_) => quote!(List),
                toml::Value::Table(_) | toml::Value::Datetime(_) => quote!(Other),
            };
            let (kind, given) = (quote!(<__s::Takes<#ty>>::KIND), quote!(__s::GivenDefault::#given));
            let arguments = quote!(#kind, #given, #node, #type_text, #text, #below);
            Some(at(name.span(), quote!(__s::type_of::<#ty>()), quote!(check_default), arguments))
        });
    quote! {
        const _: &[::core::primitive::u8] = ::core::include_bytes!(#file);
        #(const _: () = #outputs;)*
        #(const _: () = #defaults;)*
    }
}
