//! Objects: immutable files named by the hash of their bytes.

use super::disk::Disk;
use super::staging::{Staging, ensure_folder};
use super::{Hash, Stamp, StoreError};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The objects of a store.
#[derive(Debug)]
pub(crate) struct Objects {
    root: PathBuf,
    staging: Arc<Staging>,
}

/// What is known of an object from looking at its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// The file is there, and its bytes were read and have the right hash.
    Whole,
    /// There is no file.
    Missing,
    /// The file is cut or altered.
    Damaged,
}

impl Objects {
    pub(crate) fn new(root: PathBuf, staging: Arc<Staging>) -> Objects {
        Objects { root, staging }
    }

    /// Where the object is, or would be.
    pub(crate) fn path(&self, hash: &Hash) -> PathBuf {
        let name = hash.to_string();
        self.root.join(&name[..2]).join(&name[2..])
    }

    /// Begins a new object.
    pub(crate) fn writer(&self) -> Result<ObjectWriter<'_>, StoreError> {
        let (file, path) =
            self.staging.file().map_err(|source| StoreError::Write { path: self.root.clone(), source })?;
        Ok(ObjectWriter {
            objects: self,
            file: BufWriter::with_capacity(1 << 20, file),
            path: Some(path),
            hasher: blake3::Hasher::new(),
            size: 0,
        })
    }

    /// Keeps these bytes.
    pub(crate) fn put(&self, bytes: &[u8]) -> Result<(Hash, u64), StoreError> {
        let mut writer = self.writer()?;
        writer.write_all(bytes).map_err(|source| StoreError::Write { path: self.root.clone(), source })?;
        writer.finish()
    }

    /// Reads the object's bytes and compares their hash.
    pub(crate) fn check(&self, hash: &Hash) -> Presence {
        let Ok(mut file) = File::open(self.path(hash)) else { return Presence::Missing };
        match hash_file(&mut file) {
            Ok(found) if found == *hash => Presence::Whole,
            _ => Presence::Damaged,
        }
    }

    /// The stamp of the object's file, `None` when there is none.
    pub(crate) fn stamp(&self, hash: &Hash) -> Option<Stamp> {
        Stamp::of(&self.path(hash)).ok()
    }

    /// The object's bytes, compared with its hash.
    #[cfg(test)]
    pub(crate) fn read(&self, hash: &Hash) -> Result<Vec<u8>, StoreError> {
        match std::fs::read(self.path(hash)) {
            Ok(bytes) if Hash::of(&bytes) == *hash => Ok(bytes),
            _ => Err(StoreError::ObjectGone { hash: *hash }),
        }
    }
}

/// The hash of the rest of a file.
pub(crate) fn hash_file(file: &mut File) -> io::Result<Hash> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match io::Read::read(file, &mut buffer) {
            Ok(0) => return Ok(hasher.finalize().into()),
            Ok(read) => drop(hasher.update(&buffer[..read])),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// An object on its way: bytes go to a file without a name, and through the hasher.
///
/// Dropped before [`ObjectWriter::finish`], it leaves nothing.
pub(crate) struct ObjectWriter<'a> {
    objects: &'a Objects,
    file: BufWriter<File>,
    /// `None` once the file has its name.
    path: Option<PathBuf>,
    hasher: blake3::Hasher,
    size: u64,
}

impl ObjectWriter<'_> {
    /// Makes the bytes durable and gives the file its name. An object that is there already stays,
    /// unless its file is not whole.
    pub(crate) fn finish(mut self) -> Result<(Hash, u64), StoreError> {
        let hash: Hash = self.hasher.finalize().into();
        let target = self.objects.path(&hash);
        let publish = |file: &mut BufWriter<File>, path: &Path| -> io::Result<()> {
            file.flush()?;
            let present = std::fs::metadata(&target).is_ok_and(|metadata| metadata.len() == self.size);
            if present && self.objects.check(&hash) == Presence::Whole {
                return std::fs::remove_file(path);
            }
            Disk::sync_file(file.get_ref())?;
            ensure_folder(&target)?;
            Disk::rename(path, &target)?;
            target.parent().map_or(Ok(()), Disk::sync_folder)
        };
        let path = self.path.take().unwrap_or_default();
        publish(&mut self.file, &path).map_err(|source| {
            let _ = std::fs::remove_file(&path);
            StoreError::Write { path: target.clone(), source }
        })?;
        Ok((hash, self.size))
    }
}

impl Write for ObjectWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for ObjectWriter<'_> {
    fn drop(&mut self) {
        if let Some(path) = self.path.take() {
            let _ = std::fs::remove_file(path);
        }
    }
}
