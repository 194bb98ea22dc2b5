//! Leases: garbage collection spares the results and objects that a lease holds.

mod local;
mod memory;

pub(crate) use local::LocalLeases;
pub use memory::MemoryLeases;

use crate::{Hash, StoreError};
use std::collections::HashSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The names that processes hold, so that garbage collection doesn't remove them: results by key, objects by hash.
///
/// The guarantee: results and objects that were held before a garbage collection began stay. If a process finds a
/// result or an object after it has started to hold the name, it stays until the process releases the name.
pub trait Leases: fmt::Debug + Send + Sync + 'static {
    /// Holds a name once more. The name may stay pending until [`Leases::flush`]; no garbage collection begins before
    /// that.
    ///
    /// # Errors
    ///
    /// When the name can't be listed.
    fn hold(&self, hash: &Hash) -> io::Result<()>;

    /// Lists pending names, and lets garbage collections begin. Must be called before any long operation.
    ///
    /// # Errors
    ///
    /// When the names can't be listed. They are held all the same, and garbage collections wait.
    fn flush(&self) -> io::Result<()>;

    /// Releases each of these names once.
    fn release(&self, hashes: &[Hash]);

    /// The name of this process's session, which identifies it among the processes that use the store.
    ///
    /// # Errors
    ///
    /// When the process can't be registered.
    fn session(&self) -> io::Result<String>;

    /// Whether the process of this session is alive.
    ///
    /// # Errors
    ///
    /// When its lock can't be checked.
    fn is_alive(&self, session: &str) -> io::Result<bool>;

    /// Removes the files that ended processes left behind.
    fn sweep(&self) {}

    /// Waits until no process has pending names, and blocks every [`Leases::hold`] of a new name until the returned
    /// guard is dropped.
    ///
    /// # Errors
    ///
    /// When the exclusive lock can't be taken.
    fn exclusive(&self) -> io::Result<Box<dyn Exclusive + '_>>;
}

/// Guard of a garbage collection: while it lives, no process starts to hold anything.
pub trait Exclusive {
    /// The names that all living processes hold.
    ///
    /// # Errors
    ///
    /// When the lists can't be read.
    fn held(&self) -> io::Result<HashSet<Hash>>;
}

/// The names held by one user of a store: a submission, a reader, a table that is scanned. Dropping it releases them.
pub struct Lease {
    leases: Arc<dyn Leases>,
    place: PathBuf,
    held: Mutex<Vec<Hash>>,
}

impl Lease {
    pub(crate) fn new(leases: Arc<dyn Leases>, place: &Path) -> Lease {
        Lease { leases, place: place.into(), held: Mutex::default() }
    }

    /// Holds a result, by its key, or an object, by its hash. Call this before checking whether it exists.
    ///
    /// # Errors
    ///
    /// When the list of the names that this process holds can't be written.
    pub fn hold(&self, hash: &Hash) -> Result<(), StoreError> {
        self.list(hash).map_err(|source| self.not_listed(source))
    }

    /// Like [`Lease::hold`], for a name that others follow: it may stay pending, and garbage collections wait until
    /// [`Lease::flush`]. Call that before any long operation.
    ///
    /// # Errors
    ///
    /// As [`Lease::hold`].
    pub fn hold_pending(&self, hash: &Hash) -> Result<(), StoreError> {
        self.add(hash).map_err(|source| self.not_listed(source))
    }

    /// Lists the pending names, and lets garbage collections proceed.
    ///
    /// # Errors
    ///
    /// As [`Lease::hold`].
    pub fn flush(&self) -> Result<(), StoreError> {
        self.leases.flush().map_err(|source| self.not_listed(source))
    }

    pub(crate) fn list(&self, hash: &Hash) -> io::Result<()> {
        self.add(hash)?;
        self.leases.flush()
    }

    fn add(&self, hash: &Hash) -> io::Result<()> {
        self.leases.hold(hash)?;
        self.held.lock().unwrap_or_else(PoisonError::into_inner).push(*hash);
        Ok(())
    }

    fn not_listed(&self, source: io::Error) -> StoreError {
        StoreError::Write { path: self.place.join("tmp"), source }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.leases.release(self.held.get_mut().unwrap_or_else(PoisonError::into_inner));
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lease({} held)", self.held.lock().unwrap_or_else(PoisonError::into_inner).len())
    }
}
