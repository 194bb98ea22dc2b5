//! Empty tables with which a task is called, and the columns of them that a plan depends on.

use super::TableError;
use super::columns;
use super::row::{Column, Row};
use crate::data::{ArgumentColumn, EmptyTable, Origins};
use polars::prelude::*;
use polars_plan::plans::expr_ir::ExprIR;
use polars_plan::plans::{AExpr, ArenaLpIter, FunctionIR, IR, IRPlan};
use polars_plan::utils::aexpr_to_leaf_names;
use std::collections::BTreeSet;

/// Names of the empty tables, by the arguments that they are for.
static NAMES: [&str; 16] = [
    "empty table 0",
    "empty table 1",
    "empty table 2",
    "empty table 3",
    "empty table 4",
    "empty table 5",
    "empty table 6",
    "empty table 7",
    "empty table 8",
    "empty table 9",
    "empty table 10",
    "empty table 11",
    "empty table 12",
    "empty table 13",
    "empty table 14",
    "empty table 15",
];

/// The name of the tables for later arguments. Columns made from these have no lineage.
static LATER: &str = "empty table of a later argument";

/// A plan without rows, which reports when its rows are read.
pub(super) fn empty<R: Row>(of: &EmptyTable) -> LazyFrame {
    let field = |column: &Column| Field::new(column.name.into(), columns::data_type(column.ty));
    let table = DataFrame::empty_with_schema(&R::COLUMNS.iter().map(field).collect());
    let name = NAMES.get(of.argument).unwrap_or(&LATER);
    let of = of.clone();
    let asked = move |rows| {
        of.rows_are_read();
        Ok(rows)
    };
    let pushed = OptFlags::STREAMING | OptFlags::PROJECTION_PUSHDOWN | OptFlags::PREDICATE_PUSHDOWN;
    table.lazy().map(asked, pushed, None, Some(*name))
}

/// Returns, for each column of `R` in a plan, the columns of the empty tables that it depends on: those that polars
/// would read to compute it, including those that decide which rows there are, such as keys and filter columns.
pub(super) fn origins<R: Row>(plan: &LazyFrame) -> Result<Origins, TableError> {
    let origins = |column: &Column| {
        let read = read(plan.clone().select([col(column.name)]), column.name)?;
        Ok((column.name.to_owned(), read))
    };
    R::COLUMNS.iter().map(origins).collect()
}

/// Returns the columns of the empty tables that a plan reads to compute a column of this name.
fn read(plan: LazyFrame, made: &str) -> PolarsResult<Vec<ArgumentColumn>> {
    let plan = plan.to_alp_optimized()?;
    let used = Used::of(&plan, made);
    let mut found = BTreeSet::new();
    for (_, node) in plan.lp_arena.iter(plan.lp_top) {
        let IR::MapFunction { input, function: FunctionIR::Opaque { fmt_str, .. } } = node else { continue };
        polars_ensure!(fmt_str.as_str() != LATER, ComputeError: "too many arguments to trace columns");
        let Some(argument) = NAMES.iter().position(|name| *name == fmt_str.as_str()) else { continue };
        for (_, below) in plan.lp_arena.iter(*input) {
            let IR::DataFrameScan { schema, output_schema, .. } = below else { continue };
            let columns = output_schema.as_ref().unwrap_or(schema).iter_names();
            let columns = columns.filter(|name| used.as_ref().is_none_or(|used| used.is(name)));
            found.extend(columns.map(|name| ArgumentColumn { argument, column: name.to_string() }));
        }
    }
    Ok(found.into_iter().collect())
}

/// The names that a plan uses and doesn't only pass on. If it needs no column but the number of rows, polars reads some
/// column for it, which no expression uses.
struct Used {
    names: BTreeSet<PlSmallStr>,
    /// The suffixes that joins append to the names of columns that both sides have.
    suffixes: Vec<PlSmallStr>,
}

impl Used {
    /// Returns the names in a plan for a column of this name; `None` if a step uses names that are not visible here.
    fn of(plan: &IRPlan, made: &str) -> Option<Used> {
        let mut used = Used { names: BTreeSet::from([made.into()]), suffixes: Vec::new() };
        for (_, step) in plan.lp_arena.iter(plan.lp_top) {
            let hands_on = |expression: &ExprIR| match (step, plan.expr_arena.get(expression.node())) {
                (IR::Select { .. } | IR::HStack { .. }, AExpr::Column(name)) => {
                    name == expression.output_name()
                }
                _ => false,
            };
            for expression in step.exprs().filter(|expression| !hands_on(expression)) {
                used.names.extend(aexpr_to_leaf_names(expression.node(), &plan.expr_arena));
            }
            match step {
                IR::Slice { .. }
                | IR::Filter { .. }
                | IR::DataFrameScan { .. }
                | IR::SimpleProjection { .. }
                | IR::Select { .. }
                | IR::Sort { .. }
                | IR::GroupBy { .. }
                | IR::HStack { .. }
                | IR::Union { .. }
                | IR::HConcat { .. } => {}
                IR::Join { options, .. } => used.suffixes.push(options.args.suffix().clone()),
                IR::Distinct { options, .. } => used.names.extend(options.subset.as_ref()?.iter().cloned()),
                IR::MapFunction { function: FunctionIR::Opaque { fmt_str, .. }, .. }
                    if NAMES.contains(&fmt_str.as_str()) => {}
                _ => return None,
            }
        }
        Some(used)
    }

    /// Whether the plan uses the column of this name.
    fn is(&self, name: &str) -> bool {
        let with = |suffix: &PlSmallStr| self.names.contains(format!("{name}{suffix}").as_str());
        self.names.contains(name) || self.suffixes.iter().any(with)
    }
}

#[cfg(test)]
mod tests {
    use super::super::row::column;
    use super::*;
    use crate::data::Description;
    use crate::frame::row::{Cell, CellError, Cells, ColumnType};

    /// A table with the columns `k`, `a` and `b`.
    struct Kab;

    impl Row for Kab {
        const NAME: &'static str = "Kab";
        const COLUMNS: &'static [Column] = &[
            column("k", "k", ColumnType::I64, true, ""),
            column("a", "a", ColumnType::I64, true, ""),
            column("b", "b", ColumnType::I64, true, ""),
        ];

        fn cells(&self) -> Vec<Cell> {
            Vec::new()
        }

        fn from_cells(_: &mut Cells<'_>) -> Result<Kab, CellError> {
            Ok(Kab)
        }
    }

    /// The columns that column `made` of a plan depends on, each as the number of its table and its name.
    fn of(plan: &LazyFrame, made: &str) -> String {
        let read = read(plan.clone().select([col(made)]), made).expect("a plan");
        read.iter().map(|of| format!("{}{}", of.argument, of.column)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_column_depends_on_those_that_make_it_or_decide_which_rows_there_are() {
        let call = Description::default();
        let table = |argument| empty::<Kab>(&call.argument(argument));
        let one = || lit(1).alias("one");
        assert_eq!(of(&table(0).select([one(), col("a")]), "one"), "");
        assert_eq!(of(&table(0).with_column(one()), "one"), "");
        assert_eq!(of(&table(0).filter(col("b").gt(lit(1))).with_column(one()), "one"), "0b");
        assert_eq!(of(&table(0).select([(col("a") + col("b")).alias("c")]), "c"), "0a 0b");
        assert_eq!(of(&table(0).select([col("a").alias("c")]), "c"), "0a");
        assert_eq!(of(&table(0).rename(["a"], ["c"], true), "c"), "0a");

        let sides = [table(0), table(1).select([col("b").alias("c")])];
        let side_by_side = concat_lf_horizontal(sides, HConcatOptions::default()).expect("a plan");
        assert_eq!(of(&side_by_side, "c"), "1b");

        let joined = table(0).join(table(1), [col("k")], [col("k")], JoinArgs::new(JoinType::Left));
        assert_eq!(of(&joined, "a"), "0a 0k 1k");
        assert_eq!(of(&joined, "a_right"), "0k 1a 1k");
        assert_eq!(of(&joined.with_column(one()), "one"), "0k 1k");

        let groups = table(0).group_by([col("k")]).agg([col("a").sum()]);
        assert_eq!(of(&groups, "a"), "0a 0k");
        assert_eq!(of(&groups, "k"), "0k");
        let few = table(0).sort(["b"], SortMultipleOptions::default()).limit(3);
        assert_eq!(of(&few, "a"), "0a 0b");
    }
}
