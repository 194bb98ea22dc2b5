//! The errors of query plans and their aggregation.

use polars::prelude::PolarsError;

impl ExactError {
    /// Returns the error with the name of the column that it is about.
    pub(crate) fn of_column(self, name: &str) -> ExactError {
        match self {
            ExactError::NotAState { .. } => ExactError::NotAState { column: name.into() },
            ExactError::MixedStates { .. } => ExactError::MixedStates { column: name.into() },
            other => other,
        }
    }
}

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
    /// A column of bytes has a value that is not a state.
    #[error("column `{column}` has bytes that are not a state: only `exact::partial` makes states")]
    NotAState {
        /// The column.
        column: String,
    },
    /// Some states of a group are of integers, others of doubles.
    #[error(
        "column `{column}` has states of integers and of doubles: cast the column to one type in every part"
    )]
    MixedStates {
        /// The column.
        column: String,
    },
    /// A statistic is to be an integer, but its states are of doubles.
    #[error(
        "the states are of doubles, so their sum, minimum and maximum are doubles, too: remove `of_integers`"
    )]
    NotIntegers,
    /// A quantile can't be computed from states.
    #[error("column `{column}` has states, which have no quantiles: compute them from the rows of all parts")]
    NoQuantile {
        /// The column.
        column: String,
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
