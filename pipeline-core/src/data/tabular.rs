//! Tables as values.

use super::{Column, ColumnContent, DataError, EmptyTable, Origins, TableDifference, TableType};
use crate::store::Blob;
use serde_json::{Map, Value};
use std::any::Any;
use std::sync::Arc;

/// A table in the store of which a task may read some columns. The compiler compares the row types.
#[doc(hidden)]
pub trait Viewed {
    /// Its row type.
    const TYPE: TableType;
}

/// A table whose row type is erased.
#[doc(hidden)]
#[derive(Clone)]
pub struct AnyTable(
    #[cfg_attr(not(feature = "polars"), allow(dead_code, reason = "tables need polars"))]
    pub(crate)  Arc<dyn Any + Send + Sync>,
);

/// Properties of values that are tables or files with tables. Other types keep the defaults.
pub trait Tabular: Sized {
    /// The columns.
    const COLUMNS: &'static [Column] = &[];

    /// The attribute with the format options of such files, such as `csv`, if any.
    #[doc(hidden)]
    const ATTRIBUTE: Option<&'static str> = None;

    /// Checks the options of that attribute; the error says what is wrong with them.
    #[doc(hidden)]
    fn check_options(_options: &Map<String, Value>) -> Result<(), String> {
        Ok(())
    }

    /// Returns the value with these options. Options of the value itself take precedence.
    #[doc(hidden)]
    fn with_options(&self, _options: &Map<String, Value>) -> Result<Self, String> {
        Err(format!("a `{}` has no options", super::short_type_name::<Self>()))
    }

    /// The row type, if the values are tables that can be read with another row type. Readers depend only on the
    /// columns that they name.
    #[doc(hidden)]
    const VIEWED: Option<TableType> = None;

    /// The table, for readers with another row type.
    #[doc(hidden)]
    fn table(&self) -> Option<AnyTable> {
        None
    }

    /// Reads a table with more columns as this type, with the columns of this type only.
    #[doc(hidden)]
    fn view(_table: &AnyTable) -> Result<Self, DataError> {
        Err(DataError::Decode { ty: super::short_type_name::<Self>(), message: "it is not a table".into() })
    }

    /// Creates a table without rows.
    #[doc(hidden)]
    fn empty(_of: &EmptyTable) -> Option<Self> {
        None
    }

    /// Returns the value with a table without rows in place of its own.
    #[doc(hidden)]
    fn without_rows(&self, _of: &EmptyTable) -> Option<Self> {
        None
    }

    /// For each column of a table that was computed from empty tables, the columns that it is computed from.
    #[doc(hidden)]
    fn origins(&self) -> Option<Origins> {
        None
    }

    /// The contents of the columns of the table in this object.
    #[doc(hidden)]
    fn contents(_object: &Blob) -> Result<Vec<ColumnContent>, DataError> {
        Ok(Vec::new())
    }

    /// Compares this table with another by these key columns, or by those of the row type if `keys` is empty.
    #[doc(hidden)]
    fn difference(&self, _other: &Self, _keys: &[String]) -> Option<Result<TableDifference, DataError>> {
        None
    }
}
