//! The statistics that can be computed for a group.

use polars::prelude::*;

/// A statistic of a group of rows, named like its column unless it has an alias. See the [crate docs](crate) for
/// missing values, NaN and infinity.
#[derive(Debug, Clone)]
pub struct Measure {
    pub(super) kind: Kind,
    pub(super) of: Expr,
    pub(super) name: Option<PlSmallStr>,
    /// Whether the values of states are integers.
    pub(super) whole: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Count,
    Sum,
    Mean,
    Std,
    Min,
    Max,
    Quantile(f64),
    /// The state from which the others are computed, but not quantiles.
    State,
}

impl Measure {
    fn new(kind: Kind, of: Expr) -> Measure {
        Measure { kind, of, name: None, whole: false }
    }

    /// Renames the column of the statistic.
    pub fn alias(mut self, name: &str) -> Measure {
        self.name = Some(name.into());
        self
    }
}

impl Measure {
    /// Makes a sum, minimum or maximum an `i64` that is computed from states ([`partial`](crate::partial)) of integers, as it is
    /// when it is computed from integers. Without this, it is an `f64`.
    pub fn of_integers(mut self) -> Measure {
        self.whole = true;
        self
    }
}

/// The state of the values, as bytes.
pub(super) fn state(of: Expr) -> Measure {
    Measure::new(Kind::State, of)
}

/// The number of values, as `i64`. Missing values and NaN don't count.
pub fn count(of: Expr) -> Measure {
    Measure::new(Kind::Count, of)
}

/// The exact sum, rounded once to an `f64`. The sum of integers is an `i64`. Without values, the sum is 0.
pub fn sum(of: Expr) -> Measure {
    Measure::new(Kind::Sum, of)
}

/// The exact sum divided by the count, rounded once.
pub fn mean(of: Expr) -> Measure {
    Measure::new(Kind::Mean, of)
}

/// The sample standard deviation: the root of the sum of squared deviations from the mean over n − 1, rounded once.
/// Missing for fewer than two values.
pub fn std(of: Expr) -> Measure {
    Measure::new(Kind::Std, of)
}

/// The minimum. For integers, an `i64`.
pub fn min(of: Expr) -> Measure {
    Measure::new(Kind::Min, of)
}

/// The maximum. For integers, an `i64`.
pub fn max(of: Expr) -> Measure {
    Measure::new(Kind::Max, of)
}

/// The median: the middle value, or the mean of the two middle values. The same as [`quantile`] with ½.
pub fn median(of: Expr) -> Measure {
    quantile(of, 0.5)
}

/// The `q`-quantile, with `q` from 0 to 1: linear interpolation between two values, rounded once (definition 7 of
/// Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996, as in pandas and numpy). The position among the
/// sorted values is `q · (n − 1)`, rounded to a double.
///
/// # Panics
///
/// When `q` is not between 0 and 1.
pub fn quantile(of: Expr, q: f64) -> Measure {
    assert!((0.0..=1.0).contains(&q), "a quantile must be between 0 and 1, not {q}");
    Measure::new(Kind::Quantile(q), of)
}
