//! Measures how often real edits run a task again: walks the commits of a repository, with functions that call one of
//! its crates as tasks.
//!
//! `history REPOSITORY CRATE TASKS COMMITS` clones the repository. `CRATE` is the folder of the package in it, `TASKS`
//! a Rust file whose functions `task_…` count as tasks, and `COMMITS` the number of commits of the main line. Prints
//! the number of commits that changed any source of the package, and for each task the number of commits that changed
//! its fingerprint.
//!
//! If the file has a `main` that prints lines such as `task_read 2`, it is compiled and run whenever a source of the
//! repository changed. Then the number of commits at which the lines of a task changed is printed, too: the runs that
//! were really necessary.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [repository, krate, tasks, commits] = arguments.as_slice() else {
        return Err("usage: history REPOSITORY CRATE TASKS COMMITS".into());
    };
    let folder = tempfile::tempdir()?;
    let clone = folder.path().join("clone");
    git(Path::new("."), &["clone", "--quiet", "--no-checkout", repository, &clone.to_string_lossy()])?;
    let text = fs::read_to_string(tasks)?;
    let names: Vec<&str> =
        text.split("fn task_").skip(1).filter_map(|rest| rest.split(['(', '<']).next()).collect();
    let names: Vec<String> = names.iter().map(|name| format!("task_{name}")).collect();
    let listed = git(&clone, &["log", "--first-parent", "--format=%H", "-n", commits, "HEAD"])?;
    let mut commits: Vec<&str> = listed.lines().collect();
    commits.reverse();

    let wrapper = folder.path().join("wrapper");
    fs::create_dir_all(wrapper.join("src"))?;
    let mut last: BTreeMap<String, String> = BTreeMap::new();
    let mut changed: BTreeMap<String, usize> = BTreeMap::new();
    let (mut read, mut coarse) = (0, 0);
    let (mut values, mut seen) = (Values::default(), String::new());
    for commit in commits {
        git(&clone, &["checkout", "--quiet", "--force", commit])?;
        let package = clone.join(krate);
        let Some(name) = name_of(&package) else { continue };
        fs::write(
            wrapper.join("Cargo.toml"),
            format!(
                "[package]\nname = \"wrapper\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n{name} = {{ path = {package:?} }}\n"
            ),
        )?;
        let main = if text.contains("fn main()") { "" } else { "\nfn main() {}\n" };
        fs::write(wrapper.join("src/main.rs"), format!("{text}{main}"))?;
        if main.is_empty() {
            let tracked = git(&clone, &["ls-files", "-s", "--", "*.rs", "*.toml"])?;
            if tracked != seen {
                values.observe(&wrapper, &folder.path().join("target"))?;
                seen = tracked;
            }
        }
        let mut now = BTreeMap::new();
        now.insert("any source of the package".to_owned(), sources(&package));
        for task in &names {
            let code = skipstone_fingerprint::of_function(&wrapper, &wrapper.join("src/main.rs"), task);
            let code = code.ok_or_else(|| format!("no function {task}"))?;
            coarse += usize::from(code.parts.contains("every file of package"));
            now.insert(task.clone(), code.hash);
        }
        read += 1;
        for (what, hash) in &now {
            if last.get(what).is_some_and(|earlier| earlier != hash) {
                *changed.entry(what.clone()).or_default() += 1;
            }
        }
        last = now;
    }
    println!("{repository} {krate}: {read} commits, {coarse} fingerprints that cover a whole package");
    for what in last.keys() {
        println!("  {:>5}  {what}", changed.get(what).copied().unwrap_or_default());
    }
    if values.compiled > 0 {
        println!("  {} states of the repository compile; values changed at:", values.compiled);
        for task in &names {
            println!("  {:>5}  {task}", values.changed.get(task).copied().unwrap_or_default());
        }
    }
    Ok(())
}

/// The output of each task, and how often it changed.
#[derive(Default)]
struct Values {
    compiled: usize,
    last: BTreeMap<String, Vec<String>>,
    changed: BTreeMap<String, usize>,
}

impl Values {
    /// Runs the program and compares its output with the last one. Skips a program that does not compile.
    fn observe(&mut self, wrapper: &Path, target: &Path) -> Result<(), Box<dyn Error>> {
        let mut cargo = Command::new("cargo");
        cargo.args(["run", "--quiet"]).current_dir(wrapper).env("CARGO_TARGET_DIR", target);
        let output = cargo.output()?;
        if !output.status.success() {
            return Ok(());
        }
        self.compiled += 1;
        let mut now: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (task, value) in String::from_utf8(output.stdout)?.lines().filter_map(|line| line.split_once(' '))
        {
            now.entry(task.to_owned()).or_default().push(value.to_owned());
        }
        for (task, values) in &now {
            if self.last.get(task).is_some_and(|earlier| earlier != values) {
                *self.changed.entry(task.clone()).or_default() += 1;
            }
        }
        self.last = now;
        Ok(())
    }
}

/// Runs git and returns its output.
fn git(folder: &Path, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let output = Command::new("git").current_dir(folder).args(arguments).output()?;
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout)?),
        false => Err(format!("git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

/// Returns the name of a package.
fn name_of(package: &Path) -> Option<String> {
    let manifest: toml::Table = fs::read_to_string(package.join("Cargo.toml")).ok()?.parse().ok()?;
    Some(manifest.get("package")?.get("name")?.as_str()?.to_owned())
}

/// Returns the hash of every file in `src`, of `build.rs` and of `Cargo.toml`.
fn sources(package: &Path) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut open: Vec<PathBuf> =
        vec![package.join("src"), package.join("build.rs"), package.join("Cargo.toml")];
    while let Some(path) = open.pop() {
        let mut below: Vec<PathBuf> = fs::read_dir(&path)
            .into_iter()
            .flatten()
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .collect();
        below.sort();
        open.extend(below);
        if let Ok(bytes) = fs::read(&path) {
            hasher
                .update(path.strip_prefix(package).unwrap_or(&path).as_os_str().as_encoded_bytes())
                .update(&bytes);
        }
    }
    hasher.finalize().to_hex().to_string()
}
