//! Division by a constant that is rounded once.

use polars::prelude::{Expr, LiteralValue, lit, when};

/// `dividend` divided by `divisor`, each quotient rounded once, as `/` of [`f64`] does; missing where
/// the dividend is.
///
/// Polars carries `col(..) / lit(c)` out as a multiplication with the rounded `1 / c`, which is off by
/// a unit in the last place for about one value in seven; and as a division in a batch of one row, so
/// that the content of a table could depend on where its batches end. Where a value is compared with a
/// limit, a row may come to lie on the other side. This costs a column of the divisor.
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
    // A column of its own, as long as the batch, is no constant to polars.
    dividend.clone() / when(dividend.is_null()).then(nothing).otherwise(divisor)
}
