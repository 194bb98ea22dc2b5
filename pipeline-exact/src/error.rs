//! The errors of query plans and their aggregation.

use polars::prelude::PolarsError;

/// A query plan can't be run, or its rows can't be aggregated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExactError {
    /// A measured column is not numeric.
    #[error("column `{column}` has type {found}, and only numbers can be aggregated: cast it")]
    NotNumeric {
        /// The column.
        column: String,
        /// Its type, as polars calls it.
        found: String,
    },
    /// Rows can't be grouped by a column.
    #[error(
        "column `{column}` has type {found}, and rows can be grouped only by strings, numbers and booleans: cast it"
    )]
    UnsupportedKey {
        /// The column.
        column: String,
        /// Its type, as polars calls it.
        found: String,
    },
    /// A sum of integers exceeds 64 bits.
    #[error("the sum {sum} does not fit in 64 bits: cast the column to f64")]
    SumTooLarge {
        /// The sum.
        sum: i128,
    },
    /// A query plan that ran several times returned different rows.
    #[error(
        "the query plan returns different rows each time it runs: a quantile needs the same rows in every pass"
    )]
    RowsChanged,
    /// Polars could not run a query plan.
    #[error(transparent)]
    Polars(#[from] PolarsError),
    /// The polars engine panicked while it ran a query plan.
    #[error("polars panicked while it computed the table: {message}")]
    Panic {
        /// The panic's message.
        message: String,
    },
}
