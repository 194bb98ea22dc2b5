//! Uses the compiler as an oracle: generates small random worlds of modules, edits them randomly, and compares the
//! value of each task before and after. The same fingerprint with two values is a stale result.
//!
//! `PIPELINE_ORACLE_EDITS` is the number of edits, `PIPELINE_ORACLE_SEED` the seed of the random numbers.

mod random;
mod world;

use crate::bench::full;
use crate::building::{built, cargo};
use random::Random;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use world::World;

/// The number of worlds in one program, and the number of edits, by default. Each world has a task, and an edit per
/// round.
const FEW: (usize, u64) = (40, 80);
/// The numbers with `PIPELINE_PROOFS=full`.
const FULL: (usize, u64) = (100, 400);
/// The numbers with `PIPELINE_ORACLE_EDITS`, whose value replaces the number of edits.
const MANY: (usize, u64) = (400, 1_200);

struct Workspace {
    folder: PathBuf,
    _temporary: tempfile::TempDir,
}

/// The fingerprint and the value of a task, as printed by the program.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Outcome {
    fingerprint: String,
    value: String,
}

impl Workspace {
    fn new() -> Workspace {
        let temporary = tempfile::tempdir().expect("a folder");
        let folder = temporary.path().join("oracle");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace");
        let core = root.join("pipeline-core");
        let workspace = Workspace { folder, _temporary: temporary };
        let package =
            |name: &str| format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
        let manifest = format!(
            "{}[workspace]\n[dependencies]\nskipstone = {{ path = {core:?} }}\nhelper = {{ path = \"helper\" }}\n",
            package("oracle")
        );
        workspace.write("Cargo.toml", &manifest);
        workspace.write(
            "helper/Cargo.toml",
            &format!("{}[dependencies]\ndeep = {{ path = \"../deep\" }}\n", package("helper")),
        );
        workspace.write("deep/Cargo.toml", &package("deep"));
        // The script generates a function from each world's file.
        let build = r#"fn main() {
    println!("cargo:rerun-if-changed=made");
    let out = std::env::var("OUT_DIR").unwrap();
    for file in std::fs::read_dir("made").unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        let number = std::fs::read_to_string(file.path()).unwrap();
        let text = format!("pub fn made_{name}() -> u64 {{ {} }}\n", number.trim());
        let made = format!("{out}/{name}.rs");
        if std::fs::read_to_string(&made).ok().as_deref() != Some(&text) {
            std::fs::write(made, text).unwrap();
        }
    }
}
"#;
        workspace.write("build.rs", build);
        fs::copy(root.join("Cargo.lock"), workspace.folder.join("Cargo.lock")).expect("a lock file");
        workspace
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        if fs::read_to_string(&path).ok().as_deref() != Some(text) {
            fs::write(path, text).expect("a file");
        }
    }

    /// Writes all worlds.
    fn write_worlds(&self, worlds: &[World]) {
        let (mut main, mut calls) = (String::from("#![allow(warnings)]\n"), String::new());
        let (mut helper, mut deep) = (String::new(), String::new());
        for world in worlds {
            let id = world.id;
            let _ = writeln!(main, "mod w{id};");
            let task = world.task_path();
            let _ = writeln!(
                calls,
                "    println!(\"{id} {{}} {{:?}}\", <{task} as skipstone::__private::Task>::task().code.hash, {task}(7));"
            );
            for (path, text) in world.files() {
                self.write(&path, &text);
            }
            helper.push_str(&world.helper());
            deep.push_str(&world.deep());
        }
        let _ = write!(main, "fn main() {{\n{calls}}}\n");
        self.write("src/main.rs", &main);
        self.write("helper/src/lib.rs", &format!("#![allow(warnings)]\n{helper}"));
        self.write("deep/src/lib.rs", &format!("#![allow(warnings)]\n{deep}"));
    }

    /// Builds the program. If that fails, returns the worlds that the compiler rejects.
    fn build(&self) -> Result<(), BTreeSet<usize>> {
        let output = cargo("build", &self.folder).output().expect("cargo starts");
        if output.status.success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let mut rejected = BTreeSet::new();
        for after in text.split("src/w").skip(1) {
            let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
            rejected.extend(digits.parse::<usize>());
        }
        // Names end with the number of their world.
        for after in text.split('_').skip(1) {
            let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
            rejected.extend(digits.parse::<usize>().ok().filter(|id| *id < MANY.0));
        }
        assert!(!rejected.is_empty(), "{text}");
        Err(rejected)
    }

    /// Runs the program and returns the results by world.
    fn run(&self) -> BTreeMap<usize, Outcome> {
        let output = Command::new(built().join("debug/oracle")).output().expect("the program starts");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
        text.lines()
            .map(|line| {
                let mut words = line.splitn(3, ' ');
                let mut word = || words.next().unwrap_or_default().to_owned();
                (word().parse().expect("a number"), Outcome { fingerprint: word(), value: word() })
            })
            .collect()
    }
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn every_edit_that_changes_a_value_changes_the_fingerprint() {
    let has_count = std::env::var_os("PIPELINE_ORACLE_EDITS").is_some();
    let (count, edits) = match (has_count, full()) {
        (true, _) => MANY,
        (false, true) => FULL,
        (false, false) => FEW,
    };
    let edits = number("PIPELINE_ORACLE_EDITS", edits) as usize;
    let seed = number("PIPELINE_ORACLE_SEED", 1);
    let mut random = Random::new(seed);
    let workspace = Workspace::new();
    let mut worlds: Vec<World> = (0..count).map(|id| World::new(id, &mut random)).collect();
    build_valid(&workspace, &mut worlds, None, &mut random);
    let mut seen: BTreeMap<usize, BTreeMap<String, (String, World)>> = BTreeMap::new();
    let mut last = workspace.run();
    for (id, outcome) in &last {
        seen.entry(*id)
            .or_default()
            .insert(outcome.fingerprint.clone(), (outcome.value.clone(), worlds[*id].clone()));
    }
    let (mut made, mut changed, mut needless, mut stale) = (0, 0, 0, Vec::new());
    let mut kinds: BTreeMap<&'static str, [usize; 3]> = BTreeMap::new();
    while made < edits {
        let before = worlds.clone();
        let names: Vec<&'static str> = worlds.iter_mut().map(|world| world.edit(&mut random)).collect();
        let reverted = build_valid(&workspace, &mut worlds, Some(&before), &mut random);
        let now = workspace.run();
        for (id, outcome) in &now {
            if reverted.contains(id) {
                continue;
            }
            made += 1;
            let kind = kinds.entry(names[*id]).or_default();
            kind[0] += 1;
            let (same_value, same_code) =
                (outcome.value == last[id].value, outcome.fingerprint == last[id].fingerprint);
            changed += usize::from(!same_value);
            kind[1] += usize::from(!same_value);
            needless += usize::from(same_value && !same_code);
            kind[2] += usize::from(same_value && !same_code);
            let known = seen.entry(*id).or_default();
            match known.get(&outcome.fingerprint) {
                Some((value, earlier)) if *value != outcome.value => {
                    stale.push(format!(
                        "after `{}`: {value} is now {}\n--- was\n{}\n--- is\n{}",
                        names[*id],
                        outcome.value,
                        earlier.text(),
                        worlds[*id].text()
                    ));
                }
                _ => {
                    known.insert(outcome.fingerprint.clone(), (outcome.value.clone(), worlds[*id].clone()));
                }
            }
        }
        last = now;
    }
    println!(
        "{made} edits, {changed} changed the value, {needless} changed only the fingerprint (seed {seed})"
    );
    for (kind, [made, changed, needless]) in kinds {
        println!("  {kind}: {made} made, {changed} changed the value, {needless} needless");
    }
    assert!(changed * 20 > made, "too few edits change a value to prove anything");
    assert!(stale.is_empty(), "{} stale, the first:\n{}", stale.len(), stale[0]);
}

/// Writes and builds the worlds until the compiler accepts all of them. Rejected worlds are reverted to `before`, or
/// generated again without it. Returns their numbers.
fn build_valid(
    workspace: &Workspace,
    worlds: &mut [World],
    before: Option<&[World]>,
    random: &mut Random,
) -> BTreeSet<usize> {
    let mut reverted = BTreeSet::new();
    loop {
        workspace.write_worlds(worlds);
        let Err(rejected) = workspace.build() else { return reverted };
        for id in rejected {
            worlds[id] = match before {
                Some(before) => before[id].clone(),
                None => World::new(id, random),
            };
            reverted.insert(id);
        }
    }
}
