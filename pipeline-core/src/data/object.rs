//! Reading objects that contain values.

use super::DataError;
use crate::store::{Blob, LocalFile, StoreError};
use std::io::{self, Read};

/// Reads the bytes of an object and verifies them against its hash.
pub(super) fn bytes(object: &Blob) -> Result<Vec<u8>, DataError> {
    object.read().map_err(|error| match error {
        StoreError::ObjectGone { hash } => DataError::Missing { hash },
        other => DataError::Unreadable(other),
    })
}

/// Whether an object begins with these bytes.
pub(super) fn begins_with(object: &Blob, beginning: &[u8]) -> Result<bool, DataError> {
    let mut found = Vec::new();
    let read = object.open(0..beginning.len() as u64).and_then(|mut bytes| bytes.read_to_end(&mut found));
    read.map_err(|error| failed(object, error))?;
    Ok(found == beginning)
}

/// Returns a local file with the bytes of an object.
pub(crate) fn local(object: &Blob) -> Result<LocalFile, DataError> {
    object.local().map_err(|source| failed(object, source))
}

/// Converts an I/O error of an object to a [`DataError`].
fn failed(object: &Blob, source: io::Error) -> DataError {
    let hash = object.hash();
    match source.kind() {
        io::ErrorKind::NotFound => DataError::Missing { hash },
        _ => DataError::Unreadable(StoreError::Read { path: format!("object {hash}").into(), source }),
    }
}
