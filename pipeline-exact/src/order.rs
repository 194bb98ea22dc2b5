//! The order of a table's rows.
//!
//! polars' streaming engine gives the rows of joins, groups and distinct rows in another order in each run, unless
//! the query plan asks it not to. A stored table is the same table in every run, so every query plan that the engine gets
//! from here asks for the order:
//!
//! - A join has the order of its left table, and for each of its rows that of the right one; rows of a full join that
//!   have no partner come last. A right join has the order of its right table. A join that names a side (`maintain_order`) has the order of that side first.
//! - Groups and distinct rows come in the order in which the first row of each stands in the table; of equal rows
//!   the first is kept, unless the plan says otherwise.
//! - Rows that a sort takes for equal keep their order.
//!
//! polars' in-memory engine has the same order wherever it promises one. Pivots and merges of sorted tables, which are
//! behind features of polars that this crate does not enable, stay as the plan has them.
//!
//! The order has a price: the streaming engine holds the right table of a join in memory (the left one of a right
//! join), whichever is larger, and distinct rows of which the last is kept, or the distinct values of one column, it holds
//! as a whole.

use polars::prelude::*;
use std::sync::Arc;

/// The query plan, whose rows come in the same order whenever it runs.
pub(crate) fn kept(mut plan: LazyFrame) -> LazyFrame {
    let mut pending = vec![&mut plan.logical_plan];
    while let Some(plan) = pending.pop() {
        // After a question about its columns a plan stands for its converted form: take the one that users wrote.
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
                *callback = PlanCallback::new(move |inputs| Ok(kept(made.call(inputs)?.into()).logical_plan));
                *input = input.iter().map(|plan| kept(plan.clone().into()).logical_plan).collect();
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

/// A full join by the numbers of the rows: the streaming engine gives the rows of the right table that have no partner in
/// an order that depends on the number of its threads.
fn full_join(mut join: DslPlan) -> DslPlan {
    const NUMBERS: [&str; 2] = ["__pipeline_left_row", "__pipeline_right_row"];
    let numbered = |table: &Arc<DslPlan>, number| {
        let table = LazyFrame::from(DslPlan::clone(table)).with_row_index(number, None);
        Arc::new(kept(table).logical_plan)
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

/// Distinct values come in the order in which they stand in the column. The streaming engine does that only with a
/// feature of polars that no one else here needs.
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

    /// Rows whose keys recur, in no order; `salt` tells one table from another.
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

    /// In every run the rows are those of `expected`, in their order.
    fn always(what: &str, plan: &LazyFrame, expected: LazyFrame) {
        let expected = expected.collect().expect("rows");
        assert!(expected.height() > 0, "{what}: no rows, which have no order");
        for run in 0..4 {
            let found = streamed(plan);
            assert_eq!(found.shape(), expected.shape(), "{what}, run {run}");
            assert!(found.equals_missing(&expected), "{what}, run {run}: another order");
        }
    }

    #[test]
    fn where_polars_promises_an_order_it_is_that_order() {
        let (left, right) = (|| table(ROWS, 50_000, 1), || table(30_000, 60_000, 2));
        let few = || left().sort(["v", "row"], descending()).limit(1_000);
        let left_join = |left, right| join(left, right, JoinType::Left, MaintainOrderJoin::None);
        for (what, plan) in [
            ("a left join", left_join(left(), right())),
            ("of the first rows of a sorted table", left_join(few(), left())),
            ("of few rows with many", left_join(right(), left())),
            ("groups in order", left().group_by_stable([col("k")]).agg([col("row").sum(), col("v").first()])),
            ("distinct rows in order", left().unique_stable(None, UniqueKeepStrategy::First)),
            ("distinct keys in order", left().unique_stable(Some(cols(["v"])), UniqueKeepStrategy::Last)),
            ("distinct values in order", left().select([col("k").unique_stable()])),
            ("tables one after the other", concat([left(), right()], UnionArgs::default()).expect("a plan")),
            ("a join after a question about its columns", {
                let mut plan = left_join(left(), right());
                plan.collect_schema().expect("columns");
                plan.filter(col("v").gt(lit(10)))
            }),
        ] {
            always(what, &plan, plan.clone());
        }
    }

    #[test]
    fn where_polars_leaves_the_order_open_it_is_that_of_the_first_table() {
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
                "a plan that is made from the columns",
                left().pipe_with_schema(PlanCallback::new(
                    |(mut plans, _): (Vec<DslPlan>, Vec<SchemaRef>)| {
                        let plan: LazyFrame = plans.swap_remove(0).into();
                        Ok(plan.group_by([col("k")]).agg([col("v").max()]).logical_plan)
                    },
                )),
                left().group_by_stable([col("k")]).agg([col("v").max()]),
            ),
        ] {
            always(what, &plan, expected);
        }
    }
}
