//! Blobs in the memory of this process, for tests and for pipelines whose results need not outlive it.

use super::{BlobName, Blobs, Existing, LocalFile, Published, Space, Upload};
use crate::{Hash, Stamp};
use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// Blobs in the memory of this process. Clones share the same blobs.
#[derive(Debug, Clone, Default)]
pub struct MemoryBlobs {
    blobs: Arc<Mutex<BTreeMap<BlobName, Blob>>>,
}

#[derive(Debug, Clone)]
struct Blob {
    bytes: Arc<[u8]>,
    stamp: Stamp,
}

impl MemoryBlobs {
    /// Creates an empty storage.
    pub fn new() -> MemoryBlobs {
        MemoryBlobs::default()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<BlobName, Blob>> {
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, name: &BlobName) -> io::Result<Blob> {
        self.lock().get(name).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Blobs for MemoryBlobs {
    fn place(&self) -> &Path {
        Path::new("memory")
    }

    fn upload(&self) -> io::Result<Box<dyn Upload + '_>> {
        Ok(Box::new(Staged { blobs: self, bytes: Vec::new() }))
    }

    fn open(&self, name: &BlobName, range: Range<u64>) -> io::Result<Box<dyn Read + '_>> {
        let mut bytes = Cursor::new(self.get(name)?.bytes);
        bytes.set_position(range.start);
        Ok(Box::new(bytes.take(range.end.saturating_sub(range.start))))
    }

    fn head(&self, name: &BlobName) -> io::Result<Stamp> {
        Ok(self.get(name)?.stamp)
    }

    fn list(&self, space: Space, prefix: &str) -> io::Result<Vec<Hash>> {
        let blobs = self.lock();
        let names = blobs.keys().filter(|name| name.space == space).map(|name| name.hash);
        Ok(names.filter(|hash| hash.to_string().starts_with(prefix)).collect())
    }

    fn remove(&self, names: &[BlobName]) -> io::Result<()> {
        let mut blobs = self.lock();
        names.iter().for_each(|name| drop(blobs.remove(name)));
        Ok(())
    }

    fn make_durable(&self, _: &BlobName) -> io::Result<()> {
        Ok(())
    }

    fn local(&self, name: &BlobName) -> io::Result<LocalFile> {
        LocalFile::copy(&mut &*self.get(name)?.bytes)
    }
}

#[derive(Debug)]
struct Staged<'a> {
    blobs: &'a MemoryBlobs,
    bytes: Vec<u8>,
}

impl Write for Staged<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Upload for Staged<'_> {
    fn publish(self: Box<Self>, name: &BlobName, existing: Existing) -> io::Result<Published> {
        let mut blobs = self.blobs.lock();
        if existing == Existing::Keep && blobs.contains_key(name) {
            return Ok(Published::Kept);
        }
        let stamp = Stamp::unchanging(self.bytes.len() as u64, SystemTime::now());
        blobs.insert(*name, Blob { bytes: self.bytes.into(), stamp });
        Ok(Published::Named(Some(stamp)))
    }
}
