//! Stores results as files in a directory that several processes share.
//!
//! Blobs are named by the hash of their bytes, records by their key; both are immutable. The store doesn't know about
//! tasks or types: callers decide what a record contains. `README.md` beside the sources describes how files are
//! published, and why that is safe.

mod blobs;
mod collect;
mod error;
mod hash;
mod integrity;
mod leases;
mod local;
mod objects;
mod pieces;
mod records;
mod stamp;

pub use blobs::{BlobName, Blobs, Existing, LocalFile, MemoryBlobs, Published, Space, Upload};
pub use collect::{CheckReport, Collected, Damage, Roots, Sizes};
pub use error::StoreError;
pub use hash::{Hash, HashingWriter, hash_file};
pub use leases::{Exclusive, Lease, Leases, MemoryLeases};
pub use local::{
    Disk, DiskFile, Files, Lock, LockKind, Place, TryLock, Wait, limit_waits, report_waits, unique_name,
};
pub use objects::{Blob, Damaged, Integrity, ObjectWriter, Objects, Written};
pub use pieces::{PIECE, PieceHasher, PieceWriter, Pieces, is_intact_and_durable};
pub use records::{RecordRead, Records, decode as decode_record, encode as encode_record};
pub use stamp::Stamp;

use blobs::LocalBlobs;
use leases::LocalLeases;
use local::{Durable, Session};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The version of the layout that this program writes. A store with an older layout is upgraded when it is opened.
///
/// 2: living processes list the names that they hold, and garbage collection spares those. 3: a value may consist of
/// several objects. 4: columns of tables may be stored as codes.
pub const FORMAT: u32 = 4;

/// The objects and records of one store, and the leases on them.
#[derive(Debug)]
pub struct ResultStore {
    /// The values.
    pub objects: Objects,
    /// The results, by key.
    pub records: Records,
    blobs: Arc<dyn Blobs>,
    leases: Arc<dyn Leases>,
}

impl ResultStore {
    /// Opens the store in `root`, and creates it if the directory is absent or empty. A store that this process can't
    /// write to is opened read-only.
    ///
    /// # Errors
    ///
    /// When the directory can't be made into a store, is something else or a store of a later format, or is open on
    /// another machine.
    pub fn open(root: &Path, disk: Arc<dyn Disk>) -> Result<ResultStore, StoreError> {
        // An absolute path stays valid when the program changes its working directory.
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
        let session = Arc::new(Session::new(root, disk.clone(), durable.clone(), read_only));
        if !read_only {
            register(root, &session)?;
            session.sweep();
        }
        let leases = LocalLeases::new(root, disk.clone(), session.clone());
        Ok(ResultStore::with_blobs(Arc::new(LocalBlobs::new(root, disk, durable, session)), Arc::new(leases)))
    }

    /// Creates a store from blobs and leases.
    pub fn with_blobs(blobs: Arc<dyn Blobs>, leases: Arc<dyn Leases>) -> ResultStore {
        ResultStore {
            objects: Objects::new(blobs.clone(), leases.clone()),
            records: Records::new(blobs.clone()),
            blobs,
            leases,
        }
    }

    /// The location of the store: its directory, or the name of its service.
    pub fn place(&self) -> &Path {
        self.blobs.place()
    }

    /// Checks that this process may write to the store.
    ///
    /// # Errors
    ///
    /// [`StoreError::ReadOnly`] if it may only read.
    pub fn writable(&self) -> Result<(), StoreError> {
        if self.is_read_only() { Err(StoreError::ReadOnly { path: self.place().into() }) } else { Ok(()) }
    }

    /// Whether this process may only read the store. Garbage collection then doesn't know what it holds.
    pub fn is_read_only(&self) -> bool {
        self.blobs.is_read_only()
    }

    /// The directory through which other processes share the store, if there is one.
    pub fn shared_at(&self) -> Option<&Path> {
        self.blobs.shared_at()
    }

    /// Removes the unnamed files of processes that have ended.
    pub fn sweep(&self) {
        self.leases.sweep();
    }

    /// Creates a lease that holds nothing yet.
    pub fn lease(&self) -> Lease {
        Lease::new(self.leases.clone(), self.place())
    }

    /// The name of this process's session, which identifies it among the processes that have the store open.
    ///
    /// # Errors
    ///
    /// When the store can't be written.
    pub fn session(&self) -> Result<String, StoreError> {
        self.leases.session().map_err(|source| self.not_listed(source))
    }

    /// Whether the process of this session is alive.
    ///
    /// # Errors
    ///
    /// When its lock can't be checked.
    pub fn is_alive(&self, session: &str) -> Result<bool, StoreError> {
        self.leases.is_alive(session).map_err(|source| self.not_listed(source))
    }

    fn not_listed(&self, source: io::Error) -> StoreError {
        StoreError::Write { path: self.place().join("tmp"), source }
    }
}

/// Registers this process with the store. Fails if a process is registered whose locks can't be seen here.
fn register(root: &Path, session: &Session) -> Result<(), StoreError> {
    let failed = |source| StoreError::Write { path: root.join("tmp"), source };
    match session.name() {
        Ok(_) => {}
        // A garbage collection, which frees space, works without being registered.
        Err(error) if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => {}
        Err(source)
            if matches!(source.kind(), io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput)
                || source.raw_os_error() == Some(NO_LOCKS) =>
        {
            return Err(StoreError::UnfitFileSystem { path: root.into(), source });
        }
        Err(source) => return Err(failed(source)),
    }
    // Register first, then look: of two processes that do this at the same time, at least one sees the other.
    match session.first_unseen().map_err(failed)? {
        Some((session, place)) => Err(StoreError::UsedElsewhere {
            path: root.into(),
            host: place.host,
            lock: root.join("tmp").join(format!("{session}.lock")),
        }),
        None => Ok(()),
    }
}

/// Linux's `ENOLCK`, for which `io::ErrorKind` has no name: the server of a network file system doesn't support locks.
const NO_LOCKS: i32 = 37;

/// Parses the format of a store. Fails if this program doesn't know it.
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
    // The store's own name must be durable, and so must the names of the parent folders that were created for it.
    // Parents that existed before may be inaccessible to this process.
    for folder in root.ancestors().skip(1).take_while(|folder| *folder != Path::new("")) {
        if disk.sync_folder(folder).is_err() {
            break;
        }
    }
    let is_foreign =
        |path: &PathBuf| !path.file_name().unwrap_or_default().to_string_lossy().starts_with("FORMAT");
    let foreign = disk.list(root).map_err(failed)?.iter().any(is_foreign);
    // Another process may have created the store in the meantime.
    if let Ok(text) = disk.read(format) {
        return check_format(root, &text).map(drop);
    }
    if foreign {
        return Err(StoreError::NotAStore { path: root.into() });
    }
    write_format(disk, root, format).map_err(failed)?;
    // Version control must ignore a store that lies beside a program's sources.
    let ignore = root.join(".gitignore");
    match disk.create(&ignore).and_then(|mut file| file.write_all(b"*\n")) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(failed(error)),
        _ => Ok(()),
    }
}

/// Writes the `FORMAT` file. Two processes may do this at the same time: both write the same bytes, and a rename is
/// atomic.
fn write_format(disk: &dyn Disk, root: &Path, format: &Path) -> io::Result<()> {
    let staged = root.join(format!("FORMAT.{}", unique_name()));
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
