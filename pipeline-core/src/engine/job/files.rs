//! Files outside the store that a job reads.

use crate::data::{InputFile, Source, SourceVersion, Value};
use crate::store::Hash;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::path::PathBuf;

/// The files behind a value, with the content that was read.
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

    /// Their total size in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.iter().map(|file| file.bytes).sum()
    }

    /// Returns the first file that was added, removed or changed since they were read.
    pub(crate) fn changed(&self, value: &Value) -> Option<PathBuf> {
        let source = value.source()?;
        let found = source.items().unwrap_or_default();
        let known: HashSet<&PathBuf> = self.0.iter().map(|file| &file.path).collect();
        let other = found.iter().find(|path| !known.contains(path));
        let unlike = || self.0.iter().find(|file| !file.is_unchanged(source)).map(|file| file.path.clone());
        other.cloned().or_else(unlike)
    }
}

/// An item outside the store, with the content and version that were read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ReadFile {
    /// Its path, or its name in its source.
    pub(crate) path: PathBuf,
    pub(crate) content: Hash,
    pub(crate) bytes: u64,
    pub(crate) version: Option<SourceVersion>,
    /// Whether every later change would show in the version.
    pub(crate) settled: bool,
}

impl ReadFile {
    /// Whether the item is unchanged. Compares the version; compares the content, too, unless the version is settled.
    pub(crate) fn is_unchanged(&self, source: &dyn Source) -> bool {
        let same_version = source.version(&self.path).is_ok_and(|version| version == self.version);
        let same_content = || {
            let hash = source.open(&self.path).and_then(|mut bytes| crate::store::hash_file(&mut bytes));
            hash.is_ok_and(|(hash, _)| hash == self.content)
        };
        same_version && (self.settled || same_content())
    }
}
