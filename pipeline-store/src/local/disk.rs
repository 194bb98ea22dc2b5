//! The seam to the file system: every call on whose order or outcome the store's promises rest.
//!
//! [`Files`] is the one that programs use. Tests put another in its place, which forgets what was not
//! synced or fails at a given call. Where blobs are not files, [`Blobs`](crate::Blobs) is the seam.

use super::lock::{Lock, LockKind, Tried};
use super::{Place, wait};
use crate::Stamp;
use std::fmt::Debug;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};
use std::time::SystemTime;

/// A file system as the store sees it.
pub trait Disk: Debug + Send + Sync {
    /// The whole content of a file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// A file to be read from this byte on.
    fn open(&self, path: &Path, from: u64) -> io::Result<Box<dyn Read>>;

    /// Whether this process may write to a file that is there.
    fn can_write(&self, path: &Path) -> bool;

    /// The place from which this process uses a folder.
    fn place(&self, folder: &Path) -> Place;

    /// What a file looks like from outside.
    fn stamp(&self, path: &Path) -> io::Result<Stamp>;

    /// What is in a folder; nothing when it is absent.
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;

    /// Makes a folder and those it is in, where they are absent.
    fn make_folders(&self, folder: &Path) -> io::Result<()>;

    /// Makes a folder in one that is there, where it is absent: below a store that was removed nothing comes into being.
    fn make_folder(&self, folder: &Path) -> io::Result<()>;

    /// Makes a folder's entries durable.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;

    /// A new empty file to write to; an error when there is one.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Adds to a file that need not be durable; makes it where it is absent.
    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Gives a file its final name, in place of whatever bears it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Gives a file a second name; an error of kind `AlreadyExists` when that is taken.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Removes a folder with all that is in it.
    fn remove_folder(&self, folder: &Path) -> io::Result<()>;

    /// Takes the kernel's lock on a file, which is created when absent, and waits for it. It ends when it is
    /// dropped, or with the process.
    fn lock(&self, path: &Path, kind: LockKind) -> io::Result<Box<dyn Lock>>;

    /// Takes the kernel's lock on a file if that is there and no other has it. The file is never created: that
    /// would make it look alive to its owner, who finds it removed otherwise.
    fn try_lock(&self, path: &Path, kind: LockKind) -> io::Result<Tried>;
}

/// A file that is being written.
pub trait DiskFile: Write + Debug + Send {
    /// Makes the content durable.
    fn sync(&mut self) -> io::Result<()>;

    /// Throws the content away.
    fn clear(&mut self) -> io::Result<()>;

    /// Lets the file look as if it was last written at this moment.
    fn backdate(&mut self, moment: SystemTime) -> io::Result<()>;
}

/// The files of this machine.
#[derive(Debug)]
pub struct Files;

impl Disk for Files {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        // Most are short: two reads, of which the second sees the end, and no question for the size.
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
        // Only Unix can open a folder as a file; elsewhere a rename is as durable as it gets.
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
            // A file system without hard links: between the look and the rename another may come, with
            // its equal.
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

    fn try_lock(&self, path: &Path, kind: LockKind) -> io::Result<Tried> {
        // A shared lock needs no right to write; some network file systems ask for it for an exclusive one.
        let file = match File::options().read(true).write(kind == LockKind::Exclusive).open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Tried::Absent),
            file => file?,
        };
        let tried = match kind {
            LockKind::Shared => file.try_lock_shared(),
            LockKind::Exclusive => file.try_lock(),
        };
        match tried {
            Ok(()) => Ok(Tried::Taken(Box::new(file))),
            Err(TryLockError::WouldBlock) => Ok(Tried::Held),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// A file of which long parts are made durable while the next are written.
#[derive(Debug)]
struct BackgroundSync {
    file: File,
    /// What was written since the last part.
    unsynced: usize,
    syncing: Option<JoinHandle<io::Result<()>>>,
}

/// How much is a part: so much that a sync is worth its while.
const PART: usize = 32 << 20;

impl BackgroundSync {
    /// Waits for the part that is being made durable. The kernel tells an error once: if it came to that
    /// part, a later sync would not know of it.
    fn synced(&mut self) -> io::Result<()> {
        let failed = || Err(io::Error::other("the thread that made a file durable panicked"));
        self.syncing.take().map_or(Ok(()), |syncing| syncing.join().unwrap_or_else(|_| failed()))
    }
}

impl Write for BackgroundSync {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.unsynced += written;
        if self.unsynced >= PART && self.syncing.as_ref().is_none_or(JoinHandle::is_finished) {
            self.unsynced = 0;
            // What is written is written: the error of a part is told when the whole is synced, unless
            // another part is begun.
            self.synced()?;
            let sync = self.file.try_clone().map(|file| move || file.sync_data());
            // Without a thread the work is done at the end.
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
        self.synced()?;
        self.file.sync_all()
    }

    fn clear(&mut self) -> io::Result<()> {
        self.synced()?;
        self.file.set_len(0)?;
        self.file.rewind()
    }

    fn backdate(&mut self, moment: SystemTime) -> io::Result<()> {
        self.file.set_modified(moment)
    }
}
