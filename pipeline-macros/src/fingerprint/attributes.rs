//! Attributes of items, and what they may do.

use super::tokens;
use quote::ToTokens;
use syn::{Attribute, Item};

pub(super) fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// `#[cfg(test)]`, and nothing more.
pub(super) fn is_test_only(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
}

/// The file that `#[path = "…"]` names, also inside `cfg_attr`.
pub(super) fn path_of(attribute: &Attribute) -> Vec<String> {
    let texts = || tokens::read(attribute.to_token_stream()).1.texts.into_iter();
    match attribute.path().get_ident().map(ToString::to_string).as_deref() {
        Some("path") => texts().collect(),
        Some("cfg_attr") => texts().filter(|text| text.ends_with(".rs")).collect(),
        _ => Vec::new(),
    }
}

/// Attributes of the language, and those of crates that are known to define no other names.
const PLAIN: [&str; 42] = [
    "allow",
    "warn",
    "deny",
    "forbid",
    "expect",
    "cfg",
    "cfg_attr",
    "doc",
    "inline",
    "cold",
    "must_use",
    "deprecated",
    "test",
    "ignore",
    "should_panic",
    "repr",
    "non_exhaustive",
    "track_caller",
    "macro_use",
    "macro_export",
    "path",
    "automatically_derived",
    "target_feature",
    "no_mangle",
    "export_name",
    "link",
    "link_name",
    "link_section",
    "unsafe",
    "global_allocator",
    "used",
    "rustfmt",
    "clippy",
    "diagnostic",
    "serde",
    "row",
    "task",
    "error",
    "clap",
    "arg",
    "command",
    "value",
];

/// Derives that implement traits and define nothing else.
const DERIVES: [&str; 22] = [
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "PartialEq",
    "Eq",
    "PartialOrd",
    "Ord",
    "Hash",
    "Serialize",
    "Deserialize",
    "Row",
    "Error",
    "Display",
    "From",
    "Into",
    "Parser",
    "Args",
    "Subcommand",
    "ValueEnum",
    "Zeroize",
    "Arbitrary",
];

/// Whether the attribute may be a macro that defines other names than its item's.
pub(super) fn may_define(attribute: &Attribute) -> bool {
    if !attribute.path().is_ident("derive") {
        let first = attribute.path().segments.first().map(|segment| segment.ident.to_string());
        let last = attribute.path().segments.last().map(|segment| segment.ident.to_string());
        return ![first, last].into_iter().flatten().any(|name| PLAIN.contains(&name.as_str()));
    }
    let mut foreign = false;
    let parsed = attribute.parse_nested_meta(|derive| {
        let name = derive.path.segments.last().map(|segment| segment.ident.to_string());
        foreign |= !name.is_some_and(|name| DERIVES.contains(&name.as_str()));
        Ok(())
    });
    foreign || parsed.is_err()
}
