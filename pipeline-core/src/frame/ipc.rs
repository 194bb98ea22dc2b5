//! Arrow IPC files, in which tables are stored.

use super::columns;
use super::row::Column;
use polars::io::ipc::{BatchedWriter, IpcWriter};
use polars::prelude::*;
use polars_arrow::io::ipc::IpcField;
use std::io::Write;

/// Creates a writer for a file with these columns, batch by batch.
pub(super) fn writer<W: Write>(out: W, schema: &Schema) -> PolarsResult<BatchedWriter<W>> {
    let fields = schema.iter_values().map(field).collect();
    IpcWriter::new(out).batched(schema, fields)
}

/// Returns the schema of columns in the store.
pub(super) fn schema(columns: &[Column]) -> Schema {
    columns.iter().map(|column| Field::new(column.name.into(), columns::stored_type(column.ty))).collect()
}

/// Returns the IPC field of a column of this type, with its nested columns. None of them has a dictionary.
fn field(ty: &DataType) -> IpcField {
    let fields = match ty {
        DataType::List(of) => vec![field(of)],
        DataType::Struct(fields) => fields.iter().map(|within| field(within.dtype())).collect(),
        _ => Vec::new(),
    };
    IpcField { fields, dictionary_id: None }
}
