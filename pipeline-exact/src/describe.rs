//! Aggregations that are described and not carried out.

use super::measure::Kind;
use super::pass::Asked;
use crate::ExactError;
use polars::prelude::*;
use std::cell::Cell;

thread_local! {
    static DESCRIBING: Cell<bool> = const { Cell::new(false) };
}

/// Does work in which no aggregation is carried out: each gives a plan with its columns, whose rows mean nothing. So it is
/// seen what a plan comes of before there are rows.
pub fn describing<T>(work: impl FnOnce() -> T) -> T {
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            DESCRIBING.set(self.0);
        }
    }
    let _before = Before(DESCRIBING.replace(true));
    work()
}

pub(super) fn is_describing() -> bool {
    DESCRIBING.get()
}

/// A plan with the columns of an aggregation.
pub(super) fn plan(plan: LazyFrame, keys: &[Expr], asked: &[Asked]) -> Result<LazyFrame, ExactError> {
    let measures = asked.iter().map(|asked| {
        let of = asked.of.clone();
        let figure = match asked.kind {
            Kind::Count | Kind::Sum => of.sum(),
            Kind::Min => of.min(),
            Kind::Max => of.max(),
            Kind::Mean | Kind::Std | Kind::Quantile(_) => of.mean(),
        };
        let ty = if asked.is_whole() { DataType::Int64 } else { DataType::Float64 };
        figure.cast(ty).alias(asked.name.clone())
    });
    let measures: Vec<Expr> = measures.collect();
    Ok(if keys.is_empty() { plan.select(measures) } else { plan.group_by(keys).agg(measures) })
}
