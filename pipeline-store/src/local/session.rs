//! Sessions: the folder in which a process writes files before they get their name, and the lock that shows that it is
//! alive.
//!
//! Each process has its own folder under `tmp`, and holds a kernel lock on a file beside it while it is alive. A folder
//! whose lock is free belongs to a process that has ended, and is swept when a store is opened. Nothing depends on
//! process numbers or clocks.

use super::disk::{Disk, DiskFile};
use super::durable::Durable;
use super::lock::{Lock, LockKind, TryLock};
use super::place::Place;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The session of this process in a store, with its folder for unnamed files.
#[derive(Debug)]
pub(crate) struct Session {
    root: PathBuf,
    place: Place,
    /// Whether this process may only read the store. It then lists no held names.
    read_only: bool,
    disk: Arc<dyn Disk>,
    durable: Arc<Durable>,
    own: Mutex<Option<Own>>,
    next: AtomicU64,
}

#[derive(Debug)]
struct Own {
    folder: PathBuf,
    lock_path: PathBuf,
    /// Never read; held because dropping it releases the lock.
    _lock: Box<dyn Lock>,
}

impl Session {
    pub(crate) fn new(store: &Path, disk: Arc<dyn Disk>, durable: Arc<Durable>, read_only: bool) -> Session {
        Session {
            root: store.join("tmp"),
            place: disk.place(store),
            read_only,
            disk,
            durable,
            own: Mutex::new(None),
            next: AtomicU64::new(0),
        }
    }

    /// Creates an empty file; returns it with its path.
    pub(crate) fn file(&self) -> io::Result<(Box<dyn DiskFile>, PathBuf)> {
        let path = self.folder()?.join(self.next.fetch_add(1, Ordering::Relaxed).to_string());
        Ok((self.disk.create(&path)?, path))
    }

    /// The name of the session, which identifies this process among those that have the store open.
    pub(crate) fn name(&self) -> io::Result<String> {
        let folder = self.folder()?;
        Ok(folder.file_name().unwrap_or_default().to_string_lossy().into_owned())
    }

    /// Whether the process of this session is alive.
    pub(crate) fn is_alive(&self, session: &str) -> io::Result<bool> {
        let lock_path = self.root.join(format!("{session}.lock"));
        // A shared lock, so that two processes that check at the same time don't mistake each other for the owner.
        Ok(matches!(self.disk.try_lock(&lock_path, LockKind::Shared)?, TryLock::Held))
    }

    /// The first session, by name, in a place whose locks can't be seen from here.
    pub(crate) fn first_unseen(&self) -> io::Result<Option<(String, Place)>> {
        let sessions = self.disk.list(&self.root)?.into_iter().filter_map(|path| {
            let session = path.file_name()?.to_str()?.strip_suffix(".lock")?.to_owned();
            let place = Place::in_name(&session)?;
            (!self.place.sees_locks_of(&place)).then_some((session, place))
        });
        Ok(sessions.min_by(|one, other| one.0.cmp(&other.0)))
    }

    pub(crate) fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// The folder of this process. The first call creates it.
    pub(crate) fn folder(&self) -> io::Result<PathBuf> {
        if self.read_only {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        let mut own = lock(&self.own);
        Ok(match &*own {
            Some(own) => own.folder.clone(),
            None => own.insert(self.claim()?).folder.clone(),
        })
    }

    /// Creates and locks a folder that no other process has.
    fn claim(&self) -> io::Result<Own> {
        self.durable.folder(&self.root)?;
        loop {
            let name = format!("{}@{}", unique_name(), self.place);
            let lock_path = self.root.join(format!("{name}.lock"));
            drop(self.disk.create(&lock_path)?);
            // A sweep may lock a file that was just created, and remove it; the loop then creates another one. No other
            // process creates a file of this name, so if it exists, it is the one that this process has locked.
            if let TryLock::Taken(lock) = self.disk.try_lock(&lock_path, LockKind::Exclusive)?
                && self.disk.stamp(&lock_path).is_ok()
            {
                let folder = self.root.join(name);
                self.disk.make_folder(&folder)?;
                return Ok(Own { folder, lock_path, _lock: lock });
            }
        }
    }

    /// Removes the folders of processes that have ended. Folders that can't be removed are left for the next sweep.
    pub(crate) fn sweep(&self) {
        // A crash may have removed the lock file and left the folder; living processes have both.
        let entries = self.disk.list(&self.root).unwrap_or_default();
        let locks: BTreeSet<PathBuf> = entries.iter().map(|path| path.with_extension("lock")).collect();
        for path in locks {
            match self.disk.try_lock(&path, LockKind::Exclusive) {
                Ok(TryLock::Taken(_lock)) => self.remove(&path.with_extension(""), &path),
                Ok(TryLock::Absent) => drop(self.disk.remove_folder(&path.with_extension(""))),
                Ok(TryLock::Held) | Err(_) => {}
            }
        }
    }

    /// Removes a folder before its lock file: if this ends early, the next sweep finds the lock file.
    fn remove(&self, folder: &Path, lock: &Path) {
        let gone = match self.disk.remove_folder(folder) {
            Err(error) => error.kind() == io::ErrorKind::NotFound,
            Ok(()) => true,
        };
        if gone {
            let _ = self.disk.remove(lock);
        }
    }

    /// The folders of living processes.
    pub(crate) fn live_folders(&self) -> io::Result<Vec<PathBuf>> {
        let mut folders = Vec::new();
        let locks = self.disk.list(&self.root)?;
        for path in locks.iter().filter(|path| path.extension().is_some_and(|extension| extension == "lock"))
        {
            if matches!(self.disk.try_lock(path, LockKind::Exclusive)?, TryLock::Held) {
                folders.push(path.with_extension(""));
            }
        }
        Ok(folders)
    }

    /// The size of the unnamed files of all processes, in bytes.
    pub(crate) fn staged_bytes(&self) -> u64 {
        fn below(disk: &dyn Disk, path: &Path) -> u64 {
            match disk.list(path) {
                Ok(paths) if !paths.is_empty() => paths.iter().map(|path| below(disk, path)).sum(),
                _ => disk.stamp(path).map_or(0, |stamp| stamp.size),
            }
        }
        let folders = self.disk.list(&self.root).unwrap_or_default();
        let files = folders.iter().flat_map(|folder| self.disk.list(folder).unwrap_or_default());
        files.map(|file| below(&*self.disk, &file)).sum()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let own = self.own.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(own) = own {
            self.remove(&own.folder, &own.lock_path);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns a name that no other process and no other call gets.
pub fn unique_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("{}-{}-{}", std::process::id(), now.as_nanos(), COUNT.fetch_add(1, Ordering::Relaxed))
}
