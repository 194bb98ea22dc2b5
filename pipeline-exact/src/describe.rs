//! Aggregations whose columns are described without running them.

use super::measure::Kind;
use super::pass::ResolvedMeasure;
use crate::ExactError;
use polars::prelude::*;
use std::cell::Cell;

thread_local! {
    static DESCRIBING: Cell<bool> = const { Cell::new(false) };
}

/// Calls `work` in a mode in which aggregations don't run: each returns a query plan with the right columns, whose rows
/// are meaningless. This shows how a plan is built before there are rows. The mode applies to the current thread.
pub fn describing<T>(work: impl FnOnce() -> T) -> T {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            DESCRIBING.set(self.0);
        }
    }
    let _restore = Restore(DESCRIBING.replace(true));
    work()
}

pub(super) fn is_describing() -> bool {
    DESCRIBING.get()
}

/// A query plan with the columns of an aggregation.
pub(super) fn plan(
    plan: LazyFrame,
    keys: &[Expr],
    measures: &[ResolvedMeasure],
) -> Result<LazyFrame, ExactError> {
    let measures = measures.iter().map(|measure| {
        let of = measure.of.clone();
        let aggregate = match measure.kind {
            // Polars can't aggregate states: any value will do.
            _ if measure.is_of_states() => of.count(),
            Kind::State => of.count(),
            Kind::Count | Kind::Sum => of.sum(),
            Kind::Min => of.min(),
            Kind::Max => of.max(),
            Kind::Mean | Kind::Std | Kind::Quantile(_) => of.mean(),
        };
        let aggregate = match measure.kind {
            Kind::State => aggregate.cast(DataType::String).cast(DataType::Binary),
            _ => aggregate.cast(if measure.is_integer() { DataType::Int64 } else { DataType::Float64 }),
        };
        aggregate.alias(measure.name.clone())
    });
    let measures: Vec<Expr> = measures.collect();
    Ok(if keys.is_empty() { plan.select(measures) } else { plan.group_by(keys).agg(measures) })
}
