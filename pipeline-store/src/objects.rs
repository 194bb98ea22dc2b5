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

/// The size, in bytes, up to which an object is hashed again before a process scans it for the first time. That takes a
/// millisecond or two. Longer objects are trusted by their stamp, as long as their bytes were verified recently.
const SHORT: u64 = 4 << 20;

/// The objects of a store.
#[derive(Debug)]
pub struct Objects {
    pub(crate) blobs: Arc<dyn Blobs>,
    leases: Arc<dyn Leases>,
    verified: IntegrityCache,
}

/// The outcome of writing an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The hash of its bytes.
    pub hash: Hash,
    /// Its size.
    pub bytes: u64,
    /// The damaged object that it replaced. Data that was read from that object may be wrong.
    pub replaced: Option<Damaged>,
}

/// An object that was found damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damaged {
    /// Its name.
    pub object: Hash,
    /// When its bytes were last found intact, in microseconds since 1970, if that is known.
    pub last_whole: Option<i64>,
}

/// The outcome of an object's integrity check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Integrity {
    /// The object exists, and its bytes have the hash that names it.
    Intact,
    /// The object does not exist.
    Missing,
    /// The object is truncated or altered.
    Damaged,
}

impl Objects {
    pub(crate) fn new(blobs: Arc<dyn Blobs>, leases: Arc<dyn Leases>) -> Objects {
        Objects { verified: IntegrityCache::new(blobs.clone()), blobs, leases }
    }

    /// Starts writing a new object.
    ///
    /// # Errors
    ///
    /// When the store can't be written.
    pub fn writer(&self) -> Result<ObjectWriter<'_>, StoreError> {
        let upload = self.blobs.upload().map_err(|source| self.not_written(None, source))?;
        Ok(ObjectWriter { objects: self, upload, hasher: blake3::Hasher::new(), size: 0 })
    }

    /// Stores `bytes` as an object, held by the lease.
    ///
    /// # Errors
    ///
    /// When the store can't be written.
    pub fn put(&self, bytes: &[u8], lease: &Lease) -> Result<Written, StoreError> {
        let mut writer = self.writer()?;
        writer.write_all(bytes).map_err(|source| self.not_written(None, source))?;
        writer.finish(lease)
    }

    /// Gives an upload the name of its hash. An intact object that already has the name is kept. Returns the damaged
    /// object that was replaced, if there was one.
    pub(crate) fn publish(
        &self,
        upload: Box<dyn Upload + '_>,
        hash: Hash,
        lease: &Lease,
    ) -> Result<Option<Damaged>, StoreError> {
        let name = BlobName::object(hash);
        let publish = || -> io::Result<Option<Damaged>> {
            // From here on garbage collection spares any object of this name, so the check below stays true.
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
                self.verified.insert(&hash, stamp, written);
            }
            Ok(replaced)
        };
        publish().map_err(|source| self.not_written(Some(hash), source))
    }

    /// Adds an object to the lease, and returns it for reading.
    ///
    /// # Errors
    ///
    /// When the list of the names that this process holds can't be written.
    pub fn blob(&self, hash: Hash, lease: Arc<Lease>) -> Result<Blob, StoreError> {
        lease.hold(&hash)?;
        Ok(Blob { hash, blobs: self.blobs.clone(), lease, outlives: false })
    }

    /// Checks an object by reading all of its bytes and comparing their hash.
    ///
    /// # Errors
    ///
    /// When this process can't read the object but another process might: no permission, too many open files, out of
    /// memory. Any other read error counts as damage.
    pub fn check(&self, hash: &Hash) -> Result<Integrity, StoreError> {
        let name = BlobName::object(*hash);
        match self.blobs.open(&name, 0..u64::MAX).and_then(|mut bytes| hash_file(&mut bytes)) {
            Ok((found, _)) if found == *hash => Ok(Integrity::Intact),
            Ok(_) => Ok(Integrity::Damaged),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Integrity::Missing),
            Err(source) if is_process_error(&source) => Err(self.not_read(&name, source)),
            // An object that the disk can't read is as useless as an altered one.
            Err(_) => Ok(Integrity::Damaged),
        }
    }

    /// Checks an object, by its stamp where possible. Its bytes are read unless it has the stamp under which they were
    /// last found intact, at or after `since`, in microseconds since 1970.
    ///
    /// # Errors
    ///
    /// As [`Objects::check`].
    pub fn integrity(&self, hash: &Hash, since: i64) -> Result<Integrity, StoreError> {
        let Some(stamp) = self.stamp(hash)? else { return Ok(Integrity::Missing) };
        match self.verified.verified_at(hash, &stamp) {
            Some(read) if read >= since => Ok(Integrity::Intact),
            _ => self.reread(hash, stamp),
        }
    }

    /// Like [`Objects::integrity`], for an object that is about to be scanned without comparing its hash: each process
    /// reads a short object once (up to 4 MiB).
    ///
    /// # Errors
    ///
    /// As [`Objects::check`].
    pub fn integrity_for_scan(&self, hash: &Hash, since: i64) -> Result<Integrity, StoreError> {
        match self.stamp(hash)? {
            Some(stamp) if stamp.size <= SHORT && !self.verified.is_read(hash, &stamp) => {
                self.reread(hash, stamp)
            }
            _ => self.integrity(hash, since),
        }
    }

    fn reread(&self, hash: &Hash, stamp: Stamp) -> Result<Integrity, StoreError> {
        // Reading may take long, and garbage collection must not wait for it.
        self.leases.flush().map_err(|source| self.not_written(None, source))?;
        let read = SystemTime::now();
        let integrity = self.check(hash)?;
        if integrity == Integrity::Intact && stamp.is_reliable_at(read) && self.stamp(hash)? == Some(stamp) {
            self.verified.insert(hash, stamp, read);
        }
        Ok(integrity)
    }

    /// Whether this process has read or written the object's bytes.
    #[cfg(test)]
    pub(crate) fn is_read(&self, hash: &Hash) -> bool {
        self.stamp(hash).expect("a stamp").is_some_and(|stamp| self.verified.is_read(hash, &stamp))
    }

    /// The object's stamp: its size, and marks that change when its bytes do. `None` if the object does not exist.
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

    /// Describes an object that was just found damaged.
    pub fn damaged(&self, object: Hash) -> Damaged {
        Damaged { object, last_whole: self.verified.last_verified(&object) }
    }

    /// Distrusts the stamps of these objects until their bytes are read again. The time of their last integrity check
    /// is kept.
    pub fn suspect(&self, hashes: &[Hash]) {
        self.verified.suspect(hashes);
    }

    /// Writes notes about the objects that this process found intact, so that other processes need not read them.
    ///
    /// # Errors
    ///
    /// When the notes can't be written. The objects are then read again.
    pub fn note_intact(&self) -> Result<(), StoreError> {
        self.verified.write_notes().map_err(|source| self.not_written(None, source))
    }

    /// Drops the notes about objects that were removed.
    pub(crate) fn forget(&self, hashes: &[Hash]) {
        self.verified.forget(hashes);
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

/// Whether an error comes from a limit of this process and not from the file: another process might read the file.
fn is_process_error(error: &io::Error) -> bool {
    // EMFILE and ENFILE, which have no kind of their own.
    let too_many_files = cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24));
    too_many_files || matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::OutOfMemory)
}

/// An object held by a lease: it can be read while this value, or a clone of it, exists.
#[derive(Clone)]
pub struct Blob {
    hash: Hash,
    blobs: Arc<dyn Blobs>,
    lease: Arc<Lease>,
    outlives: bool,
}

impl Blob {
    /// Marks the object for a reader that may continue after the lease has ended. Such a reader should open the object
    /// immediately.
    pub fn to_outlive_its_lease(self) -> Blob {
        Blob { outlives: true, ..self }
    }

    /// Whether the reader may continue after the lease has ended.
    pub fn outlives_its_lease(&self) -> bool {
        self.outlives
    }

    /// The hash of its bytes.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// Adds another object to the same lease, and returns it for the same reader.
    ///
    /// # Errors
    ///
    /// When the list of the names that this process holds can't be written.
    pub fn further(&self, hash: Hash) -> Result<Blob, StoreError> {
        self.lease.hold(&hash)?;
        Ok(Blob { hash, ..self.clone() })
    }

    /// The lease that holds it.
    pub fn lease(&self) -> &Arc<Lease> {
        &self.lease
    }

    /// Reads all bytes, and compares their hash.
    ///
    /// # Errors
    ///
    /// [`StoreError::ObjectGone`] if the object is missing or damaged; [`StoreError::Read`] if this process can't read
    /// it but another might.
    pub fn read(&self) -> Result<Vec<u8>, StoreError> {
        let name = BlobName::object(self.hash);
        match self.blobs.read(&name) {
            Ok(bytes) if Hash::of(&bytes) == self.hash => Ok(bytes),
            Err(source) if is_process_error(&source) => {
                Err(StoreError::Read { path: self.blobs.place().join(name.to_string()), source })
            }
            _ => Err(StoreError::ObjectGone { hash: self.hash }),
        }
    }

    /// Opens a range of the bytes, cut off at the end of the object. They are not compared with the hash.
    ///
    /// # Errors
    ///
    /// When the object is missing or can't be read.
    pub fn open(&self, range: Range<u64>) -> io::Result<Box<dyn Read + '_>> {
        self.blobs.open(&BlobName::object(self.hash), range)
    }

    /// A local file with the bytes, for readers that need a path. The bytes are not compared with the hash.
    ///
    /// # Errors
    ///
    /// As [`Blob::open`], and when a copy can't be written.
    pub fn local(&self) -> io::Result<LocalFile> {
        self.blobs.local(&BlobName::object(self.hash))
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({:?})", self.hash)
    }
}

/// Writes an object: bytes go to an unnamed blob and through a hasher.
///
/// Dropping it before [`ObjectWriter::finish`] discards the bytes.
pub struct ObjectWriter<'a> {
    objects: &'a Objects,
    upload: Box<dyn Upload + 'a>,
    hasher: blake3::Hasher,
    size: u64,
}

impl ObjectWriter<'_> {
    /// Makes the bytes durable and gives them their name, held by the lease. An existing object is kept unless it is
    /// damaged.
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
