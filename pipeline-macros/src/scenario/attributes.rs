//! Parses the attributes of statements: `#[csv(…)]`, `#[excel(…)]`, `#[kpi(…)]` and `#[migrate(…)]`.

use super::model::{FileOptions, Kpi};
use crate::diagnostics::Diagnostics;
use crate::row;
use skipstone_wiring::suggestion;
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Ident, LitStr, Path, Token};

/// The options of `#[kpi(…)]`.
const OPTIONS: [&str; 4] = ["better", "unit", "field", "node"];

/// Reports every attribute with this name as not allowed here.
pub(super) fn refuse(attributes: &[Attribute], name: &str, why: &str, problems: &mut Vec<syn::Error>) {
    let found = attributes.iter().filter(|attribute| attribute.path().is_ident(name));
    problems.extend(found.map(|attribute| syn::Error::new_spanned(attribute, why)));
}

/// The lints that `#[allow(…)]` attributes turn off.
#[derive(Default)]
pub(super) struct Allowed {
    pub(super) unused: bool,
    pub(super) deprecated: bool,
}

/// Parses all `#[allow(…)]` attributes, which may name these lints.
pub(super) fn allowed(attributes: &[Attribute], lints: &[&str], problems: &mut Vec<syn::Error>) -> Allowed {
    let mut allowed = Allowed::default();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("allow")) {
        let parsed = attribute.parse_nested_meta(|meta| {
            let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            match name.as_str() {
                "unused" => allowed.unused = true,
                "deprecated" if lints.contains(&"deprecated") => allowed.deprecated = true,
                _ => {
                    let lints: Vec<String> = lints.iter().map(|lint| format!("`{lint}`")).collect();
                    return Err(meta.error(format!("this statement can allow only {}", lints.join(" and "))));
                }
            }
            Ok(())
        });
        problems.extend(parsed.err());
    }
    allowed
}

/// Parses the functions of all `#[migrate(…)]` attributes.
pub(super) fn migrations(attributes: &[Attribute], problems: &mut Vec<syn::Error>) -> Vec<Path> {
    let mut paths = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("migrate")) {
        let list = attribute
            .meta
            .require_list()
            .and_then(|list| Punctuated::<Path, Token![,]>::parse_terminated.parse2(list.tokens.clone()));
        match list {
            Ok(list) if !list.is_empty() => paths.extend(list),
            _ => problems.push(syn::Error::new_spanned(
                attribute,
                "name the function that converts from the earlier type: `#[migrate(from_text)]`",
            )),
        }
    }
    paths
}

/// Parses the `#[csv(…)]` or `#[excel(…)]` attribute.
pub(super) fn file_options(attributes: &[Attribute], problems: &mut Vec<syn::Error>) -> Option<FileOptions> {
    let find = |name: &str| attributes.iter().find(|attribute| attribute.path().is_ident(name));
    let mut diagnostics = Diagnostics::default();
    let options = match (find("csv"), find("excel")) {
        (Some(_), Some(excel)) => {
            diagnostics
                .error(excel, "an input can't have both `#[csv(…)]` and `#[excel(…)]`: remove one of them");
            None
        }
        (Some(csv), None) => Some(("csv", csv, row::csv(attributes, &mut diagnostics).to_table())),
        (None, Some(excel)) => Some(("excel", excel, row::excel(attributes, &mut diagnostics).to_table())),
        (None, None) => None,
    };
    problems.extend(diagnostics.into_errors());
    let (name, attribute, options) = options?;
    Some(FileOptions { attribute: name, options, place: attribute.path().span() })
}

/// Parses all `#[kpi(…)]` attributes of a call with these outputs.
pub(super) fn kpis(attributes: &[Attribute], outputs: &[Ident], problems: &mut Vec<syn::Error>) -> Vec<Kpi> {
    let found = attributes.iter().filter(|attribute| attribute.path().is_ident("kpi"));
    found.filter_map(|attribute| kpi(attribute, outputs).map_err(|error| problems.push(error)).ok()).collect()
}

fn kpi(attribute: &Attribute, outputs: &[Ident]) -> syn::Result<Kpi> {
    let span = attribute.path().span();
    let (mut higher, mut unit, mut field, mut node) = (None, None, None, None);
    const DIRECTION: &str = "a KPI needs a direction: `#[kpi(better = higher)]` or `#[kpi(better = lower)]`";
    if attribute.meta.require_list().is_err() {
        return Err(syn::Error::new(span, DIRECTION));
    }
    attribute.parse_nested_meta(|meta| {
        let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        let twice = || meta.error(format!("`{name}` is given twice"));
        match name.as_str() {
            "better" => {
                let value = meta.value()?;
                if value.peek(LitStr) {
                    return Err(value.error("write `higher` or `lower` without quotes: `better = higher`"));
                }
                let word: Ident = value.call(Ident::parse_any)?;
                let value = match word.to_string().as_str() {
                    "higher" => true,
                    "lower" => false,
                    _ => return Err(syn::Error::new(word.span(), "`better` must be `higher` or `lower`")),
                };
                if higher.replace(value).is_some() { Err(twice()) } else { Ok(()) }
            }
            "unit" => {
                let text: LitStr = meta.value()?.parse()?;
                if unit.replace(text.value()).is_some() { Err(twice()) } else { Ok(()) }
            }
            "field" => {
                let name: Ident = meta.value()?.call(Ident::parse_any)?;
                if meta.input.peek(Token![.]) {
                    return Err(meta
                        .input
                        .error("a KPI is a field of the node itself: let a task return the inner value"));
                }
                if field.replace(name).is_some() { Err(twice()) } else { Ok(()) }
            }
            "node" => {
                let name: Ident = meta.value()?.call(Ident::parse_any)?;
                if node.replace(name).is_some() { Err(twice()) } else { Ok(()) }
            }
            other => {
                Err(meta.error(format!("`#[kpi]` has no option `{other}`{}", suggestion(other, OPTIONS))))
            }
        }
    })?;
    let node = match (node, outputs) {
        (Some(node), outputs) => match outputs.iter().find(|output| **output == node) {
            Some(_) => node,
            None => {
                let names: Vec<String> = outputs.iter().map(|output| output.unraw().to_string()).collect();
                let hint = suggestion(&node.to_string(), names.iter().map(String::as_str));
                let message = format!("this call has no output `{node}`{hint}");
                return Err(syn::Error::new(node.span(), message));
            }
        },
        (None, [only]) => only.clone(),
        (None, _) => {
            let message = "this call has several outputs: select the KPI with `node = …`";
            return Err(syn::Error::new(span, message));
        }
    };
    let Some(higher) = higher else {
        return Err(syn::Error::new(span, DIRECTION));
    };
    Ok(Kpi { place: Ident::new("kpi", span), node, field, unit: unit.unwrap_or_default(), higher })
}
