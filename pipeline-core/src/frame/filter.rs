//! Row filters as polars expressions.

use super::columns;
use super::csv::is_text;
use super::row::{Cell, Column as Field, ColumnType};
use super::text;
use crate::data::{ColumnFilter, Comparison, Condition, DataError};
use polars::prelude::*;
use skipstone_wiring::suggestion;

/// Returns a plan with the rows that match a filter, from a plan with these columns.
pub(super) fn matching(
    plan: LazyFrame,
    fields: &[Field],
    filter: &ColumnFilter,
) -> Result<LazyFrame, DataError> {
    let ColumnFilter { column, condition } = filter;
    let wrong = |message: String| DataError::Filter { column: column.clone(), message };
    let Some(field) = fields.iter().find(|field| field.name == column) else {
        let hint = suggestion(column, fields.iter().map(|field| field.name));
        return Err(wrong(format!("the table has no such column{hint}")));
    };
    match expression(field, condition) {
        Ok(None) => Ok(plan),
        Ok(Some(expression)) => Ok(plan.filter(expression)),
        Err(message) => Err(wrong(message)),
    }
}

/// Translates the condition on a column to an expression; `None` if it is empty.
fn expression(field: &Field, condition: &str) -> Result<Option<Expr>, String> {
    let (column, ty) = (col(field.name), field.ty);
    let category = matches!(ty, ColumnType::Category(_));
    let Some(parsed) = Condition::of(condition) else { return Ok(None) };
    let (comparison, with) = match parsed {
        Condition::Missing => return Ok(Some(column.is_null())),
        Condition::Present => return Ok(Some(column.is_not_null())),
        Condition::Like(_) if is_text(ty) => return Ok(Some(string_matches(field, condition))),
        // Names of a category compare in the order of the enum.
        Condition::Compared(..) if is_text(ty) && !category => {
            return Ok(Some(string_matches(field, condition)));
        }
        Condition::Like(with) => (Comparison::Is, with),
        Condition::Compared(comparison, with) => (comparison, with),
    };
    compared(column, field, comparison, with).map(Some)
}

fn compared(column: Expr, field: &Field, comparison: Comparison, with: &str) -> Result<Expr, String> {
    let ty = field.ty;
    let value = text::parse(with, ty)?;
    let is_nan = matches!(value, Cell::F32(number) if number.is_nan())
        || matches!(value, Cell::F64(number) if number.is_nan());
    if is_nan {
        return match comparison {
            Comparison::Is => Ok(column.is_nan()),
            Comparison::IsNot => Ok(column.is_not_nan()),
            _ => Err("no number is less or greater than NaN".into()),
        };
    }
    let (column, value) = match (ty, &value) {
        (ColumnType::Category(_), Cell::Whole(number)) => {
            (column.to_physical().cast(DataType::Int64), lit(i64::try_from(*number).unwrap_or_default()))
        }
        _ => {
            let values = columns::column(field.name, ty, std::iter::once(&value))
                .map_err(|error| error.to_string())?;
            let value = values.get(0).map_err(|error| error.to_string())?.into_static();
            (column, lit(Scalar::new(values.dtype().clone(), value)))
        }
    };
    Ok(match comparison {
        Comparison::Is => column.eq(value),
        Comparison::IsNot => column.neq(value),
        Comparison::Less => column.lt(value),
        Comparison::AtMost => column.lt_eq(value),
        Comparison::Greater => column.gt(value),
        Comparison::AtLeast => column.gt_eq(value),
    })
}

/// An expression that matches the string form of each value against the condition.
fn string_matches(field: &Field, condition: &str) -> Expr {
    let (ty, name, condition) = (field.ty, PlSmallStr::from(field.name), condition.to_owned());
    let matching = move |values: Column| {
        let strings = columns::to_strings(&values, ty)?;
        let matches =
            |text| Some(Condition::of(&condition).is_none_or(|condition| condition.matches_text(text)));
        let matching: BooleanChunked = strings.str()?.iter().map(matches).collect();
        Ok(matching.with_name(values.name().clone()).into_column())
    };
    col(field.name)
        .map(matching, move |_, _| Ok(polars::prelude::Field::new(name.clone(), DataType::Boolean)))
}
