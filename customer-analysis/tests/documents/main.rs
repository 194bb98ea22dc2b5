//! Documents keep their word: the commands in the README and in docs/ print what is shown, and examples are shown as they are.

use std::path::{Path, PathBuf};
use std::process::Command;

mod follow;

/// Stands for `cargo` in the commands of documents: programs that are built already start at once.
const CARGO: &str = r#"#!/bin/sh
program=customer-analysis
[ "$1" = run ] && shift
while [ $# -gt 0 ]; do
    case $1 in
    --) shift; break ;;
    --example) program=examples/$2; shift 2 ;;
    -p) shift 2 ;;
    *) shift ;;
    esac
done
exec "$PROGRAMS/$program" "$@"
"#;

/// The folder of this build's programs.
fn programs() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_customer-analysis")).parent().expect("a folder").to_owned()
}

/// Runs a section of a document in a folder of its own.
fn follow(document: &str, section: &str, least: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let shims = tempfile::tempdir().expect("a folder");
    let cargo = shims.path().join("cargo");
    std::fs::write(&cargo, CARGO).expect("a script");
    #[cfg(unix)]
    std::fs::set_permissions(&cargo, std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .expect("executable");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let paths = std::env::var("PATH").unwrap_or_default();
    let paths = format!("{}:{}:{paths}", shims.path().display(), programs().display());
    follow::follow(&root.join(document), section, least, folder.path(), |command| {
        command
            .env("PATH", &paths)
            .env("PROGRAMS", programs())
            .env("CARGO_MANIFEST_DIR", env!("CARGO_MANIFEST_DIR"));
    });
}

#[test]
fn every_command_of_the_readme_prints_the_documented_output() {
    follow("README.md", "customer-analysis", 7);
}

#[test]
fn every_command_of_the_tour_prints_the_documented_output() {
    follow("docs/tour.md", "", 25);
}

#[test]
fn every_command_about_parts_prints_the_documented_output() {
    build_examples();
    follow("docs/parts.md", "", 11);
}

#[test]
fn every_command_about_configuration_prints_the_documented_output() {
    follow("docs/configuration.md", "", 8);
}

#[test]
fn the_reference_lists_every_command() {
    follow("docs/reference.md", "", 0);
}

#[test]
fn every_example_prints_the_documented_output() {
    build_examples();
    follow("docs/examples.md", "", 11);
}

/// Builds the examples of the workspace. `cargo test` has done so already, unless it was asked for this test alone.
fn build_examples() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let target = programs().parent().expect("the target folder").to_owned();
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--offline", "--workspace", "--examples"])
        .current_dir(root)
        .env("CARGO_TARGET_DIR", target)
        .status()
        .expect("cargo starts");
    assert!(built.success(), "the examples don't build");
}

#[test]
fn examples_are_shown_as_they_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let page = std::fs::read_to_string(root.join("docs/examples.md")).expect("the page");
    let readme = std::fs::read_to_string(root.join("README.md")).expect("the README");
    let mut updated = page.clone();
    let mut shown = 0;
    for section in page.split("\n## ").skip(1) {
        let (name, rest) = section.split_once('\n').expect("a title");
        let path = root.join("pipeline-core/examples").join(format!("{name}.rs"));
        let code =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let block = rest
            .split("```rust,ignore\n")
            .nth(1)
            .and_then(|rest| rest.split("```").next())
            .expect("its code");
        shown += 1;
        if block == code {
            continue;
        }
        assert!(
            std::env::var_os("UPDATE_DOCS").is_some(),
            "docs/examples.md: `{name}` is not {}",
            path.display()
        );
        updated =
            updated.replace(&format!("```rust,ignore\n{block}```"), &format!("```rust,ignore\n{code}```"));
    }
    if updated != page {
        std::fs::write(root.join("docs/examples.md"), updated).expect("the page");
    }
    let examples = std::fs::read_dir(root.join("pipeline-core/examples")).expect("examples");
    let files = examples.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().is_file())).count();
    // `shop` is a test against other programs, and no example to learn from.
    assert_eq!(shown, files - 1, "each example is on the page");

    let first =
        readme.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let reading =
        std::fs::read_to_string(root.join("pipeline-core/examples/reading.rs")).expect("the example");
    assert!(
        reading.ends_with(first),
        "README.md: its first example is not pipeline-core/examples/reading.rs"
    );
}
