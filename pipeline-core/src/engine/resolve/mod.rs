//! Resolve: finds the content of each input. Files and objects are read no more often than necessary.

use crate::data::{CancelToken, ColumnContent, DataType, File, Source, Value, ValueRef};
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::job::Unavailable;
use crate::engine::job::files::{ReadFile, ReadFiles};
use crate::engine::journal::kept as journal;
use crate::engine::workspace::values::Values;
use crate::engine::workspace::{self, OpenFailure};
use crate::registry::{KnownContent, Registry, RegistryError, micros};
use crate::store::{Blob, Hash, Integrity, StoreError, hash_file};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// An input's content, as a submission found it.
#[derive(Debug, Clone)]
pub(crate) struct InputContent {
    pub(crate) reference: ValueRef,
    /// The value; `None` if it is in its object.
    pub(crate) value: Option<Value>,
    /// The files outside of the store that were read.
    pub(crate) files: Option<Arc<ReadFiles>>,
}

/// An input of a submission: its content, or why it is unavailable. Only jobs that read an unavailable input fail.
pub(crate) type FoundInput = Result<InputContent, Unavailable>;

/// Returns the content hash of a source: of a single item, the hash of its bytes; of several, the hash of the list of
/// their hashes. Items last read before `since`, in microseconds since 1970, are read again.
pub(crate) fn source_content(
    registry: &Registry,
    source: &dyn Source,
    since: i64,
    token: &CancelToken,
) -> Result<(Hash, ReadFiles), HashError> {
    let (mut files, mut found) = (Vec::new(), Vec::new());
    for item in source.items()? {
        if token.is_canceled() {
            return Err(HashError::Canceled);
        }
        let (file, read) = item_content(registry, source, &item, since).map_err(|error| error.of(&item))?;
        files.push(file);
        found.extend(read);
    }
    journal::files_read(registry, found)?;
    let counted: Vec<Vec<u8>> = files.iter().map(|file| source.counted(&file.path)).collect();
    let content = match files.as_slice() {
        files if counted.iter().any(|counted| !counted.is_empty()) => {
            let mut list = b"files with names".to_vec();
            list.extend((files.len() as u64).to_le_bytes());
            for (file, counted) in files.iter().zip(&counted) {
                list.extend(file.content.as_bytes());
                list.extend((counted.len() as u64).to_le_bytes());
                list.extend(counted);
            }
            Hash::of(&list)
        }
        [file] => file.content,
        files => {
            let mut list = b"files".to_vec();
            list.extend((files.len() as u64).to_le_bytes());
            files.iter().for_each(|file| list.extend(file.content.as_bytes()));
            Hash::of(&list)
        }
    };
    Ok((content, ReadFiles(files)))
}

/// Finds the content of an item of a source. Reads it only if its version is unknown, or was last read before `since`.
/// If it was read, also returns the content for the registry to remember.
fn item_content(
    registry: &Registry,
    source: &dyn Source,
    item: &Path,
    since: i64,
) -> Result<(ReadFile, Option<KnownContent>), HashError> {
    // An item that is being written has another version after the read: retry a few times.
    for _ in 0..3 {
        let known = source.version(item)?;
        if let Some(version) = known
            && let Some((content, read)) = registry.known_content(item, version.stamp())?
            && read >= since
        {
            let (path, bytes) = (item.into(), version.bytes());
            return Ok((ReadFile { path, content, bytes, version: known, settled: true }, None));
        }
        let mut opened = source.open(item)?;
        let version = source.version(item)?;
        let read = SystemTime::now();
        let (hash, bytes) = hash_file(&mut opened)?;
        if source.version(item)? != version {
            continue;
        }
        let settled = version.filter(|version| version.is_reliable_at(read));
        let known = settled.map(|version| KnownContent {
            path: item.into(),
            stamp: *version.stamp(),
            hash,
            read: micros(read),
        });
        let (path, content, settled) = (item.into(), hash, settled.is_some());
        return Ok((ReadFile { path, content, bytes, version, settled }, known));
    }
    Err(HashError::Io(io::Error::other("it keeps changing while it is being read")))
}

/// Returns the content hash of the program's own file; like [`source_content`].
pub(crate) fn program_content(registry: &Registry, path: &Path, since: i64) -> Result<Hash, HashError> {
    let (file, read) = item_content(registry, &File::new(path), path, since)?;
    journal::files_read(registry, read)?;
    Ok(file.content)
}

/// Why a file's content could not be hashed.
#[derive(Debug)]
pub(crate) enum HashError {
    Io(io::Error),
    /// Reading one item of a source failed.
    Of(PathBuf, io::Error),
    Registry(RegistryError),
    Canceled,
}

impl HashError {
    /// Converts to an error about the program's own file.
    pub(crate) fn of_program(self, path: PathBuf) -> EngineError {
        match self {
            HashError::Io(source) | HashError::Of(_, source) => StoreError::Read { path, source }.into(),
            HashError::Registry(error) => error.into(),
            HashError::Canceled => StoreError::Read { path, source: io::Error::other("canceled") }.into(),
        }
    }

    fn of(self, path: &Path) -> HashError {
        match self {
            HashError::Io(error) => HashError::Of(path.to_owned(), error),
            other => other,
        }
    }
}

impl From<io::Error> for HashError {
    fn from(error: io::Error) -> HashError {
        HashError::Io(error)
    }
}

impl From<RegistryError> for HashError {
    fn from(error: RegistryError) -> HashError {
        HashError::Registry(error)
    }
}

impl Engine<'_> {
    /// Checks whether the object exists and is intact.
    pub(crate) fn integrity(&self, hash: &Hash) -> Result<Integrity, EngineError> {
        let integrity = self.results.objects.integrity(hash, self.since)?;
        // A dry run writes nothing.
        if integrity == Integrity::Damaged && self.options.hold_results {
            self.suspect(&[self.results.objects.damaged(*hash)])?;
        }
        Ok(integrity)
    }

    /// Whether the object exists and is intact.
    pub(crate) fn is_intact(&self, hash: &Hash) -> Result<bool, EngineError> {
        Ok(self.integrity(hash)? == Integrity::Intact)
    }

    /// Returns the value in an object that is held: from memory if this process still has it there.
    pub(crate) fn load(&self, data: &DataType, hash: &Hash) -> Result<Value, EngineError> {
        self.load_from(data, &self.results.objects.blob(*hash, self.lease.clone())?)
    }

    /// Returns the contents of the columns of a table that is a single object; empty if they can't be read.
    pub(crate) fn contents(&self, data: &DataType, hash: &Hash) -> Vec<ColumnContent> {
        if data.viewed.is_none() {
            return Vec::new();
        }
        if let Some(known) = self.memory.contents(hash) {
            return known;
        }
        let object = self.results.objects.blob(*hash, self.lease.clone());
        // If the object can't be read, reading its rows reports the error.
        let contents = object.ok().and_then(|object| (data.contents)(&object).ok()).unwrap_or_default();
        if !contents.is_empty() {
            self.memory.keep_contents(*hash, &contents);
        }
        contents
    }

    /// Like [`Engine::load`]; the blob can let readers continue after the lease has ended.
    pub(crate) fn load_from(&self, data: &DataType, object: &Blob) -> Result<Value, EngineError> {
        let values = Values::new(self.memory);
        let opened = workspace::open(self.results, &values, self.since, data, object);
        opened.map_err(|OpenFailure { error, damaged }| match damaged {
            Some(damaged) if self.options.hold_results => self.suspect(&[damaged]).err().unwrap_or(error),
            // A reader that writes nothing only withdraws the note that the object is intact: the next run reads the
            // bytes, and finds the damage, too.
            Some(damaged) => {
                self.results.objects.suspect(&[damaged.object]);
                error
            }
            None => error,
        })
    }
}
