//! Finds the files whose names match a pattern.
//!
//! Wildcards are recognized only in the pattern: the folder that it starts from may have any name. Below a `**`, each
//! folder is searched once, even if several links lead to it, so a link to a parent folder doesn't cause an endless
//! search.

use glob::{MatchOptions, Pattern};
use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// `*` and the other wildcards match characters of one name, except the leading dot of a hidden file.
const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// Whether a path has wildcards.
pub(crate) fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '['])
}

/// Returns the files below `base` whose names match, sorted by path.
///
/// # Errors
///
/// When the pattern is invalid, a folder can't be read, or a name that matches belongs to a pipe or a broken link, or
/// is not UTF-8; the error names the path.
pub(crate) fn files(base: &Path, pattern: &Path) -> io::Result<Vec<PathBuf>> {
    let invalid =
        |what: &str| io::Error::new(io::ErrorKind::InvalidInput, format!("invalid pattern: {what}"));
    let mut start = base.to_owned();
    let mut steps = Vec::new();
    for component in pattern.components() {
        let text = component.as_os_str().to_string_lossy();
        match component {
            Component::Normal(_) if text == "**" => steps.push(Step::Folders),
            Component::Normal(name) if !steps.is_empty() || is_pattern(Path::new(name)) => {
                steps.push(Step::Name(Pattern::new(&text).map_err(|error| invalid(error.msg))?));
            }
            // Components before the first wildcard are a plain path; a `..` after one would leave the folders found.
            _ if steps.is_empty() => start.push(component),
            _ => return Err(invalid("`..` can't follow a wildcard")),
        }
    }
    if let Some(Step::Folders) = steps.last() {
        steps.push(Step::Name(Pattern::new("*").map_err(|error| invalid(error.msg))?));
    }
    let mut search = Search::default();
    search.look(&start, &steps)?;
    search.found.sort();
    search.found.dedup();
    Ok(search.found)
}

/// A component of a pattern, between two slashes.
enum Step {
    /// `**`: any number of nested folders, or no folder.
    Folders,
    Name(Pattern),
}

#[derive(Default)]
struct Search {
    found: Vec<PathBuf>,
    /// The folders below a `**` that were searched, with links resolved, and the number of steps that were left.
    seen: HashSet<(PathBuf, usize)>,
}

/// An entry of a folder.
struct Entry {
    path: PathBuf,
    /// The name in the folder; bytes that are not UTF-8 are replaced.
    name: String,
    is_link: bool,
}

impl Search {
    fn look(&mut self, folder: &Path, steps: &[Step]) -> io::Result<()> {
        let Some((step, rest)) = steps.split_first() else { return Ok(()) };
        match step {
            Step::Folders => {
                if !self
                    .seen
                    .insert((fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()), steps.len()))
                {
                    return Ok(());
                }
                self.look(folder, rest)?;
                let mut entries = entries(folder)?;
                // A folder itself comes before links to it.
                entries.sort_by_key(|entry| entry.is_link);
                for entry in entries.iter().filter(|entry| !entry.name.starts_with('.')) {
                    if entry.path.is_dir() {
                        self.look(&entry.path, steps)?;
                    }
                }
            }
            Step::Name(pattern) => {
                for Entry { path, name, .. } in entries(folder)? {
                    if !pattern.matches_with(&name, OPTIONS) {
                        continue;
                    }
                    if path.file_name().and_then(|name| name.to_str()).is_none() {
                        return Err(named(&path, "has a name that is not UTF-8: rename it"));
                    }
                    if !rest.is_empty() {
                        if path.is_dir() {
                            self.look(&path, rest)?;
                        }
                        continue;
                    }
                    match fs::metadata(&path) {
                        Ok(found) if found.is_file() => self.found.push(path),
                        Ok(found) if found.is_dir() => {}
                        Ok(_) => {
                            return Err(named(
                                &path,
                                "is a pipe, socket or device, which can't be read twice",
                            ));
                        }
                        Err(error) if error.kind() == io::ErrorKind::NotFound => {
                            return Err(named(&path, "is a broken link"));
                        }
                        Err(error) => return Err(named(&path, &format!("can't be read: {error}"))),
                    }
                }
            }
        }
        Ok(())
    }
}

/// Returns the entries of a folder; empty if the folder is missing.
fn entries(folder: &Path) -> io::Result<Vec<Entry>> {
    let failed = |error: io::Error| named(folder, &format!("can't be read: {error}"));
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(failed(error)),
    };
    let entry = |entry: io::Result<fs::DirEntry>| {
        let entry = entry.map_err(failed)?;
        let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        Ok(Entry { path: entry.path(), name: entry.file_name().to_string_lossy().into_owned(), is_link })
    };
    entries.map(entry).collect()
}

fn named(path: &Path, what: &str) -> io::Error {
    io::Error::other(format!("{} {what}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Creates a folder with these files, named relative to it.
    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            fs::write(path, "x").expect("written");
        }
        folder
    }

    fn found(folder: &Path, pattern: &str) -> Vec<String> {
        let relative = |path: &PathBuf| path.strip_prefix(folder).expect("below").display().to_string();
        files(folder, Path::new(pattern)).expect("files").iter().map(relative).collect()
    }

    #[test]
    fn wildcards_match_characters_of_a_name_and_folders() {
        let folder = folder(&[
            "d/a1.csv",
            "d/a2.csv",
            "d/b.txt",
            "d/e/a3.csv",
            "d/e/f/a1.csv",
            "d/._a1.csv",
            "d/.h/a9.csv",
        ]);
        let found = |pattern: &str| found(folder.path(), pattern);
        assert_eq!(found("d/*.csv"), ["d/a1.csv", "d/a2.csv"]);
        assert_eq!(found("./d/a?.csv"), ["d/a1.csv", "d/a2.csv"]);
        assert_eq!(found("d/a[2-9].csv"), ["d/a2.csv"]);
        assert_eq!(found("*/*/*.csv"), ["d/e/a3.csv"]);
        assert_eq!(found("d/**/a1.csv"), ["d/a1.csv", "d/e/f/a1.csv"]);
        assert_eq!(found("**/f/*"), ["d/e/f/a1.csv"]);
        assert_eq!(found("d/e/**"), ["d/e/a3.csv", "d/e/f/a1.csv"]);
        assert_eq!(found("d/.*.csv"), ["d/._a1.csv"], "an explicit dot matches hidden files");
        assert_eq!(found("d/.h/*"), ["d/.h/a9.csv"]);
        assert_eq!(found("nowhere/*"), [""; 0]);
        assert_eq!(found("*/a1.csv"), ["d/a1.csv"]);
    }

    #[test]
    fn the_base_folder_of_a_pattern_may_have_any_name() {
        let folder = folder(&["a[b]*?/data/x.csv", "ab/data/x.csv"]);
        let base = folder.path().join("a[b]*?");
        assert_eq!(files(&base, Path::new("data/*.csv")).expect("files"), [base.join("data/x.csv")]);
    }

    #[cfg(unix)]
    #[test]
    fn each_file_is_found_once_even_through_links() {
        let folder = folder(&["d/a.csv", "d/e/b.csv"]);
        std::os::unix::fs::symlink("../d", folder.path().join("d/loop")).expect("a link");
        std::os::unix::fs::symlink("e", folder.path().join("d/c")).expect("a link");
        assert_eq!(found(folder.path(), "d/**/*.csv"), ["d/a.csv", "d/e/b.csv"]);
        assert_eq!(found(folder.path(), "**/*.csv"), ["d/a.csv", "d/e/b.csv"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_match_that_can_not_be_read_is_refused_with_its_path() {
        use std::os::unix::ffi::OsStrExt;
        let error = |folder: &tempfile::TempDir| {
            files(folder.path(), Path::new("*.csv")).expect_err("refused").to_string()
        };
        let a = folder(&["a.csv"]);
        std::os::unix::fs::symlink("gone", a.path().join("b.csv")).expect("a link");
        assert!(error(&a).contains("b.csv is a broken link"), "{}", error(&a));
        let a = folder(&["a.csv"]);
        std::process::Command::new("mkfifo").arg(a.path().join("c.csv")).status().expect("a pipe");
        assert!(error(&a).contains("c.csv is a pipe"), "{}", error(&a));
        let a = folder(&["a.csv"]);
        fs::write(a.path().join(std::ffi::OsStr::from_bytes(b"\xff.csv")), "x").expect("written");
        assert!(error(&a).contains(".csv has a name that is not UTF-8"), "{}", error(&a));
        let invalid = files(a.path(), Path::new("[a.csv")).expect_err("refused").to_string();
        assert!(invalid.contains("invalid pattern"), "{invalid}");
    }
}
