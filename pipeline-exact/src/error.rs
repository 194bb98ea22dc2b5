//! What can go wrong with a plan and its figures.

use polars::prelude::PolarsError;

/// A plan that can't be carried out, or whose rows can't be summed up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExactError {
    /// A column that is to be measured holds no numbers.
    #[error("column `{column}` holds {found}, and only numbers can be measured: cast it")]
    NoNumbers {
        /// The column.
        column: String,
        /// What it holds, as polars calls it.
        found: String,
    },
    /// Rows can't be grouped by a column.
    #[error("column `{column}` holds {found}, and rows are grouped by texts, numbers and booleans: cast it")]
    NoKey {
        /// The column.
        column: String,
        /// What it holds, as polars calls it.
        found: String,
    },
    /// A sum of whole numbers has more than 64 bits.
    #[error("the sum {sum} has more than 64 bits: cast the column to f64")]
    SumTooLarge {
        /// The sum.
        sum: i128,
    },
    /// A plan that was carried out several times had other rows each time.
    #[error("the plan has other rows each time it is carried out: a quantile needs the same")]
    OtherRows,
    /// Polars could not do what a plan says.
    #[error(transparent)]
    Polars(#[from] PolarsError),
    /// The engine that ran a plan panicked.
    #[error("polars panicked while it made the table: {message}")]
    Panic {
        /// Its message.
        message: String,
    },
}
