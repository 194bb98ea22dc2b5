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
    /// An object that should be there is not, or is not what it was.
    #[error(
        "object {hash} is missing from the store or damaged; submit the scenario to make it again, or write the input again"
    )]
    ObjectGone {
        /// The object.
        hash: Hash,
    },
}
