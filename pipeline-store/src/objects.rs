//! Objects: immutable files named by the hash of their bytes.

use super::disk::{Disk, DiskFile};
use super::staging::Staging;
use super::{Durable, Hash, Stamp, StoreError};
use std::collections::HashMap;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// How far objects are dated back: further than the steps of any file system's clock.
const BACK: Duration = Duration::from_secs(10);

/// The objects of a store.
#[derive(Debug)]
pub struct Objects {
    root: PathBuf,
    disk: Arc<dyn Disk>,
    durable: Arc<Durable>,
    staging: Arc<Staging>,
    /// What this process wrote, with the stamps of the files: see [`Objects::own`].
    own: Mutex<HashMap<Hash, (Stamp, SystemTime)>>,
    /// What is known to be whole: see [`Objects::seen_at`].
    seen: Mutex<HashMap<Hash, Seen>>,
    /// Damaged objects that this process wrote anew: see [`Objects::take_replaced`].
    replaced: Mutex<Vec<Hash>>,
}

/// An object that is known to be whole.
#[derive(Debug, Clone, Copy)]
struct Seen {
    stamp: Stamp,
    /// When its bytes were read or written, in microseconds since 1970.
    read: i64,
    /// Whether this process did that.
    by_us: bool,
}

/// What is known of an object from looking at its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// The file is there, and its bytes were read and have the right hash.
    Whole,
    /// There is no file.
    Missing,
    /// The file is cut or altered.
    Damaged,
}

impl Objects {
    pub(super) fn new(
        store: &Path,
        disk: Arc<dyn Disk>,
        durable: Arc<Durable>,
        staging: Arc<Staging>,
    ) -> Objects {
        Objects {
            root: store.join("objects"),
            disk,
            durable,
            staging,
            own: Mutex::default(),
            seen: Mutex::default(),
            replaced: Mutex::default(),
        }
    }

    /// Where the object is, or would be.
    pub fn path(&self, hash: &Hash) -> PathBuf {
        hash.path_in(&self.root)
    }

    /// Begins a new object.
    pub fn writer(&self) -> Result<ObjectWriter<'_>, StoreError> {
        let (file, path) =
            self.staging.file().map_err(|source| StoreError::Write { path: self.root.clone(), source })?;
        Ok(ObjectWriter {
            objects: self,
            file: BufWriter::with_capacity(1 << 20, file),
            path: Some(path),
            hasher: blake3::Hasher::new(),
            size: 0,
        })
    }

    /// Keeps these bytes.
    pub fn put(&self, bytes: &[u8]) -> Result<(Hash, u64), StoreError> {
        let mut writer = self.writer()?;
        writer.write_all(bytes).map_err(|source| StoreError::Write { path: self.root.clone(), source })?;
        writer.finish()
    }

    /// Reads the object's bytes and compares their hash.
    pub fn check(&self, hash: &Hash) -> Result<Presence, StoreError> {
        let path = self.path(hash);
        match self.disk.open(&path).and_then(|mut file| hash_file(&mut file)) {
            Ok(found) if found == *hash => Ok(Presence::Whole),
            Ok(_) => Ok(Presence::Damaged),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Presence::Missing),
            Err(source) if is_of_this_process(&source) => Err(StoreError::Read { path, source }),
            // The disk can't read it: it is of no more use than one that is altered.
            Err(_) => Ok(Presence::Damaged),
        }
    }

    /// The stamp of the object's file, `None` when there is none.
    pub fn stamp(&self, hash: &Hash) -> Result<Option<Stamp>, StoreError> {
        let path = self.path(hash);
        match self.disk.stamp(&path) {
            Ok(stamp) => Ok(Some(stamp)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StoreError::Read { path, source }),
        }
    }

    /// What the file of an object looked like that this process wrote, if that is a sign of its content, and when
    /// that was.
    ///
    /// A file that was just written can't be told by its stamp from one that is written again a moment
    /// later: clocks of file systems have steps. So an object is dated back before it gets its name,
    /// and whoever writes to it later gives it a time that shows.
    pub fn own(&self, hash: &Hash) -> Option<(Stamp, SystemTime)> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner).get(hash).copied()
    }

    /// When the bytes of an object whose file looks so were read or written, in microseconds since 1970, if this
    /// process knows that they were whole then.
    pub fn seen_at(&self, hash: &Hash, stamp: &Stamp) -> Option<i64> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(hash).filter(|seen| seen.stamp == *stamp).map(|seen| seen.read)
    }

    /// Whether this process has read or written the bytes of an object whose file looks so.
    pub fn is_read(&self, hash: &Hash, stamp: &Stamp) -> bool {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(hash).is_some_and(|seen| seen.stamp == *stamp && seen.by_us)
    }

    /// How many objects this process knows of.
    pub fn seen(&self) -> usize {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// An object whose file looks so is whole: its bytes were read at this moment, in microseconds since 1970, by
    /// this process or, as the registry says, by another.
    pub fn see(&self, hash: &Hash, stamp: &Stamp, read: i64, by_us: bool) {
        let seen = Seen { stamp: *stamp, read, by_us };
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(*hash, seen);
    }

    /// Forgets that an object was whole.
    pub fn forget(&self, hash: &Hash) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).remove(hash);
        self.own.lock().unwrap_or_else(PoisonError::into_inner).remove(hash);
    }

    /// The objects that this process found damaged when it wrote them, and replaced; each is told once.
    pub fn take_replaced(&self) -> Vec<Hash> {
        std::mem::take(&mut *self.replaced.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The stamp as it would be if the object had not been dated back.
    pub(super) fn undated(stamp: Stamp) -> Stamp {
        stamp.later(BACK)
    }

    /// The names of all objects, sorted.
    pub(super) fn list(&self) -> io::Result<Vec<Hash>> {
        list(&*self.disk, &self.root)
    }

    pub(super) fn remove(&self, hash: &Hash) -> io::Result<()> {
        self.disk.remove(&self.path(hash))
    }

    /// The object's bytes, compared with its hash.
    #[cfg(test)]
    pub fn read(&self, hash: &Hash) -> Result<Vec<u8>, StoreError> {
        match self.disk.read(&self.path(hash)) {
            Ok(bytes) if Hash::of(&bytes) == *hash => Ok(bytes),
            _ => Err(StoreError::ObjectGone { hash: *hash }),
        }
    }
}

/// The hashes that files below `root` are named by, sorted; other names are nobody's.
pub(super) fn list(disk: &dyn Disk, root: &Path) -> io::Result<Vec<Hash>> {
    let mut found = Vec::new();
    for folder in disk.list(root)? {
        let start = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // Other names are nobody's: a file manager may have left its own.
        if start.len() != 2 || !start.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            continue;
        }
        for file in disk.list(&folder)? {
            let rest = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            found.extend(format!("{start}{rest}").parse::<Hash>().ok());
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Whether an error says something of this process, not of the file: another process might read it.
fn is_of_this_process(error: &io::Error) -> bool {
    // EMFILE and ENFILE, which have no kind of their own.
    let too_many_files = cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24));
    too_many_files || matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::OutOfMemory)
}

/// The hash of the rest of a file.
pub fn hash_file(file: &mut impl Read) -> io::Result<Hash> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finalize().into()),
            Ok(read) => drop(hasher.update(&buffer[..read])),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// An object on its way: bytes go to a file without a name, and through the hasher.
///
/// Dropped before [`ObjectWriter::finish`], it leaves nothing.
pub struct ObjectWriter<'a> {
    objects: &'a Objects,
    file: BufWriter<Box<dyn DiskFile>>,
    /// `None` once the file has its name.
    path: Option<PathBuf>,
    hasher: blake3::Hasher,
    size: u64,
}

impl ObjectWriter<'_> {
    /// Makes the bytes durable and gives the file its name. An object that is there already stays,
    /// unless its file is not whole.
    pub fn finish(mut self) -> Result<(Hash, u64), StoreError> {
        let hash: Hash = self.hasher.finalize().into();
        let target = self.objects.path(&hash);
        let Objects { disk, durable, staging, own, .. } = self.objects;
        let path = self.path.take().unwrap_or_default();
        let mut publish = || -> io::Result<()> {
            self.file.flush()?;
            // From here on nobody collects what may be there under this name.
            staging.rely_on(&hash)?;
            let folder = target.parent().unwrap_or(&target);
            durable.folder(folder)?;
            let present = self.objects.check(&hash).unwrap_or(Presence::Missing);
            if present == Presence::Whole {
                disk.remove(&path)?;
            } else {
                if present == Presence::Damaged {
                    self.objects.replaced.lock().unwrap_or_else(PoisonError::into_inner).push(hash);
                }
                let now = SystemTime::now();
                let dated = now - BACK;
                // Where it can't be dated back, it is read again later.
                let backdated = self.file.get_mut().backdate(dated).is_ok();
                self.file.get_mut().sync()?;
                disk.rename(&path, &target)?;
                let stamp = disk.stamp(&target).ok().filter(|stamp| backdated && stamp.is_dated(dated));
                if let Some(stamp) = stamp.filter(|stamp| stamp.size == self.size) {
                    own.lock().unwrap_or_else(PoisonError::into_inner).insert(hash, (stamp, now));
                }
            }
            // Also where another process gave the name: it may not have come so far.
            disk.sync_folder(folder)
        };
        let published = publish();
        published.map_err(|source| {
            let _ = disk.remove(&path);
            StoreError::Write { path: target.clone(), source }
        })?;
        Ok((hash, self.size))
    }
}

impl Write for ObjectWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for ObjectWriter<'_> {
    fn drop(&mut self) {
        if let Some(path) = self.path.take() {
            let _ = self.objects.disk.remove(&path);
        }
    }
}
