//! Content outside of the store.

use crate::store::{Hash, Stamp};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The source of an input's content: a file, an object of a service, the result of a query.
///
/// A submission asks for the version, and reads the content only if it has not read that version before. Tasks depend
/// on the content: another version with the same content runs nothing.
pub trait Source: Send + Sync {
    /// Its name in messages: a path or an address.
    fn name(&self) -> &Path;

    /// The items that its content consists of, in reading order. Defaults to one item with the source's name.
    ///
    /// # Errors
    ///
    /// When they can't be listed.
    fn items(&self) -> io::Result<Vec<PathBuf>> {
        Ok(vec![self.name().into()])
    }

    /// The current version of an item. An item without a version (`None`) is read in each submission.
    ///
    /// # Errors
    ///
    /// When the item does not exist, or its version can't be determined.
    fn version(&self, item: &Path) -> io::Result<Option<SourceVersion>>;

    /// Opens an item for reading.
    ///
    /// # Errors
    ///
    /// When the item does not exist, or can't be read.
    fn open(&self, item: &Path) -> io::Result<Box<dyn Read + Send>>;

    /// The part of an item's name that counts as content: a value in its path.
    #[doc(hidden)]
    fn counted(&self, _item: &Path) -> Vec<u8> {
        Vec::new()
    }

    /// Explains what is wrong with the content. It is called when a task that read the content has failed.
    fn diagnose(&self) -> Option<String> {
        None
    }
}

/// A version of an item. An item with the same version has the same content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceVersion(Stamp);

impl SourceVersion {
    /// Creates a version from the source's own name for it, such as an ETag or a number, and the item's size in bytes.
    pub fn named(name: &str, bytes: u64) -> SourceVersion {
        SourceVersion(Stamp::named(bytes, &Hash::of(name.as_bytes())))
    }

    /// Reads the version of a local file: its size, times and identity.
    ///
    /// # Errors
    ///
    /// When the path does not name a regular file.
    pub fn of_file(path: &Path) -> io::Result<SourceVersion> {
        let metadata = std::fs::metadata(path)?;
        if !metadata.is_file() {
            // A pipe or a device has no content that can be read twice.
            return Err(io::Error::other("it is not a regular file"));
        }
        Ok(SourceVersion(Stamp::from_metadata(&metadata)))
    }

    /// The size of the item in bytes.
    pub fn bytes(&self) -> u64 {
        self.0.size
    }

    pub(crate) fn stamp(&self) -> &Stamp {
        &self.0
    }

    /// Whether any change after `read` would be visible in the version.
    pub(crate) fn is_reliable_at(&self, read: SystemTime) -> bool {
        self.0.is_reliable_at(read)
    }
}

/// Opens a local file with its current content.
pub(crate) fn open_file(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    let file = File::open(path)?;
    // After a write through a memory mapping, further writes to the same page don't change the file's times until the
    // page is flushed to disk. So it is flushed first. Some files can't be synced, and don't need it.
    let _ = file.sync_data();
    Ok(Box::new(file))
}
