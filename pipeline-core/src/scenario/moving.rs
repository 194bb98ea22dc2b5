//! Portable paths: files of a project are found after it moved together with its store.

use super::Store;
use crate::data::{File, Shape, Value, in_folder, taken_from};
use std::path::{Path, PathBuf};

impl Store {
    /// Returns the project's folder: the one that contains the store.
    fn project(&self) -> &Path {
        self.path().parent().unwrap_or(self.path())
    }

    /// Returns the form of a file's path that the registry keeps. If the file was given by a relative path and is in
    /// the project's folder, it is found even after that folder moved.
    pub(super) fn portable_path(&self, path: &Path, value: &Value) -> PathBuf {
        let is_relative = value
            .to_toml()
            .is_some_and(|given| given.as_str().is_some_and(|given| Path::new(given).is_relative()));
        let below = path.strip_prefix(self.project()).ok().filter(|_| is_relative);
        below.and_then(|below| in_folder(self.project(), below)).unwrap_or_else(|| path.into())
    }

    /// As [`Store::portable_path`], for every path within a string.
    pub(super) fn portable_text(&self, text: &str, shape: &Shape) -> String {
        let kept = |given: &str| {
            let given = Path::new(given);
            let path = File::new(given).path().to_owned();
            let below = path.strip_prefix(self.project()).ok().filter(|_| given.is_relative());
            let kept = below.and_then(|below| in_folder(self.project(), below)).unwrap_or(path);
            kept.to_string_lossy().into_owned()
        };
        shape.with_typed_paths(text, &kept)
    }

    /// Returns the strings to try for paths from the registry: relocated to the present project folder, and, if that
    /// differs, as recorded.
    pub(super) fn relocated(&self, text: &Path, shape: &Shape) -> (PathBuf, Option<PathBuf>) {
        let below = |path: &str| match taken_from(Path::new(path)) {
            Some((was_in, file)) if was_in != self.project() => {
                in_folder(self.project(), file).map(|path| path.to_string_lossy().into_owned())
            }
            _ => None,
        };
        let Some(before) = text.to_str() else { return (text.into(), None) };
        let now = shape.with_typed_paths(before, &|path| below(path).unwrap_or_else(|| path.to_owned()));
        let moved = now != before;
        (now.into(), moved.then(|| text.into()))
    }
}
