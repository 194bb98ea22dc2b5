//! Whether a table is what its row type says, as far as its schema shows.

use super::columns::data_type;
use super::error::TableError;
use super::row::Row;
use pipeline_wiring::suggestion;
use polars::prelude::{Expr, LazyFrame, Schema, col};

/// The plan with the columns of `R` in the order of its fields.
pub(super) fn conforming<R: Row>(mut plan: LazyFrame) -> Result<LazyFrame, TableError> {
    let schema = plan.collect_schema()?;
    check::<R>(&schema)?;
    let in_order =
        schema.iter_names().map(|name| name.as_str()).eq(R::COLUMNS.iter().map(|column| column.name));
    if in_order {
        return Ok(plan);
    }
    Ok(plan.select(R::COLUMNS.iter().map(|column| col(column.name)).collect::<Vec<Expr>>()))
}

fn check<R: Row>(schema: &Schema) -> Result<(), TableError> {
    let row = R::NAME;
    for column in R::COLUMNS {
        let Some(found) = schema.get(column.name) else {
            let suggestion = suggestion(column.name, schema.iter_names().map(|name| name.as_str()));
            return Err(TableError::MissingColumn { row, column: column.name, suggestion });
        };
        if *found != data_type(column.ty) {
            let (expected, found) = (column.ty, found.to_string());
            return Err(TableError::ColumnType { row, column: column.name, expected, found });
        }
    }
    match schema.iter_names().find(|name| !R::COLUMNS.iter().any(|column| column.name == name.as_str())) {
        Some(extra) => Err(TableError::ExtraColumn { row, column: extra.to_string() }),
        None => Ok(()),
    }
}
