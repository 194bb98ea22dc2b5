//! Files outside of the store that a job reads.

use crate::data::{InputFile, Source, SourceVersion, Value};
use crate::store::Hash;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::path::PathBuf;

/// The files that a value stands for, as they were when they were read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ReadFiles(pub(crate) Vec<ReadFile>);

impl ReadFiles {
    /// The files with their contents.
    pub(crate) fn list(&self) -> Vec<InputFile> {
        let file = |file: &ReadFile| InputFile {
            path: file.path.to_string_lossy().into_owned(),
            content: file.content,
        };
        self.0.iter().map(file).collect()
    }

    /// Their bytes together.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.iter().map(|file| file.bytes).sum()
    }

    /// The first that is no longer what it was, of those that this value stands for now.
    pub(crate) fn changed(&self, value: &Value) -> Option<PathBuf> {
        let source = value.source()?;
        let found = source.items().unwrap_or_default();
        let known: HashSet<&PathBuf> = self.0.iter().map(|file| &file.path).collect();
        let other = found.iter().find(|path| !known.contains(path));
        let unlike = || self.0.iter().find(|file| !file.is_unchanged(source)).map(|file| file.path.clone());
        other.cloned().or_else(unlike)
    }
}

/// An item outside of the store, as it was when it was read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ReadFile {
    /// Its path, or its name in its source.
    pub(crate) path: PathBuf,
    pub(crate) content: Hash,
    pub(crate) bytes: u64,
    pub(crate) version: Option<SourceVersion>,
    /// Whether a change would show in the version.
    pub(crate) settled: bool,
}

impl ReadFile {
    /// Whether the item is what it was: by its version where that tells, else by its content.
    pub(crate) fn is_unchanged(&self, source: &dyn Source) -> bool {
        let same_version = source.version(&self.path).is_ok_and(|version| version == self.version);
        let same_content = || {
            let hash = source.open(&self.path).and_then(|mut bytes| crate::store::hash_file(&mut bytes));
            hash.is_ok_and(|(hash, _)| hash == self.content)
        };
        same_version && (self.settled || same_content())
    }
}
