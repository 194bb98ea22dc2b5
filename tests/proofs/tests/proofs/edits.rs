//! Edits a small crate, compiles and runs it, and checks which tasks run again and why.
//!
//! `PIPELINE_PROOFS=full` makes all edits. The default is a few.

use crate::bench::full;
use crate::building::cargo;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Mutex, MutexGuard, PoisonError};

const MAIN: &str = r#"
mod helpers;
mod model;
mod tasks;

use skipstone::{Store, report::run_json, scenario};
use tasks::{score, total};

scenario! {
    pub Lab {
        input amounts: Vec<f64> = vec![1.0, 2.5, 4.0];
        input factor: f64 = 3.0;
        input level: u8 = 1;
        scored = score(amounts, factor, level);
        total = total(scored);
    }
}

fn main() -> skipstone::Result<()> {
    let scenario = Lab::open_or_create(&Store::open(std::env::args().nth(1).unwrap())?, "lab")?;
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    let set: Vec<(&str, &str)> = arguments.iter().filter_map(|text| text.split_once('=')).collect();
    scenario.set(&set)?;
    let has = |option: &str| arguments.iter().any(|text| text == option);
    let mut submission = scenario.submission().recheck(f64::from(has("--recheck")));
    if has("--strict") {
        submission = submission.strict();
    }
    println!("{}", run_json(&submission.submit()?));
    Ok(())
}
"#;

const TASKS: &str = r#"
use crate::helpers::clean;
use crate::model::Scored;
use skipstone::task;

/// Scores every amount.
#[task(skippable, ignore(level))]
pub fn score(amounts: &[f64], factor: f64, level: u8) -> Vec<Scored> {
    let _ = level;
    let base = clean(amounts);
    base.iter().map(|amount| Scored { amount: *amount, score: amount * factor + shared::offset() }).collect()
}

#[task(skippable)]
pub fn total(scored: &[Scored]) -> f64 {
    scored.iter().map(Scored::weight).sum()
}
"#;

const HELPERS: &str = r#"
pub fn clean(amounts: &[f64]) -> Vec<f64> {
    amounts.iter().copied().filter(|amount| keep(*amount)).collect()
}

fn keep(amount: f64) -> bool {
    amount > LEAST
}

const LEAST: f64 = 0.5;

#[allow(dead_code)]
pub fn unused(amount: f64) -> f64 {
    amount
}
"#;

const MODEL: &str = r#"
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
pub struct Scored {
    pub amount: f64,
    pub score: f64,
}

impl Scored {
    pub fn weight(&self) -> f64 {
        self.score
    }
}
"#;

/// A package in a temporary folder, built in the proofs' target folder.
struct Lab {
    folder: PathBuf,
    store: PathBuf,
    _temporary: tempfile::TempDir,
    /// All labs share a target folder and are built one after the other.
    _exclusive: MutexGuard<'static, ()>,
}

impl Lab {
    fn new() -> Lab {
        static EXCLUSIVE: Mutex<()> = Mutex::new(());
        let exclusive = EXCLUSIVE.lock().unwrap_or_else(PoisonError::into_inner);
        let temporary = tempfile::tempdir().expect("a folder");
        let folder = temporary.path().join("lab");
        let lab = Lab {
            store: temporary.path().join("store"),
            folder,
            _temporary: temporary,
            _exclusive: exclusive,
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace");
        let core = root.join("pipeline-core");
        let manifest = format!(
            "[package]\nname = \"lab\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n\
             [dependencies]\nskipstone = {{ path = {core:?} }}\nshared = {{ path = \"shared\" }}\n\
             serde = {{ version = \"1\", features = [\"derive\"] }}\n"
        );
        // The workspace's versions are available offline.
        fs::create_dir_all(&lab.folder).expect("a folder");
        fs::copy(root.join("Cargo.lock"), lab.folder.join("Cargo.lock")).expect("a lock file");
        for (path, text) in [
            ("Cargo.toml", manifest.as_str()),
            ("src/main.rs", MAIN),
            ("src/tasks.rs", TASKS),
            ("src/helpers.rs", HELPERS),
            ("src/model.rs", MODEL),
            ("shared/Cargo.toml", "[package]\nname = \"shared\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
            ("shared/src/lib.rs", "pub fn offset() -> f64 {\n    0.25\n}\n"),
        ] {
            lab.write(path, text);
        }
        lab
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, text).expect("a file");
    }

    fn edit(&self, path: &str, old: &str, new: &str) {
        let text = fs::read_to_string(self.folder.join(path)).expect("a file");
        assert_eq!(text.matches(old).count(), 1, "`{old}` in {path}");
        self.write(path, &text.replace(old, new));
    }

    /// Builds and runs the program, and returns the run that it prints.
    fn run(&self, arguments: &[&str]) -> Value {
        let output = self.cargo_run(arguments);
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_str(&text).expect("JSON")
    }

    fn cargo_run(&self, arguments: &[&str]) -> Output {
        cargo("run", &self.folder).arg("--").arg(&self.store).args(arguments).output().expect("cargo starts")
    }
}

/// A name, an edit, the jobs that run after it, and a part of the first job's reason.
type Edit = (&'static str, fn(&mut Lab), &'static [&'static str], &'static str);

#[rustfmt::skip]
const EDITS: [Edit; 19] = [
    ("nothing", |_| {}, &[], "result known"),
    ("a helper's helper in another module", |lab| lab.edit("src/helpers.rs", "amount > LEAST", "amount >= LEAST"), &["score"], "fn `keep` changed (src/helpers.rs:6)"),
    ("a comment in the task", |lab| lab.edit("src/tasks.rs", "let base", "// The base.\n    let base"), &[], "result known"),
    ("a function of a local crate", |lab| lab.edit("shared/src/lib.rs", "0.25", "0.5"), &["score", "total"], "fn `offset` changed (shared/src/lib.rs:1)"),
    ("an impl of a type that both use", |lab| lab.edit("src/model.rs", "self.score\n", "self.score + 0.0\n"), &["score", "total"], "impl `Scored` changed (src/model.rs:10)"),
    ("white space, and lines moved", |lab| lab.edit("src/helpers.rs", "\npub fn clean(", "\n\n\npub fn  clean ("), &[], "result known"),
    ("documentation", |lab| lab.edit("src/tasks.rs", "/// Scores every amount.", "/// Scores every amount that is kept."), &[], "result known"),
    ("a local variable renamed", |lab| { lab.edit("src/tasks.rs", "let base = ", "let cleaned = "); lab.edit("src/tasks.rs", "base.iter()", "cleaned.iter()"); }, &["score"], "fn `score` changed (src/tasks.rs:8)"),
    ("a helper without callers", |lab| lab.edit("src/helpers.rs", "    amount\n", "    -amount\n"), &[], "result known"),
    ("a constant", |lab| lab.edit("src/helpers.rs", "LEAST: f64 = 0.5", "LEAST: f64 = 0.25"), &["score"], "const `LEAST` changed"),
    // The value is unchanged, so early cut-off skips the second task.
    ("a constant set back to its old value", |lab| lab.edit("src/helpers.rs", "LEAST: f64 = 0.25", "LEAST: f64 = 0.5"), &[], "result known"),
    ("a field of a type", |lab| { lab.edit("src/model.rs", "pub score: f64,", "pub score: f64,\n    #[serde(default)]\n    pub rank: u8,"); lab.edit("src/tasks.rs", "Scored { amount", "Scored { rank: 1, amount"); }, &["score", "total"], "fn `score` changed"),
    ("a new macro that is used", |lab| { lab.edit("src/helpers.rs", "\nfn keep", "\nmacro_rules! least { () => { LEAST } }\n\nfn keep"); lab.edit("src/helpers.rs", "amount >= LEAST", "amount >= least!()"); }, &["score"], "fn `keep` changed"),
    ("that macro", |lab| lab.edit("src/helpers.rs", "{ LEAST }", "{ LEAST + 0.0 }"), &["score"], "macro `least` changed"),
    ("the order of parameters", |lab| { lab.edit("src/tasks.rs", "amounts: &[f64], factor: f64", "factor: f64, amounts: &[f64]"); lab.edit("src/main.rs", "score(amounts, factor, level)", "score(factor, amounts, level)"); }, &["score"], "fn `score` changed"),
    ("a version instead of the code's fingerprint", |lab| lab.edit("src/tasks.rs", "ignore(level))", "ignore(level), version = \"1\")"), &["score"], "version is new"),
    ("code under the pinned version", |lab| lab.edit("src/helpers.rs", "amount >= least!()", "amount > 0.0"), &[], "version \"1\" is pinned"),
    ("the next version", |lab| lab.edit("src/tasks.rs", "version = \"1\"", "version = \"2\""), &["score"], "version changed: 1 → 2"),
    ("the folder of the package", |lab| { let moved = lab.folder.with_file_name("moved"); fs::rename(&lab.folder, &moved).expect("moved"); lab.folder = moved; }, &[], "result known"),
];

#[test]
fn an_edit_runs_only_the_tasks_that_reach_it() {
    let mut lab = Lab::new();
    assert_eq!(crate::bench::jobs(&lab.run(&[]), "completed"), ["score", "total"]);
    for (name, edit, expected, words) in EDITS.into_iter().take(if full() { EDITS.len() } else { 5 }) {
        edit(&mut lab);
        let run = lab.run(&[]);
        assert_eq!(crate::bench::jobs(&run, "completed"), expected, "{name}: {run:#}");
        let reason = run["jobs"][0]["reason"]["text"].as_str().expect("a reason");
        assert!(reason.contains(words), "{name}: {reason}");
    }
    // Each edit that counts created a version of the program. The first difference is the first edit.
    let store = skipstone::Store::open(&lab.store).expect("opened");
    let diff = store.version_diff(1.into(), 2.into()).expect("compared");
    let changes: Vec<String> = diff.changes.iter().map(ToString::to_string).collect();
    assert_eq!(changes, ["task `lab::tasks::score`: fn `keep` changed (src/helpers.rs:6)"]);
    drop(store);
    // A new value of an ignored parameter is skipped. -0.0 instead of 0.0 runs the task.
    assert_eq!(crate::bench::jobs(&lab.run(&["level=7"]), "completed"), [""; 0]);
    lab.run(&["factor=0.0"]);
    assert_eq!(crate::bench::jobs(&lab.run(&["factor=-0.0"]), "completed")[0], "score");
    // In a strict run, the compiler, the target and the profile are part of the key.
    let strict = lab.run(&["factor=-0.0", "--strict"]);
    assert_eq!(crate::bench::jobs(&strict, "completed"), ["score", "total"]);
    assert!(
        strict["jobs"][0]["reason"]["text"].as_str().expect("a reason").contains("now strict"),
        "{strict:#}"
    );
    assert_eq!(crate::bench::jobs(&lab.run(&["--strict"]), "completed"), [""; 0]);
}

#[test]
fn a_recheck_finds_a_change_that_the_fingerprint_missed() {
    let lab = Lab::new();
    // At run time, the program sets a value that the task reads.
    lab.edit("src/tasks.rs", "use skipstone::task;", "use skipstone::task;\nuse std::sync::atomic::{AtomicI32, Ordering};\n\npub static SHIFT: AtomicI32 = AtomicI32::new(0);");
    lab.edit(
        "src/tasks.rs",
        "+ shared::offset()",
        "+ shared::offset() + f64::from(SHIFT.load(Ordering::SeqCst))",
    );
    lab.edit(
        "src/main.rs",
        "Result<()> {",
        "Result<()> {\n    tasks::SHIFT.store(1, std::sync::atomic::Ordering::SeqCst);",
    );
    assert_eq!(crate::bench::jobs(&lab.run(&["--recheck"]), "completed"), ["score", "total"]);
    assert!(lab.run(&["--recheck"])["jobs"][0]["rechecked_us"].is_null(), "the same program");

    // A rebuilt program with the same results.
    lab.edit("src/main.rs", "fn main", "// A comment.\nfn main");
    let run = lab.run(&["--recheck"]);
    assert_eq!(crate::bench::jobs(&run, "skipped"), ["score", "total"]);
    assert!(run["jobs"][0]["rechecked_us"].is_u64() && run["jobs"][1]["rechecked_us"].is_u64(), "{run:#}");

    // A rebuilt program with different results. Without a recheck the task is skipped; a recheck names the changed
    // sources.
    lab.edit("src/main.rs", "store(1,", "store(2,");
    assert_eq!(crate::bench::jobs(&lab.run(&[]), "completed"), [""; 0]);
    let failed = lab.cargo_run(&["--recheck"]);
    let stderr = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert!(!failed.status.success());
    for part in [
        "task `lab::tasks::score` makes a different result than the one stored under the same key: `scored` was ",
        "The fingerprint of its code missed a change. Changed since: `src/main.rs`",
        "`rechecks --resolve 1`",
    ] {
        assert!(stderr.contains(part), "{stderr}");
    }

    // From here on, each build has different keys.
    assert_eq!(crate::bench::jobs(&lab.run(&[]), "completed"), ["score", "total"]);
    assert_eq!(crate::bench::jobs(&lab.run(&[]), "completed"), [""; 0]);
    lab.edit("src/main.rs", "// A comment.", "// Another.");
    let run = lab.run(&[]);
    assert_eq!(crate::bench::jobs(&run, "completed"), ["score", "total"]);
    let reason = run["jobs"][0]["reason"]["text"].as_str().expect("a reason");
    assert_eq!(reason, "the program was rebuilt, and keys include the whole program");
    let store = skipstone::Store::open(&lab.store).expect("opened");
    store.resolve_mismatch(1).expect("resolved");
    assert_eq!(
        crate::bench::jobs(&lab.run(&[]), "completed"),
        ["score", "total"],
        "the mismatch was resolved"
    );
    lab.edit("src/main.rs", "// Another.", "// And another.");
    assert_eq!(crate::bench::jobs(&lab.run(&[]), "completed"), [""; 0]);
}

/// A macro that includes a file whose name does not appear in the sources.
const READER: &str = r#"
use proc_macro::TokenStream;

#[proc_macro]
pub fn rate(_: TokenStream) -> TokenStream {
    let file = format!("{}/../{}", std::env::var("CARGO_MANIFEST_DIR").unwrap(), ["ra", "tes.t", "xt"].concat());
    format!("include_str!({file:?}).trim().parse::<f64>().unwrap()").parse().unwrap()
}
"#;

#[test]
fn a_file_that_the_compiler_read_and_no_rule_found_counts_and_is_reported() {
    let lab = Lab::new();
    lab.write(
        "reader/Cargo.toml",
        "[package]\nname = \"reader\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\nproc-macro = true\n",
    );
    lab.write("reader/src/lib.rs", READER);
    lab.edit("Cargo.toml", "shared = {", "reader = { path = \"reader\" }\nshared = {");
    lab.edit("src/tasks.rs", "+ shared::offset()", "+ shared::offset() + reader::rate!()");
    lab.write("../rates.txt", "0.5");
    let run = lab.run(&[]);
    assert_eq!(crate::bench::jobs(&run, "completed"), ["score", "total"]);
    let warnings = run["warnings"].to_string();
    assert!(warnings.contains("rates.txt, which the fingerprint does not track"), "{warnings}");
    assert_eq!(crate::bench::jobs(&lab.run(&[]), "completed"), [""; 0]);

    lab.write("../rates.txt", "0.75");
    let run = lab.run(&[]);
    assert_eq!(crate::bench::jobs(&run, "completed"), ["score", "total"]);
    let reason = run["jobs"][0]["reason"]["text"].as_str().expect("a reason");
    assert!(reason.starts_with("file `") && reason.contains("rates.txt` changed: "), "{reason}");
    lab.write("../rates.txt", "0.5");
    assert_eq!(crate::bench::jobs(&lab.run(&[]), "completed"), [""; 0]);
}

/// The scenario of [`MAIN`] as a file.
const WIRING: &str = r#"name = "Lab"

[inputs.amounts]
type = "Vec<f64>"
default = [1.0, 2.5, 4.0]

[inputs.factor]
type = "f64"
default = 3.0

[inputs.level]
default = 1

[[tasks]]
function = "lab::tasks::score"
arguments = ["amounts", "factor", "level"]
outputs = "scored"

[[tasks]]
function = "total"
arguments = ["scored"]
outputs = "total"
"#;

#[test]
fn a_scenario_in_a_file_is_recompiled_when_the_file_changes() {
    let lab = Lab::new();
    assert_eq!(crate::bench::jobs(&lab.run(&[]), "completed"), ["score", "total"]);
    // The same scenario in a file has the same keys, so its tasks are skipped.
    let (before, rest) = MAIN.split_once("scenario! {").expect("a scenario");
    let (_, after) = rest.split_once("\n}\n").expect("its end");
    let main = format!("{before}scenario!(pub Lab from \"scenario.toml\");\n{after}")
        .replace("{score, total}", "total");
    lab.write("src/main.rs", &main);
    lab.write("scenario.toml", WIRING);
    assert_eq!(crate::bench::jobs(&lab.run(&[]), "completed"), [""; 0]);
    // Only the file changes.
    lab.edit("scenario.toml", "default = 3.0", "default = 4.0");
    assert_eq!(crate::bench::jobs(&lab.run(&[]), "completed"), ["score", "total"]);
    lab.edit("scenario.toml", "\"amounts\", \"factor\"", "\"amounts\", \"fcator\"");
    let failed = lab.cargo_run(&[]);
    let stderr = String::from_utf8_lossy(&failed.stderr);
    assert!(!failed.status.success());
    assert!(stderr.contains("scenario `Lab` has no node `fcator`: did you mean `factor`?"), "{stderr}");
    assert!(stderr.contains("--> scenario.toml:16:25"), "{stderr}");
    lab.edit("scenario.toml", "\"amounts\", \"fcator\"", "\"factor\", \"amounts\"");
    let stderr = String::from_utf8_lossy(&lab.cargo_run(&[]).stderr).into_owned();
    assert!(
        stderr.contains("argument `factor` of task `score`: expected `Vec<f64>`, found `f64`"),
        "{stderr}"
    );
    assert!(
        stderr.contains("argument `amounts` of task `score`: expected `f64`, found `Vec<f64>`"),
        "{stderr}"
    );
    lab.edit("scenario.toml", "\"factor\", \"amounts\"", "\"amounts\", \"factor\"");
    assert_eq!(crate::bench::jobs(&lab.run(&[]), "completed"), [""; 0]);
    // An unknown function is also reported with its line.
    lab.edit("scenario.toml", "lab::tasks::score", "lab::tasks::scroe");
    let stderr = String::from_utf8_lossy(&lab.cargo_run(&[]).stderr).into_owned();
    assert!(stderr.contains("this crate has no function `scroe`: did you mean `score`?"), "{stderr}");
    assert!(stderr.contains("--> scenario.toml:15:12"), "{stderr}");
}
