//! Records: descriptions of results, in blobs named by the result's key.

use crate::blobs::{BlobName, Blobs, Existing, Published, Space};
use crate::leases::Lease;
use crate::{Hash, Stamp, StoreError};
use serde::{Serialize, de::DeserializeOwned};
use std::io;
use std::sync::Arc;

/// The first line of every record; the number is the version of the format.
const HEADER: &str = "pipeline record 1";

/// The records of a store.
#[derive(Debug)]
pub struct Records {
    blobs: Arc<dyn Blobs>,
}

/// The outcome of reading a record.
#[derive(Debug)]
pub enum RecordRead<T> {
    /// The record's content.
    Found(T),
    /// The key has no record.
    Absent,
    /// The file exists, but it is truncated, altered, or not a record of this version.
    Damaged,
}

impl<T> RecordRead<T> {
    /// Converts the content of a record that was found.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> RecordRead<U> {
        match self {
            RecordRead::Found(record) => RecordRead::Found(make(record)),
            RecordRead::Absent => RecordRead::Absent,
            RecordRead::Damaged => RecordRead::Damaged,
        }
    }
}

impl Records {
    pub(crate) fn new(blobs: Arc<dyn Blobs>) -> Records {
        Records { blobs }
    }

    /// Reads the record of `key`.
    ///
    /// # Errors
    ///
    /// When the store can't be read.
    pub fn get<T: DeserializeOwned>(&self, key: &Hash) -> Result<RecordRead<T>, StoreError> {
        match self.blobs.read(&BlobName::record(*key)) {
            Ok(bytes) => Ok(decode(key, &bytes).map_or(RecordRead::Damaged, RecordRead::Found)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(RecordRead::Absent),
            Err(source) => Err(StoreError::Read { path: self.place_of(key), source }),
        }
    }

    /// Reads the bytes of the record of `key`, as [`encode`] made them; `None` if it does not exist.
    ///
    /// # Errors
    ///
    /// When the store can't be read.
    pub fn bytes(&self, key: &Hash) -> Result<Option<Vec<u8>>, StoreError> {
        match self.blobs.read(&BlobName::record(*key)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StoreError::Read { path: self.place_of(key), source }),
        }
    }

    /// Stores a record, held by the lease. With [`Existing::Keep`], an existing record is kept; a caller that knows it
    /// to be useless (damaged, or naming objects that are gone) passes [`Existing::Replace`]. Returns whether this
    /// record was stored.
    ///
    /// # Errors
    ///
    /// When the store can't be written.
    pub fn put(
        &self,
        key: &Hash,
        record: &impl Serialize,
        existing: Existing,
        lease: &Lease,
    ) -> Result<bool, StoreError> {
        let publish = || -> io::Result<bool> {
            let bytes = encode(key, record)?;
            lease.list(key)?;
            let mut upload = self.blobs.upload()?;
            upload.write_all(&bytes)?;
            Ok(upload.publish(&BlobName::record(*key), existing)? != Published::Kept)
        };
        publish().map_err(|source| StoreError::Write { path: self.place_of(key), source })
    }

    /// Lists the keys of all records, sorted.
    ///
    /// # Errors
    ///
    /// When the store can't be read.
    pub fn list(&self) -> io::Result<Vec<Hash>> {
        self.blobs.list(Space::Records, "")
    }

    /// The record's stamp: its size, and marks that change when the record does.
    ///
    /// # Errors
    ///
    /// When the record does not exist or the store can't be read.
    pub fn stamp(&self, key: &Hash) -> io::Result<Stamp> {
        self.blobs.head(&BlobName::record(*key))
    }

    /// The stamp with the time at which the record was written.
    pub(crate) fn written(&self, stamp: Stamp) -> Stamp {
        self.blobs.written(stamp)
    }

    /// Removes records, durably. A record that is already gone is not an error.
    ///
    /// # Errors
    ///
    /// When the store can't be written.
    pub fn remove(&self, keys: &[Hash]) -> Result<(), StoreError> {
        let names: Vec<BlobName> = keys.iter().copied().map(BlobName::record).collect();
        let place = || self.blobs.place().join(Space::Records.as_str());
        self.blobs.remove(&names).map_err(|source| StoreError::Write { path: place(), source })
    }

    fn place_of(&self, key: &Hash) -> std::path::PathBuf {
        self.blobs.place().join(BlobName::record(*key).to_string())
    }
}

/// Encodes a record: a header, the hash of key and body, the body. The hash includes the key, so that a record under
/// another name is found out.
///
/// # Errors
///
/// When the record can't be serialized as JSON.
pub fn encode(key: &Hash, record: &impl Serialize) -> io::Result<Vec<u8>> {
    let body = serde_json::to_vec(record)?;
    let mut bytes = format!("{HEADER}\n{}\n", seal(key, &body)).into_bytes();
    bytes.extend(body);
    bytes.push(b'\n');
    Ok(bytes)
}

/// Decodes the record of `key`; `None` if the bytes are not a valid record of that key.
pub fn decode<T: DeserializeOwned>(key: &Hash, bytes: &[u8]) -> Option<T> {
    let rest = bytes.strip_prefix(HEADER.as_bytes())?.strip_prefix(b"\n")?;
    let (sealed, body) = (rest.get(..64)?, rest.get(64..)?);
    let body = body.strip_prefix(b"\n")?.strip_suffix(b"\n")?;
    if sealed != seal(key, body).to_string().as_bytes() {
        return None;
    }
    serde_json::from_slice(body).ok()
}

fn seal(key: &Hash, body: &[u8]) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(key.as_bytes());
    hasher.update(body);
    hasher.finalize().into()
}
