//! Edits that change no result. One package has a module and a task for each edit, and is built and run on one store
//! before and after all edits. No task may run again, except that of the last edit, which verifies that edits take
//! effect.

use crate::building::{built, cargo};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The files of an edit before and after it. `#` stands for the number of the edit and its module.
struct Edit {
    name: &'static str,
    /// The module's file before the edit.
    before: &'static str,
    /// The module's file after the edit.
    after: &'static str,
    /// Other files: path, content before, content after. A file with an empty content before does not exist.
    others: &'static [(&'static str, &'static str, &'static str)],
}

const fn edit(name: &'static str, before: &'static str, after: &'static str) -> Edit {
    Edit { name, before, after, others: &[] }
}

/// The task of each module, which follows the edited code.
const TASK: &str = "
#[skipstone::task(skippable)]
pub fn task_#(x: u64) -> u64 {
    help_#(x)
}
";

const HELP: &str = "pub fn help_#(x: u64) -> u64 { x + # }\n";

const EDITS: &[Edit] = &[
    edit("a comment before a function", "@help", "// New.\n@help"),
    edit("a comment that contains names of items", "@help", "// help_#(x) calls other_#\n@help"),
    edit("a block comment in a body", "@help", "pub fn help_#(x: u64) -> u64 { /* a /* b */ */ x + # }\n"),
    edit("a comment at the end of a line", "@help", "pub fn help_#(x: u64) -> u64 { // why\n x + # }\n"),
    edit("documentation of a function", "@help", "/// What it does.\n@help"),
    edit("documentation with an example", "@help", "/// ```\n/// assert!(true);\n/// ```\n@help"),
    edit("documentation as an attribute", "@help", "#[doc = \"What it does.\"]\n@help"),
    edit("hidden documentation", "@help", "#[doc(hidden)]\n@help"),
    edit("changed documentation", "/// One.\n@help", "/// Two.\n@help"),
    edit("documentation of the module", "@help", "//! A module.\n@help"),
    edit("empty lines", "@help", "\n\n\n@help\n\n\n"),
    edit("another layout", "@help", "pub fn help_#(\n    x: u64\n) -> u64\n{\n    x\n        + #\n}\n"),
    edit("line ends of Windows", "@help", "pub fn help_#(x: u64) -> u64 {\r\n x + #\r\n}\r\n"),
    edit("an allowed lint", "@help", "#[allow(unused_variables)]\n@help"),
    edit("a denied lint", "@help", "#[deny(unused_must_use)]\n@help"),
    edit("a lint of another tool", "@help", "#[allow(clippy::all)]\n@help"),
    edit("lints of the module", "@help", "#![allow(unused_imports)]\n@help"),
    edit("functions in another order", "fn one_#() {}\n@help", "@help\nfn one_#() {}\n"),
    edit("a function that nothing names", "@help", "@help\nfn other_#() -> u64 { 1 }\n"),
    edit(
        "the body of a function that nothing names",
        "@help\nfn other_#() -> u64 { 1 }\n",
        "@help\nfn other_#() -> u64 { 2 }\n",
    ),
    edit("removal of a function that nothing names", "@help\nfn other_#() -> u64 { 1 }\n", "@help"),
    edit(
        "a constant that nothing names",
        "@help\nconst OTHER_#: u8 = 1;\n",
        "@help\nconst OTHER_#: u8 = 2;\n",
    ),
    edit(
        "a static that nothing names",
        "@help\nstatic OTHER_#: &str = \"a\";\n",
        "@help\nstatic OTHER_#: &str = \"b\";\n",
    ),
    edit("a type that nothing names", "@help", "@help\nstruct Other# { a: u8 }\n"),
    edit(
        "a field of a type that nothing names",
        "@help\nstruct Other# { a#: u8 }\n",
        "@help\nstruct Other# { a#: u8, b#: u8 }\n",
    ),
    edit("an alias that nothing names", "@help", "@help\ntype Other# = Vec<u8>;\n"),
    edit("an enum that nothing names", "@help", "@help\nenum Other# { One#, Two# }\n"),
    edit(
        "a method of a type that nothing names",
        "@help\nstruct Other#;\nimpl Other# { fn get_#(&self) -> u8 { 1 } }\n",
        "@help\nstruct Other#;\nimpl Other# { fn get_#(&self) -> u8 { 2 } }\n",
    ),
    edit(
        "a local trait for a type that nothing names",
        "@help\nstruct Other#;\n",
        "@help\nstruct Other#;\ntrait Odd# { fn odd_#(&self) {} }\nimpl Odd# for Other# {}\n",
    ),
    edit(
        "a trait of the standard library for a type that nothing names",
        "@help\nstruct Other#;\n",
        "@help\nstruct Other#;\nimpl std::fmt::Display for Other# {\n    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(\"a\") }\n}\n",
    ),
    edit(
        "a derive on a type that nothing names",
        "@help\nstruct Other#;\n",
        "@help\n#[derive(Debug, Clone)]\nstruct Other#;\n",
    ),
    edit(
        "a macro that nothing names",
        "@help\nmacro_rules! other_# { () => { 1 } }\n",
        "@help\nmacro_rules! other_# { () => { 2 } }\n",
    ),
    edit(
        "a comment in a macro that is called",
        "macro_rules! sum_# { ($a:expr) => { $a + # } }\npub fn help_#(x: u64) -> u64 { sum_#!(x) }\n",
        "macro_rules! sum_# {\n    // One.\n    ($a:expr) => { $a + # }\n}\npub fn help_#(x: u64) -> u64 { sum_#!(x) }\n",
    ),
    edit(
        "documentation of a field of a used type",
        "struct Pair# { left: u64 }\npub fn help_#(x: u64) -> u64 { let pair = Pair# { left: x }; pair.left }\n",
        "struct Pair# {\n    /// The left.\n    left: u64\n}\npub fn help_#(x: u64) -> u64 { let pair = Pair# { left: x }; pair.left }\n",
    ),
    edit(
        "tests",
        "@help",
        "@help\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn is_right() { super::help_#(1); }\n}\n",
    ),
    edit(
        "a test's body",
        "@help\n#[cfg(test)]\nmod tests { #[test] fn is_right() { super::help_#(1); } }\n",
        "@help\n#[cfg(test)]\nmod tests { #[test] fn is_right() { super::help_#(2); } }\n",
    ),
    edit(
        "an import that nothing uses",
        "@help",
        "#[allow(unused_imports)]\nuse std::collections::BTreeMap;\n@help",
    ),
    edit(
        "an inline module that nothing names",
        "@help",
        "@help\nmod inner_# { pub fn inside_#() -> u8 { 1 } }\n",
    ),
    Edit {
        name: "a module that nothing names, in a separate file",
        before: "@help",
        after: "@help\nmod inner_#;\n",
        others: &[("src/m#/inner_#.rs", "", "pub fn inside_#() -> u8 { 1 }\n")],
    },
    Edit {
        name: "the file of a module that nothing names",
        before: "@help\nmod inner_#;\n",
        after: "@help\nmod inner_#;\n",
        others: &[(
            "src/m#/inner_#.rs",
            "pub fn inside_#() -> u8 { 1 }\n",
            "pub fn inside_#() -> u8 { 2 }\n",
        )],
    },
    edit(
        "another task",
        "@help",
        "@help\n#[skipstone::task(skippable)]\npub fn second_#(x: u64) -> u64 { x }\n",
    ),
    edit(
        "another task's body",
        "@help\n#[skipstone::task(skippable)]\npub fn second_#(x: u64) -> u64 { x }\n",
        "@help\n#[skipstone::task(skippable)]\npub fn second_#(x: u64) -> u64 { x + 1 }\n",
    ),
    edit(
        "another scenario",
        "@help",
        "@help\nmod scenario_# {\n    use super::task_#;\n    skipstone::scenario! { pub Second# { input other_input_#: u64 = 1; other_#_output = task_#(other_input_#); } }\n}\n",
    ),
    Edit {
        name: "a comment in another crate",
        before: "pub fn help_#(x: u64) -> u64 { helper::used_#(x) }\n",
        after: "pub fn help_#(x: u64) -> u64 { helper::used_#(x) }\n",
        others: &[(
            "helper/src/part_#.rs",
            "pub fn used_#(x: u64) -> u64 { x }\n",
            "// New.\npub fn used_#(x: u64) -> u64 { x }\n",
        )],
    },
    Edit {
        name: "documentation in another crate",
        before: "pub fn help_#(x: u64) -> u64 { helper::used_#(x) }\n",
        after: "pub fn help_#(x: u64) -> u64 { helper::used_#(x) }\n",
        others: &[(
            "helper/src/part_#.rs",
            "pub fn used_#(x: u64) -> u64 { x }\n",
            "/// New.\npub fn used_#(x: u64) -> u64 { x }\n",
        )],
    },
    Edit {
        name: "a function of another crate that nothing names",
        before: "pub fn help_#(x: u64) -> u64 { helper::used_#(x) }\n",
        after: "pub fn help_#(x: u64) -> u64 { helper::used_#(x) }\n",
        others: &[(
            "helper/src/part_#.rs",
            "pub fn used_#(x: u64) -> u64 { x }\npub fn unused_#() -> u8 { 1 }\n",
            "pub fn used_#(x: u64) -> u64 { x }\npub fn unused_#() -> u8 { 2 }\n",
        )],
    },
    Edit {
        name: "a type of another crate that nothing names",
        before: "pub fn help_#(x: u64) -> u64 { helper::used_#(x) }\n",
        after: "pub fn help_#(x: u64) -> u64 { helper::used_#(x) }\n",
        others: &[(
            "helper/src/part_#.rs",
            "pub fn used_#(x: u64) -> u64 { x }\n",
            "pub fn used_#(x: u64) -> u64 { x }\npub struct Unused#;\nimpl Unused# { pub fn get_#(&self) -> u8 { 1 } }\n",
        )],
    },
    Edit {
        name: "the output of a build script that another module includes",
        before: "@help\npub mod made_# { include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\")); }\n",
        after: "@help\npub mod made_# { include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\")); }\n",
        others: &[("made.txt", "1", "2")],
    },
    Edit {
        name: "a build script's comment",
        before: "@help",
        after: "@help",
        others: &[("build.rs", BUILD, "@build\n// New.\n")],
    },
    Edit {
        name: "files beside the sources",
        before: "@help",
        after: "@help",
        others: &[
            ("README.md", "", "# Read me\n"),
            ("src/notes.txt", "", "notes\n"),
            ("data/a.csv", "", "a\n1\n"),
        ],
    },
    Edit {
        name: "an example, an integration test and a benchmark",
        before: "@help",
        after: "@help",
        others: &[
            ("examples/first.rs", "", "fn main() {}\n"),
            ("tests/first.rs", "", "#[test]\nfn is_right() {}\n"),
            ("benches/first.rs", "", "fn main() {}\n"),
        ],
    },
    Edit {
        name: "a dependency that nothing names, and a description",
        before: "@help",
        after: "@help",
        others: &[("Cargo.toml", MANIFEST, "@manifest\nlate = { path = \"late\" }\n")],
    },
    edit("a called function", "@help", "pub fn help_#(x: u64) -> u64 { x * 2 + # }\n"),
];

const BUILD: &str = r#"fn main() {
    println!("cargo:rerun-if-changed=made.txt");
    let made = std::fs::read_to_string("made.txt").unwrap();
    let text = format!("pub fn made_alone() -> u64 {{ {made} }}");
    std::fs::write(std::env::var("OUT_DIR").unwrap() + "/made.rs", text).unwrap();
}
"#;

const MANIFEST: &str = "[package]
name = \"noise\"
version = \"0.1.0\"
edition = \"2024\"
[workspace]
[dependencies]
skipstone = { path = \"@core\" }
helper = { path = \"helper\" }
";

/// Writes the package into a folder.
fn write(folder: &Path, after: bool) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace");
    let core = root.join("pipeline-core");
    let put = |path: &str, text: &str, number: usize| {
        let number = number.to_string();
        let path = folder.join(path.replace('#', &number));
        let text = text.replace("@help", HELP).replace("@build", BUILD).replace("@manifest", MANIFEST);
        let text = text.replace("@core", &core.to_string_lossy());
        let has_numbers = path.extension().is_some_and(|extension| extension == "rs");
        let text = if has_numbers { numbered(&text, &number) } else { text };
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        if fs::read_to_string(&path).ok().as_ref() != Some(&text) {
            fs::write(path, text).expect("a file");
        }
    };
    let (mut main, mut nodes, mut helper) = (String::new(), String::new(), String::new());
    for (number, edit) in EDITS.iter().enumerate() {
        let text = if after { edit.after } else { edit.before };
        put("src/m#.rs", &format!("{text}{TASK}"), number);
        for (path, before, then) in edit.others {
            if after || !before.is_empty() {
                put(path, if after { then } else { before }, number);
            }
            if path.starts_with("helper/") {
                helper.push_str(&format!("mod part_{number};\npub use part_{number}::*;\n"));
            }
        }
        main.push_str(&format!("mod m{number};\nuse m{number}::task_{number};\n"));
        nodes.push_str(&format!("        r{number} = task_{number}(x);\n"));
    }
    main.push_str(&format!(
        "skipstone::scenario! {{ pub All {{\n        input x: u64 = 10;\n{nodes}    }} }}\n\
         fn main() -> skipstone::Result<()> {{\n    \
         let scenario = All::open_or_create(&skipstone::Store::open(std::env::args().nth(1).unwrap())?, \"all\")?;\n    \
         let run = scenario.submit()?;\n    \
         for task in run.ran() {{ println!(\"{{task}}\"); }}\n    Ok(())\n}}\n"
    ));
    put("src/main.rs", &main, 0);
    put("helper/src/lib.rs", &helper, 0);
    for package in ["helper", "late"] {
        let manifest = "[package]\nname = \"@\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
        put(&format!("{package}/Cargo.toml"), &manifest.replace('@', package), 0);
    }
    put("late/src/lib.rs", "", 0);
}

/// Replaces `#` by the number of the module, except in attributes.
fn numbered(text: &str, number: &str) -> String {
    text.replace("#[", "\0[").replace("#![", "\0![").replace('#', number).replace('\0', "#")
}

/// Builds and runs the package. Returns the tasks that ran.
fn called(folder: &Path, store: &Path) -> BTreeSet<String> {
    let output = cargo("build", folder).output().expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = Command::new(built().join("debug/noise")).arg(store).output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn edits_that_change_no_value_run_no_task_again() {
    let temporary = tempfile::tempdir().expect("a folder");
    let (folder, store) = (temporary.path().join("noise"), temporary.path().join("store"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace");
    write(&folder, false);
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).expect("a lock file");
    assert_eq!(called(&folder, &store).len(), EDITS.len());
    write(&folder, true);
    let again = called(&folder, &store);
    let last = format!("task_{}", EDITS.len() - 1);
    let needless = |number: usize| again.contains(&format!("task_{number}"));
    let names: Vec<&str> =
        (0..EDITS.len() - 1).filter(|number| needless(*number)).map(|number| EDITS[number].name).collect();
    assert!(names.is_empty(), "{} of {} ran again: {names:#?}", names.len(), EDITS.len());
    assert!(again.contains(&last), "the task of the last edit did not run again, although its value changed");
}
