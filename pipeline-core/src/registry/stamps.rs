//! Files whose content was read.

use super::{Registry, RegistryError};
use crate::store::{Hash, Stamp};
use rusqlite::OptionalExtension;
use std::path::Path;

impl Registry {
    /// The content of the file at `path`, if it was read when the file had this stamp.
    pub(crate) fn known_content(&self, path: &Path, stamp: &Stamp) -> Result<Option<Hash>, RegistryError> {
        self.read(|connection| {
            let hash: Option<String> = connection
                .prepare_cached("SELECT hash FROM stamps WHERE path = ?1 AND stamp = ?2")?
                .query_row((path.to_string_lossy(), stamp.to_text()), |row| row.get(0))
                .optional()?;
            Ok(hash.and_then(|hash| hash.parse().ok()))
        })
    }

    /// What is known of the contents of all files: path, stamp and hash; nothing when there are more than
    /// `limit`.
    pub(crate) fn known_contents(&self, limit: usize) -> Result<Vec<(String, Stamp, Hash)>, RegistryError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare(&format!("SELECT path, stamp, hash FROM stamps LIMIT {}", limit + 1))?;
            let mut rows = statement.query([])?;
            let mut known = Vec::new();
            while let Some(row) = rows.next()? {
                if known.len() == limit {
                    return Ok(Vec::new());
                }
                let (stamp, hash) = (row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?);
                if let (Some(stamp), Ok(hash)) = (Stamp::from_text(stamp), hash.parse()) {
                    known.push((row.get(0)?, stamp, hash));
                }
            }
            Ok(known)
        })
    }

    /// Remembers contents: path, stamp, hash.
    pub(crate) fn remember_contents<'a>(
        &self,
        contents: impl IntoIterator<Item = (&'a Path, Stamp, Hash)>,
    ) -> Result<(), RegistryError> {
        let mut contents = contents.into_iter().peekable();
        if contents.peek().is_none() {
            return Ok(());
        }
        self.write(|transaction| {
            let mut statement = transaction
                .prepare_cached("INSERT OR REPLACE INTO stamps (path, stamp, hash) VALUES (?1, ?2, ?3)")?;
            for (path, stamp, hash) in contents {
                statement.execute((path.to_string_lossy(), stamp.to_text(), hash.to_string()))?;
            }
            Ok(())
        })
    }
}
