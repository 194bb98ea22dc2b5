//! The store that users open.

use crate::engine::{
    Collection, Engine, Event, Mismatch, Observer, RunOptions, ScenarioChange, ScenarioEvent, SingleFlight,
    StoreCheck, StoreUsage, ValueCache,
};
use crate::graph::Resources;
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

/// A directory with scenarios and their results.
///
/// Clones refer to the same store. Several processes may have a store open at the same time.
///
/// ```no_run
/// use skipstone::Store;
///
/// let store = Store::open("store")?;
/// for run in store.runs(Some(10))? {
///     println!("{}: scenario {}, {}", run.run, run.scenario, run.status);
/// }
/// # Ok::<(), skipstone::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    results: ResultStore,
    registry: Registry,
    memory: ValueCache,
    /// The keys whose functions this process is calling for this store.
    single_flight: SingleFlight,
    author: String,
    /// The numbers of versions that are recorded in the registry, by the hashes of their wirings.
    pub(super) versions: Mutex<HashMap<Hash, VersionId>>,
    listeners: Mutex<Vec<(u64, Observer)>>,
    resources: Mutex<Resources>,
    /// The program's settings.
    settings: Option<Settings>,
    opened: SystemTime,
    /// In milliseconds.
    rehash_after: AtomicU64,
}

/// A subscription to a store's events; made by [`Store::subscribe`]. Dropping it ends the subscription.
#[must_use = "dropping it ends the subscription"]
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
    /// Opens the store in this directory, or creates it if the directory is absent or empty.
    ///
    /// A store that this process has no permission to write to is opened for reading; see [`Store::is_read_only`].
    ///
    /// # Errors
    ///
    /// Returns an error if the directory can't be read, contains something else, was written by a newer version of the
    /// library, is on a file system without file locks, or is open on another machine or through another mount.
    pub fn open(path: impl AsRef<Path>) -> Result<Store> {
        Store::open_on(path.as_ref(), Arc::new(Files))
    }

    /// Opens the store that the settings name, and applies the settings to its scenarios: inputs without a written
    /// value get their values from the settings, and submissions get their options.
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

    /// Creates a store whose results are in `blobs`, with `leases` that protect them from collection. The registry is
    /// in memory and ends with the process.
    ///
    /// ```
    /// use skipstone::store::{MemoryBlobs, MemoryLeases};
    /// use skipstone::{Store, scenario, task};
    /// # #[task(skippable)] fn double(x: f64) -> f64 { 2.0 * x }
    /// # scenario! { pub Doubling { input x: f64 = 1.0; doubled = double(x); } }
    /// let blobs = MemoryBlobs::new();
    /// let store = Store::with_blobs(blobs.clone(), MemoryLeases::new())?;
    /// assert_eq!(Doubling::create(&store, "a")?.submit()?.ran(), ["double"]);
    /// // Another program with the same blobs finds the result.
    /// let other = Store::with_blobs(blobs, MemoryLeases::new())?;
    /// assert_eq!(Doubling::create(&other, "b")?.submit()?.skipped(), ["double"]);
    /// # Ok::<(), skipstone::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the blobs can't be read.
    pub fn with_blobs(blobs: impl Blobs, leases: impl Leases) -> Result<Store> {
        let results = ResultStore::with_blobs(Arc::new(blobs), Arc::new(leases));
        let registry = Registry::in_memory(&results.place().join("registry.sqlite"))?;
        Store::assembled(results, registry, None)
    }

    /// Opens the store on a custom disk.
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
                resources: Mutex::new(match &settings {
                    Some(settings) => settings.resources.clone(),
                    None => Resources::default(),
                }),
                memory: ValueCache::default(),
                single_flight: SingleFlight::default(),
                author: author(),
                versions: Mutex::default(),
                listeners: Mutex::default(),
                settings,
                opened: SystemTime::now(),
                rehash_after: AtomicU64::new(u64::try_from(REHASH_AFTER.as_millis()).unwrap_or(u64::MAX)),
            }),
        };
        // Runs of processes that no longer exist are not running.
        store.recover()?;
        Ok(store)
    }

    /// Calls `observer` with every event of scenarios, submissions, jobs and nodes of this store and its clones, until
    /// the returned [`Subscription`] is dropped.
    ///
    /// The observer is called on the thread on which the event occurs. Events of other processes are not reported; see
    /// [`Store::changes`].
    ///
    /// ```
    /// # use skipstone::{scenario, task, testing};
    /// # #[task(skippable)] fn double(x: f64) -> f64 { 2.0 * x }
    /// # scenario! { pub Doubling { input x: f64 = 1.0; doubled = double(x); } }
    /// # let store = testing::store();
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    /// use std::sync::Arc;
    ///
    /// let events = Arc::new(AtomicUsize::new(0));
    /// let counter = events.clone();
    /// let subscription = store.subscribe(move |_event| {
    ///     counter.fetch_add(1, Ordering::Relaxed);
    /// });
    /// Doubling::create(&store, "a")?.submit()?;
    /// assert!(events.load(Ordering::Relaxed) > 0);
    /// drop(subscription);
    /// # Ok::<(), skipstone::Error>(())
    /// ```
    pub fn subscribe(&self, observer: impl Fn(&Event) + Send + Sync + 'static) -> Subscription {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        self.listeners().push((number, Arc::new(observer)));
        Subscription { store: self.clone(), number }
    }

    /// Provides a resource to the tasks that take a [`Resource`](crate::Resource) of its type, in all submissions of this store
    /// and its clones. It replaces an earlier one of that type.
    pub fn provide<T: Send + Sync + 'static>(&self, resource: T) {
        self.inner.resources.lock().unwrap_or_else(PoisonError::into_inner).provide(resource);
    }

    pub(super) fn resources(&self) -> Resources {
        self.inner.resources.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn listeners(&self) -> std::sync::MutexGuard<'_, Vec<(u64, Observer)>> {
        self.inner.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the observers of this store.
    pub(super) fn observers(&self) -> Vec<Observer> {
        self.listeners().iter().map(|(_, observer)| observer.clone()).collect()
    }

    /// Reports a change of a scenario to the observers.
    pub(super) fn notify(&self, scenario: &str, change: ScenarioChange) {
        let observers = self.observers();
        if !observers.is_empty() {
            let event = Event::Scenario(ScenarioEvent { scenario: scenario.into(), change });
            observers.iter().for_each(|observer| observer(&event));
        }
    }

    /// Returns the author that is recorded with changes: the value of `PIPELINE_AUTHOR`, or else the name of the
    /// system's user.
    pub fn author(&self) -> &str {
        &self.inner.author
    }

    pub(super) fn versions_seen(&self) -> std::sync::MutexGuard<'_, HashMap<Hash, VersionId>> {
        self.inner.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the error for a scenario that does not exist, with a suggestion.
    pub(super) fn no_scenario(&self, name: &str) -> Error {
        let names = self.scenario_names().unwrap_or_default();
        let suggestion = match suggestion(name, names.iter().map(String::as_str)) {
            hint if hint.is_empty() => ": run it first, or create it".to_owned(),
            hint => hint,
        };
        Error::NoScenario { name: name.into(), suggestion }
    }

    /// Whether this process has no permission to write to the store.
    ///
    /// Values of a read-only store can be read, but nothing can be run or changed. A collection by another process may
    /// remove a value that is being read.
    pub fn is_read_only(&self) -> bool {
        self.inner.results.is_read_only()
    }

    /// Returns the store's directory.
    pub fn path(&self) -> &Path {
        self.inner.results.place()
    }

    /// Sets the size of the value cache in bytes. The default is 64 MiB; 0 disables the cache.
    ///
    /// The cache keeps values in memory between submissions of this process, so that tasks need not read them from the
    /// store. Values count with their encoded size in the store. Tables are not cached: they are scanned in place.
    pub fn keep_in_memory(&self, bytes: u64) {
        self.inner.memory.set_budget(bytes);
    }

    /// Sets the age after which files and objects are hashed again although they look unchanged by size, times and
    /// identity. The default is 30 days. With zero, everything is hashed again once after the store was opened.
    ///
    /// Until then, some changes are not detected: a disk that returns other bytes than were written, and writes through
    /// a memory mapping to a file on tmpfs.
    pub fn rehash_after(&self, age: Duration) {
        let age = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        self.inner.rehash_after.store(age, Ordering::Relaxed);
    }

    /// Returns the time, in microseconds since 1970, before which hashes are not trusted any more.
    pub(super) fn trusted_since(&self) -> i64 {
        match self.inner.rehash_after.load(Ordering::Relaxed) {
            0 => micros(self.inner.opened),
            age => micros(SystemTime::now()).saturating_sub(micros_of(Duration::from_millis(age))),
        }
    }

    /// Returns the names of all scenarios, sorted.
    ///
    /// # Errors
    ///
    /// Returns an error if the registry can't be read.
    pub fn scenario_names(&self) -> Result<Vec<String>> {
        Ok(self.registry().scenario_names()?)
    }

    /// Returns a number that changes whenever another process, or another [`Store`] on this directory, writes to the
    /// registry. Poll it to notice changes that [`Store::subscribe`] does not report.
    ///
    /// # Errors
    ///
    /// Returns an error if the registry can't be read.
    pub fn changes(&self) -> Result<i64> {
        Ok(self.registry().changes()?)
    }

    /// Returns the hash that represents a secret in cache keys and records. It is salted with the store's time of
    /// creation, so a precomputed table of hashes can't reveal the secret.
    pub(super) fn hash_of_secret(&self, bytes: &[u8]) -> Result<Hash> {
        let made = self.registry().made()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let mut salted = b"pipeline secret".to_vec();
        salted.extend(made.as_micros().to_le_bytes());
        salted.extend(bytes);
        Ok(Hash::of(&salted))
    }

    /// Returns the program's settings, if the store was opened with settings.
    pub(super) fn settings(&self) -> Option<&Settings> {
        self.inner.settings.as_ref()
    }

    /// Opens the store that the settings name; an error if it does not exist.
    #[cfg(feature = "cli")]
    pub(crate) fn open_existing(settings: &Settings) -> Result<Store> {
        let path = &settings.store.value;
        if path.join("FORMAT").exists() || path.is_file() {
            return Store::open_with(settings);
        }
        Err(Error::NoStore { path: std::path::absolute(path).unwrap_or_else(|_| path.into()) })
    }

    /// Returns the number of tasks that may run at the same time: that of the settings, or else the number of cores.
    pub(super) fn default_workers(&self) -> usize {
        match self.settings() {
            Some(settings) => settings.workers.value,
            None => std::thread::available_parallelism().map_or(1, usize::from),
        }
    }

    /// Returns a new lease on results of this store.
    pub(crate) fn lease(&self) -> Arc<Lease> {
        Arc::new(self.inner.results.lease())
    }

    pub(super) fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    pub(super) fn results(&self) -> &ResultStore {
        &self.inner.results
    }

    /// Checks the integrity of the store: reads every object and every record, and reports what is damaged or missing.
    ///
    /// # Errors
    ///
    /// Returns an error if the store can't be read.
    pub fn check(&self) -> Result<StoreCheck> {
        Ok(self.engine(RunOptions::default()).check_store()?)
    }

    /// Returns how much disk space the store takes, by kind of content.
    ///
    /// # Errors
    ///
    /// Returns an error if the store can't be read.
    pub fn usage(&self) -> Result<StoreUsage> {
        Ok(self.engine(RunOptions::default()).usage()?)
    }

    /// Collects garbage: removes the results and objects that no scenario and no kept run ([`Store::pin`]) uses, and
    /// that are older than `grace`.
    ///
    /// A scenario uses its inputs and the latest results of its jobs. Objects that are in use by other processes stay.
    ///
    /// # Errors
    ///
    /// Returns an error if the store can't be read or written. Results in use are untouched in any case.
    ///
    /// # Blocking
    ///
    /// Blocks until no other process is publishing a result, which is brief. Other processes wait meanwhile before
    /// they publish theirs.
    pub fn collect(&self, grace: Duration) -> Result<Collection> {
        self.inner.results.writable()?;
        Ok(self.engine(RunOptions::default()).collect(grace, false)?)
    }

    /// Returns what [`Store::collect`] would remove, and removes nothing.
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

    /// Keeps a run, by its number ([`crate::Run::id`]): collections spare its results even if no scenario uses them any
    /// more.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoRun`] if the store has no such run, and an error if the registry can't be written.
    pub fn pin(&self, run: RunId) -> Result<()> {
        self.set_pinned(run, true)
    }

    /// Reverts [`Store::pin`]: collections may remove the run's results again.
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

    /// Lists the mismatches that rechecks found, the latest first: stored results that another build of the program
    /// computed differently under the same key. See [`crate::Submit::recheck`].
    ///
    /// # Errors
    ///
    /// Returns an error if the registry can't be read.
    pub fn mismatches(&self) -> Result<Vec<Mismatch>> {
        Ok(self.registry().mismatches()?.into_iter().map(Mismatch::from).collect())
    }

    /// Marks a mismatch as resolved, by its number. Once all mismatches are resolved, cache keys no longer include the
    /// whole program.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoMismatch`] if the store has no such mismatch, and an error if the registry can't be written.
    pub fn resolve_mismatch(&self, id: i64) -> Result<()> {
        match self.registry().resolve_mismatch(id, micros(SystemTime::now()))? {
            true => Ok(()),
            false => Err(Error::NoMismatch { id }),
        }
    }

    pub(super) fn engine(&self, options: RunOptions) -> Engine<'_> {
        self.engine_with(options, self.lease())
    }

    /// Returns an engine whose results are held by `lease`.
    pub(super) fn engine_with(&self, options: RunOptions, lease: Arc<Lease>) -> Engine<'_> {
        Engine::new(
            &self.inner.results,
            &self.inner.registry,
            &self.inner.memory,
            &self.inner.single_flight,
            options,
            self.trusted_since(),
            lease,
        )
        .providing(self.resources())
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

/// Returns the name of the person who runs this program.
fn author() -> String {
    let set = std::env::var("PIPELINE_AUTHOR").ok().filter(|name| !name.trim().is_empty());
    set.unwrap_or_else(whoami::username)
}
