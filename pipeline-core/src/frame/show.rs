//! Shows tables to people and programs.

use super::csv::{field, is_text};
use super::error::TableError;
use super::row::{Cell, Column as Field, ColumnType, Row};
use super::{check, columns, filter, sink, text};
use crate::data::{DataError, Format, Page, PageColumn, PageOf, ShowError, Table, json};
use polars::prelude::*;
use serde_json::Value;
use skipstone_exact::ExactError;
use std::io::Write;

/// The number of rows of a table that a person is shown.
const SHOWN: u64 = 20;

/// Writes the rows of a plan for a table of `R`: the first ones as a table, or all of them as CSV or JSON, batch by
/// batch.
pub(super) fn show<R: Row>(plan: LazyFrame, format: Format, out: &mut dyn Write) -> Result<(), ShowError> {
    let plan = check::conforming::<R>(plan).map_err(DataError::from)?;
    show_columns(plan, R::COLUMNS, R::CSV.missing.unwrap_or_default(), format, out)
}

/// The same for a plan with these columns, in this order. `words` stand for missing values in addition to the usual
/// ones.
pub(super) fn show_columns(
    plan: LazyFrame,
    of: &[Field],
    words: &[&str],
    format: Format,
    out: &mut dyn Write,
) -> Result<(), ShowError> {
    match format {
        Format::Table => table(plan, of, out),
        Format::Csv => csv(plan, of, words, out),
        Format::Json => json(plan, of, out),
    }
}

/// Returns some rows of the plan's table. The total number of rows is left to callers that know it.
pub(super) fn page<R: Row>(plan: LazyFrame, of: PageOf) -> Result<Page, ShowError> {
    page_of_columns(check::conforming::<R>(plan).map_err(DataError::from)?, R::COLUMNS, of)
}

/// The same for a plan with these columns, in this order.
pub(super) fn page_of_columns(plan: LazyFrame, fields: &[Field], of: PageOf) -> Result<Page, ShowError> {
    let mut plan = plan;
    for column in &of.filters {
        plan = filter::matching(plan, fields, column)?;
    }
    let offset = i64::try_from(of.offset).unwrap_or(i64::MAX);
    // One more row than is shown, to find out if there are more.
    let limit = IdxSize::try_from(of.limit.saturating_add(1)).unwrap_or(IdxSize::MAX);
    let mut rows = Vec::new();
    sink::batches(plan.slice(offset, limit), |batch| {
        let columns = cells(&batch, fields)?;
        rows.extend((0..batch.height()).map(|i| {
            each(&columns, fields).map(|(column, ty)| json::exact(text::json(&column[i], ty))).collect()
        }));
        Ok::<(), TableError>(())
    })?;
    let limit = usize::try_from(of.limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let columns = fields.iter().map(PageColumn::from).collect();
    Ok(Page::Table { columns, rows, offset: of.offset, more, total: None })
}

impl From<ExactError> for ShowError {
    fn from(error: ExactError) -> ShowError {
        TableError::from(error).into()
    }
}

impl From<TableError> for ShowError {
    fn from(error: TableError) -> ShowError {
        ShowError::Data(error.into())
    }
}

fn cells(batch: &DataFrame, of: &[Field]) -> Result<Vec<Vec<Cell>>, TableError> {
    let each = batch.columns().iter().zip(of);
    Ok(each.map(|(column, field)| columns::cells(column, field.ty)).collect::<PolarsResult<_>>()?)
}

/// Returns columns of cells with their types.
fn each<'a>(columns: &'a [Vec<Cell>], of: &'a [Field]) -> impl Iterator<Item = (&'a Vec<Cell>, ColumnType)> {
    columns.iter().zip(of).map(|(column, field)| (column, field.ty))
}

fn table(plan: LazyFrame, of: &[Field], out: &mut dyn Write) -> Result<(), ShowError> {
    let mut shown = Table { columns: of.iter().map(|column| column.name.into()).collect(), rows: Vec::new() };
    sink::batches(plan.clone().limit(SHOWN as IdxSize), |batch| {
        let columns = cells(&batch, of)?;
        shown.rows.extend(
            (0..batch.height())
                .map(|i| each(&columns, of).map(|(column, ty)| summary(&column[i], ty)).collect()),
        );
        Ok::<(), TableError>(())
    })?;
    writeln!(out, "{}", shown.to_text())?;
    let mut rows = 0;
    sink::batches(plan.select([len().cast(DataType::UInt64)]), |batch| {
        rows = batch.columns()[0].u64().map_err(TableError::from)?.get(0).unwrap_or(0);
        Ok::<(), TableError>(())
    })?;
    if rows > SHOWN {
        writeln!(out, "{SHOWN} of {rows} rows; all with --format csv or json")?;
    }
    Ok(())
}

fn csv(plan: LazyFrame, of: &[Field], words: &[&str], out: &mut dyn Write) -> Result<(), ShowError> {
    // Polars wraps the error of a broken pipe in its own; its kind is kept here.
    let mut out = Watched { out, failed: None };
    let names: Vec<_> = of.iter().map(|column| field(column.name, words)).collect();
    writeln!(out, "{}", names.join(","))?;
    let mut write = |mut batch: DataFrame| -> Result<(), TableError> {
        for column in of {
            let values = batch.column(column.name)?;
            if is_text(column.ty) {
                // Polars quotes strings that need it, but doesn't know the words for missing values.
                let strings = columns::to_strings(values, column.ty)?;
                let fields = strings.str()?.iter().map(|text| text.map(|text| field(text, words)));
                batch.with_column(Column::new(column.name.into(), fields.collect::<Vec<_>>()))?;
            } else if !columns::is_plain_text(column.ty) {
                batch.with_column(columns::to_strings(values, column.ty)?)?;
            }
        }
        let writer = CsvWriter::new(&mut out).include_header(false).with_quote_style(QuoteStyle::Never);
        Ok({ writer }.finish(&mut batch)?)
    };
    let written = sink::batches(plan, &mut write);
    match (written, out.failed) {
        (Err(_), Some(kind)) => Err(ShowError::Output(kind.into())),
        (written, _) => Ok(written?),
    }
}

struct Watched<'a> {
    out: &'a mut dyn Write,
    failed: Option<std::io::ErrorKind>,
}

impl Write for Watched<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.out.write(bytes).inspect_err(|error| self.failed = Some(error.kind()))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush().inspect_err(|error| self.failed = Some(error.kind()))
    }
}

fn json(plan: LazyFrame, of: &[Field], out: &mut dyn Write) -> Result<(), ShowError> {
    let mut first = true;
    write!(out, "[")?;
    sink::batches(plan, |batch| {
        let columns = cells(&batch, of)?;
        for i in 0..batch.height() {
            write!(out, "{}", if first { "{" } else { ",\n{" })?;
            first = false;
            for (c, (field, column)) in of.iter().zip(&columns).enumerate() {
                let comma = if c == 0 { "" } else { "," };
                write!(out, "{comma}{}:{}", Value::from(field.name), text::json(&column[i], field.ty))?;
            }
            write!(out, "}}")?;
        }
        Ok::<(), ShowError>(())
    })?;
    writeln!(out, "]")?;
    Ok(())
}

/// Formats a value for a person: at most four decimals of a float; empty if it is missing.
fn summary(cell: &Cell, ty: ColumnType) -> String {
    let float = |value: f64| {
        if value.fract() == 0.0 || !value.is_finite() || value.abs() < 1e-3 {
            return value.to_string();
        }
        format!("{value:.4}").trim_end_matches('0').to_owned()
    };
    match cell {
        Cell::F32(value) => float((*value).into()),
        Cell::F64(value) => float(*value),
        other => text::exact(other, ty),
    }
}
