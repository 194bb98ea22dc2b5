//! The store as users hold it.

use crate::engine::{Collection, Engine, Memory, StoreCheck, StoreUsage, Terms};
use crate::error::{Error, Result};
use crate::registry::Registry;
use crate::store::{Disk, Files, ResultStore};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A directory with scenarios and their results. Clones are the same store; several processes may
/// have it open at once.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    results: ResultStore,
    registry: Registry,
    memory: Memory,
}

impl Store {
    /// Opens the store in this directory; creates it when the directory is absent or empty.
    ///
    /// # Errors
    ///
    /// When the directory can't be read or written, holds something else, or was made by another
    /// version of the library.
    pub fn open(path: impl AsRef<Path>) -> Result<Store> {
        Store::open_on(path.as_ref(), Arc::new(Files))
    }

    /// Opens the store on a disk of its own.
    pub(crate) fn open_on(path: &Path, disk: Arc<dyn Disk>) -> Result<Store> {
        let results = ResultStore::open(path, disk)?;
        let registry = Registry::open(&path.join("registry.sqlite"))?;
        Ok(Store { inner: Arc::new(Inner { results, registry, memory: Memory::default() }) })
    }

    /// The store's directory.
    pub fn path(&self) -> &Path {
        &self.inner.results.root
    }

    /// Keeps values of up to so many bytes in memory, counted as they are in the store, between
    /// submissions of this process: a task that reads one of them need not read it from the store. 64 MiB
    /// unless it is set; 0 keeps none. Tables are not kept: they are scanned where they are.
    pub fn keep_in_memory(&self, bytes: u64) {
        self.inner.memory.set_budget(bytes);
    }

    /// The names of the scenarios, sorted.
    ///
    /// # Errors
    ///
    /// When the registry can't be read.
    pub fn scenario_names(&self) -> Result<Vec<String>> {
        Ok(self.registry().scenario_names()?)
    }

    /// Opens the store in this directory, which has to be there.
    #[cfg(feature = "cli")]
    pub(crate) fn open_existing(path: &Path) -> Result<Store> {
        if path.join("FORMAT").exists() || path.is_file() {
            return Store::open(path);
        }
        Err(Error::NoStore { path: std::path::absolute(path).unwrap_or_else(|_| path.into()) })
    }

    /// What is relied on from now on stays until this ends.
    #[cfg(feature = "cli")]
    pub(crate) fn using(&self) -> crate::store::Using<'_> {
        self.inner.results.using()
    }

    pub(super) fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    pub(super) fn results(&self) -> &ResultStore {
        &self.inner.results
    }

    /// Reads every object and every record of the store, and says what is damaged or missing.
    ///
    /// # Errors
    ///
    /// When the store can't be read.
    pub fn check(&self) -> Result<StoreCheck> {
        self.engine(Terms::default()).check_store()
    }

    /// How much room the store takes, and what for.
    ///
    /// # Errors
    ///
    /// When the store can't be read.
    pub fn usage(&self) -> Result<StoreUsage> {
        self.engine(Terms::default()).usage()
    }

    /// Removes the results and objects that no scenario and no pinned run reaches, and that were made
    /// longer than `grace` ago; with `dry_run` only says which. A scenario reaches its inputs and what
    /// its jobs last made. What other processes work with at this moment stays.
    ///
    /// # Errors
    ///
    /// When the store can't be read or written. What is reached is untouched in any case.
    ///
    /// # Blocking
    ///
    /// Until no other process is about to publish a result, which is a matter of moments; others wait as
    /// long before they publish theirs.
    pub fn collect(&self, grace: Duration, dry_run: bool) -> Result<Collection> {
        self.engine(Terms::default()).collect(grace, dry_run)
    }

    /// Says whether the results of a submission, by its number ([`crate::Run::id`]), stay when no
    /// scenario reaches them any more.
    ///
    /// # Errors
    ///
    /// When there is no such submission, or the registry can't be written.
    pub fn pin(&self, run: i64, pinned: bool) -> Result<()> {
        if self.registry().pin(run, pinned)? { Ok(()) } else { Err(Error::NoRun { run }) }
    }

    pub(super) fn engine(&self, terms: Terms) -> Engine<'_> {
        Engine::new(&self.inner.results, &self.inner.registry, &self.inner.memory, terms)
    }
}
