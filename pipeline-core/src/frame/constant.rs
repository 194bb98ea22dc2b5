//! Literals of every column type for query plans.

use super::columns::column;
use super::row::{Cell, ColumnType, ColumnValue};
use polars::prelude::*;

/// A value of any column type as an expression, also for types that polars' own `lit` doesn't support: dates, decimals,
/// names of a category.
///
/// ```
/// use jiff::civil::date;
/// use skipstone::polars::prelude::*;
/// use skipstone::tables::constant;
/// use skipstone::{Frame, Row};
///
/// #[derive(Row, Debug, PartialEq)]
/// struct Order { day: jiff::civil::Date }
///
/// let orders = Frame::from_rows(&[Order { day: date(2026, 1, 31) }, Order { day: date(2026, 2, 1) }]);
/// let late = orders.lazy().filter(col(Order::DAY).gt_eq(constant(&date(2026, 2, 1))));
/// assert_eq!(Frame::<Order>::new(late).rows()?, [Order { day: date(2026, 2, 1) }]);
/// # Ok::<(), skipstone::Error>(())
/// ```
///
/// A value that a column can't hold, such as a time more precise than a microsecond, becomes a missing value.
pub fn constant<T: ColumnValue>(value: &T) -> Expr {
    of_cell(&value.to_cell(), T::TYPE).unwrap_or_else(|_| lit(NULL))
}

/// Returns the expression for a cell's value.
pub(super) fn of_cell(cell: &Cell, ty: ColumnType) -> PolarsResult<Expr> {
    let values = column("literal", ty, [cell].into_iter())?;
    Ok(lit(Scalar::new(values.dtype().clone(), values.get(0)?.into_static())))
}
