//! Generates the implementation of a [`Row`].

use super::model::{Column, Csv, Encoding, Field, PathPart, Row};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Ident, LitStr, Path};

/// Generates the implementation of `Row`, and a constant with the name of each column.
pub(crate) fn row(row: &Row) -> TokenStream {
    let Row { name, fields, view_of, csv, excel, .. } = row;
    let private = quote!(::skipstone::__private);
    let text = name.to_string();
    let columns = || {
        fields.iter().filter_map(|field| match field {
            Field::Column(column) => Some(column),
            Field::Flattened { .. } => None,
        })
    };
    let constants = columns().map(|column| {
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
    let to_cells = fields.iter().map(|field| match field {
        Field::Column(Column { field, ty, .. }) => {
            quote! { cells.push(#private::CellOf::<#ty>::NEW.to_cell(&self.#field)); }
        }
        Field::Flattened { field, ty } => {
            quote! { cells.extend(<#ty as #private::Row>::cells(&self.#field)); }
        }
    });
    let from_cells = fields.iter().map(|field| match field {
        Field::Column(Column { field, name, ty, zone, .. }) => {
            let from_cell = match zone {
                None => quote! { from_cell(cell) },
                Some(zone) => quote! { from_cell_in(cell, #zone) },
            };
            quote! { #field: cells.next(#name, |cell| #private::CellOf::<#ty>::NEW.#from_cell)? }
        }
        Field::Flattened { field, ty } => quote! { #field: <#ty as #private::Row>::from_cells(cells)? },
    });
    let all = all_columns(fields, &private, &quote!(COLUMNS), |_| true);
    let has_paths = columns().any(|column| column.of_path.is_some());
    let flattens = fields.iter().any(|field| matches!(field, Field::Flattened { .. }));
    let paths = (has_paths || flattens).then(|| {
        let in_file = all_columns(fields, &private, &quote!(IN_FILE), |column| column.of_path.is_none());
        let of_path = of_path(fields, &private);
        quote! {
            const IN_FILE: &'static [#private::Column] = #in_file;
            const OF_PATH: &'static [#private::PathColumn] = #of_path;
        }
    });
    let view = view_of.as_ref().map(|of| {
        quote! {
            const VIEW_OF: ::core::option::Option<#private::RowName> =
                ::core::option::Option::Some(<#of as #private::Row>::IDENTITY);
        }
    });
    let view_checks =
        view_of.iter().flat_map(|of| columns().map(|column| view_check(name, of, column, &private)));
    let zone_checks = columns().map(|column| zone_check(column, &private));
    let twice = names_twice(fields, &private);
    let csv = csv_options(csv, &private);
    let excel = (excel.sheet.is_some() || excel.skip.is_some()).then(|| {
        let (sheet, skip) = (&excel.sheet, excel.skip.unwrap_or_default());
        let sheet = match sheet {
            Some(sheet) => quote! { ::core::option::Option::Some(#sheet) },
            None => quote! { ::core::option::Option::None },
        };
        quote! {
            const EXCEL: #private::ExcelOptions = #private::ExcelOptions { sheet: #sheet, skip: #skip };
        }
    });
    let nested = nested(name, &private);
    quote! {
        #nested
        #(#view_checks)*
        #(#zone_checks)*
        #twice

        #[allow(dead_code)]
        impl #name {
            #(#constants)*
        }

        #[automatically_derived]
        impl #private::Row for #name {
            const NAME: &'static ::core::primitive::str = #text;
            const IDENTITY: #private::RowName = #private::RowName { path: ::core::module_path!(), name: #text };
            const COLUMNS: &'static [#private::Column] = #all;
            #paths
            #view
            #csv
            #excel

            fn cells(&self) -> ::std::vec::Vec<#private::Cell> {
                #[allow(unused_imports)]
                use #private::NotACell as _;
                let mut cells = ::std::vec::Vec::new();
                #(#to_cells)*
                cells
            }

            fn from_cells(cells: &mut #private::Cells<'_>) -> ::core::result::Result<Self, #private::CellError> {
                #[allow(unused_imports)]
                use #private::NotACell as _;
                ::core::result::Result::Ok(Self { #(#from_cells),* })
            }
        }
    }
}

/// Generates the array of the columns of all fields. The columns of a flattened field are taken from the constant
/// `of_others` of its type.
fn all_columns(
    fields: &[Field],
    private: &TokenStream,
    of_others: &TokenStream,
    is_included: impl Fn(&Column) -> bool,
) -> TokenStream {
    let mut parts = Vec::new();
    let mut own = Vec::new();
    for field in fields {
        match field {
            Field::Column(column) if !is_included(column) => {}
            Field::Column(column) => own.push(description(column, private)),
            Field::Flattened { ty, .. } => {
                if !own.is_empty() {
                    parts.push(quote! { &[#(#own),*] });
                    own.clear();
                }
                parts.push(quote_spanned! {ty.span()=> <#ty as #private::Row>::#of_others });
            }
        }
    }
    if parts.is_empty() {
        return quote! { &[#(#own),*] };
    }
    if !own.is_empty() {
        parts.push(quote! { &[#(#own),*] });
    }
    quote! {
        {
            const PARTS: &[&[#private::Column]] = &[#(#parts),*];
            const COLUMNS: [#private::Column; #private::count_of(PARTS)] = #private::flattened(PARTS, #private::NO_COLUMN);
            &COLUMNS
        }
    }
}

/// Generates the array of the columns that are parts of the path.
fn of_path(fields: &[Field], private: &TokenStream) -> TokenStream {
    let parts = fields.iter().filter_map(|field| match field {
        Field::Column(column) => {
            let part = match column.of_path.as_ref()? {
                PathPart::Hive => quote!(Hive),
                PathPart::Name => quote!(Name),
                PathPart::Stem => quote!(Stem),
                PathPart::Folder => quote!(Folder),
                PathPart::Between(before, after) => quote!(Between(#before, #after)),
            };
            let column = description(column, private);
            Some(quote! { &[#private::PathColumn { column: #column, part: #private::PathPart::#part }] })
        }
        Field::Flattened { ty, .. } => Some(quote_spanned! {ty.span()=> <#ty as #private::Row>::OF_PATH }),
    });
    quote! {
        {
            const PARTS: &[&[#private::PathColumn]] = &[#(#parts),*];
            const PATHS: [#private::PathColumn; #private::count_of(PARTS)] = #private::flattened(PARTS, #private::PathColumn::NONE);
            &PATHS
        }
    }
}

/// Generates the description of a column, with the span of its type, so that the error about a type that can't be a
/// column points at it.
fn description(column: &Column, private: &TokenStream) -> TokenStream {
    let (column_name, ty, docs) = (&column.name, &column.ty, &column.docs);
    let key = if column.key { quote!(.key()) } else { quote!() };
    let field = column.field.unraw().to_string();
    let value = quote_spanned! {ty.span()=> <#ty as #private::ColumnValue> };
    let zone = match &column.zone {
        None => quote! { ::core::option::Option::None },
        Some(zone) => quote! { ::core::option::Option::Some(#zone) },
    };
    let ty = quote! { #private::column_type(#value::TYPE, #zone) };
    quote! { #private::column(#field, #column_name, #ty, #value::NULLABLE, #docs)#key }
}

/// Generates the check that a column has a time zone if its type needs one; the error points at the field's type.
fn zone_check(column: &Column, private: &TokenStream) -> TokenStream {
    let (ty, has_zone) = (&column.ty, column.zone.is_some());
    quote_spanned! {ty.span()=>
        const _: () = if let ::core::option::Option::Some(message) =
            #private::check_zone(<#ty as #private::ColumnValue>::TYPE, #has_zone)
        {
            ::core::panic!("{}", message)
        };
    }
}

/// Generates the checks that no column of a flattened field has the name of another column; errors point at the later field.
fn names_twice(fields: &[Field], private: &TokenStream) -> TokenStream {
    let names = |field: &Field| match field {
        Field::Column(Column { field, name, .. }) => {
            let field = field.unraw().to_string();
            quote! { #private::NamesOf::One { field: #field, column: #name } }
        }
        Field::Flattened { field, ty } => {
            let field = field.unraw().to_string();
            quote! { #private::NamesOf::Flattened { field: #field, columns: <#ty as #private::Row>::COLUMNS } }
        }
    };
    let is_flattened = |field: &Field| matches!(field, Field::Flattened { .. });
    let checks = fields.iter().enumerate().flat_map(|(i, later)| {
        let earlier = fields[..i].iter().filter(move |earlier| is_flattened(earlier) || is_flattened(later));
        earlier.map(move |earlier| {
            let (Field::Column(Column { field, .. }) | Field::Flattened { field, .. }) = later;
            let (earlier, later) = (names(earlier), names(later));
            quote_spanned! {field.span()=>
                const _: () = if let ::core::option::Option::Some(text) = #private::check_names(&#earlier, &#later) {
                    ::core::panic!("{}", text.as_str())
                };
            }
        })
    });
    quote! { #(#checks)* }
}

/// Generates the check that a column of a view is a column of its table; errors point at the name of the field.
fn view_check(name: &Ident, of: &Path, column: &Column, private: &TokenStream) -> TokenStream {
    let (field, column) = (&column.field, &column.name);
    let row = |ty: TokenStream| quote! { (<#ty as #private::Row>::NAME, <#ty as #private::Row>::COLUMNS) };
    let (view, table) = (row(quote!(#name)), row(quote!(#of)));
    let check = quote_spanned! {field.span()=>
        if let ::core::option::Option::Some(text) = #private::check_view(#view, #table, #column) {
            ::core::panic!("{}", text.as_str())
        }
    };
    quote! { const _: () = #check; }
}

/// Generates the implementation that makes the row type usable as a field of other row types.
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

/// Generates the CSV options of the row type, if it has any.
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
    let options = [
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
    let fields = options.into_iter().filter_map(|(name, value)| {
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
