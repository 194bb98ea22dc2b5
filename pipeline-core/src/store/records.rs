//! Records: immutable, self-checking files named by a key.

use super::disk::Disk;
use super::staging::{Staging, ensure_folder};
use super::{Hash, StoreError};
use serde::{Serialize, de::DeserializeOwned};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

/// The first line of every record; the number is the version of what follows.
const HEADER: &str = "pipeline record 1";

/// The records of a store.
#[derive(Debug)]
pub(crate) struct Records {
    root: PathBuf,
    staging: Arc<Staging>,
}

/// What a key's record said.
#[derive(Debug)]
pub(crate) enum RecordRead<T> {
    /// This.
    Found(T),
    /// There is none.
    Absent,
    /// There is a file, but it is cut, altered, or not a record of this version.
    Damaged,
}

impl Records {
    pub(crate) fn new(root: PathBuf, staging: Arc<Staging>) -> Records {
        Records { root, staging }
    }

    fn path(&self, key: &Hash) -> PathBuf {
        let name = key.to_string();
        self.root.join(&name[..2]).join(&name[2..])
    }

    /// The record under `key`.
    pub(crate) fn get<T: DeserializeOwned>(&self, key: &Hash) -> Result<RecordRead<T>, StoreError> {
        let path = self.path(key);
        let text = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(RecordRead::Absent),
            Err(source) => return Err(StoreError::Read { path, source }),
        };
        Ok(decode(key, &text).map_or(RecordRead::Damaged, RecordRead::Found))
    }

    /// Keeps a record. One that is there already stays, unless `replace` says that it is known to
    /// be of no use: damaged, or naming objects that are gone.
    pub(crate) fn put(&self, key: &Hash, record: &impl Serialize, replace: bool) -> Result<(), StoreError> {
        let path = self.path(key);
        let publish = || -> io::Result<()> {
            let bytes = encode(key, record)?;
            let (mut file, staged) = self.staging.file()?;
            let written = file
                .write_all(&bytes)
                .and_then(|()| Disk::sync_file(&file))
                .and_then(|()| ensure_folder(&path))
                .and_then(|()| match replace {
                    true => Disk::rename(&staged, &path),
                    false => Disk::create_if_absent(&staged, &path).map(drop),
                });
            if let Err(error) = written {
                let _ = std::fs::remove_file(&staged);
                return Err(error);
            }
            path.parent().map_or(Ok(()), Disk::sync_folder)
        };
        publish().map_err(|source| StoreError::Write { path: path.clone(), source })
    }
}

/// Header, hash of key and body, body. The key in the hash keeps a record from passing under
/// another's name.
fn encode(key: &Hash, record: &impl Serialize) -> io::Result<Vec<u8>> {
    let body = serde_json::to_vec(record)?;
    let mut bytes = format!("{HEADER}\n{}\n", seal(key, &body)).into_bytes();
    bytes.extend(body);
    bytes.push(b'\n');
    Ok(bytes)
}

fn decode<T: DeserializeOwned>(key: &Hash, bytes: &[u8]) -> Option<T> {
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
