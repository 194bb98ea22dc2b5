//! The store as users hold it.

use crate::engine::{
    Collection, Engine, Event, Mismatch, Observer, RunOptions, ScenarioChange, ScenarioEvent, StoreCheck,
    StoreUsage, ValueCache,
};
use crate::registry::{Registry, micros, micros_of};
use crate::registry::{RunId, VersionId};
use crate::scenario::error::{Error, Result};
use crate::settings::{REHASH_AFTER, Settings};
use crate::store::{Blobs, Disk, Files, Hash, Lease, Leases, ResultStore};
use skipstone_wiring::suggestion;
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// A directory with scenarios and their results. Clones are the same store; several processes may
/// have it open at once.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    results: ResultStore,
    registry: Registry,
    memory: ValueCache,
    author: String,
    /// The numbers of versions that are known to be kept, by the hashes of their wirings.
    pub(super) versions: Mutex<HashMap<Hash, VersionId>>,
    listeners: Mutex<Vec<(u64, Observer)>>,
    /// What the program is set to.
    settings: Option<Settings>,
    opened: SystemTime,
    /// In milliseconds.
    rehash_after: AtomicU64,
}

/// Somebody who hears of everything that happens; until this is dropped.
#[must_use = "nothing is heard any more once this is dropped"]
pub struct Subscription {
    store: Store,
    number: u64,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.store.listeners().retain(|(number, _)| *number != self.number);
    }
}

impl Store {
    /// Opens the store in this directory; creates it when the directory is absent or empty. One that this process may
    /// not write to can be read: [`Store::is_read_only`].
    ///
    /// # Errors
    ///
    /// When the directory can't be read, holds something else, was made by a newer version of the library, lies on a
    /// file system without file locks, or is open on another machine or through another mount.
    pub fn open(path: impl AsRef<Path>) -> Result<Store> {
        Store::open_on(path.as_ref(), Arc::new(Files))
    }

    /// Opens the store that these settings name, which hold for its scenarios: inputs that were not written have the
    /// values that are set, and submissions as many workers.
    ///
    /// # Errors
    ///
    /// As [`Store::open`].
    pub fn open_with(settings: &Settings) -> Result<Store> {
        let store = Store::opened(&settings.store.value, Arc::new(Files), Some(settings.clone()))?;
        store.keep_in_memory(settings.memory.value);
        store.rehash_after(settings.rehash_after.value);
        Ok(store)
    }

    /// A store whose results are kept by these blobs, and spared by these leases; its registry is in the memory of this process,
    /// and ends with it.
    ///
    /// ```
    /// use skipstone::store::{MemoryBlobs, MemoryLeases};
    /// use skipstone::{Store, scenario, task};
    /// # #[task(skippable)] fn double(x: f64) -> f64 { 2.0 * x }
    /// # scenario! { pub Doubling { input x: f64 = 1.0; doubled = double(x); } }
    /// let blobs = MemoryBlobs::new();
    /// let store = Store::on(blobs.clone(), MemoryLeases::new())?;
    /// assert_eq!(Doubling::create(&store, "a")?.submit()?.ran(), ["double"]);
    /// // Another program with the same blobs finds the result.
    /// let other = Store::on(blobs, MemoryLeases::new())?;
    /// assert_eq!(Doubling::create(&other, "b")?.submit()?.skipped(), ["double"]);
    /// # Ok::<(), skipstone::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the blobs can't be read.
    pub fn on(blobs: impl Blobs, leases: impl Leases) -> Result<Store> {
        let results = ResultStore::on(Arc::new(blobs), Arc::new(leases));
        let registry = Registry::in_memory(&results.place().join("registry.sqlite"))?;
        Store::assembled(results, registry, None)
    }

    /// Opens the store on a disk of its own.
    pub(crate) fn open_on(path: &Path, disk: Arc<dyn Disk>) -> Result<Store> {
        Store::opened(path, disk, None)
    }

    fn opened(path: &Path, disk: Arc<dyn Disk>, settings: Option<Settings>) -> Result<Store> {
        let results = ResultStore::open(path, disk)?;
        let registry = results.place().join("registry.sqlite");
        let registry = match results.is_read_only() {
            true => Registry::open_to_read(&registry)?,
            false => Registry::open(&registry)?,
        };
        Store::assembled(results, registry, settings)
    }

    fn assembled(results: ResultStore, registry: Registry, settings: Option<Settings>) -> Result<Store> {
        let store = Store {
            inner: Arc::new(Inner {
                results,
                registry,
                memory: ValueCache::default(),
                author: author(),
                versions: Mutex::default(),
                listeners: Mutex::default(),
                settings,
                opened: SystemTime::now(),
                rehash_after: AtomicU64::new(u64::try_from(REHASH_AFTER.as_millis()).unwrap_or(u64::MAX)),
            }),
        };
        // What a process left behind that is gone: no run runs that nobody carries out.
        store.recover()?;
        Ok(store)
    }

    /// Calls `observer` with everything that happens to scenarios, submissions, jobs and nodes through this
    /// store and its clones, from the threads on which it happens, until what this returns is dropped. What
    /// other processes do is not heard of.
    pub fn subscribe(&self, observer: impl Fn(&Event) + Send + Sync + 'static) -> Subscription {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        self.listeners().push((number, Arc::new(observer)));
        Subscription { store: self.clone(), number }
    }

    fn listeners(&self) -> std::sync::MutexGuard<'_, Vec<(u64, Observer)>> {
        self.inner.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everybody who listens to this store.
    pub(super) fn observers(&self) -> Vec<Observer> {
        self.listeners().iter().map(|(_, observer)| observer.clone()).collect()
    }

    /// Tells what happened to a scenario.
    pub(super) fn notify(&self, scenario: &str, change: ScenarioChange) {
        let observers = self.observers();
        if !observers.is_empty() {
            let event = Event::Scenario(ScenarioEvent { scenario: scenario.into(), change });
            observers.iter().for_each(|observer| observer(&event));
        }
    }

    /// Who writes to the registry: the value of `PIPELINE_AUTHOR`, else the name of the system's user.
    pub fn author(&self) -> &str {
        &self.inner.author
    }

    pub(super) fn versions_seen(&self) -> std::sync::MutexGuard<'_, HashMap<Hash, VersionId>> {
        self.inner.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What to say when there is no such scenario.
    pub(super) fn no_scenario(&self, name: &str) -> Error {
        let names = self.scenario_names().unwrap_or_default();
        let suggestion = match suggestion(name, names.iter().map(String::as_str)) {
            hint if hint.is_empty() => ": run it first, or create it".to_owned(),
            hint => hint,
        };
        Error::NoScenario { name: name.into(), suggestion }
    }

    /// Whether this process may not write to the store. Its values can be read, but nothing can be run or changed. A collection
    /// by another process may remove a value that is being read here.
    pub fn is_read_only(&self) -> bool {
        self.inner.results.is_read_only()
    }

    /// The store's directory.
    pub fn path(&self) -> &Path {
        self.inner.results.place()
    }

    /// Keeps values of up to so many bytes in memory, counted as they are in the store, between
    /// submissions of this process: a task that reads one of them need not read it from the store. 64 MiB
    /// unless it is set; 0 keeps none. Tables are not kept: they are scanned where they are.
    pub fn keep_in_memory(&self, bytes: u64) {
        self.inner.memory.set_budget(bytes);
    }

    /// Reads files and objects again that look the same, by size, times and identity, once their bytes were last read
    /// longer ago than this: 30 days unless it is set. With zero, everything is read again once after the store was
    /// opened. A disk that gives other bytes than were written, or a mapping of a file in memory (tmpfs) that is written
    /// to, is not seen before that.
    pub fn rehash_after(&self, age: Duration) {
        let age = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        self.inner.rehash_after.store(age, Ordering::Relaxed);
    }

    /// What was read before this moment is read again, in microseconds since 1970.
    pub(super) fn trusted_since(&self) -> i64 {
        match self.inner.rehash_after.load(Ordering::Relaxed) {
            0 => micros(self.inner.opened),
            age => micros(SystemTime::now()).saturating_sub(micros_of(Duration::from_millis(age))),
        }
    }

    /// The names of the scenarios, sorted.
    ///
    /// # Errors
    ///
    /// When the registry can't be read.
    pub fn scenario_names(&self) -> Result<Vec<String>> {
        Ok(self.registry().scenario_names()?)
    }

    /// A number that is another one whenever another process, or another [`Store`] on this directory, has written to
    /// the registry: what [`Store::subscribe`] does not hear of.
    ///
    /// # Errors
    ///
    /// When the registry can't be read.
    pub fn changes(&self) -> Result<i64> {
        Ok(self.registry().changes()?)
    }

    /// The hash that stands for a secret: in keys and records, from which nobody shall read it. It differs from store
    /// to store, so that no table of hashes fits it.
    pub(super) fn hash_of_secret(&self, bytes: &[u8]) -> Result<Hash> {
        let made = self.registry().made()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let mut salted = b"pipeline secret".to_vec();
        salted.extend(made.as_micros().to_le_bytes());
        salted.extend(bytes);
        Ok(Hash::of(&salted))
    }

    /// What the program is set to, where that was said.
    pub(super) fn settings(&self) -> Option<&Settings> {
        self.inner.settings.as_ref()
    }

    /// Opens the store that these settings name, which has to be there.
    #[cfg(feature = "cli")]
    pub(crate) fn open_existing(settings: &Settings) -> Result<Store> {
        let path = &settings.store.value;
        if path.join("FORMAT").exists() || path.is_file() {
            return Store::open_with(settings);
        }
        Err(Error::NoStore { path: std::path::absolute(path).unwrap_or_else(|_| path.into()) })
    }

    /// A lease on results of this store.
    pub(crate) fn lease(&self) -> Arc<Lease> {
        Arc::new(self.inner.results.lease())
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
        Ok(self.engine(RunOptions::default()).check_store()?)
    }

    /// How much room the store takes, and what for.
    ///
    /// # Errors
    ///
    /// When the store can't be read.
    pub fn usage(&self) -> Result<StoreUsage> {
        Ok(self.engine(RunOptions::default()).usage()?)
    }

    /// Removes the results and objects that no scenario and no pinned run reaches, and that were made
    /// longer than `grace` ago. A scenario reaches its inputs and what its jobs last made. What other processes work with
    /// at this moment stays.
    ///
    /// # Errors
    ///
    /// When the store can't be read or written. What is reached is untouched in any case.
    ///
    /// # Blocking
    ///
    /// Until no other process is about to publish a result, which is a matter of moments; others wait as
    /// long before they publish theirs.
    pub fn collect(&self, grace: Duration) -> Result<Collection> {
        self.inner.results.writable()?;
        Ok(self.engine(RunOptions::default()).collect(grace, false)?)
    }

    /// What [`Store::collect`] would remove.
    ///
    /// # Errors
    ///
    /// As [`Store::collect`].
    ///
    /// # Blocking
    ///
    /// As [`Store::collect`].
    pub fn plan_collection(&self, grace: Duration) -> Result<Collection> {
        self.inner.results.writable()?;
        Ok(self.engine(RunOptions::default()).collect(grace, true)?)
    }

    /// Keeps the results of a submission, by its number ([`crate::Run::id`]), also when no scenario reaches them any more.
    ///
    /// # Errors
    ///
    /// When there is no such submission, or the registry can't be written.
    pub fn pin(&self, run: RunId) -> Result<()> {
        self.set_pinned(run, true)
    }

    /// Ends what [`Store::pin`] began.
    ///
    /// # Errors
    ///
    /// As [`Store::pin`].
    pub fn unpin(&self, run: RunId) -> Result<()> {
        self.set_pinned(run, false)
    }

    fn set_pinned(&self, run: RunId, pinned: bool) -> Result<()> {
        if self.registry().pin(run.0, pinned)? { Ok(()) } else { Err(Error::NoRun { run }) }
    }

    /// The results that were not the same when a program that was built anew made them again, although their keys were;
    /// the latest first. See [`crate::Submit::recheck`].
    ///
    /// # Errors
    ///
    /// When the registry can't be read.
    pub fn mismatches(&self) -> Result<Vec<Mismatch>> {
        Ok(self.registry().mismatches()?.into_iter().map(Mismatch::from).collect())
    }

    /// Says that a mismatch is resolved, by its number: once all are, keys no longer count the whole program.
    ///
    /// # Errors
    ///
    /// When there is no such mismatch, or the registry can't be written.
    pub fn resolve_mismatch(&self, id: i64) -> Result<()> {
        match self.registry().resolve_mismatch(id, micros(SystemTime::now()))? {
            true => Ok(()),
            false => Err(Error::NoMismatch { id }),
        }
    }

    pub(super) fn engine(&self, options: RunOptions) -> Engine<'_> {
        self.engine_with(options, self.lease())
    }

    /// An engine that holds what it finds and makes by this lease.
    pub(super) fn engine_with(&self, options: RunOptions, lease: Arc<Lease>) -> Engine<'_> {
        Engine::new(
            &self.inner.results,
            &self.inner.registry,
            &self.inner.memory,
            options,
            self.trusted_since(),
            lease,
        )
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("path", &self.results.place()).field("memory", &self.memory).finish()
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Subscription({})", self.number)
    }
}

/// Who runs this program.
fn author() -> String {
    let set = std::env::var("PIPELINE_AUTHOR").ok().filter(|name| !name.trim().is_empty());
    set.unwrap_or_else(whoami::username)
}
