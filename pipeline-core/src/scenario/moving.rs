//! Files of a project that moves, together with its store.

use super::Store;
use crate::data::{Value, in_folder, taken_from};
use std::path::{Path, PathBuf};

impl Store {
    /// The folder that the store is in.
    fn project(&self) -> &Path {
        self.path().parent().unwrap_or(self.path())
    }

    /// The path of a file as the registry keeps it. One below the folder that the store is in, and given relative, is
    /// found again when that folder has moved.
    pub(super) fn to_find_again(&self, path: &Path, value: &Value) -> PathBuf {
        let is_relative = value
            .to_toml()
            .is_some_and(|given| given.as_str().is_some_and(|given| Path::new(given).is_relative()));
        let below = path.strip_prefix(self.project()).ok().filter(|_| is_relative);
        below.and_then(|below| in_folder(self.project(), below)).unwrap_or_else(|| path.into())
    }

    /// Where a file may be that the registry has: in the folder that the store is in now, or else where it was.
    pub(super) fn found_again(&self, path: &Path) -> (PathBuf, Option<PathBuf>) {
        match taken_from(path) {
            Some((was_in, file)) if was_in != self.project() => {
                (in_folder(self.project(), file).unwrap_or_else(|| path.into()), Some(path.into()))
            }
            _ => (path.into(), None),
        }
    }
}
