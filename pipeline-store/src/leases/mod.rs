//! The seam to who relies on what: a collection spares what is held by a lease.

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

/// What processes hold, so that no collection removes it: results by their keys, objects by their hashes.
///
/// The promise: what was held before a collection began stays; and whoever looks after holding whether it is there,
/// finds what stays.
pub trait Leases: fmt::Debug + Send + Sync + 'static {
    /// Holds once more. Where more is about to follow, it need not be listed yet: until [`Leases::flush`], no
    /// collection begins.
    ///
    /// # Errors
    ///
    /// When it can't be listed.
    fn hold(&self, hash: &Hash) -> io::Result<()>;

    /// Lists what was held, and lets collections begin. Has to come before anything that takes long.
    ///
    /// # Errors
    ///
    /// When it can't be listed; then it is held all the same, and collections wait.
    fn flush(&self) -> io::Result<()>;

    /// Ends what was held, each once.
    fn release(&self, hashes: &[Hash]);

    /// The name of this process among those that use the store.
    ///
    /// # Errors
    ///
    /// When the process can't be registered.
    fn session(&self) -> io::Result<String>;

    /// Whether the process with this name lives.
    ///
    /// # Errors
    ///
    /// When that can't be found out.
    fn is_alive(&self, session: &str) -> io::Result<bool>;

    /// Removes what processes left that are gone.
    fn sweep(&self) {}

    /// Waits until nobody is in the middle of holding something, and keeps others waiting until what this gives is
    /// dropped.
    ///
    /// # Errors
    ///
    /// When the right to be alone can't be had.
    fn exclusive(&self) -> io::Result<Box<dyn Exclusive + '_>>;
}

/// The right to collect: nobody begins to hold anything meanwhile.
pub trait Exclusive {
    /// What all living processes hold.
    ///
    /// # Errors
    ///
    /// When it can't be read.
    fn held(&self) -> io::Result<HashSet<Hash>>;
}

/// What one user of a store holds: a submission, a reader, a table that is scanned. Held until it is dropped.
pub struct Lease {
    leases: Arc<dyn Leases>,
    place: PathBuf,
    held: Mutex<Vec<Hash>>,
}

impl Lease {
    pub(crate) fn new(leases: Arc<dyn Leases>, place: &Path) -> Lease {
        Lease { leases, place: place.into(), held: Mutex::default() }
    }

    /// Holds a result, by its key, or an object, by its hash. To be called before looking whether it is there.
    ///
    /// # Errors
    ///
    /// When the list of what this process holds can't be written.
    pub fn hold(&self, hash: &Hash) -> Result<(), StoreError> {
        self.list(hash).map_err(|source| self.not_listed(source))
    }

    /// As [`Lease::hold`], where more is about to follow: collections wait until [`Lease::flush`], which has to come
    /// before anything that takes long.
    ///
    /// # Errors
    ///
    /// As [`Lease::hold`].
    pub fn hold_pending(&self, hash: &Hash) -> Result<(), StoreError> {
        self.add(hash).map_err(|source| self.not_listed(source))
    }

    /// Lets collections go on.
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
