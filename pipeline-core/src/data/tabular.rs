//! Values that are tables.

use super::{Column, DataError, TableDifference};

/// What is known of values that are tables or files of tables. Other types say nothing here.
pub trait Tabular: Sized {
    /// The columns.
    const COLUMNS: &'static [Column] = &[];

    /// How another table differs from this one, by these key columns, or by those of the row type if there are none.
    #[doc(hidden)]
    fn difference(&self, _other: &Self, _keys: &[String]) -> Option<Result<TableDifference, DataError>> {
        None
    }
}
