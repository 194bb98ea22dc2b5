//! Exact aggregation of tables of any length, in bounded memory.
//!
//! Polars adds up sums and means in the order in which batches arrive, so their last digits differ from run to run, and
//! its medians hold all values in memory. The results of this crate depend only on the values, not on their order, on
//! batches or on threads. So a table that is computed again has the same content.
//!
//! * Each statistic is the double nearest to the exact result, over the whole range of doubles: nothing is rounded
//!   before the end ([`sum`], [`mean`], [`std`](std()); ties go to the even double). 64-bit integers are added as
//!   integers, not as doubles.
//! * Quantiles are found by narrowing an interval around the rank, usually in one or two passes over the table
//!   ([`quantile`]).
//! * Sums, means, deviations, counts and extremes of a table in parts are computed from a small state of each part
//!   ([`partial`], [`merge`]). They have the same bits as those of the whole table.
//! * Quotients are rounded once ([`divide`]).
//!
//! # Missing values, NaN and infinity
//!
//! **Missing values and NaN are left out**, as in pandas: every statistic is computed from the other values, and
//! [`count`] counts those. (Polars leaves out missing values, but not NaN.) Without any values, [`sum`] and [`count`]
//! are 0 and the other statistics are missing; with a single value, [`std`](std()) is missing.
//!
//! **Infinity is a number.** It can be the minimum, the maximum or a quantile. A sum or mean that includes it is
//! infinite, or NaN if it includes both infinities. A standard deviation that includes it is NaN, and so is a quantile
//! between both infinities. A sum or standard deviation beyond the largest double is infinite; a mean of finite values
//! never is.
//!
//! A sum, mean or standard deviation of zero is 0, never −0. The minimum, maximum and median of zeros keep their sign,
//! where −0 is less than 0.
//!
//! # Memory
//!
//! Per group, measure and thread: less than 0.6 kB for a sum or mean, 1.7 kB for a standard deviation, 32 kB for a
//! quantile. In addition, 16 MB for the values of all quantiles together, and a batch per thread.
//!
//! ```
//! use skipstone_exact as exact;
//! use polars::prelude::*;
//!
//! let sales = df!("shop" => ["b", "a", "a", "a"], "euros" => [1.0, 0.1, 0.2, 0.7])?;
//! let shops = exact::group_by(sales.lazy(), [col("shop")]).agg([
//!     exact::sum(col("euros")).alias("total"),
//!     exact::median(col("euros")).alias("typical"),
//! ])?;
//! let expected = df!("shop" => ["a", "b"], "total" => [1.0, 1.0], "typical" => [0.2, 1.0])?;
//! assert!(shops.collect()?.equals(&expected));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accumulator;
mod describe;
mod divide;
mod error;
mod groups;
mod measure;
mod nearest;
mod order;
mod pass;
mod quantile;
mod state;
mod stream;
mod sum;

pub use describe::describing;
pub use divide::divide;
pub use error::ExactError;
pub use measure::{Measure, count, max, mean, median, min, quantile, std, sum};
pub use stream::{Counter, batches, batches_in_any_order, count_rows};

use polars::prelude::{Expr, IntoLazy, LazyFrame, UnionArgs};

/// Groups the rows of a query plan by the values of `keys`. A missing value forms a group as well.
pub fn group_by(plan: LazyFrame, keys: impl IntoIterator<Item = Expr>) -> GroupBy {
    GroupBy { plan, keys: keys.into_iter().collect() }
}

/// Aggregates all rows of a query plan into one row, even if the plan has no rows.
///
/// # Errors
///
/// As [`GroupBy::agg`].
pub fn select(plan: LazyFrame, measures: impl IntoIterator<Item = Measure>) -> Result<LazyFrame, ExactError> {
    group_by(plan, []).agg(measures)
}

/// Summarises the rows of one part of a table: for each group, a state of each of the columns, from which [`merge`] computes the
/// statistics of all parts. The table has the keys and, for each column, its states, of type `Binary`.
///
/// A state has the count, the exact sum, the exact sum of squares, the minimum and the maximum. It takes 30 to 150 bytes for
/// numbers of ordinary size, and at most 840. It depends only on the values, so that a part whose values have not changed has the same
/// states. States of states, such as those of a month from those of its days, are computed by the same function.
///
/// ```
/// use skipstone_exact as exact;
/// use polars::prelude::*;
///
/// let day = |euros: [f64; 3]| Ok::<_, PolarsError>(df!("shop" => ["b", "a", "a"], "euros" => euros)?.lazy());
/// let days = [day([1.0, 0.1, 0.2])?, day([2.0, 0.3, 0.4])?];
/// let parts = days.into_iter().map(|day| exact::partial(day, [col("shop")], [col("euros")]));
/// let parts = parts.collect::<Result<Vec<_>, _>>()?;
/// let shops = exact::merge(parts, [col("shop")])?.agg([exact::sum(col("euros"))])?;
/// assert!(shops.collect()?.equals(&df!("shop" => ["a", "b"], "euros" => [1.0, 3.0])?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`GroupBy::agg`].
pub fn partial(
    plan: LazyFrame,
    keys: impl IntoIterator<Item = Expr>,
    columns: impl IntoIterator<Item = Expr>,
) -> Result<LazyFrame, ExactError> {
    group_by(plan, keys).agg(columns.into_iter().map(measure::state))
}

/// Groups the states of all parts ([`partial`]) by the values of `keys`, as [`group_by`] does the rows of a table. The statistics
/// are those of all rows at once, to the last bit. There are no quantiles: states don't have them, because an exact quantile needs the
/// values. Sums, minima and maxima of integers are integers with [`Measure::of_integers`].
///
/// # Errors
///
/// If the parts have different columns.
pub fn merge(
    parts: impl IntoIterator<Item = LazyFrame>,
    keys: impl IntoIterator<Item = Expr>,
) -> Result<GroupBy, ExactError> {
    let parts: Vec<LazyFrame> = parts.into_iter().collect();
    Ok(group_by(polars::prelude::concat(parts, UnionArgs::default())?, keys))
}

/// Grouped rows; returned by [`group_by`].
#[derive(Clone)]
pub struct GroupBy {
    plan: LazyFrame,
    keys: Vec<Expr>,
}

impl GroupBy {
    /// Aggregates each group into one row: its keys, then the measures. The rows are sorted by the keys, missing values
    /// first. Runs the query plan, up to a few times if a quantile requires it.
    ///
    /// # Errors
    ///
    /// When the plan fails or returns different rows in each pass, a key or measure names an unknown column, a key
    /// can't be grouped by, a measured column is not numeric, or a sum of integers exceeds 64 bits.
    pub fn agg(self, measures: impl IntoIterator<Item = Measure>) -> Result<LazyFrame, ExactError> {
        let measures: Vec<Measure> = measures.into_iter().collect();
        if describe::is_describing() {
            let mut keyed = self.plan.clone().select(&self.keys);
            keyed.collect_schema()?;
            return describe::plan(self.plan.clone(), &self.keys, &pass::resolve(&self.plan, &measures)?);
        }
        Ok(pass::aggregate(self.plan, &self.keys, &measures)?.lazy())
    }
}

#[cfg(test)]
mod tests;
