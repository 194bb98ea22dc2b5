//! What the macro knows of a category.

use syn::Ident;

/// An enum under `#[derive(Category)]`.
pub(crate) struct Category {
    pub(crate) name: Ident,
    pub(crate) variants: Vec<Variant>,
}

/// A variant, which is one of the names.
pub(crate) struct Variant {
    pub(crate) ident: Ident,
    /// The name in tables.
    pub(crate) name: String,
}
