//! The compiler as oracle: random small worlds of modules, random edits of them, and what each task gives before and
//! after. A fingerprint that was seen with another value is a stale result.
//!
//! `PIPELINE_ORACLE_EDITS` says how many edits, `PIPELINE_ORACLE_SEED` where the random numbers begin.

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

/// Worlds in one program, each with a task and an edit in each round, and how many edits are made: a few, in full, or
/// where a number of edits is asked for.
const FEW: (usize, u64) = (40, 80);
const FULL: (usize, u64) = (100, 400);
const MANY: (usize, u64) = (400, 1_200);

struct Workspace {
    folder: PathBuf,
    _temporary: tempfile::TempDir,
}

/// What the program says of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
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
        // What the script makes of each world's file.
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

    /// Builds; the worlds that the compiler refuses where it does not.
    fn build(&self) -> Result<(), BTreeSet<usize>> {
        let output = cargo("build", &self.folder).output().expect("cargo starts");
        if output.status.success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let mut refused = BTreeSet::new();
        for after in text.split("src/w").skip(1) {
            let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
            refused.extend(digits.parse::<usize>());
        }
        // Names end with the number of their world.
        for after in text.split('_').skip(1) {
            let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
            refused.extend(digits.parse::<usize>().ok().filter(|id| *id < MANY.0));
        }
        assert!(!refused.is_empty(), "{text}");
        Err(refused)
    }

    /// What the program says of each world's task.
    fn run(&self) -> BTreeMap<usize, Said> {
        let output = Command::new(built().join("debug/oracle")).output().expect("the program starts");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
        text.lines()
            .map(|line| {
                let mut words = line.splitn(3, ' ');
                let mut word = || words.next().unwrap_or_default().to_owned();
                (word().parse().expect("a number"), Said { fingerprint: word(), value: word() })
            })
            .collect()
    }
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().map_or(otherwise, |text| text.parse().expect("a number"))
}

#[test]
fn no_edit_that_changes_a_value_leaves_the_fingerprint() {
    let asked = std::env::var_os("PIPELINE_ORACLE_EDITS").is_some();
    let (count, edits) = match (asked, full()) {
        (true, _) => MANY,
        (false, true) => FULL,
        (false, false) => FEW,
    };
    let edits = number("PIPELINE_ORACLE_EDITS", edits) as usize;
    let seed = number("PIPELINE_ORACLE_SEED", 1);
    let mut random = Random::new(seed);
    let workspace = Workspace::new();
    let mut worlds: Vec<World> = (0..count).map(|id| World::new(id, &mut random)).collect();
    settle(&workspace, &mut worlds, None, &mut random);
    let mut seen: BTreeMap<usize, BTreeMap<String, (String, World)>> = BTreeMap::new();
    let mut last = workspace.run();
    for (id, said) in &last {
        seen.entry(*id)
            .or_default()
            .insert(said.fingerprint.clone(), (said.value.clone(), worlds[*id].clone()));
    }
    let (mut made, mut changed, mut needless, mut stale) = (0, 0, 0, Vec::new());
    let mut kinds: BTreeMap<&'static str, [usize; 3]> = BTreeMap::new();
    while made < edits {
        let before = worlds.clone();
        let names: Vec<&'static str> = worlds.iter_mut().map(|world| world.edit(&mut random)).collect();
        let reverted = settle(&workspace, &mut worlds, Some(&before), &mut random);
        let now = workspace.run();
        for (id, said) in &now {
            if reverted.contains(id) {
                continue;
            }
            made += 1;
            let kind = kinds.entry(names[*id]).or_default();
            kind[0] += 1;
            let (same_value, same_code) =
                (said.value == last[id].value, said.fingerprint == last[id].fingerprint);
            changed += usize::from(!same_value);
            kind[1] += usize::from(!same_value);
            needless += usize::from(same_value && !same_code);
            kind[2] += usize::from(same_value && !same_code);
            let known = seen.entry(*id).or_default();
            match known.get(&said.fingerprint) {
                Some((value, earlier)) if *value != said.value => {
                    stale.push(format!(
                        "after `{}`: {value} is now {}\n--- was\n{}\n--- is\n{}",
                        names[*id],
                        said.value,
                        earlier.text(),
                        worlds[*id].text()
                    ));
                }
                _ => {
                    known.insert(said.fingerprint.clone(), (said.value.clone(), worlds[*id].clone()));
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
    assert!(changed * 20 > made, "the edits change too little to prove anything");
    assert!(stale.is_empty(), "{} stale, the first:\n{}", stale.len(), stale[0]);
}

/// Writes and builds the worlds; what the compiler refuses goes back to what it was, or is made anew. The worlds that
/// went back.
fn settle(
    workspace: &Workspace,
    worlds: &mut [World],
    before: Option<&[World]>,
    random: &mut Random,
) -> BTreeSet<usize> {
    let mut reverted = BTreeSet::new();
    loop {
        workspace.write_worlds(worlds);
        let Err(refused) = workspace.build() else { return reverted };
        for id in refused {
            worlds[id] = match before {
                Some(before) => before[id].clone(),
                None => World::new(id, random),
            };
            reverted.insert(id);
        }
    }
}
