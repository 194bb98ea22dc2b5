//! Formulas: hashes of the expressions that compute a column, row by row, from columns of stored tables.
//!
//! Two columns with the same formula are equal. So a table whose columns mostly have the formulas of an earlier one
//! computes, hashes and writes only the others. Everything that is not known to be of this kind has no formula: custom
//! functions, aggregates, windows, filters, joins.

use super::contents;
use super::row::Column;
use super::unchanged::{files_for, output};
use crate::data::TableIndex;
use crate::store::Hash;
use blake3::Hasher;
use polars::prelude::*;
use polars_plan::plans::DynLiteralValue;
use std::path::Path;

/// A column that needs more steps and subexpressions than this has no formula.
const MOST: usize = 500;

/// Returns the formula of a column of the plan's rows, if it is computed from these tables, whose objects are in this
/// folder.
pub(super) fn of(plan: &LazyFrame, column: &Column, tables: &[TableIndex], stored_in: &Path) -> Option<Hash> {
    let mut formula = Formula { tables, stored_in, left: MOST, hasher: Hasher::new(), reads: false };
    formula.text("formula 1, polars");
    // Another version may compute other values.
    formula.text(polars::VERSION);
    // The same type and nullability, so the checks of the earlier values hold for these.
    formula.text(&column.ty.to_string());
    formula.text(if column.nullable { "nullable" } else { "there" });
    formula.column(&plan.logical_plan, column.name)?;
    // Without a stored column, the number of rows is unknown.
    formula.reads.then(|| formula.hasher.finalize().into())
}

struct Formula<'a> {
    tables: &'a [TableIndex],
    stored_in: &'a Path,
    left: usize,
    hasher: Hasher,
    /// Whether the formula reads a stored column.
    reads: bool,
}

impl Formula<'_> {
    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.hasher.update(&(bytes.len() as u64).to_le_bytes());
        self.hasher.update(bytes);
    }

    /// Adds the column of this name in a plan.
    fn column(&mut self, plan: &DslPlan, name: &str) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        match plan {
            DslPlan::IR { dsl, .. } => self.column(dsl, name),
            DslPlan::Select { expr: expressions, input, .. } => match &expressions[..] {
                [Expr::Selector(Selector::Wildcard)] => self.column(input, name),
                expressions => self.expression(named(expressions, name)??, input),
            },
            DslPlan::HStack { input, exprs: expressions, .. } => match named(expressions, name)? {
                Some(expression) => self.expression(expression, input),
                None => self.column(input, name),
            },
            DslPlan::HConcat { inputs, .. } => {
                let (table, files) = files_for(inputs, name, self.tables, self.stored_in)?;
                let files: Vec<_> = files.into_iter().cloned().collect();
                let [content] = &contents::of_files(&files, &[])[..] else { return None };
                self.reads = true;
                self.text("column");
                self.bytes(&table.rows.to_le_bytes());
                self.bytes(content.hash.as_bytes());
                Some(())
            }
            _ => None,
        }
    }

    fn expression(&mut self, expression: &Expr, input: &DslPlan) -> Option<()> {
        use BooleanFunction::{IsFinite, IsInfinite, IsNan, IsNotNan, IsNotNull, IsNull, Not};
        self.left = self.left.checked_sub(1)?;
        match expression {
            Expr::Column(name) => self.column(input, name),
            Expr::Alias(of, _) => self.expression(of, input),
            Expr::Literal(value) => self.literal(value),
            Expr::Cast { expr: of, dtype: DataTypeExpr::Literal(ty), options } => {
                self.text(&format!("cast to {} {options:?}", plain(ty)?));
                self.expression(of, input)
            }
            Expr::BinaryExpr { left, op, right } => {
                self.text(&format!("operator {op:?}"));
                self.expression(left, input)?;
                self.expression(right, input)
            }
            Expr::Ternary { predicate, truthy, falsy } => {
                self.text("when");
                self.expression(predicate, input)?;
                self.expression(truthy, input)?;
                self.expression(falsy, input)
            }
            Expr::Function { input: arguments, function } => {
                let name = match function {
                    FunctionExpr::FillNull => "fill null",
                    FunctionExpr::Negate => "negate",
                    FunctionExpr::Coalesce => "coalesce",
                    FunctionExpr::Boolean(IsNull) => "is null",
                    FunctionExpr::Boolean(IsNotNull) => "is not null",
                    FunctionExpr::Boolean(IsNan) => "is NaN",
                    FunctionExpr::Boolean(IsNotNan) => "is not NaN",
                    FunctionExpr::Boolean(IsFinite) => "is finite",
                    FunctionExpr::Boolean(IsInfinite) => "is infinite",
                    FunctionExpr::Boolean(Not) => "not",
                    _ => return None,
                };
                self.text(&format!("{name} of {}", arguments.len()));
                arguments.iter().try_for_each(|argument| self.expression(argument, input))
            }
            _ => None,
        }
    }

    fn literal(&mut self, value: &LiteralValue) -> Option<()> {
        let text = match value {
            LiteralValue::Dyn(DynLiteralValue::Str(text)) => format!("some text {text}"),
            LiteralValue::Dyn(DynLiteralValue::Int(number)) => format!("some int {number}"),
            LiteralValue::Dyn(DynLiteralValue::Float(number)) => format!("some float {}", number.to_bits()),
            LiteralValue::Scalar(scalar) => {
                let value = match scalar.value() {
                    AnyValue::Null => "null".to_owned(),
                    AnyValue::Boolean(value) => value.to_string(),
                    AnyValue::Int8(value) => value.to_string(),
                    AnyValue::Int16(value) => value.to_string(),
                    AnyValue::Int32(value) => value.to_string(),
                    AnyValue::Int64(value) => value.to_string(),
                    AnyValue::UInt8(value) => value.to_string(),
                    AnyValue::UInt16(value) => value.to_string(),
                    AnyValue::UInt32(value) => value.to_string(),
                    AnyValue::UInt64(value) => value.to_string(),
                    AnyValue::Float32(value) => value.to_bits().to_string(),
                    AnyValue::Float64(value) => value.to_bits().to_string(),
                    AnyValue::String(value) => (*value).to_owned(),
                    AnyValue::StringOwned(value) => value.to_string(),
                    _ => return None,
                };
                format!("{} {value}", plain(scalar.dtype())?)
            }
            _ => return None,
        };
        self.text(&text);
        Some(())
    }
}

/// Returns the expression that gives the column of this name, if there is one. Fails if an expression gives a column
/// whose name is not certain, or if several give this one.
fn named<'a>(expressions: &'a [Expr], name: &str) -> Option<Option<&'a Expr>> {
    let mut found = None;
    for expression in expressions {
        if output(expression)? == name && found.replace(expression).is_some() {
            return None;
        }
    }
    Some(found)
}

/// Returns the name of a type, if it describes the type completely.
fn plain(ty: &DataType) -> Option<String> {
    let is_plain = ty.is_primitive_numeric()
        || matches!(
            ty,
            DataType::Null
                | DataType::Boolean
                | DataType::String
                | DataType::Binary
                | DataType::Date
                | DataType::Time
                | DataType::Datetime(..)
                | DataType::Duration(_)
                | DataType::Decimal(..)
        );
    is_plain.then(|| format!("{ty:?}"))
}
