//! Content hashes of a table's columns, so that a reader depends only on the columns that it reads.
//!
//! A column with its own objects is identified by their hashes, which stay the same as long as its values do. For
//! columns that share an object, the values are hashed once more.

use super::ipc;
use super::row::Column;
use crate::data::{ColumnContent, ColumnFile};
use crate::store::{Hash, HashingWriter};
use polars::io::ipc::BatchedWriter;
use polars::prelude::{Column as Values, DataFrame, PolarsResult};
use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

/// Hashes the values of columns that share an object.
pub(super) struct Hashers {
    columns: Vec<(&'static str, BatchedWriter<Hashed>, Hashed)>,
}

/// A writer that hashes bytes and discards them.
#[derive(Clone, Default)]
struct Hashed(Rc<RefCell<HashingWriter>>);

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Hashers {
    pub(super) fn of(columns: &'static [Column]) -> PolarsResult<Hashers> {
        let hasher = |column: &'static Column| {
            let hashed = Hashed::default();
            let writer = ipc::writer(hashed.clone(), &ipc::schema(std::slice::from_ref(column)))?;
            Ok((column.name, writer, hashed))
        };
        Ok(Hashers { columns: columns.iter().map(hasher).collect::<PolarsResult<_>>()? })
    }

    /// Adds rows in canonical form.
    pub(super) fn add(&mut self, rows: usize, columns: &[Values]) -> PolarsResult<()> {
        for ((_, writer, _), values) in self.columns.iter_mut().zip(columns) {
            writer.write_batch(&DataFrame::new(rows, vec![values.clone()])?)?;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> PolarsResult<Vec<ColumnContent>> {
        let content = |(name, mut writer, hashed): (&'static str, BatchedWriter<Hashed>, Hashed)| {
            writer.finish()?;
            Ok(ColumnContent { name: name.to_owned(), hash: hashed.0.take().finish().0, formula: None })
        };
        self.columns.into_iter().map(content).collect()
    }
}

/// Returns the contents of the columns of a table that is stored in these files. `shared` has the contents of columns
/// that share a file.
pub(super) fn of_files(files: &[ColumnFile], shared: &[ColumnContent]) -> Vec<ColumnContent> {
    let mut contents = Vec::new();
    for parts in files.chunk_by(|one, next| one.columns == next.columns) {
        let [name] = &parts[0].columns[..] else {
            let known = |name: &String| shared.iter().find(|content| content.name == *name).cloned();
            contents.extend(parts[0].columns.iter().filter_map(known));
            continue;
        };
        let mut hasher = blake3::Hasher::new();
        for ColumnFile { coded, object, .. } in parts {
            hasher.update(object.hash.as_bytes());
            // The object has the codes, but not the values that they stand for.
            let coded = coded.get(name).map(|coded| serde_json::to_vec(coded).unwrap_or_default());
            let coded = coded.unwrap_or_default();
            hasher.update(&(coded.len() as u64).to_le_bytes());
            hasher.update(&coded);
        }
        contents.push(ColumnContent {
            name: name.clone(),
            hash: Hash::from(hasher.finalize()),
            formula: None,
        });
    }
    contents
}
