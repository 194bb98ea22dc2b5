//! Parses tokens into a [`Row`] and reports errors.

use super::model::{Column, Csv, Encoding, Excel, Field, PathPart, Row};
use super::serde;
use crate::case::Case;
use crate::diagnostics::Diagnostics;
use crate::type_text::{PRIMITIVES, type_text};
use crate::{docs, krate};
use proc_macro2::{Span, TokenStream};
use skipstone_wiring::file_options::{CsvOverrides, ExcelOverrides};
use skipstone_wiring::suggestion;
use std::collections::HashMap;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{
    Attribute, Data, DeriveInput, Fields, GenericArgument, LitBool, LitInt, LitStr, Path, PathArguments, Type,
};

/// Parses the struct. Returns `None` if it has no columns; otherwise the valid parts, with all errors in `diagnostics`.
pub(crate) fn parse(input: TokenStream, diagnostics: &mut Diagnostics) -> Option<Row> {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => {
            diagnostics.push(error);
            return None;
        }
    };
    if !input.generics.params.is_empty() {
        diagnostics
            .error(&input.generics, "a row type can't be generic: a table has one type for each column");
    }
    let mut options = options(&input.attrs, &["rename_all", "view_of"], diagnostics);
    let rename_all = options.texts.remove("rename_all");
    serde::check_struct(&input.attrs, rename_all.as_ref(), diagnostics);
    let rename_all = rename_all.and_then(|text| Case::of(&text, diagnostics));
    let view_of = options.view_of;
    let krate = krate::option(&input.attrs, diagnostics);
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if !fields.named.is_empty() => &fields.named,
            _ => {
                diagnostics.error(&input.ident, "a row type needs named fields: they are the columns");
                return None;
            }
        },
        _ => {
            diagnostics.error(&input.ident, "a row type must be a struct: its fields are the columns");
            return None;
        }
    };
    let mut seen: HashMap<String, String> = HashMap::new();
    let mut read = Vec::new();
    for field in fields {
        let Some(ident) = field.ident.clone() else { continue };
        let plain = ident.to_string();
        let plain = plain.strip_prefix("r#").unwrap_or(&plain);
        let mut options =
            self::options(&field.attrs, &["rename", "key", "zone", "flatten", "hive", "path"], diagnostics);
        let (rename, zone) = (options.texts.remove("rename"), options.texts.remove("zone"));
        let path = options.texts.remove("path");
        if let Some(flatten) = options.flatten {
            if rename.is_some() || zone.is_some() || options.key || options.hive || path.is_some() {
                let message = "`flatten` can't be combined with other options: set them on the fields of the flattened row type";
                diagnostics.push(syn::Error::new(flatten, message));
            }
            if is_certainly_no_row(&field.ty) {
                let ty = type_text(&field.ty);
                let message = format!(
                    "`flatten` is for a field whose type is a row type, and `{ty}` is not one: remove it"
                );
                diagnostics.push(syn::Error::new(flatten, message));
                continue;
            }
            read.push(Field::Flattened { field: ident, ty: field.ty.clone() });
            continue;
        }
        let key = options.key;
        let of_path = match (path, options.hive) {
            (Some(path), true) => {
                diagnostics.error(&path, "`hive` and `path` can't be combined: remove one of them");
                path_part(&path, diagnostics)
            }
            (Some(path), false) => path_part(&path, diagnostics),
            (None, hive) => hive.then_some(PathPart::Hive),
        };
        match &zone {
            Some(zone) => check_zone(zone, diagnostics),
            // If the type is an alias, the evaluation of its column reports this.
            None if is_zoned(&field.ty) => diagnostics.error(
                &field.ty,
                "a column of `Zoned` needs the name of its time zone: `#[row(zone = \"Europe/Berlin\")]`",
            ),
            None => {}
        }
        let name = match &rename {
            Some(text) => text.value(),
            None => rename_all.map_or_else(|| plain.to_owned(), |case| case.apply(plain)),
        };
        serde::check_field(&field.attrs, &name, diagnostics);
        if let Some(text) = rename.as_ref().filter(|_| name.is_empty() || name.contains(char::is_control)) {
            let message =
                "a column name has at least one character, and no line break or other control character";
            diagnostics.error(text, message);
        }
        if let Some(other) = seen.insert(name.clone(), plain.to_owned()) {
            let message = format!(
                "fields `{other}` and `{plain}` have the same column name `{name}`: rename one of them"
            );
            diagnostics.error(&ident, message);
        }
        read.push(Field::Column(Column {
            field: ident,
            visibility: field.vis.clone(),
            ty: field.ty.clone(),
            name,
            key,
            zone,
            of_path,
            docs: docs::text(&field.attrs),
        }));
    }
    let in_file = |field: &Field| !matches!(field, Field::Column(Column { of_path: Some(_), .. }));
    if !read.is_empty() && !read.iter().any(in_file) {
        diagnostics.error(
            &input.ident,
            "every field is a part of the path: add a field that is a column of the file",
        );
    }
    let csv = csv(&input.attrs, diagnostics);
    let excel = excel(&input.attrs, diagnostics);
    Some(Row { name: input.ident, fields: read, view_of, krate, csv, excel })
}

/// Parses the value of the `path` option.
fn path_part(text: &LitStr, diagnostics: &mut Diagnostics) -> Option<PathPart> {
    let value = text.value();
    match value.as_str() {
        "name" => return Some(PathPart::Name),
        "stem" => return Some(PathPart::Stem),
        "folder" => return Some(PathPart::Folder),
        _ => {}
    }
    match value.split("{}").collect::<Vec<_>>()[..] {
        [before, after] if !before.is_empty() => Some(PathPart::Between(before.into(), after.into())),
        _ => {
            let message = "`path` must be `name`, `stem`, `folder`, or a pattern with one `{}` after some text, such as `sales-{}.csv`";
            let near = skipstone_wiring::nearest(&value, ["name", "stem", "folder"]);
            let hint = near.map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
            diagnostics.error(text, format!("{message}{hint}"));
            None
        }
    }
}

/// Returns whether the type is named `Zoned`, or is an `Option` of it.
fn is_zoned(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let Some(last) = path.path.segments.last() else { return false };
    match &last.arguments {
        PathArguments::None => last.ident == "Zoned",
        PathArguments::AngleBracketed(arguments) if last.ident == "Option" => {
            matches!(arguments.args.first(), Some(GenericArgument::Type(of)) if is_zoned(of))
        }
        _ => false,
    }
}

/// Reports an error if there is no time zone of this name.
fn check_zone(zone: &LitStr, diagnostics: &mut Diagnostics) {
    let known = jiff::tz::TimeZoneDatabase::bundled();
    let name = zone.value();
    // The database ignores letter case; only the exact name is accepted here.
    if known.get(&name).is_err() || !known.available().any(|known| known.as_str() == name) {
        let names: Vec<String> = known.available().map(|known| known.to_string()).collect();
        let hint = suggestion(&name, names.iter().map(String::as_str));
        diagnostics.error(zone, format!("there is no time zone `{name}`{hint}"));
    }
}

/// Parses all `#[csv(…)]` attributes.
pub(crate) fn csv(attributes: &[Attribute], diagnostics: &mut Diagnostics) -> Csv {
    let mut csv = Csv::default();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("csv")) {
        let parsed = attribute.parse_nested_meta(|meta| {
            let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            match name.as_str() {
                "missing" => {
                    let words;
                    let value = meta.value()?;
                    syn::bracketed!(words in value);
                    let words =
                        words.parse_terminated(<LitStr as syn::parse::Parse>::parse, syn::Token![,])?;
                    csv.missing = Some(words.into_iter().collect());
                }
                "short_lines" => {
                    let of = [("filled", true), ("refused", false)];
                    csv.fill_short_lines = Some(one_of(&meta, "`short_lines` can't be", &of)?);
                }
                "encoding" => {
                    let of = [
                        ("utf-8", Encoding::Utf8),
                        ("utf-16", Encoding::Utf16),
                        ("latin-1", Encoding::Latin1),
                    ];
                    csv.encoding = Some(one_of(&meta, "there is no encoding", &of)?);
                }
                "header" => csv.header = Some(meta.value()?.parse::<LitBool>()?.value),
                "skip_lines" => csv.skip = Some(meta.value()?.parse::<LitInt>()?.base10_parse()?),
                "separator" => csv.separator = Some(byte(&meta)?),
                "quote" => csv.quote = Some(byte(&meta)?),
                "comment" => csv.comment = Some(byte(&meta)?),
                "decimal" => csv.decimal = Some(letter(&meta)?.1),
                "thousands" => csv.thousands = Some(letter(&meta)?.1),
                "date" => csv.date = Some(meta.value()?.parse()?),
                "time" => csv.time = Some(meta.value()?.parse()?),
                "datetime" => csv.datetime = Some(meta.value()?.parse()?),
                _ => {
                    let hint = suggestion(&name, CsvOverrides::NAMES);
                    return Err(meta.error(format!("`#[csv]` has no option `{name}`{hint}")));
                }
            }
            Ok(())
        });
        if let Err(error) = parsed {
            diagnostics.push(error);
        }
        let marks = [
            ("separator", Some(csv.separator.unwrap_or(b','))),
            ("quote", Some(csv.quote.unwrap_or(b'"'))),
            ("comment", csv.comment),
        ];
        let pairs = [(1, 0), (2, 0), (2, 1)].map(|(one, other)| (marks[one], marks[other]));
        for ((one, mark), (other, _)) in pairs.into_iter().filter(|(one, other)| one.1 == other.1) {
            if let Some(mark) = mark {
                let mark = char::from(mark);
                diagnostics.error(
                    attribute,
                    format!("`{one}` and `{other}` are both `{mark}`: set one of them to another character"),
                );
            }
        }
        if csv.thousands.is_some() && csv.thousands == Some(csv.decimal.unwrap_or('.')) {
            diagnostics.error(attribute, "`decimal` and `thousands` must be different characters");
        }
    }
    csv
}

/// Returns whether the type is one of the language or a string, which has no columns.
fn is_certainly_no_row(ty: &Type) -> bool {
    match ty {
        Type::Path(path) => path
            .path
            .get_ident()
            .is_some_and(|name| name == "String" || PRIMITIVES.iter().any(|primitive| name == primitive)),
        _ => false,
    }
}

/// Parses all `#[excel(…)]` attributes.
pub(crate) fn excel(attributes: &[Attribute], diagnostics: &mut Diagnostics) -> Excel {
    let mut excel = Excel::default();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("excel")) {
        let parsed = attribute.parse_nested_meta(|meta| {
            let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            match name.as_str() {
                "sheet" => excel.sheet = Some(meta.value()?.parse()?),
                "skip_rows" => excel.skip = Some(meta.value()?.parse::<LitInt>()?.base10_parse()?),
                _ => {
                    let hint = suggestion(&name, ExcelOverrides::NAMES);
                    return Err(meta.error(format!("`#[excel]` has no option `{name}`{hint}")));
                }
            }
            Ok(())
        });
        if let Err(error) = parsed {
            diagnostics.push(error);
        }
    }
    excel
}

/// Parses the value of an option that is one of these words. `prefix` begins the error message.
fn one_of<T: Copy>(meta: &ParseNestedMeta<'_>, prefix: &str, of: &[(&str, T)]) -> syn::Result<T> {
    let text: LitStr = meta.value()?.parse()?;
    let found = of.iter().find(|(word, _)| *word == text.value());
    found.map(|(_, value)| *value).ok_or_else(|| {
        let hint = suggestion(&text.value(), of.iter().map(|(word, _)| *word));
        syn::Error::new(text.span(), format!("{prefix} `{}`{hint}", text.value()))
    })
}

/// Parses the value of an option that is one character.
fn letter(meta: &ParseNestedMeta<'_>) -> syn::Result<(LitStr, char)> {
    let text: LitStr = meta.value()?.parse()?;
    let value = text.value();
    let mut letters = value.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => Ok((text, letter)),
        _ => Err(syn::Error::new(text.span(), "expected one character, such as `\";\"`")),
    }
}

/// Parses the value of an option that is one ASCII character.
fn byte(meta: &ParseNestedMeta<'_>) -> syn::Result<u8> {
    let (text, letter) = letter(meta)?;
    match u8::try_from(letter) {
        Ok(byte) if byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0) => Ok(byte),
        _ => Err(syn::Error::new(text.span(), "expected an ASCII character other than a line break or NUL")),
    }
}

/// The options of all `#[row(…)]` attributes.
#[derive(Default)]
struct Options {
    /// The options with a string as their value.
    texts: HashMap<String, LitStr>,
    key: bool,
    hive: bool,
    /// The span of the option.
    flatten: Option<Span>,
    view_of: Option<Path>,
}

fn options(attributes: &[Attribute], known: &[&str], diagnostics: &mut Diagnostics) -> Options {
    let mut options = Options::default();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("row")) {
        let parsed = attribute.parse_nested_meta(|meta| {
            let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            if !known.contains(&name.as_str()) {
                let hint = suggestion(&name, known.iter().copied());
                return Err(meta.error(format!("`#[row]` has no option `{name}` here{hint}")));
            }
            let has_value = meta.input.peek(syn::Token![=]);
            match name.as_str() {
                "key" | "hive" | "flatten" if has_value => {
                    return Err(meta.error(format!("`{name}` takes no value: write `#[row({name})]`")));
                }
                "view_of" if !has_value => {
                    return Err(meta.error("name the table's row type: `#[row(view_of = Orders)]`"));
                }
                "key" | "hive" | "flatten" | "view_of" => {}
                _ if !has_value || !meta.value()?.peek(LitStr) => {
                    return Err(meta.error(format!("`{name}` must be a string: `#[row({name} = \"…\")]`")));
                }
                _ => {
                    let twice = options.texts.insert(name.clone(), meta.input.parse()?).is_some();
                    return if twice { Err(meta.error(format!("`{name}` is given twice"))) } else { Ok(()) };
                }
            }
            let twice = match name.as_str() {
                "key" => std::mem::replace(&mut options.key, true),
                "hive" => std::mem::replace(&mut options.hive, true),
                "flatten" => options.flatten.replace(meta.path.span()).is_some(),
                _ => options.view_of.replace(meta.value()?.parse()?).is_some(),
            };
            if twice { Err(meta.error(format!("`{name}` is given twice"))) } else { Ok(()) }
        });
        if let Err(error) = parsed {
            diagnostics.push(error);
        }
    }
    options
}
