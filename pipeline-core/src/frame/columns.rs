//! Conversions between polars' columns and the values of row types.

use super::interned::interned;
use super::row::{Cell, Column as Described, ColumnType, ElementType, Row, RowType, column as described};
use super::{nested, text};
use polars::prelude::*;

/// The polars type of a column's values.
pub(super) fn data_type(ty: ColumnType) -> DataType {
    // The macro has checked that the zone exists.
    let zone = |name: &str| TimeZone::opt_try_new(Some(name)).ok().flatten();
    match ty {
        ColumnType::Bool => DataType::Boolean,
        ColumnType::I8 => DataType::Int8,
        ColumnType::I16 => DataType::Int16,
        ColumnType::I32 => DataType::Int32,
        ColumnType::I64 => DataType::Int64,
        ColumnType::I128 => DataType::Int128,
        ColumnType::U8 => DataType::UInt8,
        ColumnType::U16 => DataType::UInt16,
        ColumnType::U32 => DataType::UInt32,
        ColumnType::U64 => DataType::UInt64,
        ColumnType::F32 => DataType::Float32,
        ColumnType::F64 => DataType::Float64,
        ColumnType::String => DataType::String,
        ColumnType::Bytes => DataType::Binary,
        ColumnType::Date => DataType::Date,
        ColumnType::Time => DataType::Time,
        ColumnType::DateTime => DataType::Datetime(TimeUnit::Microseconds, None),
        ColumnType::Timestamp => DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)),
        ColumnType::Zoned(name) => DataType::Datetime(TimeUnit::Microseconds, zone(name)),
        ColumnType::Duration => DataType::Duration(TimeUnit::Microseconds),
        ColumnType::Decimal(scale) => DataType::Decimal(PRECISION, scale.into()),
        ColumnType::Category(names) => match FrozenCategories::new(names.iter().copied()) {
            Ok(names) => DataType::from_frozen_categories(names),
            Err(error) => unreachable!("the macro checks that names are unique: {error}"),
        },
        ColumnType::List(of) => nested::list_type(of, data_type),
        ColumnType::Row(of) => nested::row_type(of, data_type),
    }
}

/// A column of any name whose values may be missing.
pub(super) fn nullable(name: &str, ty: ColumnType) -> Described {
    let name = interned(name);
    described(name, name, ty, true, "")
}

/// Returns the column type for a polars type, the inverse of [`data_type`]; `None` if it has no counterpart. Categories
/// become strings, times are in microseconds.
pub(super) fn column_type(found: &DataType) -> Option<ColumnType> {
    use ColumnType as C;
    Some(match found {
        DataType::Boolean => C::Bool,
        DataType::Int8 => C::I8,
        DataType::Int16 => C::I16,
        DataType::Int32 => C::I32,
        DataType::Int64 => C::I64,
        DataType::Int128 => C::I128,
        DataType::UInt8 => C::U8,
        DataType::UInt16 => C::U16,
        DataType::UInt32 => C::U32,
        DataType::UInt64 => C::U64,
        DataType::Float32 => C::F32,
        DataType::Float64 => C::F64,
        DataType::String | DataType::Enum(..) | DataType::Categorical(..) => C::String,
        DataType::Binary => C::Bytes,
        DataType::Date => C::Date,
        DataType::Time => C::Time,
        DataType::Datetime(_, None) => C::DateTime,
        DataType::Datetime(_, Some(zone)) if *zone == TimeZone::UTC => C::Timestamp,
        DataType::Datetime(_, Some(zone)) => C::Zoned(interned(zone.as_str())),
        DataType::Duration(_) => C::Duration,
        DataType::Decimal(_, scale) => C::Decimal(u8::try_from(*scale).ok()?),
        DataType::List(of) => {
            C::List(Box::leak(Box::new(ElementType { ty: column_type(of)?, nullable: true })))
        }
        DataType::Struct(fields) => {
            let fields = fields.iter().map(|field| Some(nullable(field.name(), column_type(field.dtype())?)));
            let columns = fields.collect::<Option<Vec<_>>>()?.leak();
            C::Row(Box::leak(Box::new(RowType { name: "row", columns })))
        }
        _ => return None,
    })
}

/// The polars type of a column in the store: categories are stored as their names.
pub(super) fn stored_type(ty: ColumnType) -> DataType {
    match ty {
        ColumnType::Category(_) => DataType::String,
        ColumnType::List(of) => nested::list_type(of, stored_type),
        ColumnType::Row(of) => nested::row_type(of, stored_type),
        ty => data_type(ty),
    }
}

/// Converts stored columns of a plan to the types of `R`: names become categories.
pub(super) fn unstored<R: Row>(plan: LazyFrame) -> LazyFrame {
    let categories = R::COLUMNS.iter().filter(|column| stored_type(column.ty) != data_type(column.ty));
    let cast: Vec<Expr> =
        categories.map(|column| col(column.name).strict_cast(data_type(column.ty))).collect();
    if cast.is_empty() { plan } else { plan.with_columns(cast) }
}

/// The number of digits of decimals.
const PRECISION: usize = 38;

/// The type of the numbers that represent the values of a column.
fn physical(ty: ColumnType) -> ColumnType {
    use ColumnType as C;
    match ty {
        C::Date => C::I32,
        C::Time | C::DateTime | C::Timestamp | C::Zoned(_) | C::Duration => C::I64,
        C::Decimal(_) => C::I128,
        C::Category(_) => C::U32,
        other => other,
    }
}

/// Converts such numbers to values of a column of this type.
fn logical(numbers: Series, ty: ColumnType) -> PolarsResult<Series> {
    Ok(match (ty, data_type(ty)) {
        (ColumnType::Date, _) => numbers.into_date(),
        (ColumnType::Time, _) => numbers.into_time(),
        (_, DataType::Datetime(unit, zone)) => numbers.into_datetime(unit, zone),
        (_, DataType::Duration(unit)) => numbers.into_duration(unit),
        (_, DataType::Decimal(precision, scale)) => numbers.into_decimal(precision, scale)?,
        _ => numbers,
    })
}

/// The nanoseconds per unit of a column whose values are nanoseconds in rows; 1 for other columns.
fn unit(ty: ColumnType) -> i128 {
    use ColumnType as C;
    if matches!(ty, C::DateTime | C::Timestamp | C::Zoned(_) | C::Duration) { 1_000 } else { 1 }
}

/// Returns the values of a column of this type.
pub(super) fn cells(column: &Column, ty: ColumnType) -> PolarsResult<Vec<Cell>> {
    macro_rules! cells {
        ($values:expr, $variant:ident) => {
            $values
                .iter()
                .map(|value| value.map_or(Cell::Missing, |value| Cell::$variant(value.into())))
                .collect()
        };
    }
    match ty {
        ColumnType::List(of) => return nested::list_cells(column, of, cells),
        ColumnType::Row(of) => return nested::row_cells(column, of, cells),
        _ => {}
    }
    let unit = unit(ty);
    macro_rules! whole {
        ($values:expr) => {
            $values
                .iter()
                .map(|value| value.map_or(Cell::Missing, |value| Cell::Whole(i128::from(value) * unit)))
                .collect()
        };
    }
    let mut column = column.to_physical_repr();
    if let ColumnType::Category(_) = ty {
        column = column.cast(&DataType::UInt32)?;
    }
    Ok(match physical(ty) {
        ColumnType::Bool => cells!(column.bool()?, Bool),
        ColumnType::I8 => whole!(column.i8()?),
        ColumnType::I16 => whole!(column.i16()?),
        ColumnType::I32 => whole!(column.i32()?),
        ColumnType::I64 => whole!(column.i64()?),
        ColumnType::I128 => whole!(column.i128()?),
        ColumnType::U8 => whole!(column.u8()?),
        ColumnType::U16 => whole!(column.u16()?),
        ColumnType::U32 => whole!(column.u32()?),
        ColumnType::U64 => whole!(column.u64()?),
        ColumnType::F32 => cells!(column.f32()?, F32),
        ColumnType::F64 => cells!(column.f64()?, F64),
        ColumnType::String => cells!(column.str()?, String),
        ColumnType::Bytes => cells!(column.binary()?, Bytes),
        other => unreachable!("{other} is represented by numbers"),
    })
}

/// Creates a column of these values. A value of another type counts as missing: rows are made from structs, whose
/// values have the right type.
///
/// # Errors
///
/// When a value is more precise than the column, or out of its range.
pub(super) fn column<'a>(
    name: &str,
    ty: ColumnType,
    cells: impl Iterator<Item = &'a Cell>,
) -> PolarsResult<Column> {
    macro_rules! column {
        ($variant:ident, $ty:ty) => {{
            let values =
                cells.map(|cell| if let Cell::$variant(value) = cell { Some(value.clone()) } else { None });
            Column::new(name.into(), values.collect::<Vec<Option<$ty>>>())
        }};
    }
    let unit = unit(ty);
    macro_rules! whole {
        ($ty:ty) => {{
            let value = |(row, cell): (usize, &Cell)| {
                let Cell::Whole(value) = cell else { return Ok(None) };
                let fits = (value % unit == 0).then(|| <$ty>::try_from(value / unit).ok()).flatten();
                let what = || format!("column `{name}`, row {}: `{}`", row + 1, text::exact(cell, ty));
                match fits {
                    Some(value) => Ok(Some(value)),
                    None if value % unit != 0 => {
                        polars_bail!(ComputeError: "{} is more precise than a microsecond, the precision of {ty}: round it", what())
                    }
                    None => polars_bail!(ComputeError: "{} is out of range for {ty}", what()),
                }
            };
            let values = cells.enumerate().map(value).collect::<PolarsResult<Vec<Option<$ty>>>>()?;
            logical(Series::new(name.into(), values), ty)?.into_column()
        }};
    }
    match ty {
        ColumnType::List(of) => {
            return with_categories(nested::lists(name, of, &cells.collect::<Vec<_>>(), made)?, ty);
        }
        ColumnType::Row(of) => {
            return with_categories(nested::rows(name, of, &cells.collect::<Vec<_>>(), made)?, ty);
        }
        _ => {}
    }
    if let ColumnType::Category(names) = ty {
        let name_of = |cell: &Cell| match cell {
            Cell::Whole(number) => {
                usize::try_from(*number).ok().and_then(|number| names.get(number).copied())
            }
            _ => None,
        };
        let values: Vec<Option<&str>> = cells.map(name_of).collect();
        return Column::new(name.into(), values).strict_cast(&data_type(ty));
    }
    Ok(match physical(ty) {
        ColumnType::Bool => column!(Bool, bool),
        ColumnType::I8 => whole!(i8),
        ColumnType::I16 => whole!(i16),
        ColumnType::I32 => whole!(i32),
        ColumnType::I64 => whole!(i64),
        ColumnType::I128 => whole!(i128),
        ColumnType::U8 => whole!(u8),
        ColumnType::U16 => whole!(u16),
        ColumnType::U32 => whole!(u32),
        ColumnType::U64 => whole!(u64),
        ColumnType::F32 => column!(F32, f32),
        ColumnType::F64 => column!(F64, f64),
        ColumnType::String => column!(String, String),
        ColumnType::Bytes => column!(Bytes, Vec<u8>),
        other => unreachable!("{other} is represented by numbers"),
    })
}

/// Creates a column of these values in canonical form.
fn made(name: &str, ty: ColumnType, cells: &[&Cell]) -> PolarsResult<Column> {
    canonical(&column(name, ty, cells.iter().copied())?, ty)
}

/// Converts a stored column, in which categories are names, to one with categories.
fn with_categories(stored: Column, ty: ColumnType) -> PolarsResult<Column> {
    if stored_type(ty) == data_type(ty) { Ok(stored) } else { stored.strict_cast(&data_type(ty)) }
}

/// Whether polars writes values of this type to CSV files as [`text::exact`] has them, and reads them.
pub(super) fn is_plain_text(ty: ColumnType) -> bool {
    use ColumnType as C;
    matches!(
        ty,
        C::Bool
            | C::I8
            | C::I16
            | C::I32
            | C::I64
            | C::U8
            | C::U16
            | C::U32
            | C::U64
            | C::F32
            | C::F64
            | C::String
    )
}

/// Returns the values as strings.
pub(super) fn to_strings(column: &Column, ty: ColumnType) -> PolarsResult<Column> {
    if let ColumnType::String | ColumnType::Category(_) = ty {
        return column.cast(&DataType::String);
    }
    let text = |cell: &Cell| (*cell != Cell::Missing).then(|| text::exact(cell, ty));
    let strings: Vec<Option<String>> = cells(column, ty)?.iter().map(text).collect();
    Ok(Column::new(column.name().clone(), strings))
}

/// Parses each string as a value. Fails with the first string that the type refuses.
pub(super) fn from_strings(strings: &Column, ty: ColumnType) -> PolarsResult<Column> {
    let parse = |value: Option<&str>| match value {
        None => Ok(Cell::Missing),
        Some(value) => text::parse(value, ty)
            .map_err(|what| polars_err!(ComputeError: "column `{}`: {what}", strings.name())),
    };
    let cells = strings.str()?.iter().map(parse).collect::<PolarsResult<Vec<Cell>>>()?;
    column(strings.name(), ty, cells.iter())
}

/// Returns the column's values in a form that depends on them alone: one chunk, no validity mask if no value is
/// missing, zeros under missing values, strings one after the other. Values that already have this form, as most do,
/// are not copied.
pub(super) fn canonical(column: &Column, ty: ColumnType) -> PolarsResult<Column> {
    if let ColumnType::Category(_) = ty {
        return canonical(&column.cast(&DataType::String)?, ColumnType::String);
    }
    match ty {
        ColumnType::List(of) => {
            return nested::lists(column.name(), of, &cells(column, ty)?.iter().collect::<Vec<_>>(), made);
        }
        ColumnType::Row(of) => {
            return nested::rows(column.name(), of, &cells(column, ty)?.iter().collect::<Vec<_>>(), made);
        }
        _ => {}
    }
    if physical(ty) != ty {
        let numbers = canonical(&column.to_physical_repr(), physical(ty))?;
        return Ok(logical(numbers.take_materialized_series(), ty)?.into_column());
    }
    let name = column.name().clone();
    let whole = column.rechunk();
    macro_rules! numbers {
        ($values:expr, $is_zero:expr) => {{
            let values = $values;
            let array = values.downcast_as_array();
            let is_zero = $is_zero;
            match array.validity() {
                None => {}
                Some(_) if values.null_count() == 0 => {
                    let array = array.clone().with_validity(None);
                    return Ok(ChunkedArray::with_chunk(name, array).with_type_of(values));
                }
                Some(mask) => {
                    let missing = !mask;
                    let read = array.values().as_slice();
                    // The mask is written as it is in memory, in whole bytes.
                    let aligned = mask.len() % 8 == 0 && mask.as_slice().1 == 0;
                    if !aligned || missing.true_idx_iter().any(|row| !is_zero(read[row])) {
                        let mut cleared = read.to_vec();
                        missing.true_idx_iter().for_each(|row| cleared[row] = Default::default());
                        let mask = if aligned { mask.clone() } else { mask.iter().collect() };
                        let values =
                            ChunkedArray::from_vec_validity(name, cleared, Some(mask)).with_type_of(values);
                        return Ok(values);
                    }
                }
            }
        }};
    }
    match ty {
        ColumnType::I8 => numbers!(whole.i8()?, |value: i8| value == 0),
        ColumnType::I16 => numbers!(whole.i16()?, |value: i16| value == 0),
        ColumnType::I32 => numbers!(whole.i32()?, |value: i32| value == 0),
        ColumnType::I64 => numbers!(whole.i64()?, |value: i64| value == 0),
        ColumnType::I128 => numbers!(whole.i128()?, |value: i128| value == 0),
        ColumnType::U8 => numbers!(whole.u8()?, |value: u8| value == 0),
        ColumnType::U16 => numbers!(whole.u16()?, |value: u16| value == 0),
        ColumnType::U32 => numbers!(whole.u32()?, |value: u32| value == 0),
        ColumnType::U64 => numbers!(whole.u64()?, |value: u64| value == 0),
        ColumnType::F32 => numbers!(whole.f32()?, |value: f32| value.to_bits() == 0),
        ColumnType::F64 => numbers!(whole.f64()?, |value: f64| value.to_bits() == 0),
        ColumnType::Bool => {
            return Ok(Column::new(name, whole.bool()?.iter().collect::<Vec<Option<bool>>>()));
        }
        ColumnType::String => {
            let texts = whole.str()?;
            let (_, buffers, mask, ..) = texts.downcast_as_array().clone().into_inner();
            // Short strings are in the column itself; others are in buffers, in any order.
            if !buffers.is_empty() || mask.is_some() {
                return Ok(Column::new(name, texts.iter().collect::<Vec<Option<&str>>>()));
            }
        }
        ColumnType::Bytes => {
            let bytes = whole.binary()?;
            let (_, buffers, mask, ..) = bytes.downcast_as_array().clone().into_inner();
            if !buffers.is_empty() || mask.is_some() {
                return Ok(Column::new(name, bytes.iter().collect::<Vec<Option<&[u8]>>>()));
            }
        }
        other => unreachable!("{other} is represented by numbers"),
    }
    // A column of one value repeated is written like any other.
    Ok(whole.take_materialized_series().into_column())
}

/// Ties a new array's type to that of another, which the compiler can't infer from the values alone.
trait WithTypeOf: IntoColumn + Sized {
    fn with_type_of(self, _: &Self) -> Column {
        self.into_column()
    }
}

impl<T: PolarsNumericType> WithTypeOf for ChunkedArray<T> where ChunkedArray<T>: IntoColumn {}
