//! The order of a table's rows.
//!
//! polars' streaming engine returns the rows of joins, groups and distinct rows in a different order in each run,
//! unless the query plan requests an order. A stored table must be the same table in every run, so every query plan
//! that this crate runs in order requests one:
//!
//! - A join has the order of its left table, and for each row of that the order of the right table. Rows of the right
//!   table without a match come last in a full join. A right join has the order of its right table. A join that names a
//!   side (`maintain_order`) has the order of that side first.
//! - Groups and distinct rows are ordered by their first row in the table. Of equal rows the first is kept, unless the
//!   plan requests another one.
//! - Rows that are equal in a sort keep their order.
//!
//! polars' in-memory engine has the same order wherever it guarantees one. Pivots and merges of sorted tables are
//! behind features of polars that this crate does not enable, and are left unchanged.
//!
//! The order has a cost: the streaming engine holds the right table of a join in memory (the left table of a right
//! join), even if it is the larger one. If the last of equal rows is kept, or for the distinct values of one column, it
//! holds the whole table or column.

use polars::prelude::*;
use std::sync::Arc;

/// Changes a query plan so that its rows have the same order in every run.
pub(crate) fn preserve_order(mut plan: LazyFrame) -> LazyFrame {
    let mut pending = vec![&mut plan.logical_plan];
    while let Some(plan) = pending.pop() {
        // After its schema was collected, a plan wraps its converted form: take the original one.
        while let DslPlan::IR { dsl, .. } = plan {
            *plan = DslPlan::clone(dsl);
        }
        match plan {
            DslPlan::Join { options, .. } if options.args.how == JoinType::Full => {
                *plan = full_join(std::mem::take(plan));
            }
            DslPlan::Join { input_left, input_right, options, .. } => {
                let join = &mut Arc::make_mut(options).args;
                join.maintain_order = order_of(join);
                pending.extend([Arc::make_mut(input_left), Arc::make_mut(input_right)]);
            }
            DslPlan::GroupBy { input, maintain_order, .. } => {
                *maintain_order = true;
                pending.push(Arc::make_mut(input));
            }
            DslPlan::Distinct { input, options } => {
                options.maintain_order = true;
                if options.keep_strategy == UniqueKeepStrategy::Any {
                    options.keep_strategy = UniqueKeepStrategy::First;
                }
                pending.push(Arc::make_mut(input));
            }
            DslPlan::Sort { input, sort_options, .. } => {
                sort_options.maintain_order = true;
                pending.push(Arc::make_mut(input));
            }
            DslPlan::Union { inputs, args } => {
                args.maintain_order = true;
                pending.extend(inputs);
            }
            DslPlan::PipeWithSchema { input, callback } => {
                let made = callback.clone();
                *callback = PlanCallback::new(move |inputs| {
                    Ok(preserve_order(made.call(inputs)?.into()).logical_plan)
                });
                *input = input.iter().map(|plan| preserve_order(plan.clone().into()).logical_plan).collect();
            }
            DslPlan::Select { expr: exprs, input, .. } | DslPlan::HStack { input, exprs, .. } => {
                exprs.iter_mut().for_each(distinct_in_order);
                pending.push(Arc::make_mut(input));
            }
            DslPlan::Gather { input, idxs, .. } => {
                pending.extend([Arc::make_mut(input), Arc::make_mut(idxs)]);
            }
            DslPlan::ExtContext { input, contexts } => {
                pending.push(Arc::make_mut(input));
                pending.extend(contexts);
            }
            DslPlan::HConcat { inputs, .. } | DslPlan::SinkMultiple { inputs } => pending.extend(inputs),
            DslPlan::Filter { input, .. }
            | DslPlan::Cache { input, .. }
            | DslPlan::MatchToSchema { input, .. }
            | DslPlan::Slice { input, .. }
            | DslPlan::MapFunction { input, .. }
            | DslPlan::Sink { input, .. } => pending.push(Arc::make_mut(input)),
            _ => {}
        }
    }
    plan
}

fn order_of(join: &JoinArgs) -> MaintainOrderJoin {
    match (join.maintain_order, &join.how) {
        (MaintainOrderJoin::None, JoinType::Right) => MaintainOrderJoin::RightLeft,
        (MaintainOrderJoin::Right | MaintainOrderJoin::RightLeft, _) => MaintainOrderJoin::RightLeft,
        (MaintainOrderJoin::None | MaintainOrderJoin::Left | MaintainOrderJoin::LeftRight, _) => {
            MaintainOrderJoin::LeftRight
        }
    }
}

/// Sorts the rows of a full join by row numbers of both tables. The streaming engine returns the rows of the right
/// table that have no match in an order that depends on its number of threads.
fn full_join(mut join: DslPlan) -> DslPlan {
    const NUMBERS: [&str; 2] = ["__pipeline_left_row", "__pipeline_right_row"];
    let numbered = |table: &Arc<DslPlan>, number| {
        let table = LazyFrame::from(DslPlan::clone(table)).with_row_index(number, None);
        Arc::new(preserve_order(table).logical_plan)
    };
    let mut order = NUMBERS;
    if let DslPlan::Join { input_left, input_right, options, .. } = &mut join {
        *input_left = numbered(input_left, NUMBERS[0]);
        *input_right = numbered(input_right, NUMBERS[1]);
        if order_of(&options.args) == MaintainOrderJoin::RightLeft {
            order.reverse();
        }
    }
    let sorted = LazyFrame::from(join).sort(order, SortMultipleOptions::default().with_nulls_last(true));
    sorted.drop(cols(NUMBERS)).logical_plan
}

/// Returns distinct values in the order of their first occurrence in the column. The streaming engine supports that
/// only with a feature of polars that this project does not need otherwise.
fn distinct_in_order(expr: &mut Expr) {
    *expr = std::mem::take(expr).map_expr(|expr| match expr {
        Expr::Function { mut input, function: FunctionExpr::Unique(_) } if input.len() == 1 => {
            input.remove(0).apply(|column| column.unique_stable(), |_, field| Ok(field.clone()))
        }
        expr => expr,
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream;
    use std::num::NonZeroUsize;

    const ROWS: i64 = 200_000;

    /// Rows with recurring keys in a mixed order, which depends on `salt`.
    fn table(rows: i64, keys: i64, salt: i64) -> LazyFrame {
        let mixed = |i: i64| (i * 1_000_003 + salt).wrapping_mul(0x9E37_79B9).rem_euclid(1 << 31);
        let column = |name: &str, of: &dyn Fn(i64) -> i64| {
            Column::new(name.into(), (0..rows).map(of).collect::<Vec<_>>())
        };
        let columns = vec![
            column("k", &|i| mixed(i) % keys),
            column("v", &|i| mixed(i) % 1_000),
            column("row", &|i| i),
        ];
        DataFrame::new_infer_height(columns).expect("a table").lazy()
    }

    fn join(left: LazyFrame, right: LazyFrame, how: JoinType, order: MaintainOrderJoin) -> LazyFrame {
        left.join(right, [col("k")], [col("k")], JoinArgs { maintain_order: order, ..JoinArgs::new(how) })
    }

    fn descending() -> SortMultipleOptions {
        SortMultipleOptions::default().with_order_descending(true)
    }

    fn streamed(plan: &LazyFrame) -> DataFrame {
        let mut batches = Vec::new();
        stream::batches(plan.clone(), NonZeroUsize::new(1 << 16).expect("not 0"), |batch| {
            batches.push(batch);
            Ok::<(), crate::ExactError>(())
        })
        .expect("rows");
        let mut batches = batches.into_iter();
        let first = batches.next().expect("a batch");
        batches.fold(first, |mut all, batch| {
            all.vstack_mut(&batch).expect("rows of one table");
            all
        })
    }

    /// Checks that in every run the rows are those of `expected`, in the same order.
    fn assert_order(what: &str, plan: &LazyFrame, expected: LazyFrame) {
        let expected = expected.collect().expect("rows");
        assert!(expected.height() > 0, "{what}: no rows to compare");
        for run in 0..4 {
            let found = streamed(plan);
            assert_eq!(found.shape(), expected.shape(), "{what}, run {run}");
            assert!(found.equals_missing(&expected), "{what}, run {run}: a different order");
        }
    }

    #[test]
    fn an_order_that_polars_guarantees_is_kept() {
        let (left, right) = (|| table(ROWS, 50_000, 1), || table(30_000, 60_000, 2));
        let few = || left().sort(["v", "row"], descending()).limit(1_000);
        let left_join = |left, right| join(left, right, JoinType::Left, MaintainOrderJoin::None);
        for (what, plan) in [
            ("a left join", left_join(left(), right())),
            ("a left join of the first rows of a sorted table", left_join(few(), left())),
            ("a left join of few rows with many", left_join(right(), left())),
            ("groups in order", left().group_by_stable([col("k")]).agg([col("row").sum(), col("v").first()])),
            ("distinct rows in order", left().unique_stable(None, UniqueKeepStrategy::First)),
            ("distinct keys in order", left().unique_stable(Some(cols(["v"])), UniqueKeepStrategy::Last)),
            ("distinct values in order", left().select([col("k").unique_stable()])),
            ("concatenated tables", concat([left(), right()], UnionArgs::default()).expect("a plan")),
            ("a join after its schema was collected", {
                let mut plan = left_join(left(), right());
                plan.collect_schema().expect("columns");
                plan.filter(col("v").gt(lit(10)))
            }),
        ] {
            assert_order(what, &plan, plan.clone());
        }
    }

    #[test]
    fn without_a_guarantee_by_polars_the_order_is_that_of_the_first_table() {
        use MaintainOrderJoin::{LeftRight, None, Right, RightLeft};
        let (left, right) = (|| table(ROWS, 50_000, 1), || table(30_000, 60_000, 2));
        let with = |how: JoinType, order| join(left(), right(), how, order);
        let stable = |by: &str| left().sort([by], descending().with_maintain_order(true));
        for (what, plan, expected) in [
            ("inner join", with(JoinType::Inner, None), with(JoinType::Inner, LeftRight)),
            ("right join", with(JoinType::Right, None), with(JoinType::Right, RightLeft)),
            ("full join", with(JoinType::Full, None), with(JoinType::Full, LeftRight)),
            ("full join by its right side", with(JoinType::Full, Right), with(JoinType::Full, RightLeft)),
            ("inner join by its right side", with(JoinType::Inner, Right), with(JoinType::Inner, RightLeft)),
            (
                "groups",
                left().group_by([col("k")]).agg([col("row").max()]),
                left().group_by_stable([col("k")]).agg([col("row").max()]),
            ),
            (
                "distinct keys",
                left().unique(Some(cols(["v"])), UniqueKeepStrategy::Any),
                left().unique_stable(Some(cols(["v"])), UniqueKeepStrategy::First),
            ),
            (
                "distinct values",
                left().select([col("k").unique()]),
                left().select([col("k").unique_stable()]),
            ),
            ("the first of equal rows", left().sort(["v"], descending()).limit(500), stable("v").limit(500)),
            ("equal rows", left().sort(["v"], descending()), stable("v")),
            (
                "a plan that is made from the schema",
                left().pipe_with_schema(PlanCallback::new(
                    |(mut plans, _): (Vec<DslPlan>, Vec<SchemaRef>)| {
                        let plan: LazyFrame = plans.swap_remove(0).into();
                        Ok(plan.group_by([col("k")]).agg([col("v").max()]).logical_plan)
                    },
                )),
                left().group_by_stable([col("k")]).agg([col("v").max()]),
            ),
        ] {
            assert_order(what, &plan, expected);
        }
    }
}
