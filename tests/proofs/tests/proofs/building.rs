//! Builds packages that tests write.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Returns an offline cargo command in a folder. All tests build in one target folder, one after the other, so shared
/// dependencies are built once. Macros are optimised, because they take most of the time.
pub(crate) fn cargo(command: &str, folder: &Path) -> Command {
    // A file saved just before cargo starts would count as changed during compilation.
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

/// Returns the target folder of [`cargo`].
pub(crate) fn built() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("built")
}
