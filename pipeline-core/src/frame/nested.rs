//! Columns whose values are lists and rows.
//!
//! The functions take callbacks that read and make the columns within them.

use super::row::{Cell, ColumnType, ElementType, RowType};
use polars::prelude::*;
use polars_arrow::array::{Array, ListArray, StructArray};
use polars_arrow::bitmap::Bitmap;
use polars_arrow::datatypes::ArrowDataType;
use polars_arrow::offset::Offsets;

/// Reads the values of a column.
type Read = fn(&Column, ColumnType) -> PolarsResult<Vec<Cell>>;

/// Makes a column of values in canonical form.
type Make = fn(&str, ColumnType, &[&Cell]) -> PolarsResult<Column>;

/// Returns the values of a column of lists.
pub(super) fn list_cells(lists: &Column, of: &ElementType, read: Read) -> PolarsResult<Vec<Cell>> {
    let lists = lists.list()?.rechunk();
    let array = lists.downcast_as_array();
    let elements = read(&lists.get_inner().into_column(), of.ty)?;
    let ends = array.offsets().as_slice();
    let list = |row: usize| match array.is_valid(row) {
        true => Cell::List(elements[ends[row] as usize..ends[row + 1] as usize].to_vec()),
        false => Cell::Missing,
    };
    Ok((0..lists.len()).map(list).collect())
}

/// Returns the values of a column of rows.
pub(super) fn row_cells(rows: &Column, of: &RowType, read: Read) -> PolarsResult<Vec<Cell>> {
    let rows = rows.rechunk();
    let rows = rows.struct_()?;
    let fields = rows.fields_as_series().into_iter().zip(of.columns);
    let fields = fields.map(|(field, column)| read(&field.into_column(), column.ty));
    let fields: Vec<Vec<Cell>> = fields.collect::<PolarsResult<_>>()?;
    let is_there = rows.is_not_null();
    let row = |(row, is_there): (usize, Option<bool>)| match is_there {
        Some(true) => Cell::List(fields.iter().map(|field| field[row].clone()).collect()),
        _ => Cell::Missing,
    };
    Ok(is_there.iter().enumerate().map(row).collect())
}

/// Makes a column of these lists in canonical form.
pub(super) fn lists(name: &str, of: &ElementType, values: &[&Cell], make: Make) -> PolarsResult<Column> {
    let (mut lengths, mut elements, mut is_there) = (Vec::new(), Vec::new(), Vec::new());
    for (row, value) in values.iter().enumerate() {
        let list = if let Cell::List(list) = *value { list.as_slice() } else { &[] };
        if !of.nullable && list.contains(&Cell::Missing) {
            polars_bail!(ComputeError: "column `{name}`, row {}: a required element of the list is missing", row + 1);
        }
        lengths.push(list.len());
        elements.extend(list);
        is_there.push(**value != Cell::Missing);
    }
    let elements = arrow(&make(name, of.ty, &elements)?);
    let offsets = Offsets::<i64>::try_from_lengths(lengths.into_iter())?;
    let ty = ListArray::<i64>::default_datatype(elements.dtype().clone());
    let lists = ListArray::new(ty, offsets.into(), elements, mask(&is_there));
    of_arrow(name, Box::new(lists))
}

/// Makes a column of these rows in canonical form.
pub(super) fn rows(name: &str, of: &RowType, values: &[&Cell], make: Make) -> PolarsResult<Column> {
    let missing = vec![Cell::Missing; of.columns.len()];
    fn fields(value: &Cell) -> Option<&[Cell]> {
        if let Cell::List(row) = value { Some(row) } else { None }
    }
    let rows: Vec<Option<&[Cell]>> = values.iter().map(|value| fields(value)).collect();
    let mut columns = Vec::new();
    for (number, field) in of.columns.iter().enumerate() {
        let gap = rows.iter().position(|row| row.is_some_and(|row| row[number] == Cell::Missing));
        if let Some(row) = gap.filter(|_| !field.nullable) {
            let (row, of, field) = (row + 1, of.name, field.name);
            polars_bail!(ComputeError: "column `{name}`, row {row}: required field `{field}` of `{of}` is missing");
        }
        let values: Vec<&Cell> = rows.iter().map(|row| &row.unwrap_or(&missing)[number]).collect();
        columns.push((field.name, arrow(&make(field.name, field.ty, &values)?)));
    }
    let types = columns.iter().map(|(name, array)| {
        polars_arrow::datatypes::Field::new((*name).into(), array.dtype().clone(), true)
    });
    let ty = ArrowDataType::Struct(types.collect());
    let is_there: Vec<bool> = rows.iter().map(Option::is_some).collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    of_arrow(name, Box::new(StructArray::new(ty, rows.len(), arrays, mask(&is_there))))
}

/// Returns the validity mask; `None` if all values are present.
fn mask(is_there: &[bool]) -> Option<Bitmap> {
    is_there.contains(&false).then(|| is_there.iter().copied().collect())
}

fn arrow(column: &Column) -> Box<dyn Array> {
    column.as_materialized_series().to_arrow(0, CompatLevel::newest())
}

fn of_arrow(name: &str, array: Box<dyn Array>) -> PolarsResult<Column> {
    Ok(Series::from_arrow(name.into(), array)?.into_column())
}

/// The polars type of a list.
pub(super) fn list_type(of: &ElementType, type_of: impl Fn(ColumnType) -> DataType) -> DataType {
    DataType::List(Box::new(type_of(of.ty)))
}

/// The polars type of a row.
pub(super) fn row_type(of: &RowType, type_of: impl Fn(ColumnType) -> DataType) -> DataType {
    let field = |column: &super::row::Column| Field::new(column.name.into(), type_of(column.ty));
    DataType::Struct(of.columns.iter().map(field).collect())
}
