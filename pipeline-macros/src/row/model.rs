//! What the macro knows of a row type.

use syn::{Ident, LitStr, Type, Visibility};

/// A struct under `#[derive(Row)]`.
pub(crate) struct Row {
    pub(crate) name: Ident,
    pub(crate) columns: Vec<Column>,
    pub(crate) csv: Csv,
}

/// What `#[csv(…)]` says of files with such rows.
#[derive(Default)]
pub(crate) struct Csv {
    /// The words for a missing value, where they are not the usual ones.
    pub(crate) missing: Option<Vec<LitStr>>,
    pub(crate) fill_short_lines: bool,
}

/// A field, which is a column.
pub(crate) struct Column {
    pub(crate) field: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) ty: Type,
    /// The column's name in the table.
    pub(crate) name: String,
    /// Whether it is part of what says which row is which.
    pub(crate) key: bool,
    /// The time zone of its values.
    pub(crate) zone: Option<LitStr>,
    pub(crate) docs: String,
}
