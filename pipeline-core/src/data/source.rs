//! Content outside of the store.

use crate::store::{Hash, Stamp};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Where the content of an input comes from: a file, an object of a service, the answer to a query.
///
/// A submission asks for the version, and reads the content only if it has not read that version before. What tasks depend on
/// is the content: another version with the same content runs nothing.
pub trait Source: Send + Sync {
    /// What messages call it: a path or an address.
    fn name(&self) -> &Path;

    /// The items that its content consists of, in the order in which they are read. By default one, with its name.
    ///
    /// # Errors
    ///
    /// When they can't be listed.
    fn items(&self) -> io::Result<Vec<PathBuf>> {
        Ok(vec![self.name().into()])
    }

    /// The version at which an item is now; `None` if that can't be told, and so it is read in each submission.
    ///
    /// # Errors
    ///
    /// When there is no such item, or it can't be asked.
    fn version(&self, item: &Path) -> io::Result<Option<SourceVersion>>;

    /// The bytes of an item.
    ///
    /// # Errors
    ///
    /// When there is no such item, or it can't be read.
    fn open(&self, item: &Path) -> io::Result<Box<dyn Read + Send>>;

    /// What counts of an item besides its content: a part of its name that is a value.
    #[doc(hidden)]
    fn counted(&self, _item: &Path) -> Vec<u8> {
        Vec::new()
    }

    /// What is wrong with the content, asked when a task that read it has failed.
    fn diagnose(&self) -> Option<String> {
        None
    }
}

/// A version of an item. The item has other content only under another version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceVersion(Stamp);

impl SourceVersion {
    /// The version that a source has a name for, an ETag or a number, of so many bytes.
    pub fn named(name: &str, bytes: u64) -> SourceVersion {
        SourceVersion(Stamp::named(bytes, &Hash::of(name.as_bytes())))
    }

    /// The version of a file of this machine: its size, times and identity.
    ///
    /// # Errors
    ///
    /// When there is no file with content at this path.
    pub fn of_file(path: &Path) -> io::Result<SourceVersion> {
        let metadata = std::fs::metadata(path)?;
        if !metadata.is_file() {
            // A pipe or a device has no content that could be read twice.
            return Err(io::Error::other("it is no regular file"));
        }
        Ok(SourceVersion(Stamp::from_metadata(&metadata)))
    }

    /// How many bytes the item has.
    pub fn bytes(&self) -> u64 {
        self.0.size
    }

    pub(crate) fn stamp(&self) -> &Stamp {
        &self.0
    }

    /// Whether a change would show in the version if the content was read at this moment.
    pub(crate) fn settled_at(&self, read: SystemTime) -> bool {
        self.0.settled_at(read)
    }
}

/// Opens a file of this machine to be read as it is now.
pub(crate) fn open_file(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    let file = File::open(path)?;
    // A page that a mapping has written to takes more writes without giving the file another time, until it is written to the
    // disk: so that comes first. Some files can't be synced, and need not.
    let _ = file.sync_data();
    Ok(Box::new(file))
}
