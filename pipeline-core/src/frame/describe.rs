//! Empty tables that a task is called over, and which of their columns a plan comes of.

use super::TableError;
use super::columns;
use super::row::{Column, Row};
use crate::data::{ArgumentColumn, EmptyTable, Origins};
use polars::prelude::*;
use polars_plan::plans::{ArenaLpIter, FunctionIR, IR};
use std::collections::BTreeSet;

/// Names of the empty tables by the arguments that they are for.
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

/// The name of those for later arguments: what is made of these has no column lineage.
static LATER: &str = "empty table of a later argument";

/// A plan of no rows, that tells when somebody asks for them.
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

/// Of each column of `R` in a plan, the columns of the empty tables that it comes of: those that polars would read to make it,
/// also to tell which rows there are, such as keys and what is filtered by.
pub(super) fn origins<R: Row>(plan: &LazyFrame) -> Result<Origins, TableError> {
    let origins = |column: &Column| {
        let read = read(plan.clone().select([col(column.name)]))?;
        Ok((column.name.to_owned(), read))
    };
    R::COLUMNS.iter().map(origins).collect()
}

/// The columns of the empty tables that a plan reads.
fn read(plan: LazyFrame) -> PolarsResult<Vec<ArgumentColumn>> {
    let plan = plan.to_alp_optimized()?;
    let mut found = BTreeSet::new();
    for (_, node) in plan.lp_arena.iter(plan.lp_top) {
        let IR::MapFunction { input, function: FunctionIR::Opaque { fmt_str, .. } } = node else { continue };
        polars_ensure!(fmt_str.as_str() != LATER, ComputeError: "there are too many arguments to tell its columns apart");
        let Some(argument) = NAMES.iter().position(|name| *name == fmt_str.as_str()) else { continue };
        for (_, below) in plan.lp_arena.iter(*input) {
            let IR::DataFrameScan { schema, output_schema, .. } = below else { continue };
            let columns = output_schema.as_ref().unwrap_or(schema).iter_names();
            found.extend(columns.map(|name| ArgumentColumn { argument, column: name.to_string() }));
        }
    }
    Ok(found.into_iter().collect())
}
