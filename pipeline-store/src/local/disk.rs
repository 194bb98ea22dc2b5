//! The file system interface: every call whose order or outcome the store's guarantees depend on.
//!
//! Programs use [`Files`]. Tests use a disk that loses unsynced data, or one that fails at a given call. Blobs that are
//! not files implement [`Blobs`](crate::Blobs) instead.

use super::lock::{Lock, LockKind, TryLock};
use super::{Place, wait};
use crate::Stamp;
use std::fmt::Debug;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};
use std::time::SystemTime;

/// The file system operations that the store uses.
pub trait Disk: Debug + Send + Sync {
    /// Reads a file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Opens a file for reading, starting at byte `from`.
    fn open(&self, path: &Path, from: u64) -> io::Result<Box<dyn Read>>;

    /// Whether this process may write to an existing file.
    fn can_write(&self, path: &Path) -> bool;

    /// The mount and kernel through which this process uses a folder.
    fn place(&self, folder: &Path) -> Place;

    /// The stamp of a file.
    fn stamp(&self, path: &Path) -> io::Result<Stamp>;

    /// Lists the entries of a folder; an absent folder is empty.
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;

    /// Creates a folder and its parents unless they exist.
    fn make_folders(&self, folder: &Path) -> io::Result<()>;

    /// Creates a folder unless it exists. Its parent must exist, so that nothing is created below a store that was
    /// removed.
    fn make_folder(&self, folder: &Path) -> io::Result<()>;

    /// Makes a folder's entries durable.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;

    /// Creates an empty file for writing. Fails if the file exists.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Appends to a file, which is created if absent. The bytes need not be durable.
    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Renames a file, replacing any file of that name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Gives a file a second name. Fails with `AlreadyExists` if the name is taken.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Removes a folder with its contents.
    fn remove_folder(&self, folder: &Path) -> io::Result<()>;

    /// Waits for the kernel's lock on a file, and takes it. Creates the file if it is absent. The lock ends when it is
    /// dropped or the process ends.
    fn lock(&self, path: &Path, kind: LockKind) -> io::Result<Box<dyn Lock>>;

    /// Takes the kernel's lock on a file if the file exists and its lock is free. Never creates the file: its owner
    /// takes an absent file as a sign that it was swept.
    fn try_lock(&self, path: &Path, kind: LockKind) -> io::Result<TryLock>;
}

/// A file that is being written.
pub trait DiskFile: Write + Debug + Send {
    /// Makes the content durable.
    fn sync(&mut self) -> io::Result<()>;

    /// Discards the content.
    fn clear(&mut self) -> io::Result<()>;

    /// Sets the modification time to `moment`.
    fn backdate(&mut self, moment: SystemTime) -> io::Result<()>;
}

/// The files of this machine.
#[derive(Debug)]
pub struct Files;

impl Disk for Files {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        // Most files are short: this takes two reads, of which the second finds the end, and does not ask for the size.
        let mut file = File::open(path)?;
        let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
        loop {
            match file.read(&mut part) {
                Ok(0) => return Ok(bytes),
                Ok(read) => bytes.extend_from_slice(&part[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn open(&self, path: &Path, from: u64) -> io::Result<Box<dyn Read>> {
        let mut file = File::open(path)?;
        if from > 0 {
            file.seek(SeekFrom::Start(from))?;
        }
        Ok(Box::new(file))
    }

    fn can_write(&self, path: &Path) -> bool {
        File::options().write(true).open(path).is_ok()
    }

    fn place(&self, folder: &Path) -> Place {
        Place::of(folder)
    }

    fn stamp(&self, path: &Path) -> io::Result<Stamp> {
        Stamp::of(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        match fs::read_dir(folder) {
            Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn make_folders(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        match fs::create_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
            done => done,
        }
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        // Only Unix can open a folder as a file; other systems offer no way to make a rename more durable.
        if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = File::options().write(true).create_new(true).open(path)?;
        Ok(Box::new(BackgroundSync { file, unsynced: 0, syncing: None }))
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        File::options().append(true).create(true).open(path)?.write_all(bytes)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        match fs::hard_link(from, to) {
            // A file system without hard links. Between the check and the rename, another process may publish a file of
            // this name, which is then replaced by its equal.
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists && from.exists() => {
                match to.exists() {
                    true => Err(io::ErrorKind::AlreadyExists.into()),
                    false => fs::rename(from, to),
                }
            }
            done => done,
        }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        fs::remove_dir_all(folder)
    }

    fn lock(&self, path: &Path, kind: LockKind) -> io::Result<Box<dyn Lock>> {
        let file = File::options().write(true).create(true).truncate(false).open(path)?;
        wait::lock(file, path, kind)
    }

    fn try_lock(&self, path: &Path, kind: LockKind) -> io::Result<TryLock> {
        // A shared lock needs no write permission; some network file systems require it for an exclusive lock.
        let file = match File::options().read(true).write(kind == LockKind::Exclusive).open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(TryLock::Absent),
            file => file?,
        };
        let tried = match kind {
            LockKind::Shared => file.try_lock_shared(),
            LockKind::Exclusive => file.try_lock(),
        };
        match tried {
            Ok(()) => Ok(TryLock::Taken(Box::new(file))),
            Err(TryLockError::WouldBlock) => Ok(TryLock::Held),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// A file that is synced in the background, part by part, while the next part is written.
#[derive(Debug)]
struct BackgroundSync {
    file: File,
    /// The number of bytes written since the last part.
    unsynced: usize,
    syncing: Option<JoinHandle<io::Result<()>>>,
}

/// The size of a part in bytes, large enough for a sync to pay off.
const PART: usize = 32 << 20;

impl BackgroundSync {
    /// Waits for the part that is being synced. The kernel reports an error only once: if that sync receives it, a
    /// later one does not.
    fn wait_for_sync(&mut self) -> io::Result<()> {
        let failed = || Err(io::Error::other("the thread that synced a file panicked"));
        self.syncing.take().map_or(Ok(()), |syncing| syncing.join().unwrap_or_else(|_| failed()))
    }
}

impl Write for BackgroundSync {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.unsynced += written;
        if self.unsynced >= PART && self.syncing.as_ref().is_none_or(JoinHandle::is_finished) {
            self.unsynced = 0;
            // These bytes were written, but an error of the part before must not get lost: it is returned here, or by
            // the final sync if no further part begins.
            self.wait_for_sync()?;
            let sync = self.file.try_clone().map(|file| move || file.sync_data());
            // If no thread can be spawned, the final sync does the work.
            self.syncing =
                sync.and_then(|sync| thread::Builder::new().name("pipeline-sync".into()).spawn(sync)).ok();
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl DiskFile for BackgroundSync {
    fn sync(&mut self) -> io::Result<()> {
        self.wait_for_sync()?;
        self.file.sync_all()
    }

    fn clear(&mut self) -> io::Result<()> {
        self.wait_for_sync()?;
        self.file.set_len(0)?;
        self.file.rewind()
    }

    fn backdate(&mut self, moment: SystemTime) -> io::Result<()> {
        self.file.set_modified(moment)
    }
}
