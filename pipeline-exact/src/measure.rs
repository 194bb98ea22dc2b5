//! What a group is asked for.

use polars::prelude::*;

/// A figure of a group of rows, under the name of its column unless it is given another. What becomes of missing values, NaN
/// and infinity stands in [`exact`](super).
#[derive(Debug, Clone)]
pub struct Measure {
    pub(super) kind: Kind,
    pub(super) of: Expr,
    pub(super) name: Option<PlSmallStr>,
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
}

impl Measure {
    fn new(kind: Kind, of: Expr) -> Measure {
        Measure { kind, of, name: None }
    }

    /// The same figure under another name.
    pub fn alias(mut self, name: &str) -> Measure {
        self.name = Some(name.into());
        self
    }
}

/// How many values there are, as `i64`: NaN is none.
pub fn count(of: Expr) -> Measure {
    Measure::new(Kind::Count, of)
}

/// The exact sum, rounded once to an `f64`; of whole numbers the sum as `i64`. Nothing sums up to 0.
pub fn sum(of: Expr) -> Measure {
    Measure::new(Kind::Sum, of)
}

/// The exact sum divided by the count, rounded once.
pub fn mean(of: Expr) -> Measure {
    Measure::new(Kind::Mean, of)
}

/// The standard deviation of a sample: the root of the sum of squared deviations from the mean over
/// n − 1, rounded once. Of one value there is none.
pub fn std(of: Expr) -> Measure {
    Measure::new(Kind::Std, of)
}

/// The least number. Of whole numbers as `i64`.
pub fn min(of: Expr) -> Measure {
    Measure::new(Kind::Min, of)
}

/// The greatest number. Of whole numbers as `i64`.
pub fn max(of: Expr) -> Measure {
    Measure::new(Kind::Max, of)
}

/// The middle value, or the mean of the two: [`quantile`] of ½.
pub fn median(of: Expr) -> Measure {
    quantile(of, 0.5)
}

/// The value below which the part `q` of the values lies, 0 to 1: between two values by linear interpolation, rounded once
/// (definition 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996, which pandas and numpy have, too).
/// The place between them is `q · (n − 1)`, as the processor rounds it.
///
/// # Panics
///
/// When `q` is not from 0 to 1.
pub fn quantile(of: Expr, q: f64) -> Measure {
    assert!((0.0..=1.0).contains(&q), "a quantile is from 0 to 1, and {q} is not");
    Measure::new(Kind::Quantile(q), of)
}
