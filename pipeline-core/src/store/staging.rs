//! Where files are written before they get their name.
//!
//! Each process has a folder of its own under `tmp`, and holds a kernel lock on a file beside it for
//! as long as it lives. A folder whose lock can be had belongs to a process that is gone, and is
//! swept when a store is opened; nothing depends on process numbers or clocks.

use super::disk::Disk;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// This process's folder for files without a name, made with the first file.
#[derive(Debug)]
pub(crate) struct Staging {
    root: PathBuf,
    own: Mutex<Option<Own>>,
    next: AtomicU64,
}

#[derive(Debug)]
struct Own {
    folder: PathBuf,
    lock_path: PathBuf,
    /// Held, not read: the lock ends with the file.
    _lock: File,
}

impl Staging {
    pub(crate) fn new(root: PathBuf) -> Staging {
        Staging { root, own: Mutex::new(None), next: AtomicU64::new(0) }
    }

    /// A new empty file and its path.
    pub(crate) fn file(&self) -> io::Result<(File, PathBuf)> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = match &*own {
            Some(own) => own.folder.clone(),
            None => own.insert(self.claim()?).folder.clone(),
        };
        let path = folder.join(self.next.fetch_add(1, Ordering::Relaxed).to_string());
        let file = File::options().write(true).create_new(true).open(&path)?;
        Ok((file, path))
    }

    /// Makes and locks a folder that no other process has.
    fn claim(&self) -> io::Result<Own> {
        fs::create_dir_all(&self.root)?;
        loop {
            let name = unique_name();
            let lock_path = self.root.join(format!("{name}.lock"));
            let lock = File::options().write(true).create_new(true).open(&lock_path)?;
            // A sweep may take the lock of a file just made; then its name goes, and we make another.
            if lock.try_lock().is_ok() && lock_path.exists() {
                let folder = self.root.join(name);
                fs::create_dir(&folder)?;
                return Ok(Own { folder, lock_path, _lock: lock });
            }
        }
    }

    /// Removes the folders of processes that are gone. What can't be removed stays for the next time.
    pub(crate) fn sweep(&self) {
        let Ok(entries) = fs::read_dir(&self.root) else { return };
        for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
            if path.extension().is_some_and(|extension| extension == "lock") {
                let Ok(lock) = File::options().write(true).open(&path) else { continue };
                if lock.try_lock().is_ok() {
                    remove(&path.with_extension(""), &path);
                }
            }
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let own = self.own.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = own.take() {
            remove(&own.folder, &own.lock_path);
        }
    }
}

/// The folder first: a lock without a folder is swept, a folder without a lock would stay.
fn remove(folder: &Path, lock: &Path) {
    let gone = fs::remove_dir_all(folder).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    });
    if gone.is_ok() {
        let _ = fs::remove_file(lock);
    }
}

/// A name that no other process and no other call has.
pub(crate) fn unique_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("{}-{}-{}", std::process::id(), now.as_nanos(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Creates the folder of `path` if needed, and makes a new folder durable in its parent.
pub(crate) fn ensure_folder(path: &Path) -> io::Result<()> {
    let Some(folder) = path.parent() else { return Ok(()) };
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    folder.parent().map_or(Ok(()), Disk::sync_folder)
}
