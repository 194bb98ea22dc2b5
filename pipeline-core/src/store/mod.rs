//! Floor 1: results as files.
//!
//! A store is one directory. Objects are named by the hash of their bytes, records by their key;
//! both are immutable. This floor knows no tasks and no types: what is in a record is its callers'
//! affair. How files are published, and why that is right, is in `README.md` beside this module.

mod disk;
mod error;
mod hash;
mod objects;
mod records;
mod staging;
mod stamp;

pub use error::StoreError;
pub use hash::Hash;
pub(crate) use objects::{Objects, Presence, hash_file};
pub(crate) use records::{RecordRead, Records};
pub(crate) use stamp::Stamp;

use disk::Disk;
use staging::Staging;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The version of the layout that this program writes.
pub(crate) const FORMAT: u32 = 1;

/// The objects and records of one store directory.
#[derive(Debug)]
pub(crate) struct ResultStore {
    pub(crate) root: PathBuf,
    pub(crate) objects: Objects,
    pub(crate) records: Records,
}

impl ResultStore {
    /// Opens the store in `root`; creates it when the directory is absent or empty.
    pub(crate) fn open(root: &Path) -> Result<ResultStore, StoreError> {
        // A store is the same one when the program changes its directory.
        let root =
            &std::path::absolute(root).map_err(|source| StoreError::Open { path: root.into(), source })?;
        let format = root.join("FORMAT");
        match std::fs::read_to_string(&format) {
            Ok(text) => check_format(root, &text)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => create(root, &format)?,
            Err(source) => return Err(StoreError::Open { path: root.into(), source }),
        }
        let staging = Arc::new(Staging::new(root.join("tmp")));
        staging.sweep();
        Ok(ResultStore {
            root: root.into(),
            objects: Objects::new(root.join("objects"), staging.clone()),
            records: Records::new(root.join("records"), staging),
        })
    }
}

fn check_format(root: &Path, text: &str) -> Result<(), StoreError> {
    let found = text.trim().strip_prefix("pipeline store, format ").and_then(|version| version.parse().ok());
    match found {
        Some(FORMAT) => Ok(()),
        Some(found) => Err(StoreError::OtherFormat { path: root.into(), found, known: FORMAT }),
        None => Err(StoreError::NotAStore { path: root.into() }),
    }
}

fn create(root: &Path, format: &Path) -> Result<(), StoreError> {
    let failed = |source| StoreError::Create { path: root.into(), source };
    std::fs::create_dir_all(root).map_err(failed)?;
    let foreign = std::fs::read_dir(root)
        .map_err(failed)?
        .filter_map(Result::ok)
        .any(|entry| !entry.file_name().to_string_lossy().starts_with("FORMAT"));
    // Another process may have made the store since we looked.
    if let Ok(text) = std::fs::read_to_string(format) {
        return check_format(root, &text);
    }
    if foreign {
        return Err(StoreError::NotAStore { path: root.into() });
    }
    // Two processes may create the store at once: both write the same text, and a rename is whole.
    let staged = root.join(format!("FORMAT.{}", staging::unique_name()));
    let write = || -> std::io::Result<()> {
        std::fs::write(&staged, format!("pipeline store, format {FORMAT}\n"))?;
        Disk::sync_file(&std::fs::File::open(&staged)?)?;
        Disk::rename(&staged, format)?;
        Disk::sync_folder(root)?;
        // A store beside a program's sources is not one of them.
        std::fs::write(root.join(".gitignore"), "*\n")
    };
    write().map_err(|source| {
        let _ = std::fs::remove_file(&staged);
        failed(source)
    })
}

#[cfg(test)]
mod tests;
