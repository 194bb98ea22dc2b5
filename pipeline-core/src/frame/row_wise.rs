//! Plans that compute each row of a table from the same row of one stored table, and nothing else.
//!
//! Such a plan gives the same rows wherever and whenever it is carried out, and carrying it out costs
//! about as much as reading the stored table. So its result need not be written: the plan can stand for
//! it (see `engine/README.md`). Anything that is not known to be of this kind is not: closures,
//! aggregates, filters, tables in memory.

use crate::data::Derivation;
use polars::prelude::*;
use polars_plan::dsl::{
    BooleanFunction, DataTypeExpr, DslPlan, FileScanDsl, FunctionExpr, ScanSources, Selector,
};
use polars_plan::plans::DynLiteralValue;
use std::path::PathBuf;

/// How the plan derives from a stored table; `None` when it is not row-wise or not cheap.
pub(super) fn derivation(plan: &LazyFrame, width: usize) -> Option<Derivation> {
    let mut walk = Walk { marks: blake3::Hasher::new() };
    let base = walk.plan(&plan.logical_plan)?;
    let mut scan = LazyFrame::from(base.plan.clone());
    let stored: usize = scan.collect_schema().ok()?.iter_values().map(value_width).sum();
    // To read the result back would cost no less than to read what it is made from.
    (width >= stored).then(|| Derivation { base: base.path, plan: walk.marks.finalize().into() })
}

/// Bytes that a value takes in a stored table, about.
pub(super) fn value_width(ty: &DataType) -> usize {
    match ty {
        DataType::String => 16,
        DataType::Boolean => 1,
        DataType::Int32 | DataType::UInt32 | DataType::Float32 => 4,
        _ => 8,
    }
}

/// Whether a scan has the rows and columns of its file, all of them and no others.
fn is_whole(options: &UnifiedScanArgs) -> bool {
    options.row_index.is_none()
        && options.pre_slice.is_none()
        && options.projection.is_none()
        && options.column_mapping.is_none()
        && options.default_values.is_none()
        && options.deletion_files.is_none()
        && options.include_file_paths.is_none()
}

struct Base<'a> {
    path: PathBuf,
    plan: &'a DslPlan,
}

/// Goes through a plan and hashes what it does. Every mark has a length, so that no two plans have
/// the same marks.
struct Walk {
    marks: blake3::Hasher,
}

impl Walk {
    fn mark(&mut self, mark: &[u8]) {
        self.marks.update(&(mark.len() as u64).to_le_bytes());
        self.marks.update(mark);
    }

    fn text(&mut self, what: &str, text: &str) {
        self.mark(what.as_bytes());
        self.mark(text.as_bytes());
    }

    fn plan<'a>(&mut self, plan: &'a DslPlan) -> Option<Base<'a>> {
        match plan {
            DslPlan::IR { dsl, .. } => self.plan(dsl),
            DslPlan::Select { expr, input, .. } => {
                self.mark(b"select");
                self.expressions(expr)?;
                self.plan(input)
            }
            DslPlan::HStack { input, exprs, .. } => {
                self.mark(b"with");
                self.expressions(exprs)?;
                self.plan(input)
            }
            // The file is named by its content's hash, and the store may move: its name is in the key.
            DslPlan::Scan {
                sources: ScanSources::Paths(paths),
                scan_type,
                unified_scan_args: options,
                ..
            } => match (paths.as_slice(), &**scan_type) {
                ([path], FileScanDsl::Ipc { .. }) if is_whole(options) => {
                    self.mark(b"scan");
                    Some(Base { path: PathBuf::from(path.as_str()), plan })
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn expressions(&mut self, expressions: &[Expr]) -> Option<()> {
        self.mark(&expressions.len().to_le_bytes());
        expressions.iter().try_for_each(|expression| self.expression(expression))
    }

    fn expression(&mut self, expression: &Expr) -> Option<()> {
        match expression {
            Expr::Column(name) => self.text("column", name),
            Expr::Alias(of, name) => {
                self.text("alias", name);
                self.expression(of)?;
            }
            Expr::Literal(value) => self.literal(value)?,
            Expr::BinaryExpr { left, op, right } => {
                self.text("binary", &op.to_string());
                self.expression(left)?;
                self.expression(right)?;
            }
            Expr::Cast { expr, dtype: DataTypeExpr::Literal(ty), options } => {
                self.text("cast", &format!("{ty:?} {options:?}"));
                self.expression(expr)?;
            }
            Expr::Ternary { predicate, truthy, falsy } => {
                self.mark(b"when");
                self.expression(predicate)?;
                self.expression(truthy)?;
                self.expression(falsy)?;
            }
            Expr::Function { input, function } => {
                let name = match function {
                    FunctionExpr::FillNull => "fill null",
                    FunctionExpr::Negate => "negate",
                    FunctionExpr::Coalesce => "coalesce",
                    FunctionExpr::Boolean(BooleanFunction::IsNull) => "is null",
                    FunctionExpr::Boolean(BooleanFunction::IsNotNull) => "is not null",
                    FunctionExpr::Boolean(BooleanFunction::IsNan) => "is nan",
                    FunctionExpr::Boolean(BooleanFunction::IsNotNan) => "is not nan",
                    FunctionExpr::Boolean(BooleanFunction::IsFinite) => "is finite",
                    FunctionExpr::Boolean(BooleanFunction::IsInfinite) => "is infinite",
                    FunctionExpr::Boolean(BooleanFunction::Not) => "not",
                    _ => return None,
                };
                self.mark(name.as_bytes());
                self.expressions(input)?;
            }
            Expr::Selector(Selector::Wildcard) => self.mark(b"all"),
            Expr::Selector(Selector::ByName { names, strict: true }) => {
                self.mark(b"columns");
                self.mark(&names.len().to_le_bytes());
                names.iter().for_each(|name| self.mark(name.as_bytes()));
            }
            _ => return None,
        }
        Some(())
    }

    fn literal(&mut self, value: &LiteralValue) -> Option<()> {
        match value {
            LiteralValue::Dyn(DynLiteralValue::Int(value)) => self.text("number", &value.to_string()),
            LiteralValue::Dyn(DynLiteralValue::Float(value)) => {
                self.text("float", &value.to_bits().to_string())
            }
            LiteralValue::Dyn(DynLiteralValue::Str(text)) => self.text("text", text),
            LiteralValue::Scalar(scalar) => {
                self.text("value", &format!("{:?}", scalar.dtype()));
                match scalar.value() {
                    AnyValue::Null => self.mark(b"null"),
                    AnyValue::Boolean(value) => self.mark(&[u8::from(*value)]),
                    AnyValue::String(text) => self.mark(text.as_bytes()),
                    AnyValue::StringOwned(text) => self.mark(text.as_bytes()),
                    AnyValue::Float64(value) => self.mark(&value.to_bits().to_le_bytes()),
                    AnyValue::Float32(value) => self.mark(&value.to_bits().to_le_bytes()),
                    value if value.is_integer() => self.mark(&value.extract::<i128>()?.to_le_bytes()),
                    _ => return None,
                }
            }
            _ => return None,
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored() -> (tempfile::TempDir, LazyFrame) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("table");
        let mut table = df!["x" => [1.0, 2.0], "n" => [1_i64, 2]].expect("a table");
        IpcWriter::new(std::fs::File::create(&path).expect("a file")).finish(&mut table).expect("written");
        let scan = LazyFrame::scan_ipc(
            PlRefPath::new(path.to_string_lossy()),
            Default::default(),
            Default::default(),
        );
        (folder, scan.expect("a plan"))
    }

    #[test]
    fn arithmetic_on_rows_of_a_stored_table_is_row_wise_and_told_apart() {
        let (folder, scan) = stored();
        let of = |plan: LazyFrame| derivation(&plan, 100).map(|found| found.plan);
        let x = || col("x");
        let plans = [
            scan.clone(),
            scan.clone().select([x()]),
            scan.clone().with_columns([x()]),
            scan.clone().select([x() * lit(2.0)]),
            scan.clone().select([x() * lit(2.5)]),
            scan.clone().select([x() * lit(2)]),
            scan.clone().select([(x() * lit(2)).alias("y")]),
            scan.clone().select([(x() * lit(2)).alias("z")]),
            scan.clone().select([x().gt(lit(2))]),
            scan.clone().select([x().gt(lit(2)).cast(DataType::Int64)]),
            scan.clone().select([x().cast(DataType::Int64)]),
            scan.clone().select([x().cast(DataType::Int32)]),
            scan.clone().select([x().fill_null(lit(0.0))]),
            scan.clone().select([x().fill_nan(lit(NULL))]),
            scan.clone().select([when(x().gt(col("n"))).then(lit("a")).otherwise(lit("b"))]),
            scan.clone().select([when(x().gt(col("n"))).then(lit("a")).otherwise(lit("c"))]),
            scan.clone().select([x()]).select([x()]),
        ];
        let marks: Vec<_> = plans.iter().map(|plan| of(plan.clone()).expect("row-wise")).collect();
        for (i, mark) in marks.iter().enumerate() {
            assert!(!marks[..i].contains(mark), "plan {i}");
            assert_eq!(of(plans[i].clone()), Some(*mark), "plan {i} again");
        }
        assert_eq!(derivation(&scan, 100).expect("row-wise").base, folder.path().join("table"));
        assert!(derivation(&scan, 15).is_none(), "narrower than what it is made from");
    }

    #[test]
    fn what_looks_at_other_rows_or_runs_code_is_not() {
        let (_folder, scan) = stored();
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
            assert!(derivation(&plan, 1_000).is_none());
        }
    }
}
