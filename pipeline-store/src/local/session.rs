//! Where a process writes files before they get their name, and the sign that it lives.
//!
//! Each process has a folder of its own under `tmp`, and holds a kernel lock on a file beside it for
//! as long as it lives. A folder whose lock can be had belongs to a process that is gone, and is
//! swept when a store is opened; nothing depends on process numbers or clocks.

use super::disk::{Disk, DiskFile};
use super::durable::Durable;
use super::lock::{Lock, LockKind, Tried};
use super::place::Place;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// This process among those that use a store, with its folder for files without a name.
#[derive(Debug)]
pub(crate) struct Session {
    root: PathBuf,
    place: Place,
    /// Whether nothing may be written; then nothing is listed as relied on.
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
    /// Held, not read: the lock ends with it.
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

    /// A new empty file and its path.
    pub(crate) fn file(&self) -> io::Result<(Box<dyn DiskFile>, PathBuf)> {
        let path = self.folder()?.join(self.next.fetch_add(1, Ordering::Relaxed).to_string());
        Ok((self.disk.create(&path)?, path))
    }

    /// The name of this process among those that have the store open.
    pub(crate) fn name(&self) -> io::Result<String> {
        let folder = self.folder()?;
        Ok(folder.file_name().unwrap_or_default().to_string_lossy().into_owned())
    }

    /// Whether the process with this name lives.
    pub(crate) fn is_alive(&self, session: &str) -> io::Result<bool> {
        let lock_path = self.root.join(format!("{session}.lock"));
        // Shared: who asks at the same moment is not taken for it.
        Ok(matches!(self.disk.try_lock(&lock_path, LockKind::Shared)?, Tried::Held))
    }

    /// The first session in a place whose locks can't be seen from here.
    pub(crate) fn out_of_sight(&self) -> io::Result<Option<(String, Place)>> {
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

    /// This process's folder, made with the first file.
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

    /// Makes and locks a folder that no other process has.
    fn claim(&self) -> io::Result<Own> {
        self.durable.folder(&self.root)?;
        loop {
            let name = format!("{}@{}", unique_name(), self.place);
            let lock_path = self.root.join(format!("{name}.lock"));
            drop(self.disk.create(&lock_path)?);
            // A sweep may take the lock of a file just made; then its name goes, and we make another. Nobody
            // else ever makes a file of this name: if it is there, it is the one that we have locked.
            if let Tried::Taken(lock) = self.disk.try_lock(&lock_path, LockKind::Exclusive)?
                && self.disk.stamp(&lock_path).is_ok()
            {
                let folder = self.root.join(name);
                self.disk.make_folder(&folder)?;
                return Ok(Own { folder, lock_path, _lock: lock });
            }
        }
    }

    /// Removes the folders of processes that are gone. What can't be removed stays for the next time.
    pub(crate) fn sweep(&self) {
        // A crash may have left a folder and taken its lock's file: the living have both.
        let entries = self.disk.list(&self.root).unwrap_or_default();
        let locks: BTreeSet<PathBuf> = entries.iter().map(|path| path.with_extension("lock")).collect();
        for path in locks {
            match self.disk.try_lock(&path, LockKind::Exclusive) {
                Ok(Tried::Taken(_lock)) => self.remove(&path.with_extension(""), &path),
                Ok(Tried::Absent) => drop(self.disk.remove_folder(&path.with_extension(""))),
                Ok(Tried::Held) | Err(_) => {}
            }
        }
    }

    /// The folder first: a lock without a folder is swept, a folder without a lock would stay.
    fn remove(&self, folder: &Path, lock: &Path) {
        let gone = match self.disk.remove_folder(folder) {
            Err(error) => error.kind() == io::ErrorKind::NotFound,
            Ok(()) => true,
        };
        if gone {
            let _ = self.disk.remove(lock);
        }
    }

    /// The folders of the processes that live.
    pub(crate) fn living(&self) -> io::Result<Vec<PathBuf>> {
        let mut folders = Vec::new();
        let locks = self.disk.list(&self.root)?;
        for path in locks.iter().filter(|path| path.extension().is_some_and(|extension| extension == "lock"))
        {
            if matches!(self.disk.try_lock(path, LockKind::Exclusive)?, Tried::Held) {
                folders.push(path.with_extension(""));
            }
        }
        Ok(folders)
    }

    /// The bytes of files that have no name yet, of all processes.
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

/// A name that no other process and no other call has.
pub fn unique_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("{}-{}-{}", std::process::id(), now.as_nanos(), COUNT.fetch_add(1, Ordering::Relaxed))
}
