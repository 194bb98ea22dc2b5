//! Blobs as files in a directory.

use super::{BlobName, Blobs, Existing, LocalFile, Published, Space, Upload};
use crate::local::{Disk, DiskFile, Durable, Session};
use crate::{Hash, Stamp};
use std::collections::BTreeSet;
use std::io::{self, BufWriter, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// How far blobs are dated back: further than the time resolution of any file system.
const BACKDATED_BY: Duration = Duration::from_secs(10);

/// The files of a store's directory.
#[derive(Debug)]
pub(crate) struct LocalBlobs {
    root: PathBuf,
    objects: PathBuf,
    records: PathBuf,
    disk: Arc<dyn Disk>,
    durable: Arc<Durable>,
    session: Arc<Session>,
}

impl LocalBlobs {
    pub(crate) fn new(
        root: &Path,
        disk: Arc<dyn Disk>,
        durable: Arc<Durable>,
        session: Arc<Session>,
    ) -> LocalBlobs {
        let [objects, records] = [Space::Objects, Space::Records].map(|space| root.join(space.as_str()));
        LocalBlobs { root: root.into(), objects, records, disk, durable, session }
    }

    fn folder(&self, space: Space) -> &Path {
        match space {
            Space::Objects => &self.objects,
            Space::Records => &self.records,
        }
    }

    fn path(&self, name: &BlobName) -> PathBuf {
        name.hash.path_in(self.folder(name.space))
    }

    fn notes_path(&self, list: u8) -> PathBuf {
        self.root.join("whole").join(format!("{list:02x}"))
    }

    /// Gives a file its final name unless the name is taken. Returns whether it did.
    fn create_if_absent(&self, staged: &Path, path: &Path) -> io::Result<bool> {
        let created = match self.disk.link(staged, path) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
            Err(error) => return Err(error),
        };
        match self.disk.remove(staged) {
            // Without hard links, the file was renamed.
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(created),
        }
    }
}

impl Blobs for LocalBlobs {
    fn place(&self) -> &Path {
        &self.root
    }

    fn shared_at(&self) -> Option<&Path> {
        Some(&self.root)
    }

    fn is_read_only(&self) -> bool {
        self.session.is_read_only()
    }

    fn upload(&self) -> io::Result<Box<dyn Upload + '_>> {
        let (file, path) = self.session.file()?;
        let file = BufWriter::with_capacity(1 << 20, file);
        Ok(Box::new(Staged { blobs: self, file, path: Some(path), size: 0 }))
    }

    fn open(&self, name: &BlobName, range: Range<u64>) -> io::Result<Box<dyn Read + '_>> {
        let file = self.disk.open(&self.path(name), range.start)?;
        Ok(if range.end == u64::MAX {
            file
        } else {
            Box::new(file.take(range.end.saturating_sub(range.start)))
        })
    }

    fn read(&self, name: &BlobName) -> io::Result<Vec<u8>> {
        self.disk.read(&self.path(name))
    }

    fn head(&self, name: &BlobName) -> io::Result<Stamp> {
        self.disk.stamp(&self.path(name))
    }

    fn list(&self, space: Space, prefix: &str) -> io::Result<Vec<Hash>> {
        let mut found = Vec::new();
        for folder in self.disk.list(self.folder(space))? {
            let start = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            // Skip other names: a file manager may have created them.
            if start.len() != 2 || !start.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                continue;
            }
            if !start.starts_with(prefix) && !prefix.starts_with(&start) {
                continue;
            }
            for file in self.disk.list(&folder)? {
                let name = format!("{start}{}", file.file_name().unwrap_or_default().to_string_lossy());
                found.extend(name.parse::<Hash>().ok().filter(|_| name.starts_with(prefix)));
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    fn remove(&self, names: &[BlobName]) -> io::Result<()> {
        let paths: Vec<PathBuf> = names.iter().map(|name| self.path(name)).collect();
        for path in &paths {
            match self.disk.remove(path) {
                // Another process was faster.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                removed => removed?,
            }
        }
        let folders: BTreeSet<&Path> = paths.iter().filter_map(|path| path.parent()).collect();
        folders.into_iter().try_for_each(|folder| match self.disk.sync_folder(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            synced => synced,
        })
    }

    fn make_durable(&self, name: &BlobName) -> io::Result<()> {
        let path = self.path(name);
        let folder = path.parent().unwrap_or(&path);
        self.durable.folder(folder)?;
        self.disk.sync_folder(folder)
    }

    fn local(&self, name: &BlobName) -> io::Result<LocalFile> {
        Ok(LocalFile::own(self.path(name)))
    }

    /// Undoes the dating back.
    fn written(&self, stamp: Stamp) -> Stamp {
        stamp.later(BACKDATED_BY)
    }

    fn notes(&self, list: u8) -> io::Result<Vec<u8>> {
        match self.disk.read(&self.notes_path(list)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            read => read,
        }
    }

    fn note(&self, list: u8, bytes: &[u8], existing: Existing) -> io::Result<()> {
        let path = self.notes_path(list);
        if existing == Existing::Replace {
            let (mut file, staged) = self.session.file()?;
            file.write_all(bytes)?;
            return self.disk.rename(&staged, &path);
        }
        match self.disk.append(&path, bytes) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.disk.make_folder(path.parent().unwrap_or(&path))?;
                self.disk.append(&path, bytes)
            }
            appended => appended,
        }
    }

    fn staged_bytes(&self) -> u64 {
        self.session.staged_bytes()
    }
}

/// A file without a name.
struct Staged<'a> {
    blobs: &'a LocalBlobs,
    file: BufWriter<Box<dyn DiskFile>>,
    /// `None` once the file has its final name or is removed.
    path: Option<PathBuf>,
    size: u64,
}

impl Upload for Staged<'_> {
    /// Dates the file back before it gets its name. Clocks of file systems have steps, so without that, a write right
    /// after this one might leave the stamp unchanged. After dating back, any later write changes the stamp.
    fn publish(mut self: Box<Self>, name: &BlobName, existing: Existing) -> io::Result<Published> {
        let blobs = self.blobs;
        let (target, staged) = (blobs.path(name), self.path.clone().unwrap_or_default());
        let folder = target.parent().unwrap_or(&target);
        self.file.flush()?;
        blobs.durable.folder(folder)?;
        let dated = SystemTime::now() - BACKDATED_BY;
        // If dating back fails, the object is read again later.
        let backdated = self.file.get_mut().backdate(dated).is_ok();
        self.file.get_mut().sync()?;
        let named = match existing {
            Existing::Replace => blobs.disk.rename(&staged, &target).map(|()| true)?,
            Existing::Keep => blobs.create_if_absent(&staged, &target)?,
        };
        self.path = None;
        let stamp = || blobs.disk.stamp(&target).ok().filter(|stamp| backdated && stamp.is_dated(dated));
        let stamp = if named { stamp().filter(|stamp| stamp.size == self.size) } else { None };
        // Also sync if another process published the name: it may not have synced the folder yet.
        blobs.disk.sync_folder(folder)?;
        Ok(if named { Published::Named(stamp) } else { Published::Kept })
    }
}

impl Write for Staged<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        if let Some(path) = self.path.take() {
            let _ = self.blobs.disk.remove(&path);
        }
    }
}
