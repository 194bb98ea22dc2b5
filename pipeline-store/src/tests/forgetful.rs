//! A disk in memory that loses unsynced data when it crashes.
//!
//! It is worse than any real disk: the content of a file is durable only after the file was synced, and the names in a
//! folder only after the folder was. Any part of the data that is not durable may survive a crash, whatever the order
//! of the operations. Only a rename is atomic: both of its changes survive, or neither does.

use crate::{Disk, DiskFile, Lock, LockKind, Place, Stamp, TryLock};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::io::{self, Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

/// The part of the unsynced data that survives a crash.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Survives {
    Everything,
    Nothing,
    /// Some names, and the beginning of each file's content, chosen by this seed.
    Some(u64),
    /// The same, and the last write to each file is cut in the middle.
    Torn(u64),
}

/// A disk in memory. Clones are the same disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Forgetful(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    files: Vec<Content>,
    /// Changes of names, in order.
    changes: Vec<Change>,
    /// The current names: files and folders by path.
    names: BTreeMap<PathBuf, Entry>,
    locks: HashMap<PathBuf, usize>,
    /// Whether its file system has no locks.
    lockless: bool,
    /// The number of operations that changed something.
    done: usize,
    /// The operation at which the machine stops. After it, every operation fails.
    stops_at: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    Folder,
    File(usize),
}

/// One change of names, with the entry of each path after it.
#[derive(Debug, Clone)]
struct Change {
    paths: Vec<(PathBuf, Option<Entry>)>,
    durable: bool,
}

#[derive(Debug, Default, Clone)]
struct Content {
    durable: Vec<u8>,
    /// Writes since the last sync.
    writes: Vec<Piece>,
}

#[derive(Debug, Clone)]
enum Piece {
    Bytes(Vec<u8>),
    Clear,
}

impl Content {
    fn after<'a>(&self, pieces: impl IntoIterator<Item = &'a Piece>) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for piece in pieces {
            match piece {
                Piece::Bytes(more) => bytes.extend(more),
                Piece::Clear => bytes.clear(),
            }
        }
        bytes
    }

    fn now(&self) -> Vec<u8> {
        self.after(&self.writes)
    }

    fn survivor(&self, survives: Survives, dice: &mut Dice) -> Vec<u8> {
        match survives {
            Survives::Everything => self.now(),
            Survives::Nothing => self.durable.clone(),
            Survives::Some(_) => self.after(self.writes.iter().take(dice.below(self.writes.len() + 1))),
            Survives::Torn(_) => {
                let mut kept: Vec<Piece> =
                    self.writes.iter().take(dice.below(self.writes.len() + 1)).cloned().collect();
                if let Some(Piece::Bytes(last)) = kept.last_mut() {
                    let half = last.len() / 2;
                    // The disk still has old data where the write was cut.
                    last[half..].fill(0);
                    if dice.below(2) == 0 {
                        last.truncate(half);
                    }
                }
                self.after(&kept)
            }
        }
    }
}

/// A pseudo-random number generator (xorshift64*, Vigna 2016).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap_or_default() % limit.max(1)
    }
}

impl Forgetful {
    /// Stops the machine after this number of further operations.
    pub(crate) fn stop_after(&self, operations: usize) {
        let mut state = self.state();
        state.stops_at = Some(state.done + operations);
    }

    /// A disk whose file system has no locks.
    pub(crate) fn lockless() -> Forgetful {
        Forgetful(Arc::new(Mutex::new(State { lockless: true, ..State::default() })))
    }

    pub(crate) fn has_stopped(&self) -> bool {
        let state = self.state();
        state.stops_at.is_some_and(|limit| state.done >= limit)
    }

    /// The number of operations so far that changed something.
    pub(crate) fn done(&self) -> usize {
        self.state().done
    }

    /// Returns the disk as it is after a crash now.
    pub(crate) fn crash(&self, survives: Survives) -> Forgetful {
        let state = self.state();
        let seed = match survives {
            Survives::Some(seed) | Survives::Torn(seed) => seed,
            Survives::Everything | Survives::Nothing => 0,
        };
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut found = State::default();
        let mut names: BTreeMap<PathBuf, Entry> = BTreeMap::new();
        for change in &state.changes {
            let kept = change.durable
                || match survives {
                    Survives::Everything => true,
                    Survives::Nothing => false,
                    Survives::Some(_) | Survives::Torn(_) => dice.below(2) == 0,
                };
            if kept {
                apply(&mut names, change);
            }
        }
        // Entries of a lost folder are lost as well.
        let reachable = |path: &Path| {
            path.ancestors()
                .skip(1)
                .all(|folder| is_root(folder) || names.get(folder) == Some(&Entry::Folder))
        };
        for (path, entry) in names.iter().filter(|(path, _)| reachable(path)) {
            let entry = match entry {
                Entry::Folder => Entry::Folder,
                Entry::File(file) => {
                    let durable = state.files[*file].survivor(survives, &mut dice);
                    found.files.push(Content { durable, writes: Vec::new() });
                    Entry::File(found.files.len() - 1)
                }
            };
            found.changes.push(Change { paths: vec![(path.clone(), Some(entry))], durable: true });
            found.names.insert(path.clone(), entry);
        }
        Forgetful(Arc::new(Mutex::new(found)))
    }

    /// The paths of all files.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let state = self.state();
        let files = state.names.iter().filter(|(_, entry)| matches!(entry, Entry::File(_)));
        files.map(|(path, _)| path.clone()).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no panic while locked")
    }

    /// Starts an operation that changes something.
    fn operation(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        if state.stops_at.is_some_and(|limit| state.done >= limit) {
            return Err(stopped());
        }
        state.done += 1;
        Ok(state)
    }

    fn look(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.state();
        if state.stops_at.is_some_and(|limit| state.done >= limit) { Err(stopped()) } else { Ok(state) }
    }
}

fn stopped() -> io::Error {
    io::Error::other("the machine has stopped")
}

fn is_root(path: &Path) -> bool {
    path.parent().is_none() || path.as_os_str().is_empty()
}

fn apply(names: &mut BTreeMap<PathBuf, Entry>, change: &Change) {
    for (path, entry) in &change.paths {
        match entry {
            Some(entry) => drop(names.insert(path.clone(), *entry)),
            None => drop(names.remove(path)),
        }
    }
}

impl State {
    fn change(&mut self, paths: Vec<(PathBuf, Option<Entry>)>) {
        let change = Change { paths, durable: false };
        apply(&mut self.names, &change);
        self.changes.push(change);
    }

    fn file(&self, path: &Path) -> io::Result<usize> {
        match self.names.get(path) {
            Some(Entry::File(file)) => Ok(*file),
            Some(Entry::Folder) => Err(io::ErrorKind::IsADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Fails unless the parent folder of the path exists.
    fn check_parent(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().unwrap_or(path);
        if is_root(folder) || self.names.get(folder) == Some(&Entry::Folder) {
            Ok(())
        } else {
            Err(io::ErrorKind::NotFound.into())
        }
    }
}

impl Disk for Forgetful {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let state = self.look()?;
        Ok(state.files[state.file(path)?].now())
    }

    fn open(&self, path: &Path, from: u64) -> io::Result<Box<dyn Read>> {
        let mut bytes = Cursor::new(self.read(path)?);
        bytes.set_position(from);
        Ok(Box::new(bytes))
    }

    fn can_write(&self, _: &Path) -> bool {
        true
    }

    fn place(&self, _: &Path) -> Place {
        Place::default()
    }

    fn stamp(&self, path: &Path) -> io::Result<Stamp> {
        let state = self.look()?;
        let size = state.files[state.file(path)?].now().len();
        Ok(Stamp::of_size(size as u64))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let state = self.look()?;
        Ok(state.names.keys().filter(|path| path.parent() == Some(folder)).cloned().collect())
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        self.make_folders(folder)
    }

    fn make_folders(&self, folder: &Path) -> io::Result<()> {
        let missing: Vec<PathBuf> = {
            let state = self.look()?;
            let missing =
                folder.ancestors().filter(|path| !is_root(path) && !state.names.contains_key(*path));
            missing.map(Path::to_owned).collect()
        };
        for path in missing.into_iter().rev() {
            self.operation()?.change(vec![(path, Some(Entry::Folder))]);
        }
        Ok(())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.operation()?;
        for change in &mut state.changes {
            change.durable |= change.paths.iter().any(|(path, _)| path.parent() == Some(folder));
        }
        Ok(())
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.operation()?;
        state.check_parent(path)?;
        if state.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.files.push(Content::default());
        let file = state.files.len() - 1;
        state.change(vec![(path.into(), Some(Entry::File(file)))]);
        Ok(Box::new(Open { disk: self.clone(), file }))
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let file = match self.look()?.file(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return self.create(path)?.write_all(bytes);
            }
            Err(error) => return Err(error),
        };
        Open { disk: self.clone(), file }.write_all(bytes)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.operation()?;
        state.check_parent(to)?;
        let file = state.file(from)?;
        state.change(vec![(from.into(), None), (to.into(), Some(Entry::File(file)))]);
        Ok(())
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.operation()?;
        state.check_parent(to)?;
        let file = state.file(from)?;
        if state.names.contains_key(to) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.change(vec![(to.into(), Some(Entry::File(file)))]);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.operation()?;
        state.file(path)?;
        state.change(vec![(path.into(), None)]);
        Ok(())
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        let inside: Vec<PathBuf> =
            self.look()?.names.keys().filter(|path| path.starts_with(folder)).cloned().collect();
        if inside.is_empty() {
            return Err(io::ErrorKind::NotFound.into());
        }
        for path in inside.into_iter().rev() {
            self.operation()?.change(vec![(path, None)]);
        }
        Ok(())
    }

    fn lock(&self, path: &Path, _: LockKind) -> io::Result<Box<dyn Lock>> {
        if !self.look()?.names.contains_key(path) {
            drop(self.create(path)?);
        }
        *self.look()?.locks.entry(path.into()).or_default() += 1;
        Ok(Box::new(Held { disk: self.clone(), path: path.into() }))
    }

    fn try_lock(&self, path: &Path, kind: LockKind) -> io::Result<TryLock> {
        let mut state = self.look()?;
        if state.lockless {
            return Err(io::ErrorKind::Unsupported.into());
        }
        if !state.names.contains_key(path) {
            return Ok(TryLock::Absent);
        }
        let held = state.locks.entry(path.into()).or_default();
        if *held > 0 && kind == LockKind::Exclusive {
            return Ok(TryLock::Held);
        }
        *held += 1;
        Ok(TryLock::Taken(Box::new(Held { disk: self.clone(), path: path.into() })))
    }
}

#[derive(Debug)]
struct Held {
    disk: Forgetful,
    path: PathBuf,
}

impl Lock for Held {}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(held) = self.disk.state().locks.get_mut(&self.path) {
            *held -= 1;
        }
    }
}

#[derive(Debug)]
struct Open {
    disk: Forgetful,
    file: usize,
}

impl Write for Open {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A write that the crash interrupts may be half done.
        let stops = {
            let state = self.disk.state();
            state.stops_at.is_some_and(|limit| state.done + 1 >= limit)
        };
        let mut state = self.disk.operation()?;
        let written = if stops { &bytes[..bytes.len().div_ceil(2)] } else { bytes };
        state.files[self.file].writes.push(Piece::Bytes(written.to_vec()));
        Ok(written.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl DiskFile for Open {
    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.operation()?;
        let file = &mut state.files[self.file];
        *file = Content { durable: file.now(), writes: Vec::new() };
        Ok(())
    }

    fn backdate(&mut self, _: std::time::SystemTime) -> io::Result<()> {
        Ok(()) // a disk without clocks
    }

    fn clear(&mut self) -> io::Result<()> {
        self.disk.operation()?.files[self.file].writes.push(Piece::Clear);
        Ok(())
    }
}
