//! Packages that tests write and build.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Cargo in a folder, offline. Packages of all tests are built in one place, one after the other: what they share is built
/// once, and macros, whose work is most of the time, with optimisation.
pub(crate) fn cargo(command: &str, folder: &Path) -> Command {
    // A file that is saved while cargo starts counts as changed while it is compiled.
    std::thread::sleep(Duration::from_millis(60));
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args([command, "--quiet", "--offline"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", built())
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
        .env("CARGO_PROFILE_DEV_BUILD_OVERRIDE_OPT_LEVEL", "2");
    cargo
}

/// Where [`cargo`] builds.
pub(crate) fn built() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("built")
}
