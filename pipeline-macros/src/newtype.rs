//! `#[derive(ColumnValue)]`: a struct around one value, as that value in tables.

use crate::debug;
use crate::diagnostics::Diagnostics;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields, Type};

/// The expansion of `#[derive(ColumnValue)]` on `input`.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let Some((input, inner)) = parse(input, &mut diagnostics) else { return diagnostics.into_tokens() };
    let expansion = expand(&input, &inner);
    debug::print(&input.ident.to_string(), &expansion);
    expansion
}

/// The struct, and the type that it is around.
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
        let what = match &input.data {
            Data::Enum(_) => {
                "a struct around one value can be one in a table; an enum is under `#[derive(Category)]`"
            }
            _ => "a struct around one value can be one in a table: `struct Name(Type);`",
        };
        diagnostics.error(&input.ident, what);
        return None;
    };
    if !input.generics.params.is_empty() {
        diagnostics.error(&input.generics, "a value in a table can't be generic");
        return None;
    }
    Some((input, inner))
}

fn expand(input: &DeriveInput, inner: &Type) -> TokenStream {
    let name = &input.ident;
    let private = quote!(::skipstone::__private);
    // At the type's place, so that a type that can't be a column is pointed at.
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
    fn what_is_around_no_single_value_is_told_why() {
        for (input, message) in [
            ("struct S;", "a struct around one value can be one in a table: `struct Name(Type);`"),
            ("struct S(u8, u8);", "a struct around one value can be one in a table: `struct Name(Type);`"),
            ("struct S<T>(T);", "a value in a table can't be generic"),
            (
                "enum E { A }",
                "a struct around one value can be one in a table; an enum is under `#[derive(Category)]`",
            ),
        ] {
            let mut diagnostics = Diagnostics::default();
            parse(input.parse().expect("tokens"), &mut diagnostics);
            assert_eq!(diagnostics.messages(), [message], "{input}");
        }
    }
}
