//! The file-system calls on whose order the store's promises rest, in one place.

use std::fs::File;
use std::io;
use std::path::Path;

/// The disk as the store sees it.
pub(crate) struct Disk;

impl Disk {
    /// Makes the file's content durable.
    pub(crate) fn sync_file(file: &File) -> io::Result<()> {
        file.sync_all()
    }

    /// Makes the folder's entries durable.
    pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
        // Only Unix can open a folder as a file; elsewhere a rename is as durable as it gets.
        if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
    }

    /// Gives a file its final name, in place of whatever bears it.
    pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    /// Gives a file its final name if nothing bears it yet; whether it did.
    pub(crate) fn create_if_absent(from: &Path, to: &Path) -> io::Result<bool> {
        match std::fs::hard_link(from, to) {
            Ok(()) => {
                std::fs::remove_file(from)?;
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                std::fs::remove_file(from)?;
                Ok(false)
            }
            // A file system without hard links: what is there may be replaced by its equal.
            Err(_) if !to.exists() => Self::rename(from, to).map(|()| true),
            Err(error) => Err(error),
        }
    }
}
