//! Files that are read as a whole, and files that appear under their name when they are whole.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// What the name of a file ends with that is not whole yet.
const STAGED: &str = ".part";

/// Lets `write` make a file beside `path`, makes it durable, and gives it that name. What `path` links to is
/// replaced, not the link; a device or a pipe is written to as it is. What writers left there that have ended
/// meanwhile is removed.
///
/// # Errors
///
/// When it can't be written; then what was there is there still.
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
        // Who may read it is not for us to change.
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

/// The text of a file that a person wrote.
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

/// A name beside the target that no other writer has: neither a process nor a thread of this one.
fn staged(target: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut staged = target.as_os_str().to_owned();
    staged.push(format!(".{}-{}{STAGED}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    staged.into()
}

/// The folder that a file is in.
fn folder_of(target: &Path) -> &Path {
    target.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."))
}

/// Removes what processes left beside the target that have ended, where that can be told.
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
    // Only Unix can open a folder as a file; elsewhere a rename is as durable as it gets.
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
    fn threads_that_write_one_file_leave_one_whole_file() {
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
    fn what_a_killed_writer_left_is_removed_and_what_is_somebody_elses_is_not() {
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
            Err(io::Error::other("no luck"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read_to_string(&path).expect("read"), "whole");
        assert_eq!(names(folder.path()).len(), 4);
    }
}
