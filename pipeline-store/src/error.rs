//! The errors of a store.

use super::Hash;
use std::path::PathBuf;

/// An error that concerns a store, or a file in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The directory could not be made into a store.
    #[error("can't create the store {}: {source}; choose a writable directory", path.display())]
    Create {
        /// The store's directory.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The directory could not be opened.
    #[error("can't open the store {}: {source}", path.display())]
    Open {
        /// The store's directory.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Something else is in the directory.
    #[error(
        "{} is not a store and not empty, so nothing was written to it; choose an empty or new directory",
        path.display()
    )]
    NotAStore {
        /// The directory.
        path: PathBuf,
    },
    /// Another version of the library made the store.
    #[error(
        "the store {} has format {found}, and this program knows format {known}: use {}",
        path.display(),
        if found > known { "a newer program, or another directory" } else { "an older program, or another directory" }
    )]
    OtherFormat {
        /// The store's directory.
        path: PathBuf,
        /// The store's format.
        found: u32,
        /// The format that this program knows.
        known: u32,
    },
    /// A file of the store could not be written.
    #[error("can't write {} in the store: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A file of the store could not be read.
    #[error("can't read {} in the store: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Garbage collection failed.
    #[error("garbage collection failed in the store {}: {source}; no reachable data was removed", path.display())]
    Collect {
        /// The store's directory, or the file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// This process may only read the store.
    #[error(
        "the store {} can be read, but not written by this user: choose another store with `--store`, or ask for \
         write permission",
        path.display()
    )]
    ReadOnly {
        /// The store's directory.
        path: PathBuf,
    },
    /// The file system has no file locks, without which two programs would remove each other's files, or it can't make
    /// the names in a folder durable.
    #[error(
        "can't use the store {}: its file system has no file locks, or can't make folders durable ({source}); two programs at \
         once, or a crash, would damage the store. Choose a directory on a local disk",
        path.display()
    )]
    UnfitFileSystem {
        /// The store's directory.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A program on another machine, or behind another mount, has the store open, or had it open when it crashed.
    #[error(
        "the store {} is open on `{host}`, on another machine or through another mount: the two programs can't see each \
         other's locks, and would damage the store. Wait until that program has ended, or choose another directory with \
         `--store`. If it crashed, open the store there once more; if that is impossible, remove {}",
        path.display(), lock.display()
    )]
    UsedElsewhere {
        /// The store's directory.
        path: PathBuf,
        /// The name of the other machine.
        host: String,
        /// The lock file of the other program.
        lock: PathBuf,
    },
    /// An object is missing or damaged.
    #[error(
        "object {hash} is missing from the store or damaged; submit the scenario to recompute it, or set the input again"
    )]
    ObjectGone {
        /// The object's name.
        hash: Hash,
    },
}
