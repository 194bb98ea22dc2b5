//! A file that appears under its name when it is whole.

use std::fs;
use std::io;
use std::path::Path;

/// Lets `write` make a file beside `path`, and gives it that name once it is written. What `path` links to is
/// replaced, not the link; a device or a pipe is written to as it is.
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
    let mut staged = target.as_os_str().to_owned();
    staged.push(format!(".{}.part", std::process::id()));
    let staged = Path::new(&staged);
    let keep = || match fs::metadata(&target) {
        // Who may read it is not for us to change.
        Ok(found) => fs::set_permissions(staged, found.permissions()),
        Err(_) => Ok(()),
    };
    write(staged)
        .and_then(|()| keep())
        .and_then(|()| fs::rename(staged, &target))
        .inspect_err(|_| drop(fs::remove_file(staged)))
}
