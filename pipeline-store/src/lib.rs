//! Results as files, for processes that share a directory.
//!
//! A store is one directory. Blobs are named by the hash of their bytes, records by their key; both are immutable. The
//! store knows no tasks and no types: what a record contains is its callers' affair. How files are published, and why
//! that is right, is in `README.md` beside the sources.

mod collect;
mod disk;
mod durable;
mod error;
mod hash;
mod objects;
mod place;
mod records;
mod staging;
mod stamp;
mod wait;

pub use collect::{Checked, Collected, Damage, Live, Sizes};
pub use disk::{Disk, DiskFile, Files, Lock, LockKind, Tried};
pub use error::StoreError;
pub use hash::{Hash, HashingWriter};
pub use objects::{ObjectWriter, Objects, Presence, hash_file};
pub use place::Place;
pub use records::{RecordRead, Records, decode as decode_record, encode as encode_record};
pub use staging::unique_name;
pub use stamp::Stamp;
pub use wait::{Wait, report_waits, wait_no_longer};

use durable::Durable;
use staging::Staging;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The version of the layout that this program writes. A store of an older one is brought up to it.
///
/// 2: what living processes rely on is listed, and a collection heeds it.
pub const FORMAT: u32 = 2;

/// The objects and records of one store directory.
#[derive(Debug)]
pub struct ResultStore {
    /// The store's directory.
    pub root: PathBuf,
    /// Its objects.
    pub objects: Objects,
    /// Its records.
    pub records: Records,
    disk: Arc<dyn Disk>,
    staging: Arc<Staging>,
}

/// As long as it is there, nothing that this process relies on is collected.
#[derive(Debug)]
pub struct Using(Arc<Staging>);

impl Drop for Using {
    fn drop(&mut self) {
        self.0.end_use();
    }
}

impl ResultStore {
    /// Opens the store in `root`; creates it when the directory is absent or empty. One that this process may not write
    /// to is opened to be read.
    pub fn open(root: &Path, disk: Arc<dyn Disk>) -> Result<ResultStore, StoreError> {
        // A store is the same one when the program changes its directory.
        let root =
            &std::path::absolute(root).map_err(|source| StoreError::Open { path: root.into(), source })?;
        let format = root.join("FORMAT");
        let mut read_only = false;
        match disk.read(&format) {
            Ok(text) => {
                let found = check_format(root, &text)?;
                read_only = !disk.can_write(&format);
                if found != FORMAT && !read_only {
                    write_format(&*disk, root, &format)
                        .map_err(|source| StoreError::Write { path: format.clone(), source })?;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => create(&*disk, root, &format)?,
            Err(source) => return Err(StoreError::Open { path: root.into(), source }),
        }
        let durable = Arc::new(Durable::new(root, disk.clone()));
        let staging = Arc::new(Staging::new(root, disk.clone(), durable.clone(), read_only));
        if !read_only {
            enter(root, &staging)?;
            staging.sweep();
        }
        Ok(ResultStore {
            root: root.into(),
            objects: Objects::new(root, disk.clone(), durable.clone(), staging.clone()),
            records: Records::new(root, disk.clone(), durable, staging.clone()),
            disk,
            staging,
        })
    }

    /// Fails if this process may only read the store.
    pub fn writable(&self) -> Result<(), StoreError> {
        if self.is_read_only() { Err(StoreError::ReadOnly { path: self.root.clone() }) } else { Ok(()) }
    }

    /// Whether this process may only read the store. Collections then don't know what it relies on.
    pub fn is_read_only(&self) -> bool {
        self.staging.is_read_only()
    }

    /// What is relied on from now on stays until this ends.
    pub fn using(&self) -> Using {
        self.staging.begin_use();
        Using(self.staging.clone())
    }

    /// Says that this process relies on a result, by its key, or on an object, by its hash: nobody
    /// collects it while something is under way. To be said before looking whether it is there.
    pub fn rely_on(&self, hash: &Hash) -> Result<(), StoreError> {
        self.staging.rely_on(hash).map_err(|source| self.not_listed(source))
    }

    /// As [`ResultStore::rely_on`], where more is about to follow at once: collections wait until
    /// [`ResultStore::settle`], which has to come before anything that takes long.
    pub fn rely_on_next(&self, hash: &Hash) -> Result<(), StoreError> {
        self.staging.rely_on_next(hash).map_err(|source| self.not_listed(source))
    }

    /// The name of this process among those that have the store open.
    pub fn session(&self) -> Result<String, StoreError> {
        self.staging.session().map_err(|source| self.not_listed(source))
    }

    /// Whether the process with this name lives.
    pub fn is_alive(&self, session: &str) -> Result<bool, StoreError> {
        self.staging.is_alive(session).map_err(|source| self.not_listed(source))
    }

    /// Lets collections go on.
    pub fn settle(&self) -> Result<(), StoreError> {
        self.staging.settle().map_err(|source| self.not_listed(source))
    }

    fn not_listed(&self, source: io::Error) -> StoreError {
        StoreError::Write { path: self.root.join("tmp"), source }
    }
}

/// Registers this process with the store, and refuses the store if a process is registered whose locks can't be seen here.
fn enter(root: &Path, staging: &Staging) -> Result<(), StoreError> {
    let failed = |source| StoreError::Write { path: root.join("tmp"), source };
    match staging.session() {
        Ok(_) => {}
        // A collection, which makes room, works without being registered.
        Err(error) if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => {}
        Err(source)
            if matches!(source.kind(), io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput)
                || source.raw_os_error() == Some(NO_LOCKS) =>
        {
            return Err(StoreError::UnfitFileSystem { path: root.into(), source });
        }
        Err(source) => return Err(failed(source)),
    }
    // Registered first: of two processes that do this at once, at least one sees the other.
    match staging.out_of_sight().map_err(failed)? {
        Some((session, place)) => Err(StoreError::UsedElsewhere {
            path: root.into(),
            host: place.host,
            lock: root.join("tmp").join(format!("{session}.lock")),
        }),
        None => Ok(()),
    }
}

/// Linux's `ENOLCK`, for which `io::ErrorKind` has no name: the server of a network file system has no locks.
const NO_LOCKS: i32 = 37;

/// The format of the store, which is one that this program knows.
fn check_format(root: &Path, text: &[u8]) -> Result<u32, StoreError> {
    let text = String::from_utf8_lossy(text);
    let found = text.trim().strip_prefix("pipeline store, format ").and_then(|version| version.parse().ok());
    match found {
        Some(found @ 1..=FORMAT) => Ok(found),
        Some(found) => Err(StoreError::OtherFormat { path: root.into(), found, known: FORMAT }),
        None => Err(StoreError::NotAStore { path: root.into() }),
    }
}

fn create(disk: &dyn Disk, root: &Path, format: &Path) -> Result<(), StoreError> {
    let failed = |source| StoreError::Create { path: root.into(), source };
    disk.make_folders(root).map_err(failed)?;
    // Its own name has to be durable, too, and the names of the folders that were made for it. Those
    // above, which others made, may be closed to us.
    for folder in root.ancestors().skip(1).take_while(|folder| *folder != Path::new("")) {
        if disk.sync_folder(folder).is_err() {
            break;
        }
    }
    let is_foreign =
        |path: &PathBuf| !path.file_name().unwrap_or_default().to_string_lossy().starts_with("FORMAT");
    let foreign = disk.list(root).map_err(failed)?.iter().any(is_foreign);
    // Another process may have made the store since we looked.
    if let Ok(text) = disk.read(format) {
        return check_format(root, &text).map(drop);
    }
    if foreign {
        return Err(StoreError::NotAStore { path: root.into() });
    }
    write_format(disk, root, format).map_err(failed)?;
    // A store beside a program's sources is not one of them.
    let ignore = root.join(".gitignore");
    match disk.create(&ignore).and_then(|mut file| file.write_all(b"*\n")) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(failed(error)),
        _ => Ok(()),
    }
}

/// Two processes may do this at once: both write the same text, and a rename is whole.
fn write_format(disk: &dyn Disk, root: &Path, format: &Path) -> io::Result<()> {
    let staged = root.join(format!("FORMAT.{}", staging::unique_name()));
    let write = || -> io::Result<()> {
        let mut file = disk.create(&staged)?;
        file.write_all(format!("pipeline store, format {FORMAT}\n").as_bytes())?;
        file.sync()?;
        disk.rename(&staged, format)?;
        disk.sync_folder(root)
    };
    write().inspect_err(|_| drop(disk.remove(&staged)))
}

#[cfg(test)]
mod tests;
