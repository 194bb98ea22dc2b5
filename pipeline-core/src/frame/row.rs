//! Row types: what columns a table has.

pub use super::category::{Category, category_cell, category_of};
#[cfg(feature = "polars")]
use super::decimal;
pub use super::decimal::{Decimal, DecimalError};
pub use crate::data::{Column, ColumnType, ElementType, RowType};
use std::marker::PhantomData;

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

/// The column of a field.
#[doc(hidden)]
pub const fn column(
    field: &'static str,
    name: &'static str,
    ty: ColumnType,
    nullable: bool,
    docs: &'static str,
) -> Column {
    if let ColumnType::Zoned(zone) = ty
        && zone.is_empty()
    {
        panic!("a column of `Zoned` needs the name of its time zone: `#[row(zone = \"Europe/Berlin\")]`");
    }
    if let ColumnType::List(ElementType { ty: ColumnType::Zoned(_), .. }) = ty {
        panic!("a list can't hold `Zoned`, whose time zone is its column's: a list of `Timestamp` can be");
    }
    Column { field, name, ty, nullable, key: false, docs }
}

/// The type of the column of a field whose values are in this time zone.
#[doc(hidden)]
pub const fn in_zone(ty: ColumnType, zone: &'static str) -> ColumnType {
    let ColumnType::Zoned(_) = ty else { panic!("only a column of `Zoned` has a time zone") };
    ColumnType::Zoned(zone)
}

/// A type that can be a field of a row type.
#[diagnostic::on_unimplemented(
    message = "a column can't hold `{Self}`",
    label = "not a column type",
    note = "columns hold `bool`, whole numbers from `i8` to `i128` and from `u8` to `u64`, `f32`, `f64`, `String`, bytes as \
            `Vec<u8>`, `Decimal<SCALE>`, `Date`, `Time`, `DateTime`, `Timestamp`, `Zoned` and `SignedDuration` of `jiff`, an \
            enum under `#[derive(Category)]`, a row type, a `Vec` of these, or an `Option` of one"
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

    /// The type of a list of such values, where it has one of its own.
    #[doc(hidden)]
    const IN_LISTS: Option<ColumnType> = None;

    /// The cell of a list of such values.
    #[doc(hidden)]
    fn list_to_cell(list: &[Self]) -> Cell {
        Cell::List(list.iter().map(ColumnValue::to_cell).collect())
    }

    /// The list of a cell, if it is one.
    #[doc(hidden)]
    fn list_from_cell(cell: &Cell) -> Option<Vec<Self>> {
        if let Cell::List(list) = cell { list.iter().map(Self::from_cell).collect() } else { None }
    }

    /// The same point in time in the time zone of this name; `None` if there is no such zone.
    #[doc(hidden)]
    fn in_zone(self, _zone: &str) -> Option<Self> {
        Some(self)
    }
}

/// One value of a table. What it means, its column says.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// None is there.
    Missing,
    /// A truth value.
    Bool(bool),
    /// A whole number; of a date, the days since 1970; of times and durations, nanoseconds; of a decimal, how many of its
    /// last digit; of a category, the number of its name.
    Whole(i128),
    /// A float.
    F32(f32),
    /// A float.
    F64(f64),
    /// A text.
    String(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// The elements of a list, or the values of a row.
    List(Vec<Cell>),
}

impl Cell {
    /// The cell of a column of this type as a number, where it is one.
    #[cfg(feature = "polars")]
    pub(crate) fn number(&self, ty: ColumnType) -> Option<crate::data::Number> {
        Some(match (self, ty) {
            (Cell::F32(number), _) => (*number).into(),
            (Cell::F64(number), _) => (*number).into(),
            // Through its text, so that the nearest double comes of it.
            (Cell::Whole(digits), ColumnType::Decimal(scale)) if scale > 0 => {
                crate::data::Number::Float(decimal::text(*digits, scale).parse().ok()?)
            }
            (Cell::Whole(number), ty) if ty.is_number() => (*number).into(),
            _ => return None,
        })
    }
}

macro_rules! column_values {
    ($($ty:ty => $column:ident, $variant:ident),*) => {
        $(impl ColumnValue for $ty {
            const TYPE: ColumnType = ColumnType::$column;
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

column_values!(bool => Bool, Bool, i128 => I128, Whole, f32 => F32, F32, f64 => F64, F64, String => String, String);

/// A list; of `u8`, bytes.
impl<T: ColumnValue> ColumnValue for Vec<T> {
    const TYPE: ColumnType = match T::IN_LISTS {
        Some(ty) => ty,
        None => ColumnType::List(&ElementType { ty: T::TYPE, nullable: T::NULLABLE }),
    };
    const NULLABLE: bool = false;

    fn to_cell(&self) -> Cell {
        T::list_to_cell(self)
    }

    fn from_cell(cell: &Cell) -> Option<Vec<T>> {
        T::list_from_cell(cell)
    }
}

/// The cell of a row within a row.
#[doc(hidden)]
pub fn row_cell<R: Row>(row: &R) -> Cell {
    Cell::List(row.cells())
}

/// The row of a cell, if it is one.
#[doc(hidden)]
pub fn row_of<R: Row>(cell: &Cell) -> Option<R> {
    if let Cell::List(cells) = cell { R::from_cells(&mut Cells(cells.iter())).ok() } else { None }
}

impl ColumnValue for u8 {
    const TYPE: ColumnType = ColumnType::U8;
    const NULLABLE: bool = false;
    const IN_LISTS: Option<ColumnType> = Some(ColumnType::Bytes);

    fn to_cell(&self) -> Cell {
        Cell::Whole((*self).into())
    }

    fn from_cell(cell: &Cell) -> Option<u8> {
        if let Cell::Whole(value) = cell { (*value).try_into().ok() } else { None }
    }

    fn list_to_cell(list: &[u8]) -> Cell {
        Cell::Bytes(list.to_vec())
    }

    fn list_from_cell(cell: &Cell) -> Option<Vec<u8>> {
        if let Cell::Bytes(bytes) = cell { Some(bytes.clone()) } else { None }
    }
}

macro_rules! whole_numbers {
    ($($ty:ty => $column:ident),*) => {
        $(impl ColumnValue for $ty {
            const TYPE: ColumnType = ColumnType::$column;
            const NULLABLE: bool = false;

            fn to_cell(&self) -> Cell {
                Cell::Whole((*self).into())
            }

            fn from_cell(cell: &Cell) -> Option<$ty> {
                if let Cell::Whole(value) = cell { (*value).try_into().ok() } else { None }
            }
        })*
    };
}

whole_numbers!(i8 => I8, i16 => I16, i32 => I32, i64 => I64, u16 => U16, u32 => U32, u64 => U64);

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

    fn in_zone(self, zone: &str) -> Option<Option<T>> {
        self.map_or(Some(None), |value| value.in_zone(zone).map(Some))
    }
}

/// Between the values of a type and cells, in what `#[derive(Row)]` expands to.
///
/// Of a type that can't be a column, the compiler then takes the methods of [`NotACell`]: what is wrong with it is said once,
/// where its column is described, and not again with each of its uses.
#[doc(hidden)]
pub struct CellOf<T>(PhantomData<T>);

impl<T> CellOf<T> {
    /// The only value.
    pub const NEW: CellOf<T> = CellOf(PhantomData);
}

impl<T: ColumnValue> CellOf<T> {
    /// The cell of a value.
    pub fn to_cell(self, value: &T) -> Cell {
        value.to_cell()
    }

    /// The value of a cell, if it is one.
    pub fn from_cell(self, cell: &Cell) -> Option<T> {
        T::from_cell(cell)
    }

    /// The value of a cell in this time zone, if it is one.
    pub fn from_cell_in(self, cell: &Cell, zone: &str) -> Option<T> {
        T::from_cell(cell)?.in_zone(zone)
    }
}

/// See [`CellOf`]. A program in which these are called does not compile.
#[doc(hidden)]
#[allow(missing_docs, clippy::wrong_self_convention)]
pub trait NotACell<T>: Sized {
    fn to_cell(self, _: &T) -> Cell {
        Cell::Missing
    }

    fn from_cell(self, _: &Cell) -> Option<T> {
        None
    }

    fn from_cell_in(self, _: &Cell, _: &str) -> Option<T> {
        None
    }
}

impl<T> NotACell<T> for CellOf<T> {}

/// The values of a row, taken one by one.
#[doc(hidden)]
pub struct Cells<'a>(pub(crate) std::slice::Iter<'a, Cell>);

impl Cells<'_> {
    /// The value of the next column, which this makes of its cell.
    pub fn next<T>(
        &mut self,
        column: &'static str,
        from_cell: impl FnOnce(&Cell) -> Option<T>,
    ) -> Result<T, CellError> {
        self.0.next().and_then(from_cell).ok_or(CellError { column })
    }
}

/// A value that is not of its column's type.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellError {
    /// The column.
    pub column: &'static str,
}
