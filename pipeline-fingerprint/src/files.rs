//! Lists, names and hashes the files of a package.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// Adds a name and a content to the hasher.
pub(crate) fn part(hasher: &mut blake3::Hasher, name: &str, content: &[u8]) {
    hasher.update(&(name.len() as u64).to_le_bytes());
    hasher.update(name.as_bytes());
    hasher.update(&(content.len() as u64).to_le_bytes());
    hasher.update(content);
}

/// Returns the file's path relative to a folder, so that hashes don't depend on the folder's location. A file outside
/// of the folder is named through `..`.
pub(crate) fn name(file: &Path, folder: &Path) -> String {
    let (file, folder) = (plain(file), plain(folder));
    let mut common = 0;
    let (these, those): (Vec<_>, Vec<_>) = (file.components().collect(), folder.components().collect());
    while common < these.len() && common < those.len() && these[common] == those[common] {
        common += 1;
    }
    let mut parts = vec!["..".to_owned(); those.len() - common];
    parts.extend(these[common..].iter().map(|part| part.as_os_str().to_string_lossy().into_owned()));
    parts.join("/")
}

/// Resolves `.` and `..` in the path lexically, without reading links.
pub(crate) fn plain(path: &Path) -> PathBuf {
    let mut found = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if found.file_name().is_some() => drop(found.pop()),
            part => found.push(part),
        }
    }
    found
}

/// Returns every file below `root`, sorted by path. Build output and hidden files are skipped, except hidden files that
/// macros are known to read: `.env*` and the `.sqlx` folder of `sqlx`.
pub(crate) fn below(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    // Links may form a cycle.
    let mut seen = BTreeSet::new();
    while let Some(path) = open.pop() {
        if path.is_file() {
            found.push(path);
            continue;
        }
        if !path.canonicalize().is_ok_and(|folder| seen.insert(folder)) {
            continue;
        }
        let entries = std::fs::read_dir(&path).into_iter().flatten().filter_map(Result::ok);
        let built = |path: &Path, name: &str| {
            (name == "target" && path.parent() == Some(root)) || path.join("CACHEDIR.TAG").exists()
        };
        open.extend(entries.map(|entry| entry.path()).filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            (!name.starts_with('.') || name == ".sqlx" || name.starts_with(".env"))
                && !(path.is_dir() && built(path, &name))
        }));
    }
    found.sort();
    found
}

/// Returns the hash of all files below a folder.
pub(crate) fn whole(folder: &Path) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for file in below(folder) {
        part(&mut hasher, &name(&file, folder), &std::fs::read(&file).unwrap_or_default());
    }
    hasher.finalize()
}

/// Returns the hash of a file's bytes. A missing file hashes like an empty one.
pub(crate) fn content(file: &Path) -> blake3::Hash {
    blake3::hash(&std::fs::read(file).unwrap_or_default())
}
