//! How one table differs from another.

use serde::Serialize;

/// How a table differs from another with the same columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct TableDifference {
    /// The columns that say which row is which; none: rows are the same when all of their values are.
    pub keys: Vec<String>,
    /// How many rows each of the two has.
    #[cfg_attr(feature = "openapi", schema(value_type = (u64, u64)))]
    pub rows: [u64; 2],
    /// How many rows only the first has.
    pub only_first: u64,
    /// How many rows only the second has.
    pub only_second: u64,
    /// How many rows both have with other values.
    pub changed: u64,
    /// How many values differ in each column, in rows that both have; columns without any are left out.
    pub columns: Vec<ChangedColumn>,
    /// Some of the rows that differ.
    pub examples: Vec<ChangedRow>,
}

/// A column with values that differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ChangedColumn {
    /// Its name.
    pub column: String,
    /// How many of its values differ.
    pub cells: u64,
}

/// A row that differs, as texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ChangedRow {
    /// The values of the key columns; of all columns where there is no key.
    pub key: Vec<String>,
    /// Column, value in the first table, value in the second; empty for a row that only one of them has.
    pub cells: Vec<(String, String, String)>,
    /// Which tables have it.
    pub only_in: Option<Side>,
}

/// One of two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The first.
    First,
    /// The second.
    Second,
}

impl TableDifference {
    /// Whether both have the same rows.
    pub fn is_empty(&self) -> bool {
        self.only_first == 0 && self.only_second == 0 && self.changed == 0
    }
}
