//! Finds the files of a project again after it moved together with its store.

use super::Store;
use crate::data::{Value, in_folder, taken_from};
use std::path::{Path, PathBuf};

impl Store {
    /// The folder that contains the store.
    fn project(&self) -> &Path {
        self.path().parent().unwrap_or(self.path())
    }

    /// A file's path as the registry keeps it. A file that was given by a relative path, and is in the folder that contains the
    /// store, is found again after that folder moved.
    pub(super) fn to_find_again(&self, path: &Path, value: &Value) -> PathBuf {
        let is_relative = value
            .to_toml()
            .is_some_and(|given| given.as_str().is_some_and(|given| Path::new(given).is_relative()));
        let below = path.strip_prefix(self.project()).ok().filter(|_| is_relative);
        below.and_then(|below| in_folder(self.project(), below)).unwrap_or_else(|| path.into())
    }

    /// The paths to try for a file of the registry: in the folder that contains the store now, then where the file was.
    pub(super) fn found_again(&self, path: &Path) -> (PathBuf, Option<PathBuf>) {
        match taken_from(path) {
            Some((was_in, file)) if was_in != self.project() => {
                (in_folder(self.project(), file).unwrap_or_else(|| path.into()), Some(path.into()))
            }
            _ => (path.into(), None),
        }
    }
}
