//! What can go wrong with a store.

use super::Hash;
use std::path::PathBuf;

/// A store that can't be used, or a file in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The directory could not be made into a store.
    #[error("can't create the store {}: {source}; choose a directory that can be written", path.display())]
    Create {
        /// The store's directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The directory could not be opened.
    #[error("can't open the store {}: {source}", path.display())]
    Open {
        /// The store's directory.
        path: PathBuf,
        /// Why.
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
        /// Why.
        source: std::io::Error,
    },
    /// A file of the store could not be read.
    #[error("can't read {} in the store: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What nobody needs could not be removed.
    #[error("can't collect what nobody needs in the store {}: {source}; what is needed is untouched", path.display())]
    Collect {
        /// The store's directory, or the file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The store may only be read by this process.
    #[error(
        "the store {} can be read, but not written by this user: choose a store of your own with `--store`, or ask for \
         the right to write",
        path.display()
    )]
    ReadOnly {
        /// The store's directory.
        path: PathBuf,
    },
    /// The file system has no file locks, without which two programs would take each other's files; or it can't make the
    /// names in a folder durable.
    #[error(
        "can't use the store {}: its file system has no file locks, or can't make folders durable ({source}); two programs at \
         once, or a crash, would damage the store. Choose a directory on a disk of this machine",
        path.display()
    )]
    UnfitFileSystem {
        /// The store's directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A program on another machine, or behind another mount, has the store open, or had it when it crashed.
    #[error(
        "the store {} is open on `{host}`, on another machine or through another mount: neither would see the other's locks, \
         and both would damage it. Wait until that program has ended, or choose another directory with `--store`. If it \
         crashed, open the store there once more; where that is impossible, remove {}",
        path.display(), lock.display()
    )]
    UsedElsewhere {
        /// The store's directory.
        path: PathBuf,
        /// The other's machine.
        host: String,
        /// The file that says so.
        lock: PathBuf,
    },
    /// An object that should be there is not, or is not what it was.
    #[error(
        "object {hash} is missing from the store or damaged; submit the scenario to make it again, or write the input again"
    )]
    ObjectGone {
        /// The object.
        hash: Hash,
    },
}
