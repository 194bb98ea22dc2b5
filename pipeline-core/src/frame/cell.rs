//! Values of columns.

use crate::data::{ColumnType, ElementType};
use std::marker::PhantomData;

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

    /// Returns `None` if the cell has another type, or is missing where a value is required.
    #[doc(hidden)]
    fn from_cell(cell: &Cell) -> Option<Self>;

    /// The type of a list of such values, if it has its own.
    #[doc(hidden)]
    const IN_LISTS: Option<ColumnType> = None;

    /// Returns the cell of a list of such values.
    #[doc(hidden)]
    fn list_to_cell(list: &[Self]) -> Cell {
        Cell::List(list.iter().map(ColumnValue::to_cell).collect())
    }

    /// Returns the list of a cell, if it is one.
    #[doc(hidden)]
    fn list_from_cell(cell: &Cell) -> Option<Vec<Self>> {
        if let Cell::List(list) = cell { list.iter().map(Self::from_cell).collect() } else { None }
    }

    /// Moves a point in time to the time zone of this name; `None` if the name is unknown.
    #[doc(hidden)]
    fn in_zone(self, _zone: &str) -> Option<Self> {
        Some(self)
    }
}

/// One value of a table. Its meaning depends on its column.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A missing value.
    Missing,
    /// A boolean.
    Bool(bool),
    /// A whole number: for a date, the days since 1970; for times and durations, nanoseconds; for a decimal, its value
    /// in units of the last digit; for a category, the number of its name.
    Whole(i128),
    /// A float.
    F32(f32),
    /// A float.
    F64(f64),
    /// A string.
    String(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// The elements of a list, or the values of a row.
    List(Vec<Cell>),
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

/// A list; for `u8`, bytes.
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

/// Converts between values and cells in the expansion of `#[derive(Row)]`.
///
/// For a type that can't be a column, the compiler falls back to the methods of [`NotACell`]. So the error is reported
/// once, where the column is described, and not again at each of its uses.
#[doc(hidden)]
pub struct CellOf<T>(PhantomData<T>);

impl<T> CellOf<T> {
    /// The only value.
    pub const NEW: CellOf<T> = CellOf(PhantomData);
}

impl<T: ColumnValue> CellOf<T> {
    /// Returns the cell of a value.
    pub fn to_cell(self, value: &T) -> Cell {
        value.to_cell()
    }

    /// Returns the value of a cell, if it is one.
    pub fn from_cell(self, cell: &Cell) -> Option<T> {
        T::from_cell(cell)
    }

    /// Returns the value of a cell in this time zone, if it is one.
    pub fn from_cell_in(self, cell: &Cell, zone: &str) -> Option<T> {
        T::from_cell(cell)?.in_zone(zone)
    }
}

/// See [`CellOf`]. A program that calls these methods does not compile.
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
