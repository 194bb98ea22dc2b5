//! Long tables: an index that names the objects with their columns.
//!
//! A column is not written again if the store already has it, from a table that the task read or from its earlier
//! result.
#![cfg_attr(not(feature = "polars"), allow(dead_code, reason = "writing tables needs polars"))]

use super::{CancelToken, ColumnContent, DataError, JobProgress};
use crate::store::{Blob, Damaged, Hash, Lease, Objects, PieceHasher, PieceWriter, Pieces, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// The content of a long table's object.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TableIndex {
    /// The version of this format.
    #[serde(rename = "pipeline table")]
    format: u32,
    /// The number of rows.
    pub(crate) rows: u64,
    /// The objects, in the order of their columns. Consecutive objects with the same columns hold consecutive rows.
    pub(crate) files: Vec<ColumnFile>,
}

/// An object with columns of a table: an Arrow IPC file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ColumnFile {
    /// The names of its columns.
    pub(crate) columns: Vec<String>,
    /// The values behind the codes, for each column that is coded.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) coded: BTreeMap<String, CodedColumn>,
    /// The object.
    pub(crate) object: Pieces,
}

/// A column with few distinct values, for which its file has codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodedColumn {
    /// The type of the values.
    #[serde(rename = "type")]
    pub(crate) ty: CodedType,
    /// The values of the codes from zero on, as strings; `None` is a missing value.
    pub(crate) values: Vec<Option<String>>,
}

/// The type of the values of a coded column, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CodedType {
    I32,
    I64,
    U32,
    U64,
    #[serde(rename = "String")]
    String,
}

impl TableIndex {
    /// The beginning of an index, before the version. An Arrow IPC file begins with `ARROW1`.
    const BEGINNING: &'static [u8] = b"{\"pipeline table\":";

    /// The version that is written. Version 1 has no coded columns.
    const FORMAT: u32 = 2;

    pub(crate) fn new(rows: u64, files: Vec<ColumnFile>) -> TableIndex {
        TableIndex { format: Self::FORMAT, rows, files }
    }

    /// Reads the index of the table in this object; `None` if the object contains the rows themselves.
    pub(crate) fn of(object: &Blob) -> Result<Option<TableIndex>, DataError> {
        if !super::object::begins_with(object, Self::BEGINNING)? {
            return Ok(None);
        }
        let bad = |message| DataError::Decode { ty: "table".into(), message };
        let index: TableIndex =
            serde_json::from_slice(&super::object::bytes(object)?).map_err(|error| bad(error.to_string()))?;
        match index.format {
            1..=Self::FORMAT => Ok(Some(index)),
            other => {
                Err(bad(format!("it has format version {other}, and this program knows {}", Self::FORMAT)))
            }
        }
    }

    /// Whether a table with the same rows would get the same index if it were written now.
    pub(crate) fn is_current(&self) -> bool {
        self.format == Self::FORMAT
    }

    /// The objects that it names.
    pub(crate) fn objects(&self) -> Vec<Hash> {
        self.files.iter().map(|file| file.object.hash).collect()
    }
}

/// The destination of a long table's columns.
#[derive(Clone)]
pub(crate) enum Columns<'a> {
    /// Columns are written to objects, unless one of these tables has the same column.
    Kept(KeptColumns<'a>),
    /// Columns are only hashed.
    Hashed,
}

/// Everything needed to write objects with columns.
#[derive(Clone)]
pub(crate) struct KeptColumns<'a> {
    objects: &'a Objects,
    /// The folder of the objects.
    pub(crate) stored_in: &'a Path,
    lease: &'a Lease,
    /// Tables in the store whose columns may be reused.
    pub(crate) tables: &'a [TableIndex],
    /// The contents of the columns of each table.
    pub(crate) contents: &'a [Vec<ColumnContent>],
    /// The objects of these tables, each of them once.
    like: Vec<Arc<Pieces>>,
    /// An object is trusted without reading it if it was verified after this time, in microseconds since 1970.
    since: i64,
}

/// A writer for an object with columns.
pub(crate) enum ColumnWriter<'a> {
    Kept(PieceWriter<'a>),
    Hashed(PieceHasher),
}

impl<'a> Columns<'a> {
    pub(crate) fn writer(&self) -> ColumnWriter<'a> {
        match self {
            Columns::Kept(KeptColumns { objects, lease, like, since, .. }) => {
                ColumnWriter::Kept(PieceWriter::new(objects, lease, like, *since))
            }
            Columns::Hashed => ColumnWriter::Hashed(PieceHasher::default()),
        }
    }
}

impl<'a> KeptColumns<'a> {
    pub(crate) fn new(
        objects: &'a Objects,
        stored_in: &'a Path,
        lease: &'a Lease,
        (tables, contents): (&'a [TableIndex], &'a [Vec<ColumnContent>]),
        since: i64,
    ) -> KeptColumns<'a> {
        let mut like: Vec<Arc<Pieces>> = Vec::new();
        for file in tables.iter().flat_map(|table| &table.files) {
            if !like.iter().any(|known| known.hash == file.object.hash) {
                like.push(Arc::new(file.object.clone()));
            }
        }
        KeptColumns { objects, stored_in, lease, tables, contents, like, since }
    }

    /// Whether these objects exist and are kept, as if they had been written again.
    #[cfg(feature = "polars")]
    pub(crate) fn stay(&self, files: &[&ColumnFile]) -> Result<bool, StoreError> {
        for file in files {
            if !crate::store::is_intact_and_durable(self.objects, self.lease, file.object.hash, self.since)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl ColumnWriter<'_> {
    pub(crate) fn add(&mut self, piece: &[u8]) -> Result<(), StoreError> {
        match self {
            ColumnWriter::Kept(writer) => writer.add(piece),
            ColumnWriter::Hashed(hasher) => {
                hasher.add(piece);
                Ok(())
            }
        }
    }

    /// Returns the object, and the damaged object that it replaced, if any.
    pub(crate) fn finish(self) -> Result<(Pieces, Option<Damaged>), StoreError> {
        match self {
            ColumnWriter::Kept(writer) => {
                let (written, pieces) = writer.finish()?;
                Ok((pieces, written.replaced))
            }
            ColumnWriter::Hashed(hasher) => Ok((hasher.finish(), None)),
        }
    }
}

/// Checks for cancellation while a job writes, and counts the bytes that it writes.
#[derive(Clone, Copy, Default)]
pub(crate) struct Watch<'a> {
    pub(super) token: Option<&'a CancelToken>,
    pub(super) progress: Option<&'a JobProgress>,
}

impl Watch<'_> {
    /// Fails once the job is canceled.
    pub(crate) fn check(&self) -> io::Result<()> {
        self.token.map_or(Ok(()), CancelToken::check).map_err(io::Error::other)
    }

    /// Counts bytes as the job's progress.
    pub(crate) fn count(&self, bytes: usize) {
        if let Some(progress) = self.progress {
            progress.add_bytes(bytes);
        }
    }
}
