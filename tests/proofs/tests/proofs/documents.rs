//! Documents that begin with a new package, followed with cargo; and packages as they would be published.

use crate::building::{built, cargo};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

#[path = "../../../../customer-analysis/tests/documents/follow.rs"]
mod follow;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace")
}

/// The environment of a reader's shell, whose cargo builds where the proofs are built.
fn reader(command: &mut Command) {
    // A file that is saved while cargo starts counts as changed while it is compiled.
    std::thread::sleep(Duration::from_millis(60));
    let cargo = Path::new(env!("CARGO")).parent().expect("a folder").display();
    let paths = std::env::var("PATH").unwrap_or_default();
    command
        .env("PATH", format!("{cargo}:{paths}"))
        .env("CARGO_NET_OFFLINE", "true")
        .env("CARGO_TARGET_DIR", built())
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
        .env("CARGO_PROFILE_DEV_BUILD_OVERRIDE_OPT_LEVEL", "2")
        .env("CARGO_TERM_COLOR", "never")
        .env_remove("CARGO_MANIFEST_DIR");
}

/// Creates a package that uses the versions of the workspace, which are there without a network.
fn package(folder: &Path) {
    fs::create_dir_all(folder.join("src")).expect("folders");
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).expect("a lock file");
}

#[cfg(unix)]
#[test]
fn getting_started_prints_the_documented_output() {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path().join("visits");
    package(&folder);
    std::os::unix::fs::symlink(root(), temporary.path().join("skipstone")).expect("a link to the clone");
    follow::follow(&root().join("docs/start.md"), "", 15, &folder, reader);
}

/// The crates that are published, in the order of their dependencies.
const CRATES: [&str; 7] = [
    "skipstone-exact",
    "skipstone-store",
    "skipstone-fingerprint",
    "skipstone-wiring",
    "skipstone-macros",
    "skipstone",
    "skipstone-studio",
];

#[test]
#[ignore = "packs and builds each crate: .ci/run runs it"]
fn programs_outside_of_the_workspace_are_built_from_the_packed_crates() {
    forget_earlier_packages();
    let mut pack = cargo("package", root());
    let packages = CRATES.iter().flat_map(|name| ["-p", name]);
    assert!(pack.arg("--allow-dirty").args(packages).status().expect("cargo starts").success(), "packed");

    let temporary = tempfile::tempdir().expect("a folder");
    let mut patches = String::from("\n[patch.crates-io]\n");
    for name in CRATES {
        let archive = built().join(format!("package/{name}-0.1.0.crate"));
        let unpacked = Command::new("tar").arg("xzf").arg(&archive).current_dir(temporary.path()).status();
        assert!(unpacked.expect("tar starts").success(), "{}", archive.display());
        let folder = temporary.path().join(format!("{name}-0.1.0"));
        patches += &format!("{name} = {{ path = {folder:?} }}\n");
    }

    // The first example of the README.
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    let example =
        readme.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let folder = program(
        temporary.path(),
        "reading",
        "skipstone = { version = \"0.1.0\", features = [\"cli\"] }",
        &patches,
        example,
    );
    follow::follow(&root().join("README.md"), "", 1, &folder, reader);

    // The same with another name in the manifest.
    let renamed = example.replace("skipstone::", "flow::");
    let dependency = "flow = { package = \"skipstone\", version = \"0.1.0\", features = [\"cli\"] }";
    let folder = program(temporary.path(), "renamed", dependency, &patches, &renamed);
    follow::follow(&root().join("README.md"), "", 1, &folder, reader);

    // The same through another crate: the program's manifest does not have the library.
    let dependency = "skipstone = { version = \"0.1.0\", features = [\"cli\"] }";
    let platform = program(temporary.path(), "platform", dependency, "", "");
    fs::rename(platform.join("src/main.rs"), platform.join("src/lib.rs")).expect("moved");
    fs::write(platform.join("src/lib.rs"), "pub use skipstone as engine;\n").expect("a file");
    // On lines that are there: the messages name lines.
    let reexported = example
        .replace("skipstone::", "platform::engine::")
        .replace("#[task(skippable)]", "#[task(skippable, crate = platform::engine)]")
        .replace("    /// How many", "    #[skipstone(crate = platform::engine)] /// How many");
    let folder = program(
        temporary.path(),
        "reexported",
        "platform = { path = \"../platform\" }",
        &patches,
        &reexported,
    );
    follow::follow(&root().join("README.md"), "", 1, &folder, reader);
}

/// Removes what cargo keeps of packages of the same version: it takes a version for unchangeable.
fn forget_earlier_packages() {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")))
        .expect("a home folder");
    let below = |folder: &Path| fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let name_of = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    // A registry that is a folder has no name before the hash.
    for registry in below(&home.join("registry/src")).filter(|registry| name_of(registry).starts_with('-')) {
        for name in CRATES {
            let _ = fs::remove_dir_all(registry.path().join(format!("{name}-0.1.0")));
        }
    }
    for unit in
        below(&built().join("debug/.fingerprint")).filter(|unit| name_of(unit).starts_with("skipstone"))
    {
        fs::remove_dir_all(unit.path()).expect("removed");
    }
}

/// Creates a program.
fn program(parent: &Path, name: &str, dependency: &str, patches: &str, code: &str) -> PathBuf {
    let folder = parent.join(name);
    package(&folder);
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\n{dependency}\n{patches}"
    );
    fs::write(folder.join("Cargo.toml"), manifest).expect("a manifest");
    fs::write(folder.join("src/main.rs"), code).expect("a file");
    folder
}
