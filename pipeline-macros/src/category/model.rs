//! The parsed form of a category.

use syn::Ident;

/// An enum with `#[derive(Category)]`.
pub(crate) struct Category {
    /// The library's path, if it is given.
    pub(crate) krate: Option<syn::Path>,
    pub(crate) name: Ident,
    pub(crate) variants: Vec<Variant>,
}

/// A variant, which is one of the names.
pub(crate) struct Variant {
    pub(crate) ident: Ident,
    /// The name in tables.
    pub(crate) name: String,
}
