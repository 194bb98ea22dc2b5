//! Reads a registry that this process may not write.
//!
//! While another program has the registry open, SQLite can read it directly, through memory that the two programs
//! share. Otherwise that memory does not exist, and a process without write permission can't create it. Then a copy is
//! read, and replaced whenever the registry has changed.

use super::{RegistryError, VERSION, prepare};
use crate::store::Stamp;
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A temporary copy of a registry, removed on drop.
#[derive(Debug)]
pub(super) struct Copy {
    _folder: TempDir,
    /// The stamps of the registry's files when they were copied.
    stamps: [Option<Stamp>; 2],
}

/// How often to try again when the registry changes while it is copied.
const TRIES: usize = 100;

/// Opens the registry for reading, directly or as a copy.
pub(super) fn open(path: &Path) -> Result<(Connection, Option<Copy>), RegistryError> {
    for _ in 0..TRIES {
        if let Ok(connection) = beside_writer(path) {
            return Ok((connection, None));
        }
        if let Some((connection, copy)) = copied(path)? {
            return Ok((connection, Some(copy)));
        }
    }
    Err(RegistryError::Unsettled { path: path.into() })
}

impl Copy {
    /// Whether the registry has not changed since it was copied.
    pub(super) fn is_current(&self, path: &Path) -> bool {
        self.stamps == stamps(path)
    }
}

/// Opens the database itself. Fails if no other program has it open, or if an older program made it.
fn beside_writer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == VERSION { Ok(connection) } else { Err(rusqlite::Error::InvalidQuery) }
}

/// Opens a copy whose tables are migrated to this program's version; `None` if the registry changed during the copy.
pub(super) fn copied(path: &Path) -> Result<Option<(Connection, Copy)>, RegistryError> {
    let before = stamps(path);
    let copy = || -> io::Result<(TempDir, PathBuf)> {
        let folder = tempfile::Builder::new().prefix("pipeline-registry-").tempdir()?;
        let target = folder.path().join("registry.sqlite");
        // The database before its log: entries that reach the log in between do no harm, missing ones would.
        for (source, target) in [(path.to_owned(), target.clone()), (log_of(path), log_of(&target))] {
            match File::open(source) {
                // `fs::copy` would copy the permissions, too.
                Ok(mut source) => drop(io::copy(&mut source, &mut File::create(target)?)?),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok((folder, target))
    };
    let (folder, target) = copy().map_err(|source| RegistryError::Copy { path: path.into(), source })?;
    if stamps(path) != before {
        return Ok(None);
    }
    let failed = |source| super::failed(path, source);
    let mut connection = Connection::open(target).map_err(failed)?;
    let version = prepare(&mut connection).map_err(failed)?;
    super::check_version(path, version)?;
    Ok(Some((connection, Copy { _folder: folder, stamps: before })))
}

/// Returns the stamps of a registry's files: the database and its log.
fn stamps(path: &Path) -> [Option<Stamp>; 2] {
    [path, &log_of(path)].map(|path| Stamp::of(path).ok())
}

/// Returns the path of the log beside a database.
fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}
