//! Records: what a key's result is, in blobs named by the key.

use crate::blobs::{BlobName, Blobs, Existing, Published, Space};
use crate::leases::Lease;
use crate::{Hash, Stamp, StoreError};
use serde::{Serialize, de::DeserializeOwned};
use std::io;
use std::sync::Arc;

/// The first line of every record; the number is the version of what follows.
const HEADER: &str = "pipeline record 1";

/// The records of a store.
#[derive(Debug)]
pub struct Records {
    blobs: Arc<dyn Blobs>,
}

/// What a key's record said.
#[derive(Debug)]
pub enum RecordRead<T> {
    /// This.
    Found(T),
    /// There is none.
    Absent,
    /// There is a file, but it is cut, altered, or not a record of this version.
    Damaged,
}

impl<T> RecordRead<T> {
    /// What was found, made into something else.
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

    /// The record under `key`.
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

    /// The bytes of the record under `key`, as [`encode`] made them; `None` when there is none.
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

    /// Keeps a record, held by the lease; whether it is this one that is there now. One that is there already stays,
    /// unless it is known to be of no use: damaged, or naming objects that are gone.
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

    /// The keys of all records, sorted.
    ///
    /// # Errors
    ///
    /// When the store can't be read.
    pub fn list(&self) -> io::Result<Vec<Hash>> {
        self.blobs.list(Space::Records, "")
    }

    /// Marks of a record that change when it does, with its size.
    ///
    /// # Errors
    ///
    /// When there is no such record, or the store can't be read.
    pub fn stamp(&self, key: &Hash) -> io::Result<Stamp> {
        self.blobs.head(&BlobName::record(*key))
    }

    /// The stamp with the time at which the record was written.
    pub(crate) fn written(&self, stamp: Stamp) -> Stamp {
        self.blobs.written(stamp)
    }

    /// Removes records, durably. One that is gone already is no error.
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

/// The bytes of a record: a header, the hash of key and body, the body. The key in the hash keeps a record from passing
/// under another's name.
///
/// # Errors
///
/// When the record can't be written as JSON.
pub fn encode(key: &Hash, record: &impl Serialize) -> io::Result<Vec<u8>> {
    let body = serde_json::to_vec(record)?;
    let mut bytes = format!("{HEADER}\n{}\n", seal(key, &body)).into_bytes();
    bytes.extend(body);
    bytes.push(b'\n');
    Ok(bytes)
}

/// What the bytes of a record under `key` say; `None` when they are no record of it.
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
