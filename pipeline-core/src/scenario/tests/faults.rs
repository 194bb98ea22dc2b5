//! Fault injection: the disk fails at each operation in turn. The message is clear, nothing is damaged, and the next
//! run works.

use crate::store::{Disk, DiskFile, Files, Lock, LockKind, Place, Stamp, TryLock};
use crate::{Error, Store, scenario, task};
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[task(skippable)]
fn squares(up_to: u64) -> Vec<u64> {
    (1..=up_to).map(|number| number * number).collect()
}

#[task(skippable)]
fn total(numbers: &[u64]) -> u64 {
    numbers.iter().sum()
}

scenario! { pub Squares { input up_to: u64 = 10; squares = squares(up_to); total = total(squares); } }

/// How the disk fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    NoSpace,
    NoPermission,
    TooManyFiles,
    /// Half of the bytes are written before the disk is full.
    ShortWrite,
    /// Half of the bytes are written, and the rest by the next call. This is not an error.
    Piecemeal,
}

const FAULTS: [Fault; 5] =
    [Fault::NoSpace, Fault::NoPermission, Fault::TooManyFiles, Fault::ShortWrite, Fault::Piecemeal];

impl Fault {
    fn error(self) -> io::Error {
        // The error numbers of Linux.
        io::Error::from_raw_os_error(match self {
            Fault::NoSpace | Fault::ShortWrite | Fault::Piecemeal => 28,
            Fault::NoPermission => 13,
            Fault::TooManyFiles => 24,
        })
    }

    fn message(self) -> &'static str {
        match self {
            Fault::NoSpace | Fault::ShortWrite | Fault::Piecemeal => "No space left on device",
            Fault::NoPermission => "Permission denied",
            Fault::TooManyFiles => "Too many open files",
        }
    }
}

/// The file system, with a fault at operation `at` and, if `lasts` is set, at all later operations.
#[derive(Debug, Clone)]
struct Faulty {
    fault: Fault,
    at: usize,
    lasts: bool,
    done: Arc<AtomicUsize>,
}

impl Faulty {
    fn hits(&self) -> bool {
        let done = self.done.fetch_add(1, Ordering::SeqCst);
        done == self.at || (self.lasts && done > self.at)
    }

    fn try_it<T>(&self, operation: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        // Only writes can be short.
        let short = matches!(self.fault, Fault::ShortWrite | Fault::Piecemeal);
        if self.hits() && !short { Err(self.fault.error()) } else { operation() }
    }
}

impl Disk for Faulty {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.try_it(|| Files.read(path))
    }

    fn open(&self, path: &Path, from: u64) -> io::Result<Box<dyn Read>> {
        self.try_it(|| Files.open(path, from))
    }

    fn can_write(&self, path: &Path) -> bool {
        Files.can_write(path)
    }

    fn place(&self, folder: &Path) -> Place {
        Files.place(folder)
    }

    fn stamp(&self, path: &Path) -> io::Result<Stamp> {
        self.try_it(|| Files.stamp(path))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        self.try_it(|| Files.list(folder))
    }

    fn make_folders(&self, folder: &Path) -> io::Result<()> {
        self.try_it(|| Files.make_folders(folder))
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        self.try_it(|| Files.make_folder(folder))
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.try_it(|| Files.sync_folder(folder))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = self.try_it(|| Files.create(path))?;
        Ok(Box::new(FaultyFile { disk: self.clone(), file }))
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.try_it(|| Files.append(path, bytes))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.try_it(|| Files.rename(from, to))
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.try_it(|| Files.link(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.try_it(|| Files.remove(path))
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        self.try_it(|| Files.remove_folder(folder))
    }

    fn lock(&self, path: &Path, kind: LockKind) -> io::Result<Box<dyn Lock>> {
        self.try_it(|| Files.lock(path, kind))
    }

    fn try_lock(&self, path: &Path, kind: LockKind) -> io::Result<TryLock> {
        self.try_it(|| Files.try_lock(path, kind))
    }
}

#[derive(Debug)]
struct FaultyFile {
    disk: Faulty,
    file: Box<dyn DiskFile>,
}

impl Write for FaultyFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match (self.disk.hits(), self.disk.fault) {
            (false, _) => self.file.write(bytes),
            (true, Fault::Piecemeal) => self.file.write(&bytes[..bytes.len().div_ceil(2)]),
            (true, fault) => {
                if fault == Fault::ShortWrite {
                    self.file.write_all(&bytes[..bytes.len() / 2])?;
                }
                Err(fault.error())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl DiskFile for FaultyFile {
    fn sync(&mut self) -> io::Result<()> {
        let Self { disk, file } = self;
        disk.try_it(|| file.sync())
    }

    fn backdate(&mut self, time: std::time::SystemTime) -> io::Result<()> {
        let Self { disk, file } = self;
        disk.try_it(|| file.backdate(time))
    }

    fn clear(&mut self) -> io::Result<()> {
        let Self { disk, file } = self;
        disk.try_it(|| file.clear())
    }
}

/// A typical use of a store: creates a scenario, sets an input, runs, sets it again, runs, and collects garbage.
fn work(path: &Path, disk: Arc<dyn Disk>) -> Result<(u64, u64), Error> {
    let store = Store::open_on(path, disk)?;
    let scenario = Squares::open_or_create(&store, "a")?;
    scenario.up_to.write(3)?;
    scenario.submit()?;
    let first = scenario.total.read()?;
    scenario.up_to.write(4)?;
    scenario.submit()?;
    let second = scenario.total.read()?;
    store.collect(std::time::Duration::ZERO)?;
    Ok((first, second))
}

fn assert_clear(error: &Error, fault: Fault, store: &Path, story: &str) {
    let mut text = error.to_string();
    for job in error.run().into_iter().flat_map(|run| run.failed()) {
        text.push_str(&job.error.as_ref().map(|error| error.message.clone()).unwrap_or_default());
    }
    let names_cause = text.contains(fault.message()) || text.contains("missing from the store or damaged");
    let names_place = text.contains(&store.display().to_string())
        || ["object ", "input `up_to` of scenario `a`"].iter().any(|place| text.contains(place));
    assert!(names_cause && names_place, "{story}: {text}");
}

/// Runs `work` with a fault, and returns whether the fault occurred.
fn run_with_fault(fault: Fault, at: usize, lasts: bool) -> bool {
    let story = format!("{fault:?} at operation {at}{}", if lasts { " and after" } else { "" });
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store");
    let disk = Faulty { fault, at, lasts, done: Arc::default() };
    match work(&path, Arc::new(disk.clone())) {
        Ok(totals) => assert_eq!(totals, (14, 30), "{story}"),
        Err(_) if fault == Fault::Piecemeal => panic!("{story}: failed without an error"),
        Err(error) => assert_clear(&error, fault, &path, &story),
    }
    // On a working disk, nothing is damaged and the same work succeeds.
    let store = Store::open(&path).unwrap_or_else(|error| panic!("{story}: {error}"));
    assert_eq!(store.check().expect("readable").problems, [], "{story}");
    drop(store);
    let totals = work(&path, Arc::new(Files)).unwrap_or_else(|error| panic!("{story}: {error}"));
    assert_eq!(totals, (14, 30), "{story}");
    let left = fs::read_dir(path.join("tmp")).map_or(0, Iterator::count);
    assert_eq!(left, 0, "{story}: files are left in tmp");
    disk.done.load(Ordering::SeqCst) > at
}

#[test]
fn a_fault_at_any_operation_is_reported_clearly_and_damages_nothing() {
    // The short form tests every thirteenth operation, with another first operation for each kind of fault.
    let step = if crate::testing::full_proofs() { 1 } else { 13 };
    let mut faults = 0;
    for (kind, fault) in FAULTS.into_iter().enumerate() {
        for lasts in [false, true] {
            let mut at = kind % step;
            while run_with_fault(fault, at, lasts) {
                at += step;
                faults += 1;
            }
        }
    }
    println!("{faults} faults");
    assert!(faults > 50, "{faults} faults");
}

#[test]
fn a_full_registry_is_reported_clearly_and_results_are_reused_afterwards() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path().join("store")).expect("opened");
    let scenario = Squares::create(&store, "a").expect("created");
    store.registry().limit_space(true);
    // Runs until the existing pages of the registry are full.
    let mut failed = None;
    for up_to in 0..500 {
        let outcome = scenario.up_to.write(up_to).and_then(|()| scenario.submit().map(drop));
        if let Err(error) = outcome {
            failed = Some((up_to, error.to_string()));
            break;
        }
    }
    let (up_to, message) = failed.expect("the registry fills up");
    assert!(message.contains("registry.sqlite") && message.contains("full"), "{message}");
    store.registry().limit_space(false);
    scenario.up_to.write(up_to).expect("written");
    let run = scenario.submit().expect("a run");
    assert_eq!(
        scenario.total.read().expect("read"),
        (0..=up_to).map(|number| number * number).sum::<u64>(),
        "{run:?}"
    );
}
