//! Finds attributes of serde on a row type that would name columns in another way than the row's own.

use crate::diagnostics::Diagnostics;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, LitStr, Path, Token, parenthesized, token};

/// Reports attributes before the struct that have no effect on its columns. `rename_all` is that of the row.
pub(super) fn check_struct(
    attributes: &[Attribute],
    rename_all: Option<&LitStr>,
    diagnostics: &mut Diagnostics,
) {
    each(attributes, |name, path, text| {
        if name == "rename_all" && text.map(LitStr::value) != rename_all.map(LitStr::value) {
            let case = text.map_or_else(|| "…".into(), LitStr::value);
            let message = format!(
                "serde's `rename_all` does not name columns: write `#[row(rename_all = \"{case}\")]`, too"
            );
            diagnostics.push(syn::Error::new(path.span(), message));
        }
    });
}

/// Reports attributes before a field that have no effect on its column, whose name is given.
pub(super) fn check_field(attributes: &[Attribute], column: &str, diagnostics: &mut Diagnostics) {
    each(attributes, |name, path, text| {
        let message = match (name, text) {
            ("rename", Some(text)) if text.value() != column => {
                format!(
                    "serde's `rename` does not name columns: write `#[row(rename = \"{}\")]`, too",
                    text.value()
                )
            }
            ("skip" | "skip_serializing" | "skip_deserializing", _) => {
                format!("serde's `{name}` does not leave out a column: remove it, or the field")
            }
            ("flatten", _) => {
                "serde's `flatten` does not add columns: write `#[row(flatten)]`, too".to_owned()
            }
            _ => return,
        };
        diagnostics.push(syn::Error::new(path.span(), message));
    });
}

/// Calls the function for each option with its name, its path, and its value if that is a string.
fn each(attributes: &[Attribute], mut with: impl FnMut(&str, &Path, Option<&LitStr>)) {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        // serde itself reports what it does not know.
        let _ = attribute.parse_nested_meta(|meta| {
            let text = value(&meta)?;
            let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            with(&name, &meta.path, text.as_ref());
            Ok(())
        });
    }
}

/// Skips the value of an option. Returns it if it is a string.
fn value(meta: &ParseNestedMeta<'_>) -> syn::Result<Option<LitStr>> {
    if meta.input.peek(token::Paren) {
        let list;
        parenthesized!(list in meta.input);
        list.parse::<proc_macro2::TokenStream>()?;
        return Ok(None);
    }
    if !meta.input.peek(Token![=]) {
        return Ok(None);
    }
    match meta.value()?.parse()? {
        Expr::Lit(literal) => match literal.lit {
            syn::Lit::Str(text) => Ok(Some(text)),
            _ => Ok(None),
        },
        _ => Ok(None),
    }
}
