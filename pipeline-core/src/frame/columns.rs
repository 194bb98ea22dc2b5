//! Between polars' columns and the values of row types.

use super::row::{Cell, ColumnType};
use polars::prelude::*;

/// The polars type of a column's values.
pub(super) fn data_type(ty: ColumnType) -> DataType {
    match ty {
        ColumnType::Bool => DataType::Boolean,
        ColumnType::I32 => DataType::Int32,
        ColumnType::I64 => DataType::Int64,
        ColumnType::U32 => DataType::UInt32,
        ColumnType::U64 => DataType::UInt64,
        ColumnType::F32 => DataType::Float32,
        ColumnType::F64 => DataType::Float64,
        ColumnType::String => DataType::String,
    }
}

/// The values of a column of this type.
pub(super) fn cells(column: &Column, ty: ColumnType) -> PolarsResult<Vec<Cell>> {
    macro_rules! cells {
        ($values:expr, $variant:ident) => {
            $values
                .iter()
                .map(|value| value.map_or(Cell::Missing, |value| Cell::$variant(value.into())))
                .collect()
        };
    }
    Ok(match ty {
        ColumnType::Bool => cells!(column.bool()?, Bool),
        ColumnType::I32 => cells!(column.i32()?, I32),
        ColumnType::I64 => cells!(column.i64()?, I64),
        ColumnType::U32 => cells!(column.u32()?, U32),
        ColumnType::U64 => cells!(column.u64()?, U64),
        ColumnType::F32 => cells!(column.f32()?, F32),
        ColumnType::F64 => cells!(column.f64()?, F64),
        ColumnType::String => cells!(column.str()?, String),
    })
}

/// A column of these values. What is not of the type counts as missing: rows are made from structs,
/// whose values are.
pub(super) fn column<'a>(name: &str, ty: ColumnType, cells: impl Iterator<Item = &'a Cell>) -> Column {
    macro_rules! column {
        ($variant:ident, $ty:ty) => {{
            let values =
                cells.map(|cell| if let Cell::$variant(value) = cell { Some(value.clone()) } else { None });
            Column::new(name.into(), values.collect::<Vec<Option<$ty>>>())
        }};
    }
    match ty {
        ColumnType::Bool => column!(Bool, bool),
        ColumnType::I32 => column!(I32, i32),
        ColumnType::I64 => column!(I64, i64),
        ColumnType::U32 => column!(U32, u32),
        ColumnType::U64 => column!(U64, u64),
        ColumnType::F32 => column!(F32, f32),
        ColumnType::F64 => column!(F64, f64),
        ColumnType::String => column!(String, String),
    }
}

/// The column's values in a form that depends on them alone: one piece, no mask where nothing is
/// missing, a zero under every missing value, texts one after the other. Values that have this form
/// already, as most have, are not copied.
pub(super) fn canonical(column: &Column, ty: ColumnType) -> PolarsResult<Column> {
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
                    // The mask is written as it lies in memory: by whole bytes.
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
        ColumnType::I32 => numbers!(whole.i32()?, |value: i32| value == 0),
        ColumnType::I64 => numbers!(whole.i64()?, |value: i64| value == 0),
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
            // Short texts lie in the column itself; others lie in buffers, in any order.
            if !buffers.is_empty() || mask.is_some() {
                return Ok(Column::new(name, texts.iter().collect::<Vec<Option<&str>>>()));
            }
        }
    }
    // A column of one value repeated is written like any other.
    Ok(whole.take_materialized_series().into_column())
}

/// Ties a new array's type to that of another, which the compiler can't tell from the values alone.
trait WithTypeOf: IntoColumn + Sized {
    fn with_type_of(self, _: &Self) -> Column {
        self.into_column()
    }
}

impl<T: PolarsNumericType> WithTypeOf for ChunkedArray<T> where ChunkedArray<T>: IntoColumn {}
