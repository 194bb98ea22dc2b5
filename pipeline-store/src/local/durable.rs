//! Folders with durable names.

use super::disk::Disk;
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The folders of a store whose names this process has made durable.
///
/// An existing folder need not be durable: another process may have just created it, and a crash would remove it with
/// all files that were published in it.
#[derive(Debug)]
pub(crate) struct Durable {
    /// The store's directory. Folders above it are left alone.
    store: PathBuf,
    disk: Arc<dyn Disk>,
    known: Mutex<HashSet<PathBuf>>,
}

impl Durable {
    pub(crate) fn new(store: &Path, disk: Arc<dyn Disk>) -> Durable {
        Durable { store: store.into(), disk, known: Mutex::default() }
    }

    /// Creates the folder unless it exists, and makes its name and those of its parents up to the store's directory
    /// durable.
    pub(crate) fn folder(&self, folder: &Path) -> io::Result<()> {
        if folder == self.store || !folder.starts_with(&self.store) {
            return Ok(());
        }
        if self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(folder) {
            return Ok(());
        }
        let parent = folder.parent().unwrap_or(&self.store);
        self.folder(parent)?;
        self.disk.make_folder(folder)?;
        self.disk.sync_folder(parent)?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.into());
        Ok(())
    }
}
