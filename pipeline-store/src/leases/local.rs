//! Leases of processes that share a directory: each lists what it holds in a file of its own.
//!
//! An entry is added under the shared lock of `gc.lock`, which a collection holds alone: an entry is made before a
//! collection begins, or after it is done.

use super::{Exclusive, Leases};
use crate::Hash;
use crate::local::{Disk, DiskFile, Lock, LockKind, Session};
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What this process holds, in a file beside those that it stages.
#[derive(Debug)]
pub(crate) struct LocalLeases {
    lock_path: PathBuf,
    disk: Arc<dyn Disk>,
    session: Arc<Session>,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    /// How many times each is held.
    counts: HashMap<Hash, usize>,
    /// How many times that is together.
    times: usize,
    /// How many entries the file has, of which some may be over.
    listed: usize,
    file: Option<Box<dyn DiskFile>>,
    /// The lock under which entries are added, given up: to take it again is quicker than to open it.
    lock: Option<Box<dyn Lock>>,
    adding: Option<Adding>,
}

/// Entries that are being added. As long as the lock is held, no collection begins, so that they need not be on the list
/// yet.
#[derive(Debug)]
struct Adding {
    since: Instant,
    lock: Box<dyn Lock>,
    /// Lines for the list.
    entries: String,
}

/// How long the lock is held while entry comes after entry: many share what it costs, and a collection waits no longer.
const SHARED_FOR: Duration = Duration::from_millis(5);

/// Up to so many entries the list is written anew as soon as one is over; of more, once most are.
const FEW: usize = 1_000;

/// The list of what a process holds, in its folder.
const USED: &str = "used";

impl LocalLeases {
    pub(crate) fn new(root: &Path, disk: Arc<dyn Disk>, session: Arc<Session>) -> LocalLeases {
        LocalLeases { lock_path: root.join("gc.lock"), disk, session, held: Mutex::default() }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The shared lock, if it is not held by this process already.
    fn begin_adding(&self, held: &mut Held) -> io::Result<()> {
        if held.file.is_none() {
            held.file = Some(self.disk.create(&self.session.folder()?.join(USED))?);
        }
        if held.adding.is_none() {
            let again = match held.lock.take() {
                Some(mut lock) => lock.retake()?.then_some(lock),
                None => None,
            };
            let lock = match again {
                Some(lock) => lock,
                None => self.disk.lock(&self.lock_path, LockKind::Shared)?,
            };
            held.adding = Some(Adding { since: Instant::now(), lock, entries: String::new() });
        }
        Ok(())
    }

    /// Writes the list without what is over. Where that fails, what stays on it is only kept longer.
    fn write_anew(&self, held: &mut Held) -> io::Result<()> {
        self.begin_adding(held)?;
        if let (Some(adding), Some(file)) = (&mut held.adding, &mut held.file) {
            adding.entries.clear();
            for hash in held.counts.keys() {
                let _ = writeln!(adding.entries, "{hash}");
            }
            file.clear()?;
            held.listed = held.counts.len();
        }
        held.flush()
    }
}

impl Leases for LocalLeases {
    fn hold(&self, hash: &Hash) -> io::Result<()> {
        if self.session.is_read_only() {
            return Ok(());
        }
        let mut held = self.held();
        if let Some(count) = held.counts.get_mut(hash) {
            *count += 1;
            held.times += 1;
            return Ok(());
        }
        self.begin_adding(&mut held)?;
        let Held { counts, times, listed, adding, .. } = &mut *held;
        if let Some(adding) = adding {
            let _ = writeln!(adding.entries, "{hash}");
        }
        counts.insert(*hash, 1);
        *times += 1;
        *listed += 1;
        let is_over = held.adding.as_ref().is_some_and(|adding| adding.since.elapsed() > SHARED_FOR);
        if is_over { held.flush() } else { Ok(()) }
    }

    fn flush(&self) -> io::Result<()> {
        self.held().flush()
    }

    fn release(&self, hashes: &[Hash]) {
        if self.session.is_read_only() || hashes.is_empty() {
            return;
        }
        let mut held = self.held();
        held.times -= hashes.len();
        if held.times == 0 {
            // Nobody else holds anything.
            held.counts.clear();
        } else {
            for hash in hashes {
                if let Some(count) = held.counts.get_mut(hash) {
                    *count -= 1;
                    if *count == 0 {
                        held.counts.remove(hash);
                    }
                }
            }
        }
        // What stays on the list is only kept longer; an error of what others add, they hear of with their next entry.
        if held.counts.is_empty() {
            held.adding = None;
            held.listed = 0;
            let _ = held.file.as_mut().map(|file| file.clear());
        } else if held.listed > held.counts.len()
            && (held.counts.len() <= FEW || held.listed > 2 * held.counts.len())
        {
            let _ = self.write_anew(&mut held);
        } else {
            let _ = held.flush();
        }
    }

    fn session(&self) -> io::Result<String> {
        self.session.name()
    }

    fn is_alive(&self, session: &str) -> io::Result<bool> {
        self.session.is_alive(session)
    }

    fn sweep(&self) {
        if !self.session.is_read_only() {
            self.session.sweep();
        }
    }

    fn exclusive(&self) -> io::Result<Box<dyn Exclusive + '_>> {
        let lock = self.disk.lock(&self.lock_path, LockKind::Exclusive)?;
        Ok(Box::new(Collecting { leases: self, _lock: lock }))
    }
}

impl Held {
    /// Puts what was added on the list, and gives the lock up. When that fails it is still held, and a collection still
    /// waits.
    fn flush(&mut self) -> io::Result<()> {
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

/// The exclusive lock.
struct Collecting<'a> {
    leases: &'a LocalLeases,
    _lock: Box<dyn Lock>,
}

impl Exclusive for Collecting<'_> {
    fn held(&self) -> io::Result<HashSet<Hash>> {
        let mut found = HashSet::new();
        for folder in self.leases.session.living()? {
            match self.leases.disk.read(&folder.join(USED)) {
                Ok(bytes) => {
                    let text = String::from_utf8_lossy(&bytes);
                    found.extend(text.lines().filter_map(|line| line.parse::<Hash>().ok()));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }
}
