//! Columns that a plan hands on as they are in a stored table: they have objects already.

use super::coded;
use super::row_wise::is_whole;
use crate::data::{ColumnFile, TableIndex};
use crate::store::Hash;
use polars::prelude::*;
use std::path::Path;

/// The files of the column of this name in the plan's rows, if it is that of one of these tables, in a file of its own; and how
/// many rows it has.
pub(super) fn column<'a>(
    plan: &LazyFrame,
    name: &str,
    tables: &'a [TableIndex],
    stored_in: &Path,
) -> Option<(u64, Vec<&'a ColumnFile>)> {
    let (table, files) = files_of(origin(&plan.logical_plan, name)?, name, tables, stored_in)?;
    Some((table.rows, files))
}

/// The table that these plans scan side by side, and the files of one of its columns, which are of no other.
pub(super) fn files_of<'a>(
    plans: &[DslPlan],
    name: &str,
    tables: &'a [TableIndex],
    stored_in: &Path,
) -> Option<(&'a TableIndex, Vec<&'a ColumnFile>)> {
    let scanned = objects(plans, stored_in)?;
    let of_table = |table: &'a TableIndex| {
        let all = table.objects();
        let files = own_files(table, name)?;
        let objects: Vec<Hash> = files.iter().map(|file| file.object.hash).collect();
        // A reader of some columns scans only their files.
        let is_it = scanned.iter().all(|object| all.contains(object))
            && scanned.windows(objects.len()).any(|run| run == objects);
        is_it.then_some((table, files))
    };
    tables.iter().find_map(of_table)
}

/// The files of a column of a table that are of no other, where it has such.
pub(super) fn own_files<'a>(table: &'a TableIndex, name: &str) -> Option<Vec<&'a ColumnFile>> {
    let files = table.files.iter().filter(|file| file.columns.iter().any(|column| column == name));
    let files: Vec<&ColumnFile> = files.collect();
    let alone = !files.is_empty() && files.iter().all(|file| file.columns.len() == 1);
    (table.is_current() && alone).then_some(files)
}

/// Which table's column of this name the plan hands on, as a scan of the table's files side by side.
fn origin<'a>(plan: &'a DslPlan, name: &str) -> Option<&'a [DslPlan]> {
    match plan {
        DslPlan::IR { dsl, .. } => origin(dsl, name),
        // Of two columns with one name polars makes an error.
        DslPlan::Select { expr: expressions, input, .. } => {
            expressions.iter().any(|expression| is_column(expression, name)).then_some(())?;
            origin(input, name)
        }
        DslPlan::HStack { input, exprs: expressions, .. } => {
            let others = |expression: &Expr| {
                is_column(expression, name) || output(expression).is_some_and(|output| output != name)
            };
            expressions.iter().all(others).then_some(())?;
            origin(input, name)
        }
        DslPlan::HConcat { inputs, .. } => Some(inputs),
        _ => None,
    }
}

/// Whether this is the column of this name, as it is, under the same name.
fn is_column(expression: &Expr, name: &str) -> bool {
    match expression {
        Expr::Column(column) => column == name,
        Expr::Selector(Selector::Wildcard) => true,
        Expr::Alias(of, alias) => alias == name && matches!(&**of, Expr::Column(column) if column == name),
        _ => false,
    }
}

/// The name of the column that an expression gives, where that is certain.
pub(super) fn output(expression: &Expr) -> Option<&PlSmallStr> {
    match expression {
        Expr::Column(name) | Expr::Alias(_, name) => Some(name),
        Expr::Cast { expr: of, .. } => output(of),
        Expr::BinaryExpr { left, .. } => output(left),
        Expr::Ternary { truthy, .. } => output(truthy),
        Expr::Function {
            input,
            function:
                FunctionExpr::FillNull | FunctionExpr::Negate | FunctionExpr::Coalesce | FunctionExpr::Boolean(_),
        } => output(input.first()?),
        _ => None,
    }
}

/// The objects in this folder that these plans scan, if they do nothing else.
fn objects(plans: &[DslPlan], stored_in: &Path) -> Option<Vec<Hash>> {
    let mut found = Vec::new();
    plans.iter().try_for_each(|plan| add_objects(plan, stored_in, &mut found))?;
    Some(found)
}

fn add_objects(plan: &DslPlan, stored_in: &Path, found: &mut Vec<Hash>) -> Option<()> {
    match plan {
        DslPlan::IR { dsl, .. } => add_objects(dsl, stored_in, found),
        DslPlan::Union { inputs, .. } => {
            inputs.iter().try_for_each(|input| add_objects(input, stored_in, found))
        }
        DslPlan::Select { expr: expressions, input, .. } if expressions.iter().all(is_read) => {
            add_objects(input, stored_in, found)
        }
        DslPlan::Scan { sources: ScanSources::Paths(paths), unified_scan_args: options, .. } => {
            let [path] = &paths[..] else { return None };
            let digits = Path::new(path.as_str()).strip_prefix(stored_in).ok()?;
            let digits: String = digits.components().map(|it| it.as_os_str().to_string_lossy()).collect();
            found.push(digits.parse().ok().filter(|_| is_whole(options))?);
            Some(())
        }
        _ => None,
    }
}

/// Whether this is how a column of a stored table is read.
fn is_read(expression: &Expr) -> bool {
    match expression {
        Expr::Column(_) => true,
        Expr::Alias(of, _) => {
            matches!(&**of, Expr::AnonymousFunction { fmt_str, .. } if ***fmt_str == *coded::DECODED)
        }
        _ => false,
    }
}
