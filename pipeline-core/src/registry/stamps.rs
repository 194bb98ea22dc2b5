//! The known contents of files.

use super::{Registry, RegistryError};
use crate::store::{Hash, Stamp};
use rusqlite::OptionalExtension;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// A file whose bytes were read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownContent {
    pub(crate) path: PathBuf,
    pub(crate) stamp: Stamp,
    pub(crate) hash: Hash,
    /// When the bytes were read or written, in microseconds since 1970.
    pub(crate) read: i64,
}

impl Registry {
    /// The folder that contains the store.
    fn project(&self) -> &Path {
        self.path.ancestors().nth(2).unwrap_or(&self.path)
    }

    /// Returns a file's name in the table: its path, which is relative if the file is in the folder that contains the
    /// store. So contents stay known when that folder moves.
    pub(super) fn name_of<'a>(&self, path: &'a Path) -> Cow<'a, str> {
        path.strip_prefix(self.project()).unwrap_or(path).to_string_lossy()
    }

    /// Returns the content of the file at `path`, if it was read when the file had this stamp, and the time of that
    /// read.
    pub(crate) fn known_content(
        &self,
        path: &Path,
        stamp: &Stamp,
    ) -> Result<Option<(Hash, i64)>, RegistryError> {
        self.read(|connection| {
            let found: Option<(String, i64)> = connection
                .prepare_cached("SELECT hash, read FROM stamps WHERE path = ?1 AND stamp = ?2")?
                .query_row((self.name_of(path), stamp.to_text()), |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            Ok(found.and_then(|(hash, read)| Some((hash.parse().ok()?, read))))
        })
    }

    /// Records the contents of files. Does nothing if the registry is read-only.
    pub(crate) fn remember_contents(
        &self,
        contents: impl IntoIterator<Item = KnownContent>,
    ) -> Result<(), RegistryError> {
        let mut contents = contents.into_iter().peekable();
        if self.read_only || contents.peek().is_none() {
            return Ok(());
        }
        self.write(|transaction| {
            let mut statement = transaction.prepare_cached(
                "INSERT OR REPLACE INTO stamps (path, stamp, hash, read) VALUES (?1, ?2, ?3, ?4)",
            )?;
            for KnownContent { path, stamp, hash, read } in contents {
                statement.execute((self.name_of(&path), stamp.to_text(), hash.to_string(), read))?;
            }
            Ok(())
        })
    }
}
