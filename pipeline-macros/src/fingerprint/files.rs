//! The files of a package.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Feeds a named content to the hasher.
pub(super) fn part(hasher: &mut blake3::Hasher, name: &str, content: &[u8]) {
    hasher.update(&(name.len() as u64).to_le_bytes());
    hasher.update(name.as_bytes());
    hasher.update(&(content.len() as u64).to_le_bytes());
    hasher.update(content);
}

/// The file's name relative to the package, which keeps hashes free of where the package lies.
pub(super) fn name(file: &Path, package: &Path) -> String {
    file.strip_prefix(package).unwrap_or(file).to_string_lossy().replace('\\', "/")
}

/// Every file below `root`, sorted by path; not what cargo builds, nor what is hidden, nor other packages.
pub(super) fn below(root: &Path) -> Vec<PathBuf> {
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
            !name.starts_with('.')
                && !(path.is_dir() && (built(path, &name) || path.join("Cargo.toml").exists()))
        }));
    }
    found.sort();
    found
}

/// The hash of every file of the package, and of what its build script made.
pub(super) fn whole_package(package: &Path) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for file in below(package) {
        part(&mut hasher, &name(&file, package), &std::fs::read(&file).unwrap_or_default());
    }
    if let Some(generated) = generated() {
        for file in below(&generated) {
            part(&mut hasher, &name(&file, &generated), &std::fs::read(&file).unwrap_or_default());
        }
    }
    hasher.finalize()
}

/// Where the package's build script writes.
pub(super) fn generated() -> Option<PathBuf> {
    std::env::var_os("OUT_DIR").map(PathBuf::from)
}

/// Adds the files that a source compiles in, by `include_str!` and its kin or by `#[path]`. Whether
/// all of them could be told: each names a file, alone or behind the package's folder.
pub(super) fn includes(source: &str, package: &Path, file: &Path, found: &mut BTreeSet<PathBuf>) -> bool {
    let mut clear = true;
    for (opening, closing) in
        [("include_str!", ')'), ("include_bytes!", ')'), ("include!", ')'), ("#[path", ']')]
    {
        for rest in source.split(opening).skip(1) {
            let argument = balanced(rest, closing);
            let texts: String = argument.split('"').skip(1).step_by(2).collect();
            if argument.contains("OUT_DIR") || texts.contains("OUT_DIR") {
                // What a local crate's build script makes, it makes from that crate's files.
                clear = false;
                continue;
            }
            match included(&texts.replace("CARGO_MANIFEST_DIR", ""), package, file) {
                Some(path) => drop(found.insert(path)),
                None => clear = false,
            }
        }
    }
    clear
}

/// The file of this name beside the source, or in the package.
pub(super) fn included(name: &str, package: &Path, source: &Path) -> Option<PathBuf> {
    let beside = source.parent().unwrap_or(package).join(name);
    let inside = package.join(name.trim_start_matches('/'));
    [beside, inside].into_iter().find(|path| !name.is_empty() && path.is_file())
}

/// The text up to the `closing` bracket that ends it, over brackets inside and outside of strings.
fn balanced(text: &str, closing: char) -> &str {
    let (mut depth, mut quoted) = (usize::from(closing == ']'), false);
    for (end, letter) in text.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            '(' | '[' if !quoted => depth += 1,
            ')' | ']' if !quoted => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return &text[..end];
                }
            }
            _ => {}
        }
    }
    text
}
