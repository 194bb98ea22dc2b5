//! How one table differs from another.

use serde::Serialize;

/// How a table differs from another with the same columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct TableDifference {
    /// The columns that identify a row. If empty, rows are the same when all of their values are equal.
    pub keys: Vec<String>,
    /// The number of rows of each table.
    #[cfg_attr(feature = "openapi", schema(value_type = (u64, u64)))]
    pub rows: [u64; 2],
    /// The number of rows that only the first table has.
    pub only_first: u64,
    /// The number of rows that only the second table has.
    pub only_second: u64,
    /// The number of rows that both tables have, with different values.
    pub changed: u64,
    /// The number of values that differ in each column, in rows that both tables have. Columns without differences are
    /// left out.
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
    /// The number of its values that differ.
    pub cells: u64,
}

/// A row that differs, with its values as strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ChangedRow {
    /// The values of the key columns, or of all columns if the table has no key.
    pub key: Vec<String>,
    /// Column, value in the first table, value in the second table. Empty for a row that only one table has.
    pub cells: Vec<(String, String, String)>,
    /// The table that has the row, if only one does.
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
    /// Whether both tables have the same rows.
    pub fn is_empty(&self) -> bool {
        self.only_first == 0 && self.only_second == 0 && self.changed == 0
    }
}
