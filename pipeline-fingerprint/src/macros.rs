//! Classifies the macros of other crates.
//!
//! A macro from another crate is opaque: it may define any name, read any file, or call back any macro. The sources of
//! the crates listed here were checked: their macros generate code only from their arguments. A package that calls
//! macros of an unlisted crate counts as a whole. `[package.metadata.skipstone.macros]` in a manifest adds entries to
//! the list.

/// The most that the macros of a crate may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// They generate code from their arguments and from their own crate's items. They define only names that are in
    /// their arguments, implement no traits for types of other crates, and read no files or variables.
    Plain,
    /// Like [`Class::Plain`], but documentation in their arguments affects the result.
    Documented,
    /// They may also define other names, or implement traits for types of other crates.
    Defining,
}

impl Class {
    /// Parses the name of a class in a manifest.
    pub(crate) fn named(name: &str) -> Option<Class> {
        match name {
            "plain" => Some(Class::Plain),
            "documented" => Some(Class::Documented),
            "defining" => Some(Class::Defining),
            _ => None,
        }
    }
}

/// The main crate of this library, the one that users depend on.
pub(crate) const SKIPSTONE: &str = OURS[0];

/// The crates of this library. Their macros generate code only from their arguments.
pub(crate) const OURS: [&str; 7] = [
    "skipstone",
    "skipstone-exact",
    "skipstone-macros",
    "skipstone-wiring",
    "skipstone-fingerprint",
    "skipstone-store",
    "skipstone-studio",
];

/// Returns the class of the macros of the registry package with this name, or `None` if it is not listed.
pub(crate) fn class_of(package: &str) -> Option<Class> {
    if OURS.contains(&package) || PLAIN.contains(&package) || package.starts_with("polars-") {
        Some(Class::Plain)
    } else if DOCUMENTED.contains(&package) {
        Some(Class::Documented)
    } else if DEFINING.contains(&package) {
        Some(Class::Defining)
    } else {
        None
    }
}

const PLAIN: [&str; 70] = [
    "ahash",
    "anyhow",
    "approx",
    "arrayvec",
    "arrow",
    "assert_matches",
    "async-stream",
    "async-trait",
    "bincode",
    "bitflags",
    "bytemuck",
    "bytemuck_derive",
    "bytes",
    "chrono",
    "color-eyre",
    "criterion",
    "crossbeam",
    "crossbeam-channel",
    "csv",
    "dashmap",
    "divan",
    "either",
    "eyre",
    "futures",
    "futures-util",
    "hashbrown",
    "indexmap",
    "indicatif",
    "indoc",
    "insta",
    "itertools",
    "jiff",
    "lazy_static",
    "libc",
    "log",
    "maplit",
    "memchr",
    "miette",
    "ndarray",
    "nom",
    "num",
    "num-traits",
    "num_enum",
    "once_cell",
    "ordered-float",
    "parking_lot",
    "petgraph",
    "pin-project",
    "pin-project-lite",
    "polars",
    "pretty_assertions",
    "proptest",
    "rand",
    "rayon",
    "regex",
    "rusqlite",
    "serde",
    "serde_derive",
    "serde_json",
    "serde_repr",
    "serde_yaml",
    "smallvec",
    "static_assertions",
    "tempfile",
    "thiserror",
    "thiserror-impl",
    "tokio",
    "toml",
    "tracing",
    "uuid",
];

const DOCUMENTED: [&str; 7] =
    ["clap", "clap_derive", "displaydoc", "schemars", "structopt", "utoipa", "utoipa-gen"];

const DEFINING: [&str; 13] = [
    "bon",
    "derive_builder",
    "derive_more",
    "educe",
    "inventory",
    "linkme",
    "nutype",
    "paste",
    "rkyv",
    "serde_with",
    "strum",
    "strum_macros",
    "typed-builder",
];
