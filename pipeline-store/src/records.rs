//! Records: what a key's result is, in immutable files named by the key.

use super::disk::Disk;
use super::objects::list;
use super::staging::Staging;
use super::{Durable, Hash, Stamp, StoreError};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The first line of every record; the number is the version of what follows.
const HEADER: &str = "pipeline record 1";

/// The records of a store.
#[derive(Debug)]
pub struct Records {
    root: PathBuf,
    disk: Arc<dyn Disk>,
    durable: Arc<Durable>,
    staging: Arc<Staging>,
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
    pub(super) fn new(
        store: &Path,
        disk: Arc<dyn Disk>,
        durable: Arc<Durable>,
        staging: Arc<Staging>,
    ) -> Records {
        Records { root: store.join("records"), disk, durable, staging }
    }

    /// Where the record is, or would be.
    pub fn path(&self, key: &Hash) -> PathBuf {
        key.path_in(&self.root)
    }

    /// The record under `key`.
    pub fn get<T: DeserializeOwned>(&self, key: &Hash) -> Result<RecordRead<T>, StoreError> {
        let path = self.path(key);
        match self.disk.read(&path) {
            Ok(bytes) => Ok(decode(key, &bytes).map_or(RecordRead::Damaged, RecordRead::Found)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(RecordRead::Absent),
            Err(source) => Err(StoreError::Read { path, source }),
        }
    }

    /// Keeps a record; whether it is this one that is there now. One that is there already stays, unless
    /// `replace` says that it is known to be of no use: damaged, or naming objects that are gone.
    pub fn put(&self, key: &Hash, record: &impl Serialize, replace: bool) -> Result<bool, StoreError> {
        let path = self.path(key);
        let publish = || -> io::Result<bool> {
            let bytes = encode(key, record)?;
            self.staging.rely_on(key)?;
            let folder = path.parent().unwrap_or(&path);
            self.durable.folder(folder)?;
            let (mut file, staged) = self.staging.file()?;
            let named = file.write_all(&bytes).and_then(|()| file.sync()).and_then(|()| match replace {
                true => self.disk.rename(&staged, &path).map(|()| true),
                false => self.create_if_absent(&staged, &path),
            });
            if named.is_err() {
                let _ = self.disk.remove(&staged);
            }
            let named = named?;
            self.disk.sync_folder(folder)?;
            Ok(named)
        };
        publish().map_err(|source| StoreError::Write { path: path.clone(), source })
    }

    /// Gives a file its final name if nothing bears it yet; whether it did.
    fn create_if_absent(&self, staged: &Path, path: &Path) -> io::Result<bool> {
        let created = match self.disk.link(staged, path) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
            Err(error) => return Err(error),
        };
        match self.disk.remove(staged) {
            // Where a file can't have two names, it was given the one.
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(created),
        }
    }

    /// The keys of all records, sorted.
    pub fn list(&self) -> io::Result<Vec<Hash>> {
        list(&*self.disk, &self.root)
    }

    /// What the file of a record looks like from outside.
    pub fn stamp(&self, key: &Hash) -> io::Result<Stamp> {
        self.disk.stamp(&self.path(key))
    }

    /// Makes the removal of these records durable.
    pub fn sync(&self, keys: &[Hash]) -> io::Result<()> {
        let paths: Vec<PathBuf> = keys.iter().map(|key| self.path(key)).collect();
        let folders: BTreeSet<&Path> = paths.iter().filter_map(|path| path.parent()).collect();
        folders.into_iter().try_for_each(|folder| self.disk.sync_folder(folder))
    }

    /// Removes a record; not durably before [`Records::sync`].
    pub fn remove(&self, key: &Hash) -> io::Result<()> {
        self.disk.remove(&self.path(key))
    }
}

/// Header, hash of key and body, body. The key in the hash keeps a record from passing under
/// another's name.
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
