//! The chapter "What the compiler says" of the book is made from the cases: code, message and fix of each.
//!
//! `UPDATE_DOCS=1 cargo test -p compile-fail-tests --test page` writes it.

use std::fmt::Write;
use std::fs;
use std::path::Path;

/// The folders of cases, in the order of the chapter.
const SECTIONS: [(&str, &str, &str); 5] = [
    ("scenario", "Wiring", "Mistakes in `scenario!`."),
    ("task", "Tasks", "Mistakes in `#[task]`."),
    ("row", "Row types", "Mistakes in `#[derive(Row)]` and the derives for column types."),
    (
        "file",
        "Scenario files",
        "The same mistakes in a TOML file that `scenario!` reads; messages point into the file. Where the message is rustc's own, the \
         place is in it as a name: `scenario_toml_line_12_column_3`.",
    ),
    ("handle", "Handles", "Mistakes in code that uses a scenario; the messages are rustc's own."),
];

const INTRODUCTION: &str = "\
# What the compiler says

Each mistake below is a test case (`tests/compile-fail/cases`), and each message is the compiler's own output, which the test
compares. This chapter is generated from them. All errors of a build are reported at once, and the function and the scenario's type still
exist for the rest of the program, so that an editor keeps working.

Messages that begin with `evaluation panicked` come from checks that the compiler evaluates: they compare types and names of parameters
that only the compiler knows. What follows these words is what counts. Warnings come as `use of deprecated constant`, because a macro
has no other way to warn; what follows is what counts there, too.

In rust-analyzer, hovering a node shows its type and documentation, nodes and tasks complete inside of `scenario!`, and a rename changes
every place, also while another statement is unfinished. It finds mistakes in names itself; types are checked by `cargo check`.

`PIPELINE_DEBUG_MACRO=Name cargo build` prints the expansion of the task or scenario `Name` (after a change of its file).
";

#[test]
fn the_chapter_shows_each_case_with_its_message_and_fix() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut page = INTRODUCTION.to_owned();
    for (section, title, about) in SECTIONS {
        write!(page, "\n## {title}\n\n{about}\n").expect("a string");
        let mut cases: Vec<_> = fs::read_dir(folder.join("cases").join(section))
            .expect("cases")
            .map(|entry| entry.expect("a case").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
            .collect();
        cases.sort();
        for case in cases {
            let code = fs::read_to_string(&case).expect("code");
            let (code, fix) =
                code.split_once("// Fix: ").unwrap_or_else(|| panic!("{}: no fix", case.display()));
            assert!(fix.trim().lines().count() == 1, "{}: code after the fix", case.display());
            let message = fs::read_to_string(case.with_extension("stderr")).expect("a message");
            let name = case.file_stem().expect("a name").to_string_lossy().replace('_', " ");
            let name = name.replace("kpis", "KPIs").replace("csv", "CSV");
            let (first, rest) = name.split_at(1);
            write!(page, "\n### {}{rest}\n\n```rust,ignore\n{}\n```\n", first.to_uppercase(), code.trim())
                .expect("a string");
            let names = code.split('"').skip(1).step_by(2).filter(|text| text.ends_with(".toml"));
            for name in names {
                if let Ok(toml) = fs::read_to_string(case.with_file_name(name)) {
                    write!(page, "\n```toml\n# {name}\n{}\n```\n", toml.trim()).expect("a string");
                }
            }
            write!(page, "\n```text\n{}\n```\n\n**Fix:** {}\n", message.trim(), fix.trim())
                .expect("a string");
        }
    }
    let path = folder.ancestors().nth(2).expect("the workspace").join("docs/compiler.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &page).expect("the chapter");
    }
    let shown = fs::read_to_string(&path).unwrap_or_default();
    assert!(shown == page, "docs/compiler.md is out of date: run this test with UPDATE_DOCS=1");
}
