//! Files whose content was read.

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
    /// When they were, in microseconds since 1970.
    pub(crate) read: i64,
}

impl Registry {
    /// The folder that contains the store.
    fn project(&self) -> &Path {
        self.path.ancestors().nth(2).unwrap_or(&self.path)
    }

    /// A file's name in the table: its path, relative to the folder that contains the store if the file is in there too. So
    /// contents stay known when that folder moves.
    pub(super) fn name_of<'a>(&self, path: &'a Path) -> Cow<'a, str> {
        path.strip_prefix(self.project()).unwrap_or(path).to_string_lossy()
    }

    /// The content of the file at `path`, if it was read when the file had this stamp; and when.
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

    /// When the bytes of the file at `path` were last read and found to be what was remembered, whatever the
    /// file looks like now.
    pub(crate) fn last_read(&self, path: &Path) -> Result<Option<i64>, RegistryError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT read FROM stamps WHERE path = ?1")?
                .query_row([self.name_of(path)], |row| row.get(0))
                .optional()
        })
    }

    /// Files that look like this are no longer taken for what they were; when they last were stays known.
    pub(crate) fn distrust_stamps(&self, paths: &[PathBuf]) -> Result<(), RegistryError> {
        if self.read_only {
            return Ok(());
        }
        self.write(|transaction| {
            let mut statement = transaction.prepare_cached("UPDATE stamps SET stamp = '' WHERE path = ?1")?;
            paths.iter().try_for_each(|path| statement.execute([self.name_of(path)]).map(drop))
        })
    }

    /// What is known of the contents of all files; nothing when there are more than `limit`.
    pub(crate) fn known_contents(&self, limit: usize) -> Result<Vec<KnownContent>, RegistryError> {
        self.read(|connection| {
            let text = format!("SELECT path, stamp, hash, read FROM stamps LIMIT {}", limit + 1);
            let mut statement = connection.prepare(&text)?;
            let mut rows = statement.query([])?;
            let mut known = Vec::new();
            while let Some(row) = rows.next()? {
                if known.len() == limit {
                    return Ok(Vec::new());
                }
                let path = self.project().join(row.get_ref(0)?.as_str()?);
                let (stamp, hash) = (row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?);
                if let (Some(stamp), Ok(hash)) = (Stamp::from_text(stamp), hash.parse()) {
                    known.push(KnownContent { path, stamp, hash, read: row.get(3)? });
                }
            }
            Ok(known)
        })
    }

    /// Remembers contents.
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
