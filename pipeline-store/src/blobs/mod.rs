//! The storage interface: immutable, named blobs.
//!
//! [`LocalBlobs`] keeps them as files in a directory, [`MemoryBlobs`] in memory. The guarantees are few, so that an
//! object store can give them as well: a blob appears under its name complete and durable, or not at all, and the first
//! blob under a name stays.

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
    /// The name of the folder.
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

/// Formats the name as a path: `objects/ab/cdef…`. The first two digits are a folder, so that folders stay small.
impl fmt::Display for BlobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = self.hash.to_string();
        write!(f, "{}/{}/{}", self.space.as_str(), &hash[..2], &hash[2..])
    }
}

/// What to do if a blob with the name exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Keep the existing blob, and drop the new one.
    Keep,
    /// Replace the existing blob, because it is known to be useless.
    Replace,
}

/// A storage of blobs.
///
/// An error of kind [`NotFound`](io::ErrorKind::NotFound) means that the blob does not exist.
pub trait Blobs: fmt::Debug + Send + Sync + 'static {
    /// The location of the storage, a directory or a service, for messages.
    fn place(&self) -> &Path;

    /// Whether this process may only read blobs.
    fn is_read_only(&self) -> bool {
        false
    }

    /// The directory through which other processes share the blobs, if there is one.
    fn shared_at(&self) -> Option<&Path> {
        None
    }

    /// Starts a blob without a name. It gets its name when its bytes are complete.
    ///
    /// # Errors
    ///
    /// When the storage can't be written.
    fn upload(&self) -> io::Result<Box<dyn Upload + '_>>;

    /// Opens a range of a blob's bytes, cut off at the end of the blob.
    ///
    /// # Errors
    ///
    /// When the blob does not exist or can't be read.
    fn open(&self, name: &BlobName, range: Range<u64>) -> io::Result<Box<dyn Read + '_>>;

    /// Reads all bytes of a blob.
    ///
    /// # Errors
    ///
    /// As [`Blobs::open`].
    fn read(&self, name: &BlobName) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open(name, 0..u64::MAX)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Returns the size of a blob, and marks that change when its bytes do, without reading it.
    ///
    /// # Errors
    ///
    /// As [`Blobs::open`].
    fn head(&self, name: &BlobName) -> io::Result<Stamp>;

    /// Lists the hashes of a kind of blobs that begin with these hexadecimal digits, sorted.
    ///
    /// # Errors
    ///
    /// When the storage can't be read.
    fn list(&self, space: Space, prefix: &str) -> io::Result<Vec<Hash>>;

    /// Removes blobs; the removal is durable when this returns. A blob that is already gone is not an error.
    ///
    /// # Errors
    ///
    /// When a blob can't be removed. The blobs before it are gone.
    fn remove(&self, names: &[BlobName]) -> io::Result<()>;

    /// Makes the name of an existing blob durable: if another process has just published it, a crash could remove it.
    ///
    /// # Errors
    ///
    /// When the name can't be made durable.
    fn make_durable(&self, name: &BlobName) -> io::Result<()>;

    /// Returns a local file with the bytes of a blob, for readers that need a path. The file is valid while the blob
    /// exists and the returned value is alive.
    ///
    /// # Errors
    ///
    /// As [`Blobs::open`], and when the file can't be written.
    fn local(&self, name: &BlobName) -> io::Result<LocalFile>;

    /// Returns the stamp with the time at which the blob was written, which differs if blobs are dated back.
    fn written(&self, stamp: Stamp) -> Stamp {
        stamp
    }

    /// Reads one of the 256 lists of notes beside the blobs. Notes may get lost at any time.
    ///
    /// # Errors
    ///
    /// When the list can't be read. A list that does not exist is empty.
    fn notes(&self, list: u8) -> io::Result<Vec<u8>> {
        let _ = list;
        Ok(Vec::new())
    }

    /// Appends to a list of notes, or replaces the list.
    ///
    /// # Errors
    ///
    /// When the list can't be written.
    fn note(&self, list: u8, bytes: &[u8], existing: Existing) -> io::Result<()> {
        let _ = (list, bytes, existing);
        Ok(())
    }

    /// The size of the blobs of all processes that have no name yet, in bytes.
    fn staged_bytes(&self) -> u64 {
        0
    }
}

/// A blob without a name. Dropping it discards the bytes.
pub trait Upload: Write + Send {
    /// Makes the bytes durable and gives them their name, unless an existing blob keeps it.
    ///
    /// # Errors
    ///
    /// When the storage can't be written. The bytes are then discarded.
    fn publish(self: Box<Self>, name: &BlobName, existing: Existing) -> io::Result<Published>;
}

/// The outcome of publishing a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// The blob has its name. Holds the blob's stamp if later changes are sure to change it.
    Named(Option<Stamp>),
    /// An existing blob kept the name.
    Kept,
}

/// A local file with the bytes of a blob.
#[derive(Debug)]
pub struct LocalFile {
    path: PathBuf,
    /// Set for a copy: removes the file when dropped.
    copy: Option<tempfile::TempPath>,
}

impl LocalFile {
    /// The file of the blob itself.
    pub fn own(path: PathBuf) -> LocalFile {
        LocalFile { path, copy: None }
    }

    /// A copy, which is removed when the value is dropped.
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

    /// Whether the file is a copy, which is removed with this value.
    pub fn is_copy(&self) -> bool {
        self.copy.is_some()
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
