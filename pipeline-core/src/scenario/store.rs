//! The store as users hold it.

use crate::engine::Engine;
use crate::error::Result;
use crate::registry::Registry;
use crate::store::ResultStore;
use std::path::Path;
use std::sync::Arc;

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
}

impl Store {
    /// Opens the store in this directory; creates it when the directory is absent or empty.
    ///
    /// # Errors
    ///
    /// When the directory can't be read or written, holds something else, or was made by another
    /// version of the library.
    pub fn open(path: impl AsRef<Path>) -> Result<Store> {
        let path = path.as_ref();
        let results = ResultStore::open(path)?;
        let registry = Registry::open(&path.join("registry.sqlite"))?;
        Ok(Store { inner: Arc::new(Inner { results, registry }) })
    }

    /// The store's directory.
    pub fn path(&self) -> &Path {
        &self.inner.results.root
    }

    /// The names of the scenarios, sorted.
    ///
    /// # Errors
    ///
    /// When the registry can't be read.
    pub fn scenario_names(&self) -> Result<Vec<String>> {
        Ok(self.registry().scenario_names()?)
    }

    pub(super) fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    pub(super) fn results(&self) -> &ResultStore {
        &self.inner.results
    }

    pub(super) fn engine(&self) -> Engine<'_> {
        Engine::new(&self.inner.results, &self.inner.registry)
    }
}
