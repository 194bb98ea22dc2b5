//! The files of a package.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// Feeds a named content to the hasher.
pub(crate) fn part(hasher: &mut blake3::Hasher, name: &str, content: &[u8]) {
    hasher.update(&(name.len() as u64).to_le_bytes());
    hasher.update(name.as_bytes());
    hasher.update(&(content.len() as u64).to_le_bytes());
    hasher.update(content);
}

/// The file's name relative to a folder, which keeps hashes free of where that lies; through `..` where the file
/// is outside of it.
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

/// The path without `.` and `..`, as far as names alone tell.
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

/// Every file below `root`, sorted by path: not what cargo builds, nor what is hidden, but what macros are known to
/// read: `.env`, and what `sqlx` keeps in `.sqlx`.
pub(crate) fn below(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    // Links may lead in a circle.
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

/// The hash of every file below a folder.
pub(crate) fn whole(folder: &Path) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for file in below(folder) {
        part(&mut hasher, &name(&file, folder), &std::fs::read(&file).unwrap_or_default());
    }
    hasher.finalize()
}

/// The hash of a file's bytes; that of nothing where there is no file.
pub(crate) fn content(file: &Path) -> blake3::Hash {
    blake3::hash(&std::fs::read(file).unwrap_or_default())
}
