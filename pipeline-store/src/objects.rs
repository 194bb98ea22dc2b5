//! Objects: blobs named by the hash of their bytes.

use crate::blobs::{BlobName, Blobs, Existing, LocalFile, Published, Space, Upload};
use crate::integrity::IntegrityCache;
use crate::leases::{Lease, Leases};
use crate::{Hash, Stamp, StoreError, hash_file};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::{self, Read, Write};
use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

/// Up to this size, in bytes, an object is hashed once more before a process scans it for the first time, which takes a
/// millisecond or two. Of longer ones the stamp tells, as long as their bytes were read lately.
const SHORT: u64 = 4 << 20;

/// The objects of a store.
#[derive(Debug)]
pub struct Objects {
    pub(crate) blobs: Arc<dyn Blobs>,
    leases: Arc<dyn Leases>,
    whole: IntegrityCache,
}

/// An object that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The hash of its bytes.
    pub hash: Hash,
    /// How many they are.
    pub bytes: u64,
    /// The damaged object under its name that it replaced: what was read from that may be wrong.
    pub replaced: Option<Damaged>,
}

/// An object that was found damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damaged {
    /// Its name.
    pub object: Hash,
    /// When its bytes were last found right, in microseconds since 1970, where that is known.
    pub last_whole: Option<i64>,
}

/// What is known of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Integrity {
    /// It is there, and its bytes have the right hash.
    Intact,
    /// There is none.
    Missing,
    /// It is cut or altered.
    Damaged,
}

impl Objects {
    pub(crate) fn new(blobs: Arc<dyn Blobs>, leases: Arc<dyn Leases>) -> Objects {
        Objects { whole: IntegrityCache::new(blobs.clone()), blobs, leases }
    }

    /// Begins a new object.
    ///
    /// # Errors
    ///
    /// When the store can't be written.
    pub fn writer(&self) -> Result<ObjectWriter<'_>, StoreError> {
        let upload = self.blobs.upload().map_err(|source| self.not_written(None, source))?;
        Ok(ObjectWriter { objects: self, upload, hasher: blake3::Hasher::new(), size: 0 })
    }

    /// Keeps these bytes.
    ///
    /// # Errors
    ///
    /// When the store can't be written.
    pub fn put(&self, bytes: &[u8], lease: &Lease) -> Result<Written, StoreError> {
        let mut writer = self.writer()?;
        writer.write_all(bytes).map_err(|source| self.not_written(None, source))?;
        writer.finish(lease)
    }

    /// Gives bytes with this hash their name; the damaged object that they replaced.
    pub(crate) fn publish(
        &self,
        upload: Box<dyn Upload + '_>,
        hash: Hash,
        lease: &Lease,
    ) -> Result<Option<Damaged>, StoreError> {
        let name = BlobName::object(hash);
        let publish = || -> io::Result<Option<Damaged>> {
            // From here on nobody collects what may be there under this name.
            lease.list(&hash)?;
            let present = match self.stamp(&hash) {
                Ok(Some(stamp)) => self.reread(&hash, stamp).unwrap_or(Integrity::Missing),
                _ => Integrity::Missing,
            };
            if present == Integrity::Intact {
                drop(upload);
                return self.blobs.make_durable(&name).map(|()| None);
            }
            let replaced = (present == Integrity::Damaged).then(|| self.damaged(hash));
            let written = SystemTime::now();
            if let Published::Named(Some(stamp)) = upload.publish(&name, Existing::Replace)? {
                self.whole.see(&hash, stamp, written);
            }
            Ok(replaced)
        };
        publish().map_err(|source| self.not_written(Some(hash), source))
    }

    /// An object that the lease holds, to be read.
    ///
    /// # Errors
    ///
    /// When the list of what this process holds can't be written.
    pub fn blob(&self, hash: Hash, lease: Arc<Lease>) -> Result<Blob, StoreError> {
        lease.hold(&hash)?;
        Ok(Blob { hash, blobs: self.blobs.clone(), lease, outlives: false })
    }

    /// Reads the object's bytes and compares their hash.
    ///
    /// # Errors
    ///
    /// When this process can't read the store, and another might.
    pub fn check(&self, hash: &Hash) -> Result<Integrity, StoreError> {
        let name = BlobName::object(*hash);
        match self.blobs.open(&name, 0..u64::MAX).and_then(|mut bytes| hash_file(&mut bytes)) {
            Ok((found, _)) if found == *hash => Ok(Integrity::Intact),
            Ok(_) => Ok(Integrity::Damaged),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Integrity::Missing),
            Err(source) if is_of_this_process(&source) => Err(self.not_read(&name, source)),
            // The disk can't read it: it is of no more use than one that is altered.
            Err(_) => Ok(Integrity::Damaged),
        }
    }

    /// Whether the object is there and whole. Its bytes are read unless it looks as it did when they were last found
    /// right, and that was not before `since`, in microseconds since 1970.
    ///
    /// # Errors
    ///
    /// As [`Objects::check`].
    pub fn integrity(&self, hash: &Hash, since: i64) -> Result<Integrity, StoreError> {
        let Some(stamp) = self.stamp(hash)? else { return Ok(Integrity::Missing) };
        match self.whole.seen_at(hash, &stamp) {
            Some(read) if read >= since => Ok(Integrity::Intact),
            _ => self.reread(hash, stamp),
        }
    }

    /// As [`Objects::integrity`], for an object that is about to be scanned without being compared with its hash: a short
    /// one is read once by each process.
    ///
    /// # Errors
    ///
    /// As [`Objects::check`].
    pub fn integrity_for_scan(&self, hash: &Hash, since: i64) -> Result<Integrity, StoreError> {
        match self.stamp(hash)? {
            Some(stamp) if stamp.size <= SHORT && !self.whole.is_read(hash, &stamp) => {
                self.reread(hash, stamp)
            }
            _ => self.integrity(hash, since),
        }
    }

    fn reread(&self, hash: &Hash, stamp: Stamp) -> Result<Integrity, StoreError> {
        // It may be long.
        self.leases.flush().map_err(|source| self.not_written(None, source))?;
        let read = SystemTime::now();
        let integrity = self.check(hash)?;
        if integrity == Integrity::Intact && stamp.settled_at(read) && self.stamp(hash)? == Some(stamp) {
            self.whole.see(hash, stamp, read);
        }
        Ok(integrity)
    }

    /// Whether this process has read or written the object's bytes.
    #[cfg(test)]
    pub(crate) fn is_read(&self, hash: &Hash) -> bool {
        self.stamp(hash).expect("a stamp").is_some_and(|stamp| self.whole.is_read(hash, &stamp))
    }

    /// Marks of the object that change when its bytes do, with its size; `None` when there is none.
    ///
    /// # Errors
    ///
    /// When the store can't be read.
    pub fn stamp(&self, hash: &Hash) -> Result<Option<Stamp>, StoreError> {
        let name = BlobName::object(*hash);
        match self.blobs.head(&name) {
            Ok(stamp) => Ok(Some(stamp)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(self.not_read(&name, source)),
        }
    }

    /// The stamp with the time at which the object was written.
    pub(crate) fn written(&self, stamp: Stamp) -> Stamp {
        self.blobs.written(stamp)
    }

    /// An object that was found damaged just now.
    pub fn damaged(&self, object: Hash) -> Damaged {
        Damaged { object, last_whole: self.whole.last(&object) }
    }

    /// These objects are no longer taken for whole until their bytes were read; when they last were stays known.
    pub fn suspect(&self, hashes: &[Hash]) {
        self.whole.suspect(hashes);
    }

    /// Notes what was found whole beside the objects, so that other processes need not read it.
    ///
    /// # Errors
    ///
    /// When the notes can't be written: then it is read again.
    pub fn note_intact(&self) -> Result<(), StoreError> {
        self.whole.note().map_err(|source| self.not_written(None, source))
    }

    /// Drops what is known of objects that are gone.
    pub(crate) fn forget(&self, hashes: &[Hash]) {
        self.whole.forget(hashes);
    }

    /// The names of all objects, sorted.
    pub(crate) fn list(&self) -> io::Result<Vec<Hash>> {
        self.blobs.list(Space::Objects, "")
    }

    fn not_read(&self, name: &BlobName, source: io::Error) -> StoreError {
        StoreError::Read { path: self.blobs.place().join(name.to_string()), source }
    }

    pub(crate) fn not_written(&self, hash: Option<Hash>, source: io::Error) -> StoreError {
        let name = hash.map_or_else(|| "objects".into(), |hash| BlobName::object(hash).to_string());
        StoreError::Write { path: self.blobs.place().join(name), source }
    }
}

/// Whether an error says something of this process, not of the file: another process might read it.
fn is_of_this_process(error: &io::Error) -> bool {
    // EMFILE and ENFILE, which have no kind of their own.
    let too_many_files = cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24));
    too_many_files || matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::OutOfMemory)
}

/// An object that somebody holds: it is there to be read for as long as this value, or a clone of it, is.
#[derive(Clone)]
pub struct Blob {
    hash: Hash,
    blobs: Arc<dyn Blobs>,
    lease: Arc<Lease>,
    outlives: bool,
}

impl Blob {
    /// The same, for a reader that may go on when the lease has ended: it should open what it reads at once.
    pub fn to_outlive_its_lease(self) -> Blob {
        Blob { outlives: true, ..self }
    }

    /// Whether the reader may go on when the lease has ended.
    pub fn outlives_its_lease(&self) -> bool {
        self.outlives
    }

    /// The hash of its bytes.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// Another object, for the same reader and held by the same lease.
    ///
    /// # Errors
    ///
    /// When the list of what this process holds can't be written.
    pub fn further(&self, hash: Hash) -> Result<Blob, StoreError> {
        self.lease.hold(&hash)?;
        Ok(Blob { hash, ..self.clone() })
    }

    /// The lease that holds it.
    pub fn lease(&self) -> &Arc<Lease> {
        &self.lease
    }

    /// All bytes, compared with their hash.
    ///
    /// # Errors
    ///
    /// [`StoreError::ObjectGone`] when they are not there or not right; otherwise when this process can't read them.
    pub fn read(&self) -> Result<Vec<u8>, StoreError> {
        let name = BlobName::object(self.hash);
        match self.blobs.read(&name) {
            Ok(bytes) if Hash::of(&bytes) == self.hash => Ok(bytes),
            Err(source) if is_of_this_process(&source) => {
                Err(StoreError::Read { path: self.blobs.place().join(name.to_string()), source })
            }
            _ => Err(StoreError::ObjectGone { hash: self.hash }),
        }
    }

    /// Bytes in this range, as far as there are any. They are not compared with the hash.
    ///
    /// # Errors
    ///
    /// When the object is not there, or can't be read.
    pub fn open(&self, range: Range<u64>) -> io::Result<Box<dyn Read + '_>> {
        self.blobs.open(&BlobName::object(self.hash), range)
    }

    /// A file of this machine with the bytes, for readers that need a path. They are not compared with the hash.
    ///
    /// # Errors
    ///
    /// As [`Blob::open`], or when a copy can't be written.
    pub fn local(&self) -> io::Result<LocalFile> {
        self.blobs.local(&BlobName::object(self.hash))
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({:?})", self.hash)
    }
}

/// An object on its way: bytes go to a blob without a name, and through the hasher.
///
/// Dropped before [`ObjectWriter::finish`], it leaves nothing.
pub struct ObjectWriter<'a> {
    objects: &'a Objects,
    upload: Box<dyn Upload + 'a>,
    hasher: blake3::Hasher,
    size: u64,
}

impl ObjectWriter<'_> {
    /// Makes the bytes durable and gives them their name, held by the lease. An object that is there already stays,
    /// unless it is not whole.
    ///
    /// # Errors
    ///
    /// When the store can't be written.
    pub fn finish(self, lease: &Lease) -> Result<Written, StoreError> {
        let ObjectWriter { objects, upload, hasher, size } = self;
        let hash: Hash = hasher.finalize().into();
        let replaced = objects.publish(upload, hash, lease)?;
        Ok(Written { hash, bytes: size, replaced })
    }
}

impl Write for ObjectWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.upload.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.upload.flush()
    }
}
