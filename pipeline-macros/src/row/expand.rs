//! From a [`Row`] to its implementation.

use super::model::{Csv, Encoding, Row};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Ident, LitStr};

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
    // At the type's place, so that a type that can't be a column is pointed at.
    let descriptions = columns.iter().map(|column| {
        let (column_name, ty, docs) = (&column.name, &column.ty, &column.docs);
        let key = if column.key { quote!(.key()) } else { quote!() };
        let field = column.field.unraw().to_string();
        let value = quote_spanned! {ty.span()=> <#ty as #private::ColumnValue> };
        let ty = match &column.zone {
            None => quote! { #value::TYPE },
            Some(zone) => quote! { #private::in_zone(#value::TYPE, #zone) },
        };
        quote! { #private::column(#field, #column_name, #ty, #value::NULLABLE, #docs)#key }
    });
    let to_cells = columns.iter().map(|column| {
        let (field, ty) = (&column.field, &column.ty);
        quote! { #private::CellOf::<#ty>::NEW.to_cell(&self.#field) }
    });
    let from_cells = columns.iter().map(|column| {
        let (field, name, ty) = (&column.field, &column.name, &column.ty);
        let from_cell = match &column.zone {
            None => quote! { from_cell(cell) },
            Some(zone) => quote! { from_cell_in(cell, #zone) },
        };
        quote! { #field: cells.next(#name, |cell| #private::CellOf::<#ty>::NEW.#from_cell)? }
    });
    let csv = csv_options(csv, &private);
    let nested = nested(name, &private);
    quote! {
        #nested

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
                #[allow(unused_imports)]
                use #private::NotACell as _;
                ::std::vec![#(#to_cells),*]
            }

            fn from_cells(cells: &mut #private::Cells<'_>) -> ::core::result::Result<Self, #private::CellError> {
                #[allow(unused_imports)]
                use #private::NotACell as _;
                ::core::result::Result::Ok(Self { #(#from_cells),* })
            }
        }
    }
}

/// The row type as a field of others.
fn nested(name: &Ident, private: &TokenStream) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl #private::ColumnValue for #name {
            const TYPE: #private::ColumnType = #private::ColumnType::Row(&#private::RowType {
                name: <Self as #private::Row>::NAME,
                columns: <Self as #private::Row>::COLUMNS,
            });
            const NULLABLE: ::core::primitive::bool = false;

            fn to_cell(&self) -> #private::Cell {
                #private::row_cell(self)
            }

            fn from_cell(cell: &#private::Cell) -> ::core::option::Option<Self> {
                #private::row_of(cell)
            }
        }
    }
}

/// What the row type says of CSV files, where it says something.
fn csv_options(csv: &Csv, private: &TokenStream) -> Option<TokenStream> {
    let some = |value: TokenStream| quote!(::core::option::Option::Some(#value));
    let text = |text: &Option<LitStr>| text.as_ref().map(|text| some(quote!(#text)));
    let missing = csv.missing.as_ref().map(|words| some(quote!(&[#(#words),*])));
    let encoding = csv.encoding.map(|encoding| {
        let name = match encoding {
            Encoding::Utf8 => quote!(Utf8),
            Encoding::Utf16 => quote!(Utf16),
            Encoding::Latin1 => quote!(Latin1),
        };
        quote!(#private::CsvEncoding::#name)
    });
    let said = [
        ("missing", missing),
        ("fill_short_lines", csv.fill_short_lines.map(|value| quote!(#value))),
        ("separator", csv.separator.map(|value| quote!(#value))),
        ("quote", csv.quote.map(|value| quote!(#value))),
        ("decimal", csv.decimal.map(|value| quote!(#value))),
        ("thousands", csv.thousands.map(|value| some(quote!(#value)))),
        ("encoding", encoding),
        ("comment", csv.comment.map(|value| some(quote!(#value)))),
        ("skip", csv.skip.map(|value| quote!(#value))),
        ("header", csv.header.map(|value| quote!(#value))),
        ("date", text(&csv.date)),
        ("time", text(&csv.time)),
        ("datetime", text(&csv.datetime)),
    ];
    let fields = said.into_iter().filter_map(|(name, value)| {
        let (name, value) = (format_ident!("{name}"), value?);
        Some(quote!(#name: #value))
    });
    let fields: Vec<TokenStream> = fields.collect();
    (!fields.is_empty()).then(|| {
        quote! {
            const CSV: #private::CsvOptions =
                #private::CsvOptions { #(#fields,)* ..#private::CsvOptions::DEFAULT };
        }
    })
}
