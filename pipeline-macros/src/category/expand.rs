//! Generates the implementation of a [`Category`].

use super::model::Category;
use proc_macro2::TokenStream;
use quote::quote;

/// Generates the implementations of `Category` and `ColumnValue`.
pub(crate) fn category(category: &Category) -> TokenStream {
    let Category { name, variants, .. } = category;
    let private = quote!(::skipstone::__private);
    let names = variants.iter().map(|variant| &variant.name);
    let idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let numbers: Vec<u32> = (0..).take(idents.len()).collect();
    quote! {
        #[automatically_derived]
        impl #private::Category for #name {
            const NAMES: &'static [&'static ::core::primitive::str] = &[#(#names),*];

            fn number(self) -> ::core::primitive::u32 {
                match self {
                    #(Self::#idents => #numbers,)*
                }
            }

            fn from_number(number: ::core::primitive::u32) -> ::core::option::Option<Self> {
                ::core::option::Option::Some(match number {
                    #(#numbers => Self::#idents,)*
                    _ => return ::core::option::Option::None,
                })
            }
        }

        #[automatically_derived]
        impl #private::ColumnValue for #name {
            const TYPE: #private::ColumnType =
                #private::ColumnType::Category(<Self as #private::Category>::NAMES);
            const NULLABLE: ::core::primitive::bool = false;

            fn to_cell(&self) -> #private::Cell {
                #private::category_cell(*self)
            }

            fn from_cell(cell: &#private::Cell) -> ::core::option::Option<Self> {
                #private::category_of(cell)
            }
        }
    }
}
