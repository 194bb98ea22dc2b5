//! What the macros of other crates may do.
//!
//! A macro from another crate is opaque: it may define any name, read any file, call anything back. The crates listed here
//! were read: their macros make code of their arguments alone. A crate that is not listed makes the packages that call its
//! macros count as a whole; `[package.metadata.skipstone.macros]` in a manifest lists more.

/// What the macros of a crate do at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// They make code of their arguments and of their own crate's items. They define no names but those in their
    /// arguments, implement nothing for types of others, and read no files and variables.
    Plain,
    /// As [`Class::Plain`], and documentation in their arguments has a meaning.
    Documented,
    /// They may also define other names, or implement traits for types of others.
    Defining,
}

impl Class {
    /// The class of a name in a manifest.
    pub(crate) fn named(name: &str) -> Option<Class> {
        match name {
            "plain" => Some(Class::Plain),
            "documented" => Some(Class::Documented),
            "defining" => Some(Class::Defining),
            _ => None,
        }
    }
}

/// The crate of this library that users name.
pub(crate) const SKIPSTONE: &str = OURS[0];

/// The crates of this library: a macro of theirs makes what its arguments say.
pub(crate) const OURS: [&str; 7] = [
    "skipstone",
    "skipstone-exact",
    "skipstone-macros",
    "skipstone-wiring",
    "skipstone-fingerprint",
    "skipstone-store",
    "skipstone-studio",
];

/// What the macros of the package with this name do, from a registry.
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
