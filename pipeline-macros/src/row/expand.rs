//! From a [`Row`] to its implementation.

use super::model::Row;
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

/// The implementation of `Row`, and a constant with the name of each column.
pub(crate) fn row(row: &Row) -> TokenStream {
    let Row { name, columns, csv } = row;
    let private = quote!(::pipeline_core::__private);
    let text = name.to_string();
    let constants = columns.iter().map(|column| {
        let plain = column.field.to_string();
        let constant =
            format_ident!("{}", plain.trim_start_matches("r#").to_uppercase(), span = column.field.span());
        let (visibility, column) = (&column.visibility, &column.name);
        let doc = format!("The name of column `{column}`.");
        quote! {
            #[doc = #doc]
            #visibility const #constant: &'static ::core::primitive::str = #column;
        }
    });
    let descriptions = columns.iter().map(|column| {
        let (column_name, ty, docs) = (&column.name, &column.ty, &column.docs);
        let key = if column.key { quote!(.key()) } else { quote!() };
        let field = column.field.unraw().to_string();
        quote_spanned! {column.ty.span()=> #private::column::<#ty>(#field, #column_name, #docs)#key }
    });
    // At the type's place, so that a type that can't be a column is pointed at.
    let to_cells = columns.iter().map(|column| {
        let field = &column.field;
        quote_spanned! {column.ty.span()=> #private::ColumnValue::to_cell(&self.#field) }
    });
    let from_cells = columns.iter().map(|column| {
        let (field, ty, name) = (&column.field, &column.ty, &column.name);
        quote_spanned! {column.ty.span()=> #field: cells.next::<#ty>(#name)? }
    });
    let filled = csv.fill_short_lines;
    let missing = match &csv.missing {
        Some(words) => quote!(::core::option::Option::Some(&[#(#words),*])),
        None => quote!(::core::option::Option::None),
    };
    let csv = (csv.missing.is_some() || filled).then(|| {
        quote! {
            const CSV: #private::CsvOptions =
                #private::CsvOptions { missing: #missing, fill_short_lines: #filled };
        }
    });
    quote! {
        #[allow(dead_code)]
        impl #name {
            #(#constants)*
        }

        #[automatically_derived]
        impl #private::Row for #name {
            const NAME: &'static ::core::primitive::str = #text;
            const COLUMNS: &'static [#private::Column] = &[#(#descriptions),*];
            #csv

            fn cells(&self) -> ::std::vec::Vec<#private::Cell> {
                ::std::vec![#(#to_cells),*]
            }

            fn from_cells(cells: &mut #private::Cells<'_>) -> ::core::result::Result<Self, #private::CellError> {
                ::core::result::Result::Ok(Self { #(#from_cells),* })
            }
        }
    }
}
