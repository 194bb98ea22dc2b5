//! Reading a registry that this process may not write to.
//!
//! SQLite reads such a database beside a program that writes to it, through the memory that they share. Where nobody has
//! it open there is no such memory, and a reader may not make it: then a copy is read, which is made anew when the
//! registry has changed.

use super::{RegistryError, VERSION, prepare};
use crate::store::Stamp;
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A copy of a registry, until this is dropped.
#[derive(Debug)]
pub(super) struct Copy {
    _folder: TempDir,
    /// What the registry's files looked like.
    looks: [Option<Stamp>; 2],
}

/// How often to begin anew when the registry changes while it is copied.
const TRIES: usize = 100;

/// Opens a registry to be read: as it is, or a copy of it.
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
    /// Whether the registry is still as it was.
    pub(super) fn is_current(&self, path: &Path) -> bool {
        self.looks == looks(path)
    }
}

/// The database itself. An error where nobody else has it open, or it is of an older program.
fn beside_writer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == VERSION { Ok(connection) } else { Err(rusqlite::Error::InvalidQuery) }
}

/// A copy, brought up to what this program knows. `None`: the registry changed meanwhile.
pub(super) fn copied(path: &Path) -> Result<Option<(Connection, Copy)>, RegistryError> {
    let before = looks(path);
    let copy = || -> io::Result<(TempDir, PathBuf)> {
        let folder = tempfile::Builder::new().prefix("pipeline-registry-").tempdir()?;
        let target = folder.path().join("registry.sqlite");
        // The log after the database: what it has in addition holds, what is missing in it can't be found again.
        for (source, target) in [(path.to_owned(), target.clone()), (log_of(path), log_of(&target))] {
            match File::open(source) {
                // Not with `fs::copy`: the rights would come along.
                Ok(mut source) => drop(io::copy(&mut source, &mut File::create(target)?)?),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok((folder, target))
    };
    let (folder, target) = copy().map_err(|source| RegistryError::Copy { path: path.into(), source })?;
    if looks(path) != before {
        return Ok(None);
    }
    let failed = |source| RegistryError::Sqlite { path: path.into(), source };
    let mut connection = Connection::open(target).map_err(failed)?;
    let version = prepare(&mut connection).map_err(failed)?;
    super::check_version(path, version)?;
    Ok(Some((connection, Copy { _folder: folder, looks: before })))
}

/// What the files of a registry look like.
fn looks(path: &Path) -> [Option<Stamp>; 2] {
    [path, &log_of(path)].map(|path| Stamp::of(path).ok())
}

/// The log beside a database.
fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}
