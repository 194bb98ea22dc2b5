//! A polars table in memory as a data node, without a row type.

use super::error::TableError;
use super::row::Column as Field;
use super::widening::widening;
use super::{columns, ipc, multiset, show, sink, text};
use crate::data::counted;
use crate::data::{
    Codec, DataError, Foreign, Format, KeptAs, Number, Page, PageOf, Shape, ShowError, Shown, Sink, Tabular,
    Typed,
};
use polars::prelude::*;
use std::collections::HashMap;
use std::io::{Cursor, Write};
use std::sync::{LazyLock, Mutex, PoisonError};

inventory::submit! { Foreign::of::<DataFrame>() }

/// A table in memory is a value of a data node like any other: it is shown as a table, stored with its columns in their
/// order, and hashed by its rows. Categories are stored as strings, times in microseconds. It has no row type, so its
/// readers are not checked, and it is in memory as a whole: for everything else use [`Frame`](super::Frame).
impl KeptAs for DataFrame {
    type Kept = BareTable;

    fn kept(&self) -> BareTable {
        BareTable { table: self.clone() }
    }

    fn of(kept: BareTable) -> DataFrame {
        kept.table
    }
}

/// A table without a row type.
pub(crate) struct BareTable {
    table: DataFrame,
}

impl BareTable {
    /// The table's columns, with the types in which they are stored.
    fn fields(&self) -> Result<&'static [Field], TableError> {
        fields(self.table.schema())
    }

    /// The table with its columns converted to the types in which they are stored.
    fn converted(&self) -> Result<BareTable, TableError> {
        let convert = |(values, field): (&Column, &Field)| {
            let unsupported = || TableError::UnsupportedType {
                column: values.name().to_string(),
                found: values.dtype().to_string(),
            };
            let widening = widening(values.dtype(), field.ty).ok_or_else(unsupported)?;
            widening.values(values, field.ty)?.map_err(|invalid| {
                let place = format!("column `{}`, row {}", values.name(), invalid.row + 1);
                TableError::from(polars_err!(ComputeError: "{place}: {}", invalid.what))
            })
        };
        let columns = self.table.columns().iter().zip(self.fields()?).map(convert);
        let columns = columns.collect::<Result<Vec<Column>, TableError>>()?;
        Ok(BareTable { table: DataFrame::new(self.table.height(), columns)? })
    }

    fn write(&self, sink: &mut Sink<'_>) -> Result<(), TableError> {
        let table = self.converted()?.table;
        let fields = self.fields()?;
        let mut hashes = sink.unordered.then(multiset::RowHashes::default);
        let mut file = ipc::writer(&mut *sink, &ipc::schema(fields))?;
        for start in (0..table.height()).step_by(sink::BATCH.get()) {
            let rows = sink::BATCH.get().min(table.height() - start);
            let batch = table.slice(start as i64, rows);
            let canonical = batch.columns().iter().zip(fields);
            let canonical = canonical.map(|(values, field)| columns::canonical(values, field.ty));
            let batch = DataFrame::new(rows, canonical.collect::<PolarsResult<Vec<_>>>()?)?;
            if let Some(hashes) = &mut hashes {
                hashes.add(&batch, fields)?;
            }
            file.write_batch(&batch)?;
        }
        file.finish()?;
        drop(file);
        sink.rows = Some(table.height() as u64);
        sink.multiset = hashes.map(|hashes| hashes.finish(fields));
        Ok(())
    }
}

/// Returns the columns of a table with this schema. They are stored once for each schema and never freed.
fn fields(schema: &Schema) -> Result<&'static [Field], TableError> {
    static KNOWN: LazyLock<Mutex<HashMap<Schema, &'static [Field]>>> = LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(fields) = known.get(schema) {
        return Ok(fields);
    }
    let field = |(name, found): (&PlSmallStr, &DataType)| match columns::column_type(found) {
        Some(ty) => Ok(columns::nullable(name, ty)),
        None => Err(TableError::UnsupportedType { column: name.to_string(), found: found.to_string() }),
    };
    let fields: &[Field] = schema.iter().map(field).collect::<Result<Vec<_>, _>>()?.leak();
    known.insert(schema.clone(), fields);
    Ok(fields)
}

impl Codec for BareTable {
    fn encode(&self, out: &mut (dyn Write + Send)) -> Result<(), DataError> {
        self.save(&mut Sink::new(out))
    }

    fn decode(bytes: &[u8]) -> Result<BareTable, DataError> {
        let table = IpcReader::new(Cursor::new(bytes)).finish().map_err(TableError::from)?;
        Ok(BareTable { table })
    }

    fn save(&self, sink: &mut Sink<'_>) -> Result<(), DataError> {
        Ok(self.write(sink)?)
    }

    fn round_trip(self) -> Result<BareTable, DataError> {
        Ok(self.converted()?)
    }
}

impl Typed for BareTable {
    fn parse(_: &str) -> Result<BareTable, String> {
        Err("a table can't be given as a string; write it from the program, or read it from a file in a task"
            .into())
    }
}

impl Shown for BareTable {
    fn summary(&self) -> String {
        counted(self.table.height(), "row")
    }

    fn show(&self, format: Format, out: &mut dyn Write) -> Result<(), ShowError> {
        let BareTable { table } = self.converted()?;
        show::show_columns(table.lazy(), self.fields()?, &[], format, out)
    }

    fn number(&self, field: Option<&str>) -> Result<Option<Number>, DataError> {
        let BareTable { table } = self.converted()?;
        let place = self.fields()?.iter().position(|column| Some(column.name) == field);
        let (Some(place), 1) = (place, table.height()) else { return Ok(None) };
        let ty = self.fields()?[place].ty;
        let cells = columns::cells(&table.columns()[place], ty).map_err(TableError::from)?;
        Ok(cells.first().and_then(|cell| text::number(cell, ty)))
    }

    fn shape() -> Shape {
        Shape::Table
    }

    fn page(&self, of: PageOf) -> Result<Page, ShowError> {
        let BareTable { table } = self.converted()?;
        show::page_of_columns(table.lazy(), self.fields()?, of)
    }
}

impl Tabular for BareTable {}
