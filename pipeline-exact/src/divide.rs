//! Division by a constant, rounded once.

use polars::prelude::{Expr, LiteralValue, lit, when};

/// Divides `dividend` by `divisor` and rounds each quotient once, as `/` of [`f64`] does. A quotient is missing where
/// the dividend is.
///
/// Polars computes `col(..) / lit(c)` as a multiplication by the rounded `1 / c`, which is off by a unit in the last
/// place for about one value in seven, but divides in a batch of one row. So the content of a table could depend on
/// where its batches end, and a row that is compared with a limit could end up on the other side. This function avoids
/// that, at the cost of a column that holds the divisor.
///
/// ```
/// use skipstone_exact as exact;
/// use polars::prelude::*;
///
/// let quotients = |quotient: Expr| -> PolarsResult<f64> {
///     let table = df!("x" => [5.0, 2.0])?.lazy().select([quotient]).collect()?;
///     Ok(table.column("x")?.f64()?.get(0).unwrap_or(f64::NAN))
/// };
/// assert_eq!(quotients(exact::divide(col("x"), lit(49.0)))?, 5.0 / 49.0);
/// assert_ne!(quotients(col("x") / lit(49.0))?, 5.0 / 49.0);
/// # Ok::<(), PolarsError>(())
/// ```
pub fn divide(dividend: Expr, divisor: Expr) -> Expr {
    let nothing = lit(LiteralValue::untyped_null());
    // Polars does not treat a column as a constant.
    dividend.clone() / when(dividend.is_null()).then(nothing).otherwise(divisor)
}
