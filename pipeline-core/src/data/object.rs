//! Reading objects that contain values.

use super::DataError;
use crate::store::{Blob, LocalFile, StoreError};
use std::io;

/// The bytes of an object, compared with its hash.
pub(super) fn bytes(object: &Blob) -> Result<Vec<u8>, DataError> {
    object.read().map_err(|error| match error {
        StoreError::ObjectGone { hash } => DataError::Gone { hash },
        other => DataError::Unreadable(other),
    })
}

/// A file of this machine with the bytes of an object.
pub(crate) fn local(object: &Blob) -> Result<LocalFile, DataError> {
    object.local().map_err(|source| failed(object, source))
}

/// Why an object can't be read.
pub(super) fn failed(object: &Blob, source: io::Error) -> DataError {
    let hash = object.hash();
    match source.kind() {
        io::ErrorKind::NotFound => DataError::Gone { hash },
        _ => DataError::Unreadable(StoreError::Read { path: format!("object {hash}").into(), source }),
    }
}
