//! Plans that compute each row of a table from the same row of stored tables, and from nothing else.
//!
//! Such a plan gives the same rows whenever it runs, and running it costs no more than reading its result. So readers
//! in the submission that made the table continue from the plan instead of the bytes that were written. Everything that
//! is not known to be of this kind is excluded: closures, aggregates, filters, tables in memory.

use super::coded;
use polars::prelude::*;
use std::path::Path;

/// A plan with more steps and subexpressions than this is not cheap.
const MOST: usize = 500;

/// Whether the plan is cheap and computes each row from the same row of files in this folder.
pub(super) fn is_row_wise(plan: &LazyFrame, stored_in: &Path) -> bool {
    let mut walk = Walk { stored_in, left: MOST };
    walk.plan(&plan.logical_plan).is_some()
}

struct Walk<'a> {
    stored_in: &'a Path,
    left: usize,
}

impl Walk<'_> {
    fn step(&mut self) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        Some(())
    }

    fn plan(&mut self, plan: &DslPlan) -> Option<()> {
        match plan {
            DslPlan::IR { dsl, .. } => self.plan(dsl),
            DslPlan::Select { expr: expressions, input, .. }
            | DslPlan::HStack { input, exprs: expressions, .. } => {
                self.step()?;
                self.all(expressions)?;
                self.plan(input)
            }
            DslPlan::HConcat { inputs, .. } => inputs.iter().try_for_each(|input| self.plan(input)),
            DslPlan::Scan { sources: ScanSources::Paths(paths), unified_scan_args: options, .. } => {
                let stored = paths.iter().all(|path| Path::new(path.as_str()).starts_with(self.stored_in));
                (stored && is_whole(options)).then_some(())
            }
            _ => None,
        }
    }

    fn all(&mut self, expressions: &[Expr]) -> Option<()> {
        expressions.iter().try_for_each(|expression| self.expression(expression))
    }

    fn expression(&mut self, expression: &Expr) -> Option<()> {
        use BooleanFunction::{IsFinite, IsInfinite, IsNan, IsNotNan, IsNotNull, IsNull, Not};
        self.step()?;
        match expression {
            Expr::Column(_) | Expr::Selector(_) => Some(()),
            Expr::Literal(value) => {
                matches!(value, LiteralValue::Dyn(_) | LiteralValue::Scalar(_)).then_some(())
            }
            Expr::Alias(of, _) | Expr::Cast { expr: of, .. } => self.expression(of),
            Expr::BinaryExpr { left, right, .. } => {
                self.expression(left)?;
                self.expression(right)
            }
            Expr::Ternary { predicate, truthy, falsy } => {
                self.expression(predicate)?;
                self.expression(truthy)?;
                self.expression(falsy)
            }
            Expr::Function {
                input,
                function:
                    FunctionExpr::FillNull
                    | FunctionExpr::Negate
                    | FunctionExpr::Coalesce
                    | FunctionExpr::Boolean(IsNull | IsNotNull | IsNan | IsNotNan | IsFinite | IsInfinite | Not),
            } => self.all(input),
            // Decodes a column of a stored table.
            Expr::AnonymousFunction { input, fmt_str, .. } if coded::is_mark(fmt_str) => self.all(input),
            _ => None,
        }
    }
}

/// Whether a scan has all rows and columns of its file, and no others.
pub(super) fn is_whole(options: &UnifiedScanArgs) -> bool {
    options.row_index.is_none()
        && options.pre_slice.is_none()
        && options.projection.is_none()
        && options.column_mapping.is_none()
        && options.default_values.is_none()
        && options.deletion_files.is_none()
        && options.include_file_paths.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored() -> (tempfile::TempDir, LazyFrame) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("table");
        let mut table = df!["x" => [1.0, 2.0], "n" => [1_i64, 2]].expect("a table");
        IpcWriter::new(std::fs::File::create(&path).expect("a file")).finish(&mut table).expect("written");
        let path = PlRefPath::new(path.to_string_lossy());
        (folder, LazyFrame::scan_ipc(path, Default::default(), Default::default()).expect("a plan"))
    }

    #[test]
    fn arithmetic_on_rows_of_stored_tables_is_row_wise() {
        let (folder, scan) = stored();
        let x = || col("x");
        let other = scan.clone().select([x().alias("other")]);
        for plan in [
            scan.clone(),
            scan.clone().with_columns([x() * lit(2.5)]),
            scan.clone().select([x().gt(lit(2)).cast(DataType::Int64).alias("y")]),
            scan.clone().select([x().fill_null(lit(0.0)), x().fill_nan(lit(NULL)).alias("z")]),
            scan.clone()
                .select([when(x().gt(col("n"))).then(lit("a")).otherwise(lit("b"))])
                .select([all().as_expr()]),
            concat_lf_horizontal([scan.clone(), other], HConcatOptions::default()).expect("a plan"),
        ] {
            assert!(is_row_wise(&plan, folder.path()));
            assert!(
                !is_row_wise(&plan, &folder.path().join("elsewhere")),
                "nothing is known about other files"
            );
        }
        let many = (0..MOST).fold(scan, |plan, _| plan.with_columns([x() + lit(1.0)]));
        assert!(!is_row_wise(&many, folder.path()), "each reader would compute it again");
    }

    #[test]
    fn plans_that_read_other_rows_or_run_code_are_not_row_wise() {
        let (folder, scan) = stored();
        let x = || col("x");
        let code = |column: Column| -> PolarsResult<Column> { Ok(column) };
        for plan in [
            scan.clone().select([x().sum()]),
            scan.clone().select([x() - x().mean()]),
            scan.clone().select([x().shift(lit(1))]),
            scan.clone().select([x().map(code, |_, field| Ok(field.clone()))]),
            scan.clone().select([x().sort(SortOptions::default())]),
            scan.clone().select([x() + lit(Series::new("s".into(), [1.0, 2.0]))]),
            scan.clone().filter(x().gt(lit(1))),
            scan.clone().sort(["x"], SortMultipleOptions::default()),
            scan.clone().limit(1),
            scan.clone().with_row_index("i", None),
            scan.clone().group_by([col("n")]).agg([x().sum()]),
            df!["x" => [1.0]].expect("a table").lazy().select([x()]),
            concat([scan.clone(), scan.clone()], UnionArgs::default()).expect("a plan"),
        ] {
            assert!(!is_row_wise(&plan, folder.path()));
        }
    }
}
