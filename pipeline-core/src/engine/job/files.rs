//! Files outside of the store that a job reads.

use crate::data::{InputFile, Value};
use crate::store::{Hash, Stamp};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs::File;
use std::path::PathBuf;

/// The files that a value stands for, as they were when they were read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ReadFiles(pub(crate) Vec<ReadFile>);

impl ReadFiles {
    /// The files with their contents.
    pub(crate) fn list(&self) -> Vec<InputFile> {
        let file = |file: &ReadFile| {
            let path = std::path::absolute(&file.path).unwrap_or_else(|_| file.path.clone());
            InputFile { path: path.to_string_lossy().into_owned(), content: file.content }
        };
        self.0.iter().map(file).collect()
    }

    /// Their bytes together.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.iter().map(|file| file.stamp.size).sum()
    }

    /// The first that is no longer what it was, of those that this value stands for now.
    pub(crate) fn changed(&self, value: &Value) -> Option<PathBuf> {
        let found = value.sources().unwrap_or_default();
        let known: HashSet<&PathBuf> = self.0.iter().map(|file| &file.path).collect();
        let other = found.iter().find(|path| !known.contains(path));
        let unlike = || self.0.iter().find(|file| !file.is_unchanged()).map(|file| file.path.clone());
        other.cloned().or_else(unlike)
    }
}

/// A file outside of the store as it was when it was read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ReadFile {
    pub(crate) path: PathBuf,
    pub(crate) content: Hash,
    pub(crate) stamp: Stamp,
    /// Whether a change would show in the stamp.
    pub(crate) settled: bool,
}

impl ReadFile {
    /// Whether the file is what it was: by its stamp where that tells, else by its content.
    pub(crate) fn is_unchanged(&self) -> bool {
        let same_stamp = Stamp::of(&self.path).is_ok_and(|stamp| stamp == self.stamp);
        let same_content = || {
            let hash = File::open(&self.path).and_then(|mut file| crate::store::hash_file(&mut file));
            hash.is_ok_and(|hash| hash == self.content)
        };
        same_stamp && (self.settled || same_content())
    }
}
