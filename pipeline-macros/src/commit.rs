//! The Git commit that a package is compiled from, recorded with the versions of its scenarios.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

/// Returns the commit, if the package's manifest is tracked by a Git repository. Git is run once per process.
pub(crate) fn checked_out() -> Option<String> {
    static COMMIT: OnceLock<Option<String>> = OnceLock::new();
    COMMIT
        .get_or_init(|| {
            let package = std::env::var_os("CARGO_MANIFEST_DIR")?;
            let package = Path::new(&package);
            // A package in a subfolder of an unrelated repository is not tracked by it.
            git(package, &["ls-files", "--error-unmatch", "Cargo.toml"])?;
            git(package, &["rev-parse", "HEAD"])
        })
        .clone()
}

fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
