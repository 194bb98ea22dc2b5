//! Arrow IPC files as tables are stored in them.

use super::columns;
use super::row::Column;
use polars::io::ipc::{BatchedWriter, IpcWriter};
use polars::prelude::*;
use polars_arrow::io::ipc::IpcField;
use std::io::Write;

/// What writes a file with these columns, batch by batch.
pub(super) fn writer<W: Write>(out: W, schema: &Schema) -> PolarsResult<BatchedWriter<W>> {
    let fields = schema.iter_values().map(field).collect();
    IpcWriter::new(out).batched(schema, fields)
}

/// The schema of columns as they are stored.
pub(super) fn schema(columns: &[Column]) -> Schema {
    columns.iter().map(|column| Field::new(column.name.into(), columns::stored_type(column.ty))).collect()
}

/// What a file says of a column of this type and of those within it, of which none has a dictionary.
fn field(ty: &DataType) -> IpcField {
    let fields = match ty {
        DataType::List(of) => vec![field(of)],
        DataType::Struct(fields) => fields.iter().map(|within| field(within.dtype())).collect(),
        _ => Vec::new(),
    };
    IpcField { fields, dictionary_id: None }
}
