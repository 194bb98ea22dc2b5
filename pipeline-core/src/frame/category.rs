//! Closed sets of names.

use super::cell::Cell;

/// An enum each of whose variants is a name; derive it with `#[derive(Category)]`.
///
/// ```
/// use skipstone::{Row, tables::Category};
///
/// #[derive(Category, Debug, Clone, Copy, PartialEq)]
/// #[category(rename_all = "lowercase")]
/// enum Channel { Web, Store, #[category(rename = "by phone")] Phone }
///
/// #[derive(Row)]
/// struct Order { id: i64, channel: Option<Channel> }
///
/// assert_eq!(Channel::NAMES, ["web", "store", "by phone"]);
/// assert_eq!(Channel::Phone.name(), "by phone");
/// ```
///
/// A column of it is an enum in polars, and is compared with names: `col("channel").eq(lit("web"))`. Another name in a
/// file or a plan is an error with its row and column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no category",
    label = "its names are not known",
    note = "derive it, if it is an enum: `#[derive(skipstone::tables::Category)]`"
)]
pub trait Category: Copy + Send + Sync + 'static {
    /// The names, in the order of the variants.
    const NAMES: &'static [&'static str];

    /// Which of the names this is, from zero.
    fn number(self) -> u32;

    /// The variant with this number.
    fn from_number(number: u32) -> Option<Self>;

    /// Its name.
    fn name(self) -> &'static str {
        Self::NAMES[self.number() as usize]
    }
}

/// The cell of a column of a category.
#[doc(hidden)]
pub fn category_cell<C: Category>(value: C) -> Cell {
    Cell::Whole(value.number().into())
}

/// The value of a cell of a column of a category.
#[doc(hidden)]
pub fn category_of<C: Category>(cell: &Cell) -> Option<C> {
    if let Cell::Whole(number) = cell { C::from_number(u32::try_from(*number).ok()?) } else { None }
}
