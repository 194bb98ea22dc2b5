//! Folders whose names are durable.

use super::disk::Disk;
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The folders of a store that this process has made durable.
///
/// That a folder is there does not say so: another process may have made it a moment ago, and a crash
/// would take it, with all that was published in it.
#[derive(Debug)]
pub(crate) struct Durable {
    /// Nothing above it is the store's affair.
    store: PathBuf,
    disk: Arc<dyn Disk>,
    known: Mutex<HashSet<PathBuf>>,
}

impl Durable {
    pub(crate) fn new(store: &Path, disk: Arc<dyn Disk>) -> Durable {
        Durable { store: store.into(), disk, known: Mutex::default() }
    }

    /// Makes the folder where it is absent, and its name durable in any case, up to the store's.
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
