//! Tests fingerprints with a mutation table: edits of a small package, each with its effect on the fingerprints of two
//! tasks.

use super::*;
use crate::called::Called;
use crate::krate::Compilation;
use std::fs;
use std::time::{Duration, SystemTime};

const FILES: [(&str, &str); 12] = [
    ("Cargo.toml", "[workspace]\nmembers = [\"app\", \"shared\"]\n"),
    (
        "Cargo.lock",
        "version = 4\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\"serde\", \"shared\"]\n\
         [[package]]\nname = \"serde\"\nversion = \"1.0.1\"\nsource = \"registry\"\nchecksum = \"aa\"\n\
         [[package]]\nname = \"shared\"\nversion = \"0.1.0\"\n\
         [[package]]\nname = \"rand\"\nversion = \"0.9.0\"\nsource = \"registry\"\nchecksum = \"bb\"\n",
    ),
    (
        "app/Cargo.toml",
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\n[dependencies]\nserde = { version = \"1\", features = [] }\n\
         shared = { path = \"../shared\" }\nskipstone = \"0.1\"\n",
    ),
    (
        "app/src/main.rs",
        "mod tasks; mod helpers; mod model; mod unrelated;\nuse tasks::score;\nfn main() {}\n",
    ),
    (
        "app/src/tasks.rs",
        "use crate::helpers::clean;\nuse crate::model::{Row, *};\n\n\
         /// Scores.\n#[task(skippable)]\npub fn score(rows: &[Row], factor: f64) -> f64 {\n    \
         let total = clean(rows);\n    total * factor * LIMIT + shade(Color::Red)\n}\n\n\
         #[task(skippable)]\npub fn lonely(x: f64) -> f64 {\n    x + 1.0\n}\n",
    ),
    (
        "app/src/helpers.rs",
        "use crate::model::Row;\nuse std::fmt;\npub fn clean(rows: &[Row]) -> f64 {\n    rows.iter().map(deeper).sum()\n}\n\
         fn deeper(row: &Row) -> f64 {\n    round!(row.amount.weigh())\n}\n\
         pub fn never(x: f64) -> f64 {\n    x\n}\n\
         pub trait Weigh {\n    fn weigh(&self) -> f64;\n}\n\
         impl Weigh for f64 {\n    fn weigh(&self) -> f64 { *self }\n}\n\
         #[macro_export]\nmacro_rules! round { ($x:expr) => { ($x * SCALE).round() } }\n\
         const SCALE: f64 = 100.0;\nconst UNUSED: f64 = 1.0;\nstatic TABLE: &str = include_str!(\"table.txt\");\n",
    ),
    (
        "app/src/model.rs",
        "use std::ops::Add;\n/// A row.\n#[derive(Clone)]\npub struct Row {\n    pub amount: f64,\n}\n\
         impl Add for Row {\n    type Output = Row;\n    fn add(self, other: Row) -> Row { Row { amount: self.amount + other.amount } }\n}\n\
         pub const LIMIT: f64 = 2.0;\npub enum Color { Red, Blue }\n\
         pub fn shade(color: Color) -> f64 {\n    match color { Color::Red => 1.0, Color::Blue => 2.0 }\n}\n\
         pub struct Stranger { pub x: u8 }\nimpl Stranger { pub fn new() -> Stranger { Stranger { x: 1 } } }\n\
         #[cfg(test)]\nmod tests { fn clean() {} }\n",
    ),
    ("app/src/unrelated.rs", "use std::fmt::Debug as Clean;\npub fn far() -> u8 { 1 }\n"),
    ("app/src/table.txt", "1,2,3\n"),
    ("app/build.rs", "fn main() {}\n"),
    ("shared/Cargo.toml", "[package]\nname = \"shared\"\nversion = \"0.1.0\"\n"),
    ("shared/src/lib.rs", "pub fn shared() -> u8 { 1 }\n"),
];

/// A package in a temporary folder.
struct Lab {
    folder: tempfile::TempDir,
}

impl Lab {
    fn new() -> Lab {
        let lab = Lab { folder: tempfile::tempdir().expect("a folder") };
        FILES.iter().for_each(|(path, text)| lab.write(path, text));
        lab
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(&path, text).expect("a file");
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.folder.path().join(path)).expect("a file")
    }

    fn edit(&self, path: &str, old: &str, new: &str) {
        let text = self.read(path);
        assert_eq!(text.matches(old).count(), 1, "`{old}` in {path}");
        self.write(path, &text.replace(old, new));
    }

    fn code(&self, task: &str) -> Code {
        self.code_in("app/src/tasks.rs", task)
    }

    fn code_in(&self, path: &str, task: &str) -> Code {
        let file = self.folder.path().join(path).canonicalize().expect("the file");
        let text = fs::read_to_string(&file).expect("the file");
        let header = |line: &str| ["(", "<"].iter().find_map(|open| line.find(&format!("fn {task}{open}")));
        let mut lines = text.lines().enumerate();
        let (line, column) = lines.find_map(|(at, line)| Some((at, header(line)? + 3))).expect("the task");
        self.universe().code(Some((&file, line + 1, column)), task, blake3::hash(b"own"))
    }

    /// Reads the package as a compiler that starts after all edits.
    fn universe(&self) -> Universe {
        self.universe_while(false)
    }

    fn universe_while(&self, compiling: bool) -> Universe {
        let folder = self.folder.path().join("app");
        let compilation =
            Compilation { folder, root: None, tests: false, generated: None, line: None, compiling };
        Universe::read(&compilation).expect("a package")
    }

    /// Declares the package's files as modules in its root file, unless that declares them already.
    fn declare(&self) {
        let main = self.read("app/src/main.rs");
        if main.contains("mod tasks;") {
            return;
        }
        let mut declared = String::new();
        for file in fs::read_dir(self.folder.path().join("app/src")).expect("a folder").filter_map(Result::ok)
        {
            let name = file.file_name().to_string_lossy().into_owned();
            let name = name.strip_suffix(".rs").unwrap_or(&name);
            let is_module = name != "main" && !name.contains('.');
            if is_module && !main.contains(&format!("mod {name};")) {
                declared.push_str(&format!("mod {name};\n"));
            }
        }
        self.write("app/src/main.rs", &format!("{main}\n{declared}"));
    }
}

/// An edit with its effects on the fingerprints of `score` and of `lonely`, which reaches no other item.
type Mutation = (&'static str, fn(&Lab), [Change; 2]);

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Change {
    Same,
    New,
}
use Change::{New, Same};

#[rustfmt::skip]
const TABLE: [Mutation; 55] = [
    ("a comment in the task", |lab| lab.edit("app/src/tasks.rs", "let total", "// why\n    let total"), [Same, Same]),
    ("a comment above everything", |lab| lab.edit("app/src/tasks.rs", "use crate::helpers", "// Tasks.\n\nuse crate::helpers"), [Same, Same]),
    ("white space in the task", |lab| lab.edit("app/src/tasks.rs", "total * factor", "total   *\n factor"), [Same, Same]),
    ("the task's documentation", |lab| lab.edit("app/src/tasks.rs", "/// Scores.", "/// Scores every row."), [Same, Same]),
    ("an option of the task", |lab| lab.edit("app/src/tasks.rs", "/// Scores.\n#[task(skippable)]", "#[task]"), [Same, Same]),
    ("a comment in a helper", |lab| lab.edit("app/src/helpers.rs", "rows.iter()", "/* all */ rows.iter()"), [Same, Same]),
    ("a helper's documentation", |lab| lab.edit("app/src/helpers.rs", "fn deeper", "/// Deeper.\nfn deeper"), [Same, Same]),
    ("white space in a helper", |lab| lab.edit("app/src/helpers.rs", "pub fn clean(rows: &[Row]) -> f64 {", "pub fn clean( rows:&[Row] )->f64\n{"), [Same, Same]),
    ("a type's documentation", |lab| lab.edit("app/src/model.rs", "/// A row.", "/// A row of the table."), [Same, Same]),
    ("a local variable renamed", |lab| lab.edit("app/src/tasks.rs", "let total = clean(rows);\n    total", "let sum = clean(rows);\n    sum"), [New, Same]),
    ("a number in the task", |lab| lab.edit("app/src/tasks.rs", "x + 1.0", "x + 1.5"), [Same, New]),
    ("a parameter's name", |lab| { lab.edit("app/src/tasks.rs", "factor: f64", "weight: f64"); lab.edit("app/src/tasks.rs", "* factor", "* weight"); }, [New, Same]),
    ("an operator in the task", |lab| lab.edit("app/src/tasks.rs", "total * factor", "total / factor"), [New, Same]),
    ("arguments in another order", |lab| lab.edit("app/src/tasks.rs", "(rows: &[Row], factor: f64)", "(factor: f64, rows: &[Row])"), [New, Same]),
    ("a helper's body, in another module", |lab| lab.edit("app/src/helpers.rs", "rows.iter().map", "rows.iter().rev().map"), [New, Same]),
    ("the body of a helper's helper", |lab| lab.edit("app/src/helpers.rs", "row.amount.weigh()", "-row.amount.weigh()"), [New, Same]),
    ("a helper that no task calls", |lab| lab.edit("app/src/helpers.rs", "    x\n", "    x + 1.0\n"), [Same, Same]),
    ("a new helper that no task calls", |lab| lab.edit("app/src/unrelated.rs", "pub fn far", "pub fn near() {}\npub fn far"), [Same, Same]),
    ("a helper in a module that no task names", |lab| lab.edit("app/src/unrelated.rs", "{ 1 }", "{ 2 }"), [Same, Same]),
    ("a method of a trait, called by name", |lab| lab.edit("app/src/helpers.rs", "{ *self }", "{ self.abs() }"), [New, Same]),
    ("another impl of that trait", |lab| lab.edit("app/src/helpers.rs", "impl Weigh for f64", "impl Weigh for u8 { fn weigh(&self) -> f64 { 0.0 } }\nimpl Weigh for f64"), [New, Same]),
    ("a macro", |lab| lab.edit("app/src/helpers.rs", ".round()", ".floor()"), [New, Same]),
    ("a constant that a macro names", |lab| lab.edit("app/src/helpers.rs", "SCALE: f64 = 100.0", "SCALE: f64 = 10.0"), [New, Same]),
    ("a constant", |lab| lab.edit("app/src/model.rs", "LIMIT: f64 = 2.0", "LIMIT: f64 = 3.0"), [New, Same]),
    ("a constant that no task names", |lab| lab.edit("app/src/helpers.rs", "UNUSED: f64 = 1.0", "UNUSED: f64 = 2.0"), [Same, Same]),
    ("a field of a type", |lab| lab.edit("app/src/model.rs", "pub amount: f64,", "pub amount: f64, pub count: u8,"), [New, Same]),
    ("a derive of a type", |lab| lab.edit("app/src/model.rs", "derive(Clone)", "derive(Clone, Debug)"), [New, Same]),
    ("an impl of a used type, by operator", |lab| lab.edit("app/src/model.rs", "self.amount + other.amount", "self.amount - other.amount"), [New, Same]),
    ("an impl of a used type, in another file", |lab| lab.edit("app/src/unrelated.rs", "pub fn far", "impl crate::model::Row { pub fn len(&self) {} }\npub fn far"), [New, Same]),
    ("a type that no task names", |lab| lab.edit("app/src/model.rs", "pub x: u8", "pub x: u16"), [Same, Same]),
    ("an impl of a type that no task names", |lab| lab.edit("app/src/model.rs", "Stranger { x: 1 }", "Stranger { x: 2 }"), [Same, Same]),
    ("a variant of an enum", |lab| lab.edit("app/src/model.rs", "Color { Red, Blue }", "Color { Red, Blue, Green }"), [New, Same]),
    ("a helper that a glob brings in", |lab| lab.edit("app/src/model.rs", "Color::Red => 1.0", "Color::Red => 1.5"), [New, Same]),
    ("a helper imported from another module", |lab| lab.edit("app/src/tasks.rs", "use crate::helpers::clean;", "use crate::unrelated::clean;"), [New, Same]),
    ("a helper imported under another name", |lab| lab.edit("app/src/tasks.rs", "use crate::helpers::clean;", "use crate::helpers::never as clean;"), [New, Same]),
    // Any name in the file may come from that module.
    ("a glob of another module", |lab| lab.edit("app/src/tasks.rs", "{Row, *}", "{Row}; use crate::helpers::*"), [New, New]),
    ("an import that the task does not use", |lab| lab.edit("app/src/helpers.rs", "use std::fmt;", "use std::io;"), [Same, Same]),
    ("an import in a module that no task names", |lab| lab.edit("app/src/unrelated.rs", "use std::fmt::Debug as Clean;", ""), [Same, Same]),
    ("a second helper of the same name", |lab| lab.edit("app/src/unrelated.rs", "pub fn far", "pub fn clean() {}\npub fn far"), [New, Same]),
    ("a helper moved to another module", |lab| { lab.edit("app/src/helpers.rs", "fn deeper(row: &Row) -> f64 {\n    round!(row.amount.weigh())\n}\n", ""); lab.edit("app/src/model.rs", "pub const LIMIT", "fn deeper(row: &Row) -> f64 {\n    round!(row.amount.weigh())\n}\npub const LIMIT"); }, [New, Same]),
    ("lines moved without a change", |lab| lab.edit("app/src/helpers.rs", "use crate::model::Row;", "\n\n\n\nuse crate::model::Row;"), [Same, Same]),
    ("the version of a dependency", |lab| { lab.edit("Cargo.lock", "1.0.1", "1.0.2"); lab.edit("Cargo.lock", "\"aa\"", "\"ab\""); }, [Same, Same]),
    ("the checksum of a dependency", |lab| lab.edit("Cargo.lock", "\"aa\"", "\"ab\""), [Same, Same]),
    ("the version of a crate that others use", |lab| lab.edit("Cargo.lock", "0.9.0", "0.9.1"), [Same, Same]),
    ("a feature of a dependency", |lab| lab.edit("app/Cargo.toml", "features = []", "features = [\"rc\"]"), [Same, Same]),
    ("a local crate", |lab| lab.edit("shared/src/lib.rs", "{ 1 }", "{ 2 }"), [Same, Same]),
    ("a local crate's tests", |lab| lab.write("shared/tests/a.rs", "#[test] fn a() {}"), [Same, Same]),
    ("an included file that no task reaches", |lab| lab.write("app/src/table.txt", "4,5,6\n"), [Same, Same]),
    ("a data file", |lab| lab.write("app/data/customers.csv", "a,b\n"), [Same, Same]),
    ("the build script", |lab| lab.write("app/build.rs", "fn main() { println!(); }"), [Same, Same]),
    ("integration tests of the package", |lab| lab.write("app/tests/a.rs", "fn clean() {}"), [Same, Same]),
    ("the `view_of` of a row type", |lab| lab.edit("app/src/model.rs", "#[derive(Clone)]", "#[derive(Clone)]\n#[row(view_of = Stranger)]"), [Same, Same]),
    ("an option of a row type", |lab| lab.edit("app/src/model.rs", "#[derive(Clone)]", "#[derive(Clone)]\n#[row(rename_all = \"PascalCase\", view_of = Stranger)]"), [New, Same]),
    ("the wiring of a scenario that the crate re-exports", |lab| lab.edit("app/src/main.rs", "fn main", "mod scenario { use skipstone::scenario; use crate::tasks::score; scenario! { pub A { input factor: f64 = 1.0; rows = score(factor); } } }\npub use scenario::A;\nfn main"), [Same, Same]),
    ("the scenario's wiring", |lab| lab.edit("app/src/main.rs", "fn main", "skipstone::scenario! { pub A { input factor: f64 = 1.0; rows = clean(factor); } }\nfn main"), [Same, Same]),
];

#[test]
fn every_edit_in_the_mutation_table_has_exactly_its_expected_effect() {
    for (name, edit, expected) in TABLE {
        let lab = Lab::new();
        let before = ["score", "lonely"].map(|task| lab.code(task));
        edit(&lab);
        let after = ["score", "lonely"].map(|task| lab.code(task));
        let change = |i: usize| if before[i].hash == after[i].hash { Same } else { New };
        assert_eq!([change(0), change(1)], expected, "{name}\n{}\n\n{}", before[0].parts, after[0].parts);
        assert!(!after[0].made_by_macro, "{name}");
    }
}

#[test]
fn the_same_package_in_another_folder_has_the_same_fingerprints() {
    assert_eq!(Lab::new().code("score").hash, Lab::new().code("score").hash);
}

#[test]
fn the_parts_list_all_reached_items_with_file_and_line() {
    let parts = Lab::new().code("score").parts;
    let shown: Vec<&str> = parts.lines().map(|line| line.split_once('\t').expect("a hash").1).collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    src/model.rs:11	const LIMIT
    src/helpers.rs:20	const SCALE
    src/model.rs:12	enum Color
    src/helpers.rs:3	fn clean
    src/helpers.rs:6	fn deeper
    src/tasks.rs:6	fn score
    src/model.rs:13	fn shade
    src/model.rs:7	impl Add for Row
    src/helpers.rs:15	impl Weigh for f64
    src/helpers.rs:19	macro round
    src/main.rs:1	mod helpers
    src/main.rs:1	mod model
    src/main.rs:1	mod tasks
    src/model.rs:4	struct Row
    src/helpers.rs:12	trait Weigh
    src/tasks.rs:1	use crate::helpers::clean
    src/tasks.rs:2	use crate::model::*
    src/helpers.rs:1	use crate::model::Row
    src/tasks.rs:2	use crate::model::Row
    src/model.rs:1	use std::ops::Add
    ");
}

/// Items that are reached without a direct mention of their name.
#[test]
fn items_named_by_macros_attributes_and_strings_are_reached() {
    let cases: [(&str, &str, &str, &str); 12] = [
        (
            "a name in a format string",
            "fn task() { println!(\"{LIMIT}\") }",
            "const LIMIT: u8 = 1;",
            "const LIMIT: u8 = 2;",
        ),
        (
            "a function that an attribute names",
            "#[derive(Deserialize)] struct S { #[serde(default = \"zero\")] x: u8 } fn task() -> S {}",
            "fn zero() -> u8 { 0 }",
            "fn zero() -> u8 { 1 }",
        ),
        (
            "a variant without its enum",
            "use crate::unrelated::*; fn task() { Green }",
            "use Color::*; pub enum Color { Green }",
            "use Color::*; pub enum Color { Green, Red }",
        ),
        (
            "an alias's impl",
            "type Alias = Real; struct Real; fn task() -> Real {}",
            "impl Alias { fn a() {} }",
            "impl Alias { fn b() {} }",
        ),
        (
            "a renamed type's impl",
            "use Real as Other; struct Real; fn task() -> Real {}",
            "impl Other { fn a() {} }",
            "impl Other { fn b() {} }",
        ),
        (
            "an impl inside a function",
            "struct Real; fn task() -> Real {}",
            "fn hide() { impl Drop for Real { fn drop(&mut self) {} } }",
            "fn hide() { impl Drop for Real { fn drop(&mut self) { x() } } }",
        ),
        (
            "a function that a macro defines",
            "make!(helper); fn task() { helper() }",
            "macro_rules! make { ($n:ident) => { fn $n() {} } }",
            "macro_rules! make { ($n:ident) => { fn $n() { x() } } }",
        ),
        (
            "a function that an unknown macro may define",
            "fn task() { anything() }",
            "paste! { fn a() {} }",
            "paste! { fn b() {} }",
        ),
        (
            "a name that a derive builds from another",
            "fn task() { ConfigBuilder::new() }",
            "#[derive(Builder)] struct Config { x: u8 }",
            "#[derive(Builder)] struct Config { x: u16 }",
        ),
        (
            "a condition of a module",
            "mod deep { pub fn helper() {} } fn task() { helper() }",
            "#[cfg(feature = \"a\")] mod tasks;",
            "#[cfg(feature = \"b\")] mod tasks;",
        ),
        (
            "an impl of a trait with bounds, by its method's name",
            "fn task() { 1.go() }",
            "trait Tr: Sized { fn go(&self); } impl Tr for u8 { fn go(&self) {} }",
            "trait Tr: Sized { fn go(&self); } impl Tr for u8 { fn go(&self) { x() } }",
        ),
        (
            "a blanket impl",
            "trait Tr { fn go(&self); } fn task() { 1.go() }",
            "impl<T> Tr for T { fn go(&self) {} }",
            "impl<T> Tr for T { fn go(&self) { x() } }",
        ),
    ];
    for (name, task, before, after) in cases {
        let lab = Lab::new();
        let code = |helper: &str| {
            lab.write("app/src/tasks.rs", task);
            lab.write("app/src/unrelated.rs", helper);
            lab.code("task").hash
        };
        assert_ne!(code(before), code(after), "{name}");
    }
}

/// In the body of a function, its parameter hides a function with the same name.
#[test]
fn a_parameter_is_not_a_function_with_its_name() {
    let changes = |task: &str, before: &str, after: &str| {
        let lab = Lab::new();
        lab.edit("app/src/main.rs", "use tasks::score;", "use unrelated::totals;");
        let code = |helper: &str| {
            lab.write("app/src/tasks.rs", task);
            lab.write("app/src/unrelated.rs", helper);
            lab.code("task").hash
        };
        code(before) != code(after)
    };
    const FUNCTION: [&str; 2] = ["pub fn totals() -> u8 { 1 }", "pub fn totals() -> u8 { 2 }"];
    for parameter in [
        "fn task(totals: &u8) -> u8 { *totals }",
        "use crate::unrelated::totals; fn task(totals: &u8) -> u8 { *totals }",
        "fn task(mut totals: u8) -> u8 { totals += 1; totals }",
        "fn task<F: Fn(u8) -> u8>(totals: F) -> u8 { if totals(1) != 1 { totals(2) } else { 0 } }",
        "fn task(totals: &u8) -> Option<u8> { if totals != 1 { None } else { Some(*totals) } }",
        "#[task(skippable)] fn task(totals: &u8) { println!(\"{totals} {}\", totals) }",
        "fn task(totals: u8) -> Sum { [1].map(|x| x + totals); Sum { totals } }",
    ] {
        assert!(!changes(parameter, FUNCTION[0], FUNCTION[1]), "{parameter}");
    }
    for function in [
        "fn task() -> u8 { totals() }",
        "fn task(totals: u8) -> u8 { crate::unrelated::totals() }",
        "fn task(totals: u8) -> u8 { totals::<u8>() }",
        "fn task(totals: u8) -> u8 { fn inner() -> u8 { totals() } inner() }",
        "fn task(totals: u8) -> u8 { const X: u8 = totals(); X }",
        "fn task(totals: u8) -> u8 { { use crate::unrelated::totals; totals() } }",
        "fn task(totals: u8) -> u8 { thread_local! { static X: u8 = totals(); } 1 }",
        "fn task(totals: u8) -> u8 { ours!(totals) }",
        "fn task(totals: u8) -> [u8; { totals() }] { [] }",
        "fn task(#[cfg(never)] totals: u8) -> u8 { totals() }",
        "fn task((totals, x): (u8, u8)) -> u8 { totals }",
        "#[other] fn task(totals: u8) -> u8 { totals }",
        "fn task(totals: u8) -> u8 { totals + other() } fn other() -> u8 { totals() }",
        "fn task(totals: u8) -> u8 { deeper() + totals } use crate::helpers::*; fn deeper() -> u8 { totals() }",
    ] {
        assert!(changes(function, FUNCTION[0], FUNCTION[1]), "{function}");
    }
    // Anything else with that name counts.
    let task = "fn task(totals: u8) -> u8 { let x: totals = totals; x }";
    assert!(changes(task, "pub type totals = u8;", "pub type totals = u16;"));
    assert!(changes(task, "make!(totals);", "make!(totals, 2);"));
    assert!(changes(
        "fn task(vec: u8) -> u8 { vec![vec] }",
        "macro_rules! vec { () => {} }",
        "macro_rules! vec { () => { 1 } }"
    ));
    let format = "fn task(totals: u8) { println!(\"{}\", totals) }";
    let [one, two] =
        FUNCTION.map(|function| format!("#[macro_export] macro_rules! println {{ () => {{}} }} {function}"));
    assert!(changes(format, &one, &two), "a macro with the name of one of the standard library");
}

#[test]
fn included_files_count_and_the_whole_package_counts_if_their_path_is_unclear() {
    let lab = Lab::new();
    lab.edit("app/src/tasks.rs", "x + 1.0", "x + TABLE.len() as f64");
    let before = lab.code("lonely").hash;
    lab.write("app/src/table.txt", "4,5,6\n");
    assert_ne!(lab.code("lonely").hash, before);

    lab.edit("app/src/helpers.rs", "include_str!(\"table.txt\")", "include_str!(table_path!())");
    let before = lab.code("lonely");
    assert!(before.parts.contains("every file of package app"), "{}", before.parts);
    lab.write("app/data/customers.csv", "a,b\n");
    assert_ne!(lab.code("lonely").hash, before.hash);
}

#[test]
fn tasks_with_the_same_name_in_different_functions_have_different_fingerprints() {
    let lab = Lab::new();
    lab.write(
        "app/src/tasks.rs",
        "fn one() {\n    fn helper() -> u8 { 1 }\n    #[task]\n    fn local() -> u8 { helper() }\n}\n\
         fn two() {\n    fn helper() -> u8 { 2 }\n    #[task]\n    fn local() -> u8 { helper() }\n}\n",
    );
    let file = lab.folder.path().join("app/src/tasks.rs").canonicalize().expect("the file");
    let own = blake3::hash(b"own");
    let codes = [4, 9].map(|line| lab.universe().code(Some((&file, line, 7)), "local", own));
    assert_ne!(codes[0].hash, codes[1].hash);
    assert!(codes.iter().all(|code| !code.made_by_macro));
}

#[test]
fn generated_tasks_and_invalid_sources_make_the_fingerprint_coarse_with_a_reason() {
    let lab = Lab::new();
    let made = lab.universe().code(None, "score", blake3::hash(b"own"));
    assert!(
        made.made_by_macro && made.parts.contains("every file of package app\ta macro generates the task"),
        "{}",
        made.parts
    );

    lab.write("app/src/unrelated.rs", "this is {{ no Rust");
    let parts = lab.code("score").parts;
    assert!(parts.contains("every file of package app\tcan't parse src/unrelated.rs as Rust"), "{parts}");
}

#[test]
fn a_file_saved_while_it_is_compiled_gives_a_fingerprint_that_no_other_build_has() {
    let lab = Lab::new();
    lab.write("app/src/unrelated.rs", "pub fn far() {}");
    // Even if the file was given an earlier time.
    let earlier = SystemTime::now() - Duration::from_secs(3_600);
    let file = fs::File::options().write(true).open(lab.folder.path().join("app/src/unrelated.rs"));
    file.and_then(|file| file.set_modified(earlier)).expect("a time");
    let code = || lab.universe_while(true).code(None, "score", blake3::hash(b"own"));
    let (one, two) = (code(), code());
    assert_ne!(one.hash, two.hash);
    assert!(one.parts.contains("changed while it was compiled"), "{}", one.parts);
}

/// A name may refer to something else without an edit of the item that contains it. The edit elsewhere must change the
/// fingerprint. Each case: the files, then the files that differ after the edit. The task is `t` in `src/tasks.rs`.
#[test]
fn every_edit_that_changes_the_target_of_a_name_is_detected() {
    type Files = &'static [(&'static str, &'static str)];
    const A: &str =
        "pub fn helper() -> u8 { 1 }\npub trait Score { fn score(&self) {} }\nimpl Score for u8 {}";
    const B: &str =
        "pub fn helper() -> u8 { 2 }\npub trait Score { fn score(&self) { b() } }\nimpl Score for u8 {}";
    let cases: [(&str, Files, Files); 17] = [
        (
            "conditions of imports",
            &[(
                "src/tasks.rs",
                "#[cfg(x)] use crate::a::helper;\n#[cfg(not(x))] use crate::b::helper;\nfn t() { helper() }",
            )],
            &[(
                "src/tasks.rs",
                "#[cfg(not(x))] use crate::a::helper;\n#[cfg(x)] use crate::b::helper;\nfn t() { helper() }",
            )],
        ),
        (
            "the trait that is imported",
            &[("src/tasks.rs", "use crate::a::Score;\nfn t(x: u8) { x.score() }")],
            &[("src/tasks.rs", "use crate::b::Score;\nfn t(x: u8) { x.score() }")],
        ),
        (
            "a trait imported as `_` from a prelude",
            &[
                ("src/tasks.rs", "use crate::p::*;\nfn t(x: u8) { x.score() }"),
                ("src/p.rs", "pub use crate::a::Score as _;"),
            ],
            &[("src/p.rs", "pub use crate::b::Score as _;")],
        ),
        (
            "a private import, by its path",
            &[("src/tasks.rs", "fn t() { crate::pick() }"), ("src/main.rs", "use a::helper as pick;")],
            &[("src/main.rs", "use b::helper as pick;")],
        ),
        (
            "the body of a renamed function",
            &[
                ("src/tasks.rs", "use super::pick;\nfn t() { pick() }"),
                ("src/main.rs", "use a::helper as pick;"),
            ],
            &[("src/a.rs", "pub fn helper() -> u8 { 7 }")],
        ),
        (
            "a glob re-export",
            &[("src/tasks.rs", "use crate::helper;\nfn t() { helper() }"), ("src/main.rs", "pub use a::*;")],
            &[("src/main.rs", "pub use b::*;")],
        ),
        (
            "a glob inside the function",
            &[("src/tasks.rs", "fn t() { use super::*; pick() }"), ("src/main.rs", "use a::helper as pick;")],
            &[("src/main.rs", "use b::helper as pick;")],
        ),
        (
            "the file of a module",
            &[
                ("src/tasks.rs", "fn t() { crate::imp::helper() }"),
                ("src/main.rs", "#[path = \"a.rs\"] mod imp;"),
            ],
            &[("src/main.rs", "#[path = \"b.rs\"] mod imp;")],
        ),
        (
            "a removed module",
            &[("src/tasks.rs", "fn t() { helper() }"), ("src/main.rs", "mod tasks; mod a; mod b;")],
            &[("src/main.rs", "mod tasks; mod a;")],
        ),
        (
            "a value in a macro's call",
            &[
                ("src/tasks.rs", "fn t() -> u32 { LIMIT }"),
                (
                    "src/main.rs",
                    "macro_rules! consts { ($($n:ident: $v:expr),*) => { $(pub const $n: u32 = $v;)* } }\nconsts! { LIMIT: 3 }",
                ),
            ],
            &[(
                "src/main.rs",
                "macro_rules! consts { ($($n:ident: $v:expr),*) => { $(pub const $n: u32 = $v;)* } }\nconsts! { LIMIT: 30 }",
            )],
        ),
        (
            "a module called target",
            &[("src/tasks.rs", "fn t() { aim() }"), ("src/target/mod.rs", "pub fn aim() {}")],
            &[("src/target/mod.rs", "pub fn aim() { x() }")],
        ),
        (
            "a raw identifier",
            &[("src/tasks.rs", "fn t() { crate::a::r#gen() }"), ("src/a.rs", "pub fn r#gen() {}")],
            &[("src/a.rs", "pub fn r#gen() { x() }")],
        ),
        (
            "a function that included code names",
            &[
                ("src/tasks.rs", "fn t() { include!(\"code.in\") }"),
                ("src/code.in", "crate::a::deep()"),
                ("src/a.rs", "pub fn deep() {}"),
            ],
            &[("src/a.rs", "pub fn deep() { x() }")],
        ),
        (
            "a macro that imports",
            &[
                ("src/tasks.rs", "fn t() { helper() }"),
                ("src/main.rs", "macro_rules! pick { ($m:ident) => { use crate::$m::*; } }\npick!(a);"),
            ],
            &[("src/main.rs", "macro_rules! pick { ($m:ident) => { use crate::$m::*; } }\npick!(b);")],
        ),
        (
            "a file in another folder",
            &[
                ("src/tasks.rs", "#[path = \"../tests/common.rs\"] mod common;\nfn t() { common::shared() }"),
                ("tests/common.rs", "pub fn shared() {}"),
            ],
            &[("tests/common.rs", "pub fn shared() { x() }")],
        ),
        (
            "the lock file of the workspace, beside another",
            &[("src/tasks.rs", "fn t() { serde::x() }"), ("Cargo.lock", "version = 4\n")],
            &[(
                "../Cargo.lock",
                "version = 4\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\"serde\"]\n[[package]]\nname = \"serde\"\nversion = \"1.0.9\"\nsource = \"r\"\nchecksum = \"zz\"\n",
            )],
        ),
        (
            "a folder that an attribute names",
            &[
                (
                    "src/tasks.rs",
                    "#[derive(Embed)] #[folder = \"assets/\"] struct Assets;\nfn t() -> Assets {}",
                ),
                ("assets/a.txt", "1"),
            ],
            &[("assets/a.txt", "2")],
        ),
    ];
    for (name, before, after) in cases {
        let lab = Lab::new();
        lab.write("app/src/a.rs", A);
        lab.write("app/src/b.rs", B);
        lab.write("app/src/main.rs", "fn main() {}");
        let write =
            |files: Files| files.iter().for_each(|(path, text)| lab.write(&format!("app/{path}"), text));
        write(before);
        lab.declare();
        let first = lab.code("t");
        write(after);
        lab.declare();
        let second = lab.code("t");
        assert!(
            !first.made_by_macro && !first.parts.contains("no earlier result"),
            "{name}: {}",
            first.parts
        );
        assert_ne!(first.hash, second.hash, "{name}\n{}", second.parts);
        if !second.parts.contains("can't be determined") {
            assert_eq!(second.hash, lab.code("t").hash, "{name}");
        }
    }
}

#[test]
fn a_test_module_in_a_separate_file_does_not_count() {
    let lab = Lab::new();
    lab.edit(
        "app/src/tasks.rs",
        "#[task(skippable)]\npub fn lonely",
        "#[cfg(test)]\nmod tests;\n\n#[task(skippable)]\npub fn lonely",
    );
    lab.write("app/src/tasks/tests.rs", "use super::*;\nfn clean() {}\n");
    let before = lab.code("score").hash;
    lab.write("app/src/tasks/tests.rs", "use super::*;\nuse crate::model::*;\nfn clean() { x() }\n");
    assert_eq!(lab.code("score").hash, before);
}

#[test]
fn cyclic_links_and_many_equal_titles_take_little_time() {
    let lab = Lab::new();
    let calls: String = (0..2_000).map(|i| format!("make!(f{i});\n")).collect();
    lab.write(
        "app/src/unrelated.rs",
        &format!("macro_rules! make {{ ($n:ident) => {{ use x::$n; }} }}\n{calls}"),
    );
    #[cfg(unix)]
    for name in ["one", "two"] {
        std::os::unix::fs::symlink(".", lab.folder.path().join("app/src").join(name)).expect("a link");
    }
    assert!(lab.code("score").parts.lines().count() > 2_000);
}

#[test]
fn a_call_leads_to_nothing_only_if_no_code_can_define_its_function() {
    let leads_to = |before: &str, path: &[&str]| {
        let lab = Lab::new();
        lab.write(
            "app/src/wired.rs",
            &format!("use skipstone::{{scenario, task}}; {before}\nscenario! {{ pub S {{ input x: f64 = 1.0; y = halve(x); }} }}\n"),
        );
        lab.write("app/src/main.rs", "mod wired;\nfn main() {}\n");
        let file = lab.folder.path().join("app/src/wired.rs").canonicalize().expect("the file");
        let line = before.lines().count().max(1) + 1;
        let path: Vec<String> = path.iter().map(|&name| name.to_owned()).collect();
        lab.universe().called(&file, line, &path)
    };
    let nothing = Some(Called::Nothing(vec!["double".to_owned(), "sum".to_owned()]));
    let others = "use std::iter::Sum as sum; #[task] fn double(x: f64) -> f64 { x } fn helper() {}";
    assert_eq!(leads_to(others, &["halve"]), nothing);
    for may_define in [
        "macro_rules! make { () => { fn halve() {} } } make!();",
        "macro_rules! make { ($a:ident) => { fn $a() {} } } make!(halve);",
        "use elsewhere::halve;",
        "use elsewhere::*;",
        "mod inner { pub fn halve() {} } use inner::*;",
        "unknown::macro_of_another_crate! {}",
        "#[unknown::attribute] fn a() {}",
        "include!(\"halve\");",
        "words without a grammar",
    ] {
        assert_eq!(leads_to(may_define, &["halve"]), None, "{may_define}");
    }
}

#[test]
fn a_call_leads_to_a_function_of_a_module_that_may_be_private() {
    let text = "use skipstone::scenario; mod inner {
        fn hidden(a: HashMap<String, fn(u8, u8) -> u8>, b: &Resource<Pool>, mut c: [u8; 2]) {}
        pub(crate) fn shown() {}
        pub mod deeper { fn hidden() {} pub fn two(a: u8, b: u8,) {} }
        scenario! { pub S { x = hidden(a); } }
    }
    fn own<T>(x: T) {}
    scenario! { pub S { x = hidden(a); } }
    ";
    let lab = Lab::new();
    lab.write("app/src/wired.rs", text);
    lab.write("app/src/main.rs", "mod wired;\nfn main() {}\n");
    let (universe, file) = (lab.universe(), lab.folder.path().join("app/src/wired.rs"));
    let file = file.canonicalize().expect("the file");
    let leads_to = |line, path: &str| {
        let path: Vec<String> = path.split("::").map(str::to_owned).collect();
        universe.called(&file, line, &path)
    };
    let (within, outside) = (5, 8);
    assert_eq!(leads_to(outside, "inner::hidden"), Some(Called::Private));
    assert_eq!(leads_to(outside, "self::inner::deeper::hidden"), Some(Called::Private));
    assert_eq!(leads_to(within, "deeper::hidden"), Some(Called::Private));
    assert_eq!(leads_to(within, "hidden"), Some(Called::Function(2)));
    assert_eq!(leads_to(within, "self::super::own"), Some(Called::Function(1)));
    assert_eq!(leads_to(outside, "crate::wired::inner::deeper::two"), Some(Called::Function(2)));
    assert_eq!(leads_to(outside, "inner::shown"), Some(Called::Function(0)));
    assert_eq!(leads_to(outside, "inner::missing"), None);
    assert_eq!(leads_to(outside, "missing::own"), None);
}
