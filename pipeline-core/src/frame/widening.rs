//! Conversions of columns to the types of a row type, without changes of values.

use super::columns::data_type;
use super::row::{Column as Wanted, ColumnType};
use super::text;
use polars::prelude::*;
use std::path::Path;

/// How values of another type are converted to those of a wanted column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Widening {
    /// The types are the same.
    Same,
    /// Every value has an equal one in the wanted type.
    Cast,
    /// Points in time and durations in other units or time zones. A value more precise than a microsecond is refused.
    Unit,
    /// Strings, which must be names of a category.
    Names,
}

/// Returns how values of this type are converted to the wanted one; `None` if something could be lost.
pub(super) fn widening(found: &DataType, wanted: ColumnType) -> Option<Widening> {
    let ty = data_type(wanted);
    if *found == ty {
        return Some(Widening::Same);
    }
    let is_wider = |found: (i128, i128), wanted: (i128, i128)| wanted.0 <= found.0 && found.1 <= wanted.1;
    match (found, &ty, wanted) {
        (DataType::Float32, _, ColumnType::F64) => Some(Widening::Cast),
        (DataType::Decimal(_, scale), _, ColumnType::Decimal(wanted)) => {
            (*scale <= usize::from(wanted)).then_some(Widening::Cast)
        }
        (DataType::Enum(..) | DataType::Categorical(..), _, ColumnType::String) => Some(Widening::Cast),
        (DataType::String | DataType::Enum(..) | DataType::Categorical(..), _, ColumnType::Category(_)) => {
            Some(Widening::Names)
        }
        (DataType::Datetime(_, found), DataType::Datetime(_, wanted), _) => {
            (found.is_some() == wanted.is_some()).then_some(Widening::Unit)
        }
        (DataType::Duration(_), DataType::Duration(_), _) => Some(Widening::Unit),
        (found, ty, _) => (is_wider(range(found)?, range(ty)?)).then_some(Widening::Cast),
    }
}

impl Widening {
    /// Returns the expression that converts a column of a plan to the wanted one. Errors name `file`, from which the
    /// values come.
    pub(super) fn expression(self, wanted: &Wanted, file: Option<&Path>) -> Expr {
        let (column, ty) = (col(wanted.name), wanted.ty);
        match self {
            Widening::Same => column,
            Widening::Cast => column.strict_cast(data_type(ty)),
            Widening::Unit | Widening::Names => {
                let field = Field::new(wanted.name.into(), data_type(ty));
                let file = file.map_or_else(String::new, |file| format!("{}: ", file.display()));
                let convert = move |values: Column| {
                    self.values(&values, ty)?.map_err(|InvalidValue { what, .. }| {
                        polars_err!(ComputeError: "{file}column `{}`: {what}", values.name())
                    })
                };
                column.map(convert, move |_, _| Ok(field.clone()))
            }
        }
    }

    /// Converts the values, or returns the first one that can't be converted.
    pub(super) fn values(
        self,
        values: &Column,
        ty: ColumnType,
    ) -> PolarsResult<Result<Column, InvalidValue>> {
        match self {
            Widening::Same => Ok(Ok(values.clone())),
            Widening::Cast => values.strict_cast(&data_type(ty)).map(Ok),
            Widening::Unit => in_microseconds(values, ty),
            Widening::Names => names(values, ty),
        }
    }
}

/// A value that can't be converted to the type of a column.
pub(super) struct InvalidValue {
    /// Its index among the values, from zero.
    pub(super) row: usize,
    /// The problem.
    pub(super) what: String,
}

/// Converts strings to a category.
fn names(values: &Column, ty: ColumnType) -> PolarsResult<Result<Column, InvalidValue>> {
    let strings = values.cast(&DataType::String)?;
    let converted = strings.cast(&data_type(ty))?;
    if converted.null_count() == strings.null_count() {
        return Ok(Ok(converted));
    }
    let is_name = |text: Option<&str>| text.map_or(Ok(()), |text| text::parse(text, ty).map(drop));
    let invalid = strings
        .str()?
        .iter()
        .enumerate()
        .find_map(|(row, text)| Some(InvalidValue { row, what: is_name(text).err()? }));
    Ok(invalid.map_or(Ok(converted), Err))
}

/// Returns the smallest and the largest number of a type of whole numbers.
fn range(ty: &DataType) -> Option<(i128, i128)> {
    Some(match ty {
        DataType::Int8 => (i8::MIN.into(), i8::MAX.into()),
        DataType::Int16 => (i16::MIN.into(), i16::MAX.into()),
        DataType::Int32 => (i32::MIN.into(), i32::MAX.into()),
        DataType::Int64 => (i64::MIN.into(), i64::MAX.into()),
        DataType::Int128 => (i128::MIN, i128::MAX),
        DataType::UInt8 => (0, u8::MAX.into()),
        DataType::UInt16 => (0, u16::MAX.into()),
        DataType::UInt32 => (0, u32::MAX.into()),
        DataType::UInt64 => (0, u64::MAX.into()),
        _ => return None,
    })
}

/// Converts times in other units and zones to this type, which is in microseconds.
fn in_microseconds(values: &Column, ty: ColumnType) -> PolarsResult<Result<Column, InvalidValue>> {
    let unit = match values.dtype() {
        DataType::Datetime(unit, _) | DataType::Duration(unit) => *unit,
        other => polars_bail!(ComputeError: "column `{}` has type {other}", values.name()),
    };
    let numbers = values.to_physical_repr();
    let one = |number: i64| match unit {
        TimeUnit::Microseconds => Some(number),
        TimeUnit::Milliseconds => number.checked_mul(1_000),
        TimeUnit::Nanoseconds => (number % 1_000 == 0).then_some(number / 1_000),
    };
    let converted = numbers.i64()?.iter().enumerate().map(|(row, number)| match number {
        None => Ok(None),
        Some(number) => one(number).map(Some).ok_or_else(|| {
            let problem = if unit == TimeUnit::Nanoseconds {
                "is more precise than the microseconds"
            } else {
                "is out of the range"
            };
            InvalidValue { row, what: format!("{number} {unit} {problem} of {ty}") }
        }),
    });
    let converted: Vec<Option<i64>> = match converted.collect::<Result<_, _>>() {
        Ok(converted) => converted,
        Err(invalid) => return Ok(Err(invalid)),
    };
    let numbers = Series::new(values.name().clone(), converted);
    Ok(Ok(match data_type(ty) {
        DataType::Datetime(unit, zone) => numbers.into_datetime(unit, zone),
        _ => numbers.into_duration(TimeUnit::Microseconds),
    }
    .into_column()))
}
