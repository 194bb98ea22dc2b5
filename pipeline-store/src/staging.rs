//! Where files are written before they get their name, and what a living process relies on.
//!
//! Each process has a folder of its own under `tmp`, and holds a kernel lock on a file beside it for
//! as long as it lives. A folder whose lock can be had belongs to a process that is gone, and is
//! swept when a store is opened; nothing depends on process numbers or clocks.
//!
//! In the folder is also the list of results and objects that the process relies on, so that nobody
//! collects them. An entry is added under the shared lock of [`Staging::lock_path`], which a
//! collection holds alone: an entry is made before a collection begins, or after it is done.

use super::disk::{Disk, DiskFile, Lock, LockKind, Tried};
use super::place::Place;
use super::{Durable, Hash};
use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// This process's folder for files without a name, made with the first file.
#[derive(Debug)]
pub(crate) struct Staging {
    root: PathBuf,
    place: Place,
    /// Whether nothing may be written; then nothing is listed as relied on.
    read_only: bool,
    lock_path: PathBuf,
    disk: Arc<dyn Disk>,
    durable: Arc<Durable>,
    own: Mutex<Option<Own>>,
    uses: Mutex<Uses>,
    next: AtomicU64,
}

#[derive(Debug)]
struct Own {
    folder: PathBuf,
    lock_path: PathBuf,
    /// Held, not read: the lock ends with it.
    _lock: Box<dyn Lock>,
}

/// What this process relies on.
#[derive(Debug, Default)]
struct Uses {
    /// How many submissions and the like are under way; when there is none, nothing is relied on.
    under_way: usize,
    known: HashSet<Hash>,
    file: Option<Box<dyn DiskFile>>,
    /// The lock under which entries are added, given up: to take it again is quicker than to open it.
    lock: Option<Box<dyn Lock>>,
    adding: Option<Adding>,
}

/// Entries that are being added. As long as the lock is held, no collection begins, so that they need
/// not be on the list yet.
#[derive(Debug)]
struct Adding {
    since: Instant,
    lock: Box<dyn Lock>,
    /// Lines for the list.
    entries: String,
}

/// How long the lock is held while entry comes after entry: what it costs is shared by many, and a
/// collection waits no longer.
const HELD: Duration = Duration::from_millis(5);

/// The list of what a process relies on, in its folder.
const USED: &str = "used";

impl Staging {
    pub(crate) fn new(store: &Path, disk: Arc<dyn Disk>, durable: Arc<Durable>, read_only: bool) -> Staging {
        Staging {
            root: store.join("tmp"),
            place: disk.place(store),
            read_only,
            lock_path: store.join("gc.lock"),
            disk,
            durable,
            own: Mutex::new(None),
            uses: Mutex::default(),
            next: AtomicU64::new(0),
        }
    }

    /// A new empty file and its path.
    pub(crate) fn file(&self) -> io::Result<(Box<dyn DiskFile>, PathBuf)> {
        let path = self.folder()?.join(self.next.fetch_add(1, Ordering::Relaxed).to_string());
        Ok((self.disk.create(&path)?, path))
    }

    /// The name of this process among those that have the store open.
    pub(crate) fn session(&self) -> io::Result<String> {
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

    pub(super) fn is_read_only(&self) -> bool {
        self.read_only
    }

    fn folder(&self) -> io::Result<PathBuf> {
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

    /// Something is under way: what is relied on from now on stays relied on until it ends.
    pub(crate) fn begin_use(&self) {
        lock(&self.uses).under_way += 1;
    }

    /// It is over.
    pub(crate) fn end_use(&self) {
        let mut uses = lock(&self.uses);
        uses.under_way = uses.under_way.saturating_sub(1);
        if uses.under_way == 0 {
            uses.known.clear();
            uses.adding = None;
            if let Some(file) = &mut uses.file {
                // What stays on the list is only kept longer.
                let _ = file.clear();
            }
        } else {
            // An error stays with those who go on: they hear of it with their next entry.
            let _ = uses.settle();
        }
    }

    /// Says that this process relies on a result, by its key, or on an object, by its hash.
    pub(crate) fn rely_on(&self, hash: &Hash) -> io::Result<()> {
        let mut uses = lock(&self.uses);
        self.add(&mut uses, hash)?;
        uses.settle()
    }

    /// As [`Staging::rely_on`], and more entries are about to follow: the caller keeps collections waiting
    /// until [`Staging::settle`], which has to come before anything that takes long.
    pub(crate) fn rely_on_next(&self, hash: &Hash) -> io::Result<()> {
        let mut uses = lock(&self.uses);
        self.add(&mut uses, hash)?;
        if uses.adding.as_ref().is_some_and(|adding| adding.since.elapsed() > HELD) {
            uses.settle()
        } else {
            Ok(())
        }
    }

    /// No collection is kept waiting any more.
    pub(crate) fn settle(&self) -> io::Result<()> {
        lock(&self.uses).settle()
    }

    fn add(&self, uses: &mut Uses, hash: &Hash) -> io::Result<()> {
        if self.read_only || uses.known.contains(hash) {
            return Ok(());
        }
        if uses.file.is_none() {
            uses.file = Some(self.disk.create(&self.folder()?.join(USED))?);
        }
        if uses.adding.is_none() {
            let again = match uses.lock.take() {
                Some(mut lock) => lock.retake()?.then_some(lock),
                None => None,
            };
            let lock = match again {
                Some(lock) => lock,
                None => self.disk.lock(&self.lock_path, LockKind::Shared)?,
            };
            uses.adding = Some(Adding { since: Instant::now(), lock, entries: String::new() });
        }
        if let Some(adding) = &mut uses.adding {
            let _ = writeln!(adding.entries, "{hash}");
        }
        uses.known.insert(*hash);
        Ok(())
    }

    /// Waits until nobody adds to what is relied on, and keeps them waiting.
    pub(super) fn alone(&self) -> io::Result<Box<dyn Lock>> {
        self.disk.lock(&self.lock_path, LockKind::Exclusive)
    }

    /// What any living process relies on. To be called while [`Staging::alone`].
    pub(super) fn relied_on(&self) -> io::Result<HashSet<Hash>> {
        let mut found = HashSet::new();
        let locks = self.disk.list(&self.root)?;
        for path in locks.iter().filter(|path| path.extension().is_some_and(|extension| extension == "lock"))
        {
            if !matches!(self.disk.try_lock(path, LockKind::Exclusive)?, Tried::Held) {
                continue; // nobody lives there
            }
            match self.disk.read(&path.with_extension("").join(USED)) {
                Ok(bytes) => {
                    found.extend(
                        String::from_utf8_lossy(&bytes).lines().filter_map(|line| line.parse::<Hash>().ok()),
                    );
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }
}

impl Uses {
    /// Puts what was added on the list, and gives the lock up. When that fails it is still held, and a
    /// collection still waits.
    fn settle(&mut self) -> io::Result<()> {
        let Some(Adding { entries, .. }) = &self.adding else { return Ok(()) };
        if let Some(file) = &mut self.file {
            // A line cut short by a full disk ends here, and the next entry is whole.
            file.write_all(entries.as_bytes()).inspect_err(|_| drop(file.write(b"\n")))?;
        }
        if let Some(Adding { mut lock, .. }) = self.adding.take()
            && lock.release()?
        {
            self.lock = Some(lock);
        }
        Ok(())
    }
}

impl Drop for Staging {
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
