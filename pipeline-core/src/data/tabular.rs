//! Values that are tables.

use super::{Column, ColumnContent, DataError, EmptyTable, Origins, TableDifference, TableType};
use crate::store::Blob;
use serde_json::{Map, Value};
use std::any::Any;
use std::sync::Arc;

/// A table in the store, of which a task may read some columns: what the compiler compares.
#[doc(hidden)]
pub trait Viewed {
    /// Its row type.
    const TYPE: TableType;
}

/// A table whose row type is not known.
#[doc(hidden)]
#[derive(Clone)]
pub struct AnyTable(
    #[cfg_attr(not(feature = "polars"), allow(dead_code, reason = "tables need polars"))]
    pub(crate)  Arc<dyn Any + Send + Sync>,
);

/// What is known of values that are tables or files of tables. Other types say nothing here.
pub trait Tabular: Sized {
    /// The columns.
    const COLUMNS: &'static [Column] = &[];

    /// The attribute that says how such files are written, if there is one.
    #[doc(hidden)]
    const ATTRIBUTE: Option<&'static str> = None;

    /// What is wrong with what such an attribute says.
    #[doc(hidden)]
    fn check_options(_said: &Map<String, Value>) -> Result<(), String> {
        Ok(())
    }

    /// The value with this said of it, where it says nothing else itself.
    #[doc(hidden)]
    fn with_options(&self, _said: &Map<String, Value>) -> Result<Self, String> {
        Err(format!("a `{}` has no options", super::short_type_name::<Self>()))
    }

    /// The row type, if the values are tables of which readers depend on the columns that they name, and which other row types
    /// can be read of.
    #[doc(hidden)]
    const VIEWED: Option<TableType> = None;

    /// The table, for readers with another row type.
    #[doc(hidden)]
    fn table(&self) -> Option<AnyTable> {
        None
    }

    /// Of a table with more columns, those of this type.
    #[doc(hidden)]
    fn view(_table: &AnyTable) -> Result<Self, DataError> {
        Err(DataError::Decode { ty: super::short_type_name::<Self>(), message: "it is not a table".into() })
    }

    /// A table without rows.
    #[doc(hidden)]
    fn empty(_of: &EmptyTable) -> Option<Self> {
        None
    }

    /// The value with a table without rows in place of its own.
    #[doc(hidden)]
    fn without_rows(&self, _of: &EmptyTable) -> Option<Self> {
        None
    }

    /// Of each column of a table that was made of empty ones, the columns that it comes of.
    #[doc(hidden)]
    fn origins(&self) -> Option<Origins> {
        None
    }

    /// The contents of the columns of the table in this object.
    #[doc(hidden)]
    fn contents(_object: &Blob) -> Result<Vec<ColumnContent>, DataError> {
        Ok(Vec::new())
    }

    /// How another table differs from this one, by these key columns, or by those of the row type if there are none.
    #[doc(hidden)]
    fn difference(&self, _other: &Self, _keys: &[String]) -> Option<Result<TableDifference, DataError>> {
        None
    }
}
