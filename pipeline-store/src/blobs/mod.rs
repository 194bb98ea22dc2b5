//! The seam to where bytes are: blobs, which are immutable and have a name.
//!
//! [`LocalBlobs`] keeps them as files of a directory, [`MemoryBlobs`] in memory. What a blob promises is small on purpose,
//! so that an object store can keep it, too: a blob appears whole and durable under its name or not at all, and under one
//! name the first stays.

mod local;
mod memory;

pub(crate) use local::LocalBlobs;
pub use memory::MemoryBlobs;

use crate::{Hash, Stamp};
use std::fmt;
use std::io::{self, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The two kinds of blobs, which have separate names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Space {
    /// Values, each named by the hash of its bytes.
    Objects,
    /// Records of results, each named by its key.
    Records,
}

impl Space {
    /// The name as a folder.
    pub fn as_str(self) -> &'static str {
        match self {
            Space::Objects => "objects",
            Space::Records => "records",
        }
    }
}

/// The name of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobName {
    /// Its kind.
    pub space: Space,
    /// The hash of an object's bytes, or a record's key.
    pub hash: Hash,
}

impl BlobName {
    /// The name of an object.
    pub fn object(hash: Hash) -> BlobName {
        BlobName { space: Space::Objects, hash }
    }

    /// The name of a record.
    pub fn record(key: Hash) -> BlobName {
        BlobName { space: Space::Records, hash: key }
    }
}

/// As a path: `objects/ab/cdef…`. Folders of two digits keep them short.
impl fmt::Display for BlobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = self.hash.to_string();
        write!(f, "{}/{}/{}", self.space.as_str(), &hash[..2], &hash[2..])
    }
}

/// What to do where a blob has the name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and the new one is dropped.
    Keep,
    /// The new one takes its place, because the old one is known to be of no use.
    Replace,
}

/// Where blobs are kept.
///
/// Errors of kind [`NotFound`](io::ErrorKind::NotFound) mean that there is no such blob.
pub trait Blobs: fmt::Debug + Send + Sync + 'static {
    /// The directory or the service, for messages.
    fn place(&self) -> &Path;

    /// Whether this process may add blobs.
    fn is_read_only(&self) -> bool {
        false
    }

    /// The directory through which other processes have the same blobs, where there is one.
    fn shared_at(&self) -> Option<&Path> {
        None
    }

    /// Begins a blob: its bytes first, its name when they are complete.
    ///
    /// # Errors
    ///
    /// When the place can't be written.
    fn upload(&self) -> io::Result<Box<dyn Upload + '_>>;

    /// These bytes of a blob, as far as it has them.
    ///
    /// # Errors
    ///
    /// When there is no such blob, or it can't be read.
    fn open(&self, name: &BlobName, range: Range<u64>) -> io::Result<Box<dyn Read + '_>>;

    /// All bytes of a blob.
    ///
    /// # Errors
    ///
    /// As [`Blobs::open`].
    fn read(&self, name: &BlobName) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open(name, 0..u64::MAX)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// The size of a blob, and marks that change when its bytes do; nothing of it is read.
    ///
    /// # Errors
    ///
    /// As [`Blobs::open`].
    fn head(&self, name: &BlobName) -> io::Result<Stamp>;

    /// The hashes of a kind that begin with these hexadecimal digits, sorted.
    ///
    /// # Errors
    ///
    /// When the place can't be read.
    fn list(&self, space: Space, prefix: &str) -> io::Result<Vec<Hash>>;

    /// Removes blobs, durably when this returns. One that is gone already is no error.
    ///
    /// # Errors
    ///
    /// When one can't be removed; those before it are gone.
    fn remove(&self, names: &[BlobName]) -> io::Result<()>;

    /// Makes sure that a blob which is there stays after a crash: another process may have named it a moment ago.
    ///
    /// # Errors
    ///
    /// When that can't be promised.
    fn make_durable(&self, name: &BlobName) -> io::Result<()>;

    /// A file of this machine with the bytes of a blob, for readers that need a path. It has them for as long as the
    /// blob is there and the value is held.
    ///
    /// # Errors
    ///
    /// As [`Blobs::open`], or when the file can't be written.
    fn local(&self, name: &BlobName) -> io::Result<LocalFile>;

    /// When a blob that looks like this was written. As the stamp says, unless blobs are dated otherwise.
    fn written(&self, stamp: Stamp) -> Stamp {
        stamp
    }

    /// What was noted beside the blobs in one of 256 lists; it may get lost at any time.
    ///
    /// # Errors
    ///
    /// When the list can't be read. One that does not exist is empty.
    fn notes(&self, list: u8) -> io::Result<Vec<u8>> {
        let _ = list;
        Ok(Vec::new())
    }

    /// Adds to a list of notes, or puts a new list in its place.
    ///
    /// # Errors
    ///
    /// When the list can't be written.
    fn note(&self, list: u8, bytes: &[u8], existing: Existing) -> io::Result<()> {
        let _ = (list, bytes, existing);
        Ok(())
    }

    /// The bytes of blobs that have no name yet, of all processes.
    fn staged_bytes(&self) -> u64 {
        0
    }
}

/// A blob without a name. Dropped, it leaves nothing.
pub trait Upload: Write + Send {
    /// Makes the bytes durable and gives them their name; whether they have it, or another blob had it before.
    /// With it the blob's stamp, where later changes would show in that.
    ///
    /// # Errors
    ///
    /// When the place can't be written; then nothing is left of it.
    fn publish(self: Box<Self>, name: &BlobName, existing: Existing) -> io::Result<Published>;
}

/// What came of publishing a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// It has its name. With its stamp, where later changes would show in that.
    Named(Option<Stamp>),
    /// Another had it.
    Kept,
}

/// A file of this machine with the bytes of a blob.
#[derive(Debug)]
pub struct LocalFile {
    path: PathBuf,
    /// Removes the file when it is dropped, where it is a copy.
    copy: Option<tempfile::TempPath>,
}

impl LocalFile {
    /// The file of the blob itself.
    pub fn own(path: PathBuf) -> LocalFile {
        LocalFile { path, copy: None }
    }

    /// A copy, which is removed when this is dropped.
    ///
    /// # Errors
    ///
    /// When the system's folder for temporary files can't be written.
    pub fn copy(bytes: &mut dyn Read) -> io::Result<LocalFile> {
        let mut file = tempfile::NamedTempFile::new()?;
        io::copy(bytes, &mut file)?;
        let copy = file.into_temp_path();
        Ok(LocalFile { path: copy.to_path_buf(), copy: Some(copy) })
    }

    /// Whether it is a copy, which goes with this value.
    pub fn is_copy(&self) -> bool {
        self.copy.is_some()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
