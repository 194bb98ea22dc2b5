//! Columns that a plan passes on unchanged from a stored table: they have objects already.

use super::coded;
use super::row_wise::is_whole;
use crate::data::{ColumnFile, TableIndex};
use crate::store::Hash;
use polars::prelude::*;
use std::path::Path;

/// Returns the files of the column of this name in the plan's rows and its number of rows, if it is a column of one of
/// these tables with its own file.
pub(super) fn column<'a>(
    plan: &LazyFrame,
    name: &str,
    tables: &'a [TableIndex],
    stored_in: &Path,
) -> Option<(u64, Vec<&'a ColumnFile>)> {
    let (table, files) = files_for(origin(&plan.logical_plan, name)?, name, tables, stored_in)?;
    Some((table.rows, files))
}

/// Returns the table that these plans scan side by side, and the files of one of its columns that it shares with no
/// other column.
pub(super) fn files_for<'a>(
    plans: &[DslPlan],
    name: &str,
    tables: &'a [TableIndex],
    stored_in: &Path,
) -> Option<(&'a TableIndex, Vec<&'a ColumnFile>)> {
    let scanned = objects(plans, stored_in)?;
    let of_table = |table: &'a TableIndex| {
        let all = table.objects();
        let files = own_files(table, name)?;
        // A reader of some columns scans only their files.
        let of_column = |scanned: &[Scanned<'_>]| {
            scanned.iter().zip(&files).all(|(scanned, file)| scanned.is(file, name))
        };
        let is_it = scanned.iter().all(|scanned| all.contains(&scanned.object))
            && scanned.windows(files.len()).any(of_column);
        is_it.then_some((table, files))
    };
    tables.iter().find_map(of_table)
}

/// Returns the files of a column of a table, if it shares them with no other column.
pub(super) fn own_files<'a>(table: &'a TableIndex, name: &str) -> Option<Vec<&'a ColumnFile>> {
    let files = table.files.iter().filter(|file| file.columns.iter().any(|column| column == name));
    let files: Vec<&ColumnFile> = files.collect();
    let alone = !files.is_empty() && files.iter().all(|file| file.columns.len() == 1);
    (table.is_current() && alone).then_some(files)
}

/// Returns the plans that scan a table's files side by side, if the plan passes on their column of this name.
fn origin<'a>(plan: &'a DslPlan, name: &str) -> Option<&'a [DslPlan]> {
    match plan {
        DslPlan::IR { dsl, .. } => origin(dsl, name),
        // Polars refuses two columns with the same name.
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

/// Whether the expression is the column of this name, unchanged and not renamed.
fn is_column(expression: &Expr, name: &str) -> bool {
    match expression {
        Expr::Column(column) => column == name,
        Expr::Selector(Selector::Wildcard) => true,
        Expr::Alias(of, alias) => alias == name && matches!(&**of, Expr::Column(column) if column == name),
        _ => false,
    }
}

/// The name of the column that an expression gives, if it is certain.
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

/// An object that a plan scans.
struct Scanned<'a> {
    object: Hash,
    /// The expressions that read its columns, if some of them have codes.
    read: &'a [Expr],
}

impl Scanned<'_> {
    /// Whether this scan reads the column of this name, of which this is the file.
    fn is(&self, file: &ColumnFile, name: &str) -> bool {
        let step = |expression: &Expr| match expression {
            Expr::Alias(of, alias) if alias == name => match &**of {
                Expr::AnonymousFunction { fmt_str, .. } => Some(fmt_str.to_string()),
                _ => None,
            },
            _ => None,
        };
        let decoded = self.read.iter().find_map(step);
        self.object == file.object.hash && decoded == file.coded.get(name).map(coded::mark)
    }
}

/// Returns the objects in this folder that these plans scan, if they do nothing else.
fn objects<'a>(plans: &'a [DslPlan], stored_in: &Path) -> Option<Vec<Scanned<'a>>> {
    let mut found = Vec::new();
    plans.iter().try_for_each(|plan| add_objects(plan, &[], stored_in, &mut found))?;
    Some(found)
}

fn add_objects<'a>(
    plan: &'a DslPlan,
    read: &'a [Expr],
    stored_in: &Path,
    found: &mut Vec<Scanned<'a>>,
) -> Option<()> {
    match plan {
        DslPlan::IR { dsl, .. } => add_objects(dsl, read, stored_in, found),
        DslPlan::Union { inputs, .. } => {
            inputs.iter().try_for_each(|input| add_objects(input, read, stored_in, found))
        }
        DslPlan::Select { expr: expressions, input, .. }
            if read.is_empty() && expressions.iter().all(is_read) =>
        {
            add_objects(input, expressions, stored_in, found)
        }
        DslPlan::Scan { sources: ScanSources::Paths(paths), unified_scan_args: options, .. } => {
            let [path] = &paths[..] else { return None };
            let digits = Path::new(path.as_str()).strip_prefix(stored_in).ok()?;
            let digits: String = digits.components().map(|it| it.as_os_str().to_string_lossy()).collect();
            let object = digits.parse().ok().filter(|_| is_whole(options))?;
            found.push(Scanned { object, read });
            Some(())
        }
        _ => None,
    }
}

/// Whether the expression reads a column of a stored table.
fn is_read(expression: &Expr) -> bool {
    match expression {
        Expr::Column(_) => true,
        Expr::Alias(of, _) => {
            matches!(&**of, Expr::AnonymousFunction { fmt_str, .. } if coded::is_mark(fmt_str))
        }
        _ => false,
    }
}
