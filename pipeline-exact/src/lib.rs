//! Exact aggregation of tables of any length, in bounded memory.
//!
//! Polars' own sums and means add up in whatever order the batches come, so that their last digits
//! differ from run to run, and its medians hold all values at once. What is here depends on the values
//! alone, not on their order, on batches or on threads, so that a table that is made again has the same
//! content.
//!
//! * Each figure is the double nearest to the true one, over the whole range of doubles: nothing is rounded before the
//!   end ([`sum`], [`mean`], [`std`](std()); of two doubles as near, the even one). Whole numbers of 64 bits are added up as they
//!   are, and not as doubles.
//! * Quantiles are found by narrowing an interval around the wanted rank, in one or two passes over
//!   the table as a rule ([`quantile`]).
//! * Quotients are rounded once ([`divide`]).
//!
//! # Missing values, NaN and infinity
//!
//! **A missing value and NaN are left out**, as pandas does: every figure is that of the other values, and [`count`] counts
//! those. (Polars leaves missing values out, and lets NaN through.) Of no values, [`sum`] and [`count`] are 0 and the other figures are missing; of
//! one value, [`std`](std()) is missing.
//!
//! **An infinite value is a number.** It is the least, greatest or middle one where it stands there; a sum or mean of it is infinite, or
//! NaN where both infinities are in it; a deviation from it is NaN, and so is a quantile between both infinities. A sum or
//! deviation beyond the greatest double is infinite; a mean never is.
//!
//! A sum, mean or deviation of zero is 0, never −0. The least, the greatest and the middle one of zeros keep their sign, −0 being the less.
//!
//! # Memory
//!
//! For each group, measure and thread: less than 0.6 kB for a sum or mean, 1.7 kB for a deviation, 32 kB for a quantile;
//! 16 MB for the values of all quantiles together; and a batch for each thread.
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

mod describe;
mod divide;
mod error;
mod figure;
mod groups;
mod measure;
mod nearest;
mod order;
mod pass;
mod quantile;
mod stream;
mod sum;

pub use describe::describing;
pub use divide::divide;
pub use error::ExactError;
pub use measure::{Measure, count, max, mean, median, min, quantile, std, sum};
pub use stream::{Counter, batches, batches_in_any_order, count_rows};

use polars::prelude::{Expr, IntoLazy, LazyFrame};

/// Groups the rows of a plan by the values of `keys`; a missing value is a group, too.
pub fn group_by(plan: LazyFrame, keys: impl IntoIterator<Item = Expr>) -> GroupBy {
    GroupBy { plan, keys: keys.into_iter().collect() }
}

/// Sums all rows of a plan up, in one row, also where there are none.
///
/// # Errors
///
/// As [`GroupBy::agg`].
pub fn select(plan: LazyFrame, measures: impl IntoIterator<Item = Measure>) -> Result<LazyFrame, ExactError> {
    group_by(plan, []).agg(measures)
}

/// Rows in groups; made by [`group_by`].
#[derive(Clone)]
pub struct GroupBy {
    plan: LazyFrame,
    keys: Vec<Expr>,
}

impl GroupBy {
    /// Sums each group up in one row: its keys, then the measures. The rows are sorted by the keys,
    /// missing values first. Carries the plan out, up to a few times where a quantile asks for it.
    ///
    /// # Errors
    ///
    /// When the plan fails, a key or measure names no column, a measured column holds no numbers, or a
    /// sum of whole numbers has more than 64 bits.
    pub fn agg(self, measures: impl IntoIterator<Item = Measure>) -> Result<LazyFrame, ExactError> {
        let measures: Vec<Measure> = measures.into_iter().collect();
        if describe::is_describing() {
            let mut keyed = self.plan.clone().select(&self.keys);
            keyed.collect_schema()?;
            return describe::plan(self.plan.clone(), &self.keys, &pass::asked(&self.plan, &measures)?);
        }
        Ok(pass::aggregate(self.plan, &self.keys, &measures)?.lazy())
    }
}

#[cfg(test)]
mod tests;
