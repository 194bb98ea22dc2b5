//! Leases of processes that share a directory: each process lists the names that it holds in its own file.
//!
//! Entries are added under the shared lock of `gc.lock`. A garbage collection takes that lock exclusively, so an entry
//! is added either before the collection begins or after it has ended.

use super::{Exclusive, Leases};
use crate::Hash;
use crate::local::{Disk, DiskFile, Lock, LockKind, Session};
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The names that this process holds, listed in a file in its session's folder.
#[derive(Debug)]
pub(crate) struct LocalLeases {
    lock_path: PathBuf,
    disk: Arc<dyn Disk>,
    session: Arc<Session>,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    /// How often each name is held.
    counts: HashMap<Hash, usize>,
    /// The sum of the counts.
    times: usize,
    /// The number of entries in the file, of which some may be released.
    listed: usize,
    file: Option<Box<dyn DiskFile>>,
    /// The released lock: taking it again is faster than opening the file again.
    lock: Option<Box<dyn Lock>>,
    pending: Option<Pending>,
}

/// Entries that are not in the file yet. No garbage collection begins while their lock is held.
#[derive(Debug)]
struct Pending {
    since: Instant,
    lock: Box<dyn Lock>,
    /// Lines for the list.
    entries: String,
}

/// How long the lock is held while entries follow each other. Many entries then share the cost of the lock, and a
/// garbage collection waits no longer than this.
const HOLD_LOCK_FOR: Duration = Duration::from_millis(5);

/// Up to this number of held names, the list is rewritten whenever a name is released; above it, once most entries are
/// released.
const FEW: usize = 1_000;

/// The name of the list in a process's folder.
const USED: &str = "used";

impl LocalLeases {
    pub(crate) fn new(root: &Path, disk: Arc<dyn Disk>, session: Arc<Session>) -> LocalLeases {
        LocalLeases { lock_path: root.join("gc.lock"), disk, session, held: Mutex::default() }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the shared lock unless this process already holds it.
    fn begin_pending(&self, held: &mut Held) -> io::Result<()> {
        if held.file.is_none() {
            held.file = Some(self.disk.create(&self.session.folder()?.join(USED))?);
        }
        if held.pending.is_none() {
            let again = match held.lock.take() {
                Some(mut lock) => lock.retake()?.then_some(lock),
                None => None,
            };
            let lock = match again {
                Some(lock) => lock,
                None => self.disk.lock(&self.lock_path, LockKind::Shared)?,
            };
            held.pending = Some(Pending { since: Instant::now(), lock, entries: String::new() });
        }
        Ok(())
    }

    /// Rewrites the list without released names. If that fails, those are only kept longer.
    fn rewrite(&self, held: &mut Held) -> io::Result<()> {
        self.begin_pending(held)?;
        if let (Some(pending), Some(file)) = (&mut held.pending, &mut held.file) {
            pending.entries.clear();
            for hash in held.counts.keys() {
                let _ = writeln!(pending.entries, "{hash}");
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
        self.begin_pending(&mut held)?;
        let Held { counts, times, listed, pending, .. } = &mut *held;
        if let Some(pending) = pending {
            let _ = writeln!(pending.entries, "{hash}");
        }
        counts.insert(*hash, 1);
        *times += 1;
        *listed += 1;
        let is_due = held.pending.as_ref().is_some_and(|pending| pending.since.elapsed() > HOLD_LOCK_FOR);
        if is_due { held.flush() } else { Ok(()) }
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
            // Those were the last ones.
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
        // Errors are ignored: a released name that stays on the list is only kept longer, and names that other leases
        // have pending stay pending, so that their next entry or flush reports the error.
        if held.counts.is_empty() {
            held.pending = None;
            held.listed = 0;
            let _ = held.file.as_mut().map(|file| file.clear());
        } else if held.listed > held.counts.len()
            && (held.counts.len() <= FEW || held.listed > 2 * held.counts.len())
        {
            let _ = self.rewrite(&mut held);
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
        Ok(Box::new(ExclusiveGuard { leases: self, _lock: lock }))
    }
}

impl Held {
    /// Appends the pending entries to the list, and releases the lock. If that fails, the lock is still held, and
    /// garbage collections still wait.
    fn flush(&mut self) -> io::Result<()> {
        let Some(Pending { entries, .. }) = &self.pending else { return Ok(()) };
        if let Some(file) = &mut self.file {
            // After a line that a full disk cut short, a line break keeps the next entry readable.
            file.write_all(entries.as_bytes()).inspect_err(|_| drop(file.write(b"\n")))?;
        }
        if let Some(Pending { mut lock, .. }) = self.pending.take()
            && lock.release()?
        {
            self.lock = Some(lock);
        }
        Ok(())
    }
}

/// Holds the exclusive lock.
struct ExclusiveGuard<'a> {
    leases: &'a LocalLeases,
    _lock: Box<dyn Lock>,
}

impl Exclusive for ExclusiveGuard<'_> {
    fn held(&self) -> io::Result<HashSet<Hash>> {
        let mut found = HashSet::new();
        for folder in self.leases.session.live_folders()? {
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
