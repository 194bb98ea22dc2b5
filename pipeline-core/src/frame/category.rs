//! Categories: closed sets of names.

use super::cell::Cell;

/// An enum whose variants are names; derive it with `#[derive(Category)]`.
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
/// A column of a category is an enum in polars, and is compared with names: `col("channel").eq(lit("web"))`. Another
/// name in a file or a plan is an error that names the row and column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a category",
    label = "its names are not known",
    note = "derive it, if it is an enum: `#[derive(skipstone::tables::Category)]`"
)]
pub trait Category: Copy + Send + Sync + 'static {
    /// The names, in the order of the variants.
    const NAMES: &'static [&'static str];

    /// The number of its name, from zero.
    fn number(self) -> u32;

    /// Returns the variant with this number.
    fn from_number(number: u32) -> Option<Self>;

    /// Its name.
    fn name(self) -> &'static str {
        Self::NAMES[self.number() as usize]
    }
}

/// Returns the cell of a column of a category.
#[doc(hidden)]
pub fn category_cell<C: Category>(value: C) -> Cell {
    Cell::Whole(value.number().into())
}

/// Returns the value of a cell of a column of a category.
#[doc(hidden)]
pub fn category_of<C: Category>(cell: &Cell) -> Option<C> {
    if let Cell::Whole(number) = cell { C::from_number(u32::try_from(*number).ok()?) } else { None }
}
