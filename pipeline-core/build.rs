//! Passes the compiler, the target and the profile to the library. They are recorded with every result, and are part of
//! its key in strict runs.

use std::env::var;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let compiler = var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let version = Command::new(compiler).arg("-vV").output().map(|output| output.stdout).unwrap_or_default();
    let version = String::from_utf8_lossy(&version).into_owned();
    // Two nightlies of one day differ only in the commit.
    let line = |start: &str| version.lines().find_map(|line| line.strip_prefix(start)).unwrap_or("unknown");
    let release = format!("{} ({})", line("release: "), &line("commit-hash: ").get(..9).unwrap_or("unknown"));
    println!("cargo::rustc-env=BUILT_WITH_RUSTC={release}");
    println!("cargo::rustc-env=BUILT_FOR_TARGET={}", var("TARGET").unwrap_or_default());
    // RUSTFLAGS may change what floating-point code gives (target-cpu, target-feature).
    let flags = var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default().replace('\u{1f}', " ");
    let profile = format!(
        "{}, opt-level {} {flags}",
        var("PROFILE").unwrap_or_default(),
        var("OPT_LEVEL").unwrap_or_default()
    );
    println!("cargo::rustc-env=BUILT_IN_PROFILE={}", profile.trim_end());
}
