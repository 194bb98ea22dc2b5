//! Parses tokens into a [`Category`] and reports errors.

use super::model::{Category, Variant};
use crate::case::Case;
use crate::diagnostics::Diagnostics;
use crate::krate;
use proc_macro2::TokenStream;
use skipstone_wiring::suggestion;
use std::collections::HashMap;
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Fields, LitStr};

/// Parses the enum. Returns `None` if the item is not an enum; otherwise the valid parts, with all errors in
/// `diagnostics`.
pub(crate) fn parse(input: TokenStream, diagnostics: &mut Diagnostics) -> Option<Category> {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => {
            diagnostics.push(error);
            return None;
        }
    };
    let Data::Enum(data) = &input.data else {
        diagnostics.error(&input.ident, "a category must be an enum: its variants are the names");
        return None;
    };
    if data.variants.is_empty() {
        diagnostics.error(
            &input.ident,
            "a category needs at least one variant: without one, its column can't hold a value",
        );
    }
    let case = option(&input.attrs, "rename_all", diagnostics).and_then(|text| Case::of(&text, diagnostics));
    let mut seen: HashMap<String, String> = HashMap::new();
    let mut variants = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            let message =
                format!("a variant of a category can't have fields: write only `{}`", variant.ident);
            diagnostics.error(variant, message);
        }
        let plain = variant.ident.unraw().to_string();
        let name = match option(&variant.attrs, "rename", diagnostics) {
            Some(text) => text.value(),
            None => case.map_or_else(|| plain.clone(), |case| case.apply_to_variant(&plain)),
        };
        if let Some(other) = seen.insert(name.clone(), plain.clone()) {
            let message =
                format!("variants `{other}` and `{plain}` have the same name `{name}`: rename one of them");
            diagnostics.error(&variant.ident, message);
        }
        variants.push(Variant { ident: variant.ident.clone(), name });
    }
    let krate = krate::option(&input.attrs, diagnostics);
    Some(Category { krate, name: input.ident, variants })
}

/// Returns the value of option `known` in the `#[category(…)]` attributes, and reports other options.
fn option(attributes: &[Attribute], known: &str, diagnostics: &mut Diagnostics) -> Option<LitStr> {
    let mut found = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("category")) {
        let parsed = attribute.parse_nested_meta(|meta| {
            let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            if name != known {
                let hint = suggestion(&name, [known]);
                return Err(meta.error(format!("`#[category]` has no option `{name}` here{hint}")));
            }
            found = Some(meta.value()?.parse()?);
            Ok(())
        });
        if let Err(error) = parsed {
            diagnostics.push(error);
        }
    }
    found
}
