//! Checks the schema of a table against its row type.

use super::error::TableError;
use super::row::Row;
use super::widening::widening;
use polars::prelude::{Expr, LazyFrame, Schema};
use skipstone_wiring::suggestion;

/// Returns the plan with the columns of `R` in the order of its fields and in their types; for example, numbers from
/// narrower columns lose nothing. Fails if the table has more columns.
pub(super) fn conforming<R: Row>(plan: LazyFrame) -> Result<LazyFrame, TableError> {
    checked::<R>(plan, |schema| {
        let extra =
            schema.iter_names().find(|name| !R::COLUMNS.iter().any(|column| column.name == name.as_str()));
        extra.map_or(Ok(()), |extra| Err(TableError::ExtraColumn { row: R::NAME, column: extra.to_string() }))
    })
}

/// The same for a plan that may have more columns.
pub(super) fn view<R: Row>(plan: LazyFrame) -> Result<LazyFrame, TableError> {
    checked::<R>(plan, |_| Ok(()))
}

fn checked<R: Row>(
    mut plan: LazyFrame,
    others: impl FnOnce(&Schema) -> Result<(), TableError>,
) -> Result<LazyFrame, TableError> {
    let schema = plan.collect_schema()?;
    let columns = check::<R>(&schema)?;
    others(&schema)?;
    let in_order =
        schema.iter_names().map(|name| name.as_str()).eq(R::COLUMNS.iter().map(|column| column.name));
    let is_there = |expression: &Expr| matches!(expression, Expr::Column(_));
    Ok(if in_order && columns.iter().all(is_there) { plan } else { plan.select(columns) })
}

fn check<R: Row>(schema: &Schema) -> Result<Vec<Expr>, TableError> {
    let row = R::NAME;
    let mut columns = Vec::new();
    for column in R::COLUMNS {
        let Some(found) = schema.get(column.name) else {
            let suggestion = suggestion(column.name, schema.iter_names().map(|name| name.as_str()));
            return Err(TableError::MissingColumn { row, column: column.name, suggestion });
        };
        let Some(widening) = widening(found, column.ty) else {
            let (expected, found) = (column.ty, found.to_string());
            return Err(TableError::ColumnType { row, column: column.name, expected, found });
        };
        columns.push(widening.expression(column, None));
    }
    Ok(columns)
}
