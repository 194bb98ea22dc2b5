//! What a table has columns of.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Column {
    /// The field of the row type.
    #[serde(skip)]
    pub field: &'static str,
    /// The column's name.
    pub name: &'static str,
    /// The type of its values.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub ty: ColumnType,
    /// Whether values may be missing.
    pub nullable: bool,
    /// Whether it is part of what says which row is which: `#[row(key)]`.
    pub key: bool,
    /// The field's documentation.
    pub docs: &'static str,
}

impl Column {
    /// The same column as part of the key.
    #[doc(hidden)]
    pub const fn key(self) -> Column {
        Column { key: true, ..self }
    }
}

/// The type of the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ColumnType {
    /// `bool`
    Bool,
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `u32`
    U32,
    /// `u64`
    U64,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `String`
    #[serde(rename = "String")]
    String,
}

impl ColumnType {
    /// Whether the values are floating-point numbers.
    #[cfg(feature = "polars")]
    pub(crate) fn is_float(self) -> bool {
        matches!(self, ColumnType::F32 | ColumnType::F64)
    }

    /// Whether the values are numbers.
    pub(crate) fn is_number(self) -> bool {
        !matches!(self, ColumnType::Bool | ColumnType::String)
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            ColumnType::Bool => "bool",
            ColumnType::I32 => "i32",
            ColumnType::I64 => "i64",
            ColumnType::U32 => "u32",
            ColumnType::U64 => "u64",
            ColumnType::F32 => "f32",
            ColumnType::F64 => "f64",
            ColumnType::String => "String",
        })
    }
}
