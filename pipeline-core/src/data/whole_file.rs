//! Files that are read as a whole, and files that are replaced atomically.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The suffix of a file that is not complete yet.
const STAGED: &str = ".part";

/// Replaces a file atomically: `write` creates a file beside `path`, which is made durable and renamed to `path`. If
/// `path` is a link, its target is replaced, not the link. A device or a pipe is written directly. Incomplete files of
/// writers that have ended are removed.
///
/// # Errors
///
/// When the file can't be written; the existing file is then unchanged.
pub fn replace_file(path: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let target = match fs::metadata(path) {
        Ok(found) if !found.is_file() && !found.is_dir() => return write(path),
        Ok(found) if found.is_dir() => return Err(io::Error::other("it is a folder")),
        Ok(_) => fs::canonicalize(path)?,
        Err(_) => path.to_owned(),
    };
    sweep(&target);
    let staged = staged(&target);
    let keep = || match fs::metadata(&target) {
        // The permissions of the existing file are kept.
        Ok(found) => fs::set_permissions(&staged, found.permissions()),
        Err(_) => Ok(()),
    };
    write(&staged)
        .and_then(|()| keep())
        .and_then(|()| File::open(&staged)?.sync_all())
        .and_then(|()| fs::rename(&staged, &target))
        .inspect_err(|_| drop(fs::remove_file(&staged)))?;
    sync_folder_of(&target)
}

/// Reads a text file that a user wrote.
///
/// # Errors
///
/// When it can't be read, is not UTF-8, or is not a regular file: a pipe may never end, nor does `/dev/zero`.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    match fs::metadata(path)? {
        found if found.is_file() => fs::read_to_string(path),
        found if found.is_dir() => Err(io::Error::other("it is a folder, not a file")),
        _ => Err(io::Error::other("it is not a regular file")),
    }
}

/// Returns a name beside the target that no other writer uses, neither another process nor a thread of this one.
fn staged(target: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut staged = target.as_os_str().to_owned();
    staged.push(format!(".{}-{}{STAGED}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    staged.into()
}

/// Returns the folder of a file.
fn folder_of(target: &Path) -> &Path {
    target.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."))
}

/// Removes incomplete files beside the target whose processes have ended, where that can be determined.
fn sweep(target: &Path) {
    let Some(name) = target.file_name().and_then(|name| name.to_str()) else { return };
    if !Path::new("/proc/self").exists() {
        return;
    }
    for entry in fs::read_dir(folder_of(target)).into_iter().flatten().flatten() {
        let file = entry.file_name();
        let process = file.to_str().and_then(|file| {
            let (process, count) =
                file.strip_prefix(name)?.strip_prefix('.')?.strip_suffix(STAGED)?.split_once('-')?;
            count.parse::<u64>().ok()?;
            process.parse::<u32>().ok()
        });
        if process.is_some_and(|process| !Path::new(&format!("/proc/{process}")).exists()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn sync_folder_of(target: &Path) -> io::Result<()> {
    // Only Unix can open a folder as a file. Elsewhere, a rename is as durable as possible.
    match cfg!(unix) {
        true => File::open(folder_of(target)).and_then(|folder| folder.sync_all()),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn threads_that_write_one_file_leave_one_complete_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        std::thread::scope(|scope| {
            for letter in ["a", "b", "c", "d"] {
                let path = &path;
                scope.spawn(move || {
                    for _ in 0..20 {
                        replace_file(path, |staged| fs::write(staged, letter.repeat(10_000)))
                            .expect("written");
                    }
                });
            }
        });
        let text = fs::read_to_string(&path).expect("read");
        assert!(text.len() == 10_000 && text.bytes().all(|letter| letter == text.as_bytes()[0]));
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[test]
    fn files_of_a_killed_writer_are_removed_and_those_of_other_writers_are_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("k.tar");
        // No process has this number.
        for name in ["k.tar.4194999-0.part", "k.tar.x-0.part", "other.4194999-0.part", "k.tar.1-0.part"] {
            fs::write(folder.path().join(name), "half").expect("written");
        }
        replace_file(&path, |staged| fs::write(staged, "whole")).expect("written");
        assert_eq!(
            names(folder.path()),
            ["k.tar", "k.tar.1-0.part", "k.tar.x-0.part", "other.4194999-0.part"]
        );
        let failed = replace_file(&path, |staged| {
            fs::write(staged, "half")?;
            Err(io::Error::other("failed"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read_to_string(&path).expect("read"), "whole");
        assert_eq!(names(folder.path()).len(), 4);
    }
}
