//! Edits aimed at the seams between the fingerprint and the compiler. Each edit has a small package with a task `t`,
//! which is built and run before and after the edit on one store, and after it also on a fresh store. The task must run
//! again if its value changed, and must be skipped if the case contains `@want skip`.
//!
//! The cases are in `seams/*.txt`. `PIPELINE_SEAMS=word` selects those with the word in their name,
//! `PIPELINE_SEAMS_PART=2/6` every sixth of them, starting with the third. In the files of a case, `@head` stands for
//! the scenario, `@main` for the program, `@package NAME` for a manifest, `@root` for the workspace and `@name` for the
//! package.

use crate::bench::full;
use crate::building::{built, cargo};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const CASES: [(&str, &str); 7] = [
    ("names", include_str!("seams/names.txt")),
    ("manifests", include_str!("seams/manifests.txt")),
    ("builds", include_str!("seams/builds.txt")),
    ("ordinary", include_str!("seams/ordinary.txt")),
    ("noise", include_str!("seams/noise.txt")),
    ("relatives", include_str!("seams/relatives.txt")),
    ("types", include_str!("seams/types.txt")),
];

const HEAD: &str = "use skipstone::{scenario, task};\nscenario! { pub S { input x: u64 = 10; r = t(x); } }\n";

const MAIN: &str = r#"
fn main() -> skipstone::Result<()> {
    let s = S::open_or_create(&skipstone::Store::open(std::env::args().nth(1).unwrap())?, "s")?;
    let run = s.submit()?;
    println!("{} {:?}", run.skipped().contains(&"t"), s.r.read()?);
    Ok(())
}
"#;

/// A case in a file of cases.
#[derive(Debug, Default)]
struct Case {
    name: String,
    dependencies: String,
    /// Environment variables by step, `before` and `after`.
    variables: BTreeMap<String, Vec<(String, String)>>,
    /// Arguments of cargo by step.
    arguments: BTreeMap<String, Vec<String>>,
    /// Files by step, with their content. `None` removes a file.
    files: BTreeMap<String, Vec<(String, Option<String>)>>,
    /// Whether the task must be skipped.
    skips: bool,
    /// The folder with the lock file.
    lock: Option<String>,
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for (group, text) in CASES {
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("=== ") {
                cases.push(Case { name: format!("{group}: {name}"), ..Case::default() });
                continue;
            }
            let case = cases.last_mut().expect("a case begins with ===");
            let step =
                |rest: &str| rest.split_once(' ').map(|(step, rest)| (step.to_owned(), rest.to_owned()));
            if let Some((step, rest)) = line.strip_prefix("--- ").and_then(step) {
                let (path, text) = match rest.strip_suffix(" gone") {
                    Some(path) => (path.to_owned(), None),
                    None => (rest, Some(String::new())),
                };
                case.files.entry(step).or_default().push((path, text));
            } else if let Some(rest) = line.strip_prefix("@dependency ") {
                case.dependencies.push_str(&format!("{rest}\n"));
            } else if let Some((step, rest)) = line.strip_prefix("@env ").and_then(step) {
                let (name, value) = rest.split_once('=').expect("a variable");
                case.variables.entry(step).or_default().push((name.to_owned(), value.to_owned()));
            } else if let Some((step, rest)) = line.strip_prefix("@arguments ").and_then(step) {
                case.arguments.entry(step).or_default().extend(rest.split(' ').map(str::to_owned));
            } else if line == "@want skip" {
                case.skips = true;
            } else if let Some(folder) = line.strip_prefix("@lock ") {
                case.lock = Some(folder.to_owned());
            } else {
                // A line of the last named file. `after` follows `before`.
                let step = if case.files.contains_key("after") { "after" } else { "before" };
                let Some((_, Some(text))) = case.files.get_mut(step).and_then(|files| files.last_mut())
                else {
                    continue;
                };
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    cases
}

/// A target folder in which packages are built one after the other.
struct Lane {
    target: PathBuf,
}

impl Case {
    fn check(&self, lane: &Lane) -> Result<(), String> {
        let temporary = tempfile::tempdir().expect("a folder");
        let name: String =
            self.name.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '_' }).collect();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace");
        let folder = temporary.path().join(&name);
        let write = |path: &str, text: &Option<String>| {
            let path = folder.join(path);
            let Some(text) = text else { return fs::remove_file(path).expect("removed") };
            fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            fs::write(path, self.filled(text, &name, root)).expect("a file");
        };
        let core = root.join("pipeline-core");
        let manifest = format!(
            "@package @name\n[workspace]\n[features]\ndefault = []\nextra = []\n[dependencies]\nskipstone = {{ path = {core:?} }}\n\
             serde = {{ version = \"1\", features = [\"derive\"] }}\n{}",
            self.dependencies
        );
        write("pkg/Cargo.toml", &Some(manifest));
        self.files["before"].iter().for_each(|(path, text)| write(path, text));
        let lock = folder.join(self.lock.as_deref().unwrap_or("pkg")).join("Cargo.lock");
        fs::copy(root.join("Cargo.lock"), lock).expect("a lock file");
        let stores = ["kept", "fresh"].map(|store| temporary.path().join(store));
        let (_, first) = lane.run(self, "before", &folder, &name, &stores[0])?;
        self.files.get("after").into_iter().flatten().for_each(|(path, text)| write(path, text));
        let (skipped, kept) = lane.run(self, "after", &folder, &name, &stores[0])?;
        let (_, fresh) = lane.start("after", self, &folder, &name, &stores[1])?;
        lane.clean(&name);
        match (self.skips, skipped) {
            (true, false) => Err(format!("ran again, although {first} is still {fresh}")),
            (true, true) if kept == fresh => Ok(()),
            _ if kept != fresh => Err(format!("stale: {kept} from the store, {fresh} when computed")),
            _ => Ok(()),
        }
    }

    /// Replaces the placeholders in a file's content.
    fn filled(&self, text: &str, name: &str, root: &Path) -> String {
        let text = text.replace("@root", &root.to_string_lossy()).replace("@name", name);
        let mut filled = String::new();
        for line in text.lines() {
            match line.strip_prefix("@package ") {
                Some(package) => filled.push_str(&format!(
                    "[package]\nname = \"{package}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"
                )),
                // `@head` may follow a byte order mark.
                None if line.trim_start_matches('\u{feff}') == "@head" => {
                    filled.push_str(line.strip_suffix("@head").unwrap_or_default());
                    filled.push_str(HEAD);
                }
                None if line == "@main" => filled.push_str(MAIN),
                None => {
                    filled.push_str(line);
                    filled.push('\n');
                }
            }
        }
        filled
    }

    /// Returns the values of a step. A step without values has those of `before`.
    fn of_step<'a, T>(of: &'a BTreeMap<String, Vec<T>>, step: &str) -> &'a [T] {
        of.get(step).or_else(|| of.get("before")).map(Vec::as_slice).unwrap_or_default()
    }
}

impl Lane {
    /// Removes the build output of a case. The programs of all cases together would fill a disk.
    fn clean(&self, name: &str) {
        let is_its = |path: &Path| {
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            file.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '.']))
        };
        let profiles = fs::read_dir(&self.target).into_iter().flatten().flatten().map(|entry| entry.path());
        for profile in profiles.filter(|path| path.is_dir()) {
            for folder in
                ["", "deps", "incremental", ".fingerprint", "build"].map(|folder| profile.join(folder))
            {
                for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
                    if is_its(&path) && path.is_dir() {
                        let _ = fs::remove_dir_all(path);
                    } else if is_its(&path) {
                        let _ = fs::remove_file(path);
                    }
                }
            }
        }
    }

    /// Builds and runs the package of a case.
    fn run(
        &self,
        case: &Case,
        step: &str,
        folder: &Path,
        name: &str,
        store: &Path,
    ) -> Result<(bool, String), String> {
        let output = cargo("build", &folder.join("pkg"))
            .args(Case::of_step(&case.arguments, step))
            .envs(Case::of_step(&case.variables, step).iter().map(|(name, value)| (name, value)))
            .env("CARGO_TARGET_DIR", &self.target)
            .output()
            .expect("cargo starts");
        if !output.status.success() {
            return Err(format!(
                "does not build {step} the edit:\n{}",
                String::from_utf8_lossy(&output.stderr)
            ));
        }
        self.start(step, case, folder, name, store)
    }

    /// Runs the built program. Returns whether the task was skipped, and its value.
    fn start(
        &self,
        step: &str,
        case: &Case,
        folder: &Path,
        name: &str,
        store: &Path,
    ) -> Result<(bool, String), String> {
        let arguments = Case::of_step(&case.arguments, step);
        let profile = match arguments.iter().position(|argument| argument == "--profile") {
            Some(at) => arguments[at + 1].as_str(),
            None if arguments.iter().any(|argument| argument == "--release") => "release",
            None => "debug",
        };
        let program = self.target.join(profile).join(name);
        let output = Command::new(program)
            .arg(store)
            .current_dir(folder.join("pkg"))
            .output()
            .expect("the program starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (skipped, value) = text.trim().split_once(' ').ok_or_else(|| {
            format!("the program failed {step} the edit: {text}{}", String::from_utf8_lossy(&output.stderr))
        })?;
        Ok((skipped == "true", value.to_owned()))
    }
}

#[test]
fn no_edit_at_a_seam_leaves_a_stale_result() {
    let word = std::env::var("PIPELINE_SEAMS").unwrap_or_default();
    let mut cases: Vec<Case> = cases().into_iter().filter(|case| case.name.contains(&word)).collect();
    if !full() && word.is_empty() {
        // The first of each file.
        let mut group = String::new();
        cases.retain(|case| {
            let own = case.name.split(':').next().unwrap_or_default().to_owned();
            std::mem::replace(&mut group, own.clone()) != own
        });
    }
    if let Ok(part) = std::env::var("PIPELINE_SEAMS_PART") {
        let numbers = part.split_once('/').and_then(|(at, of)| Some((at.parse().ok()?, of.parse().ok()?)));
        let (at, of): (usize, usize) = numbers.expect("PIPELINE_SEAMS_PART has the form 2/6");
        cases = cases.into_iter().skip(at).step_by(of).collect();
    }
    let count = cases.len();
    assert!(count > 0, "no case has `{word}` in its name, or the selected part is empty");
    // A large number of cases runs in two lanes with separate target folders.
    let targets = [built(), Path::new(env!("CARGO_TARGET_TMPDIR")).join("seams")];
    let lanes = if count > 50 { 2 } else { 1 };
    let failures: Vec<String> = std::thread::scope(|scope| {
        let cases = &cases;
        let workers: Vec<_> = targets
            .into_iter()
            .take(lanes)
            .enumerate()
            .map(|(lane, target)| {
                scope.spawn(move || {
                    let worker = Lane { target };
                    let own = cases.iter().skip(lane).step_by(lanes);
                    own.filter_map(|case| {
                        case.check(&worker).err().map(|why| format!("{}: {why}", case.name))
                    })
                    .collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("the lane ends without a panic")).collect()
    });
    assert!(failures.is_empty(), "{} of {count}:\n{}", failures.len(), failures.join("\n"));
    println!("{count} edits at seams: none stale, none needless where `@want skip` is set");
}
