//! Row types: what columns a table has.

pub use crate::data::{Column, ColumnType};

/// A struct whose fields are the columns of a table; derive it with `#[derive(Row)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no row type",
    label = "its columns are not known",
    note = "derive it: `#[derive(pipeline_core::Row)]`"
)]
pub trait Row: Sized + Send + Sync + 'static {
    /// The struct's name.
    const NAME: &'static str;

    /// The columns, in the order of the fields.
    const COLUMNS: &'static [Column];

    /// How CSV files with such rows are read: `#[csv(…)]`.
    #[doc(hidden)]
    const CSV: CsvOptions = CsvOptions::DEFAULT;

    /// The row's values, one for each column.
    #[doc(hidden)]
    fn cells(&self) -> Vec<Cell>;

    /// A row from its values.
    #[doc(hidden)]
    fn from_cells(cells: &mut Cells<'_>) -> Result<Self, CellError>;
}

/// What a row type says of CSV files.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct CsvOptions {
    /// The words for a missing value, where they are not the usual ones.
    pub missing: Option<&'static [&'static str]>,
    /// Whether a line with fewer fields than the header has missing values in their place.
    pub fill_short_lines: bool,
}

impl CsvOptions {
    /// The usual words, and short lines are refused.
    pub const DEFAULT: CsvOptions = CsvOptions { missing: None, fill_short_lines: false };
}

/// The column of a field of type `T`.
#[doc(hidden)]
pub const fn column<T: ColumnValue>(field: &'static str, name: &'static str, docs: &'static str) -> Column {
    Column { field, name, ty: T::TYPE, nullable: T::NULLABLE, key: false, docs }
}

/// A type that can be a field of a row type.
#[diagnostic::on_unimplemented(
    message = "a column can't hold `{Self}`",
    label = "not a column type",
    note = "columns hold `bool`, `i32`, `i64`, `u32`, `u64`, `f32`, `f64` or `String`, or an `Option` of one"
)]
pub trait ColumnValue: Sized {
    /// The column's type.
    const TYPE: ColumnType;

    /// Whether values may be missing.
    const NULLABLE: bool;

    #[doc(hidden)]
    fn to_cell(&self) -> Cell;

    /// `None` when the cell is of another type, or missing where it may not be.
    #[doc(hidden)]
    fn from_cell(cell: &Cell) -> Option<Self>;
}

/// One value of a table.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum Cell {
    Missing,
    Bool(bool),
    I32(i32),
    I64(i64),
    U32(u32),
    U64(u64),
    F32(f32),
    F64(f64),
    String(String),
}

impl Cell {
    /// The cell as a number, where it is one.
    #[cfg(feature = "polars")]
    pub(crate) fn number(&self) -> Option<crate::data::Number> {
        Some(match self {
            Cell::I32(number) => (*number).into(),
            Cell::I64(number) => (*number).into(),
            Cell::U32(number) => (*number).into(),
            Cell::U64(number) => (*number).into(),
            Cell::F32(number) => (*number).into(),
            Cell::F64(number) => (*number).into(),
            Cell::Missing | Cell::Bool(_) | Cell::String(_) => return None,
        })
    }
}

macro_rules! column_values {
    ($($ty:ty => $variant:ident),*) => {
        $(impl ColumnValue for $ty {
            const TYPE: ColumnType = ColumnType::$variant;
            const NULLABLE: bool = false;

            fn to_cell(&self) -> Cell {
                Cell::$variant(self.clone())
            }

            fn from_cell(cell: &Cell) -> Option<$ty> {
                if let Cell::$variant(value) = cell { Some(value.clone()) } else { None }
            }
        })*
    };
}

column_values!(bool => Bool, i32 => I32, i64 => I64, u32 => U32, u64 => U64, f32 => F32, f64 => F64, String => String);

impl<T: ColumnValue> ColumnValue for Option<T> {
    const TYPE: ColumnType = T::TYPE;
    const NULLABLE: bool = true;

    fn to_cell(&self) -> Cell {
        self.as_ref().map_or(Cell::Missing, ColumnValue::to_cell)
    }

    fn from_cell(cell: &Cell) -> Option<Option<T>> {
        match cell {
            Cell::Missing => Some(None),
            cell => T::from_cell(cell).map(Some),
        }
    }
}

/// The values of a row, taken one by one.
#[doc(hidden)]
pub struct Cells<'a>(pub(crate) std::slice::Iter<'a, Cell>);

impl Cells<'_> {
    /// The value of the next column.
    pub fn next<T: ColumnValue>(&mut self, column: &'static str) -> Result<T, CellError> {
        self.0.next().and_then(T::from_cell).ok_or(CellError { column })
    }
}

/// A value that is not of its column's type.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellError {
    /// The column.
    pub column: &'static str,
}
