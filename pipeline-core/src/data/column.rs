//! The columns of a table and their types.

use serde::{Serialize, Serializer};
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
    /// Whether it is part of the key that identifies a row: `#[row(key)]`.
    pub key: bool,
    /// The field's documentation.
    pub docs: &'static str,
}

impl Column {
    /// Returns the same column as part of the key.
    #[doc(hidden)]
    pub const fn key(self) -> Column {
        Column { key: true, ..self }
    }
}

/// The type of the values of a column.
///
/// JSON and messages show its name, as a field of a row type has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnType {
    /// `bool`
    Bool,
    /// `i8`
    I8,
    /// `i16`
    I16,
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `i128`
    I128,
    /// `u8`
    U8,
    /// `u16`
    U16,
    /// `u32`
    U32,
    /// `u64`
    U64,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `String`
    String,
    /// `Vec<u8>`
    Bytes,
    /// `jiff::civil::Date`: a day.
    Date,
    /// `jiff::civil::Time`: a time of the day, to the nanosecond.
    Time,
    /// `jiff::civil::DateTime`: a date and a time without a time zone, to the microsecond.
    DateTime,
    /// `jiff::Timestamp`: a point in time, to the microsecond.
    Timestamp,
    /// `jiff::Zoned`: a point in time, to the microsecond, in the time zone of this name.
    Zoned(&'static str),
    /// `jiff::SignedDuration`: a length of time, to the microsecond.
    Duration,
    /// `Decimal`: a decimal number with this many digits after the point.
    Decimal(u8),
    /// An enum with `#[derive(Category)]`: one of these names.
    Category(&'static [&'static str]),
    /// `Vec`: a list of values of this type.
    List(&'static ElementType),
    /// A row type used as a field of another row type.
    Row(&'static RowType),
}

/// The elements of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ElementType {
    /// The type of the elements.
    pub ty: ColumnType,
    /// Whether elements may be missing.
    pub nullable: bool,
}

/// A row type used as a field of another row type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowType {
    /// The name of the row type.
    pub name: &'static str,
    /// Its columns.
    pub columns: &'static [Column],
}

impl ColumnType {
    /// Whether the values are floating-point numbers.
    #[cfg(feature = "polars")]
    pub(crate) fn is_float(self) -> bool {
        matches!(self, ColumnType::F32 | ColumnType::F64)
    }

    /// Whether the values are numbers.
    pub(crate) fn is_number(self) -> bool {
        use ColumnType as C;
        match self {
            C::I8 | C::I16 | C::I32 | C::I64 | C::I128 | C::U8 | C::U16 | C::U32 | C::U64 => true,
            C::F32 | C::F64 | C::Decimal(_) => true,
            C::Bool | C::String | C::Bytes | C::Category(_) | C::List(_) | C::Row(_) => false,
            C::Date | C::Time | C::DateTime | C::Timestamp | C::Zoned(_) | C::Duration => false,
        }
    }
}

impl ColumnType {
    /// The name of a type, without its parameters.
    pub(super) const fn plain_name(&self) -> &'static str {
        match self {
            ColumnType::Bool => "bool",
            ColumnType::I8 => "i8",
            ColumnType::I16 => "i16",
            ColumnType::I32 => "i32",
            ColumnType::I64 => "i64",
            ColumnType::I128 => "i128",
            ColumnType::U8 => "u8",
            ColumnType::U16 => "u16",
            ColumnType::U32 => "u32",
            ColumnType::U64 => "u64",
            ColumnType::F32 => "f32",
            ColumnType::F64 => "f64",
            ColumnType::String => "String",
            ColumnType::Bytes => "Vec<u8>",
            ColumnType::Date => "Date",
            ColumnType::Time => "Time",
            ColumnType::DateTime => "DateTime",
            ColumnType::Timestamp => "Timestamp",
            ColumnType::Duration => "SignedDuration",
            ColumnType::Zoned(_) => "Zoned",
            ColumnType::Decimal(_) => "Decimal",
            ColumnType::List(_) => "Vec",
            ColumnType::Row(row) => row.name,
            ColumnType::Category(_) => "Category",
        }
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnType::Zoned(zone) => f.pad(&format!("Zoned in {zone}")),
            ColumnType::Decimal(scale) => f.pad(&format!("Decimal<{scale}>")),
            ColumnType::List(ElementType { ty, nullable: false }) => f.pad(&format!("Vec<{ty}>")),
            ColumnType::List(ElementType { ty, nullable: true }) => f.pad(&format!("Vec<Option<{ty}>>")),
            ColumnType::Category(names) => f.pad(&format!("Category of {}", names.join(", "))),
            plain => f.pad(plain.plain_name()),
        }
    }
}

impl Serialize for ColumnType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
