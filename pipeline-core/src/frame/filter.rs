//! The rows of a table of which the columns are what somebody wants to see.

use super::columns;
use super::row::{Cell, Column as Field, ColumnType};
use super::text;
use crate::data::{ColumnFilter, Comparison, DataError, Wanted};
use pipeline_wiring::suggestion;
use polars::prelude::*;

/// The rows of a plan with these columns of which one is what is wanted of it.
pub(super) fn rows(plan: LazyFrame, fields: &[Field], wanted: &ColumnFilter) -> Result<LazyFrame, DataError> {
    let ColumnFilter { column, is } = wanted;
    let wrong = |message: String| DataError::Filter { column: column.clone(), message };
    let Some(field) = fields.iter().find(|field| field.name == column) else {
        let hint = suggestion(column, fields.iter().map(|field| field.name));
        return Err(wrong(format!("there is no such column{hint}")));
    };
    Ok(match Wanted::of(is) {
        None => plan,
        Some(wanted) => plan.filter(expression(field, wanted).map_err(wrong)?),
    })
}

fn expression(field: &Field, wanted: Wanted<'_>) -> Result<Expr, String> {
    let (column, ty) = (col(field.name), field.ty);
    let (comparison, with) = match wanted {
        Wanted::Missing => return Ok(column.is_null()),
        Wanted::There => return Ok(column.is_not_null()),
        Wanted::Like(_) if is_text(ty) => return Ok(of_texts(field, wanted)),
        Wanted::Like(with) => (Comparison::Is, with),
        Wanted::Compared(comparison, with) => (comparison, with),
    };
    let category = match ty {
        // Names come in the order of the enum, and have to be some of it.
        ColumnType::Category(_) => true,
        _ if is_text(ty) => return Ok(of_texts(field, wanted)),
        _ => false,
    };
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
    let (column, value) = match (category, &value) {
        (true, Cell::Whole(number)) => {
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

/// Whether values are looked at as texts.
fn is_text(ty: ColumnType) -> bool {
    use ColumnType as C;
    matches!(ty, C::String | C::Category(_) | C::Bytes | C::List(_) | C::Row(_))
}

fn of_texts(field: &Field, wanted: Wanted<'_>) -> Expr {
    let (ty, name) = (field.ty, PlSmallStr::from(field.name));
    let wanted = match wanted {
        Wanted::Like(with) => (None, with.to_owned()),
        Wanted::Compared(comparison, with) => (Some(comparison), with.to_owned()),
        Wanted::Missing | Wanted::There => (None, String::new()),
    };
    let is = move |values: Column| {
        let wanted = match &wanted {
            (None, with) => Wanted::Like(with),
            (Some(comparison), with) => Wanted::Compared(*comparison, with),
        };
        let texts = columns::texts(&values, ty)?;
        let is: BooleanChunked = texts.str()?.iter().map(|text| Some(wanted.is_text(text))).collect();
        Ok(is.with_name(values.name().clone()).into_column())
    };
    col(field.name).map(is, move |_, _| Ok(polars::prelude::Field::new(name.clone(), DataType::Boolean)))
}
