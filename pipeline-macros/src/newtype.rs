//! `#[derive(ColumnValue)]`: stores a newtype in a column like its inner value.

use crate::diagnostics::Diagnostics;
use crate::{debug, krate};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields, Type};

/// Expands `#[derive(ColumnValue)]` on `input`.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let Some((input, inner)) = parse(input, &mut diagnostics) else { return diagnostics.into_tokens() };
    let krate = krate::option(&input.attrs, &mut diagnostics);
    let mut expansion = krate::resolve(expand(&input, &inner), krate.as_ref());
    expansion.extend(diagnostics.into_tokens());
    debug::print(&input.ident.to_string(), &expansion);
    expansion
}

/// Parses the struct and the type of its field.
fn parse(input: TokenStream, diagnostics: &mut Diagnostics) -> Option<(DeriveInput, Type)> {
    let input: DeriveInput = syn::parse2(input).map_err(|error| diagnostics.push(error)).ok()?;
    let inner = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => fields.unnamed.first(),
            _ => None,
        },
        _ => None,
    };
    let Some(inner) = inner.map(|field| field.ty.clone()) else {
        let message = match &input.data {
            Data::Enum(_) => {
                "`ColumnValue` is only for structs with one unnamed field: derive `Category` for an enum"
            }
            _ => "`ColumnValue` is only for structs with one unnamed field: `struct Name(Type);`",
        };
        diagnostics.error(&input.ident, message);
        return None;
    };
    if !input.generics.params.is_empty() {
        diagnostics.error(&input.generics, "`ColumnValue` can't be derived for a generic type");
        return None;
    }
    Some((input, inner))
}

fn expand(input: &DeriveInput, inner: &Type) -> TokenStream {
    let name = &input.ident;
    let private = quote!(::skipstone::__private);
    // With the span of the type, so that the error about a type that can't be a column points at it.
    let inner = quote_spanned! {inner.span()=> <#inner as #private::ColumnValue> };
    quote! {
        #[automatically_derived]
        impl #private::ColumnValue for #name {
            const TYPE: #private::ColumnType = #inner::TYPE;
            const NULLABLE: ::core::primitive::bool = #inner::NULLABLE;

            fn to_cell(&self) -> #private::Cell {
                #inner::to_cell(&self.0)
            }

            fn from_cell(cell: &#private::Cell) -> ::core::option::Option<Self> {
                #inner::from_cell(cell).map(Self)
            }

            fn in_zone(self, zone: &::core::primitive::str) -> ::core::option::Option<Self> {
                #inner::in_zone(self.0, zone).map(Self)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_newtypes_are_reported() {
        for (input, message) in [
            ("struct S;", "`ColumnValue` is only for structs with one unnamed field: `struct Name(Type);`"),
            (
                "struct S(u8, u8);",
                "`ColumnValue` is only for structs with one unnamed field: `struct Name(Type);`",
            ),
            ("struct S<T>(T);", "`ColumnValue` can't be derived for a generic type"),
            (
                "enum E { A }",
                "`ColumnValue` is only for structs with one unnamed field: derive `Category` for an enum",
            ),
        ] {
            let mut diagnostics = Diagnostics::default();
            parse(input.parse().expect("tokens"), &mut diagnostics);
            assert_eq!(diagnostics.messages(), [message], "{input}");
        }
    }
}
