//! The commands in docs/ do what the documents say, in the order in which they stand there; a block of TOML below
//! `<!-- file: NAME -->` is the file that they find.
//!
//! A line of output stands for any line that differs only in what differs from time to time and from machine to
//! machine: lengths of time, sizes, dates, hashes, absolute paths; `...` stands for any lines.

use std::path::Path;
use std::process::Command;

/// What a document has its reader do.
enum Step {
    /// Write a file: its name and its text.
    File(String, String),
    /// Type a command: it prints this.
    Command(String, Vec<String>),
}

fn steps(document: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let (mut inside, mut file) = (false, None);
    for line in document.lines() {
        if let Some(name) = line.strip_prefix("<!-- file: ").and_then(|rest| rest.strip_suffix(" -->")) {
            file = Some((name.to_owned(), None));
            continue;
        }
        if line.starts_with("```") {
            inside = line == "```console";
            match &mut file {
                Some((_, text @ None)) => *text = Some(String::new()),
                Some((name, Some(text))) => {
                    steps.push(Step::File(std::mem::take(name), std::mem::take(text)));
                    file = None;
                }
                None => {}
            }
            continue;
        }
        if let Some((_, Some(text))) = &mut file {
            text.push_str(line);
            text.push('\n');
        } else if inside {
            match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => steps.push(Step::Command(command.into(), Vec::new())),
                (None, Some(Step::Command(_, output))) => output.push(line.into()),
                _ => panic!("a command comes first: {line}"),
            }
        }
    }
    steps
}

/// A line without what may differ.
fn steady(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut steady: Vec<String> = Vec::new();
    for (place, word) in words.iter().enumerate() {
        let bare = word.trim_matches(|letter: char| ",;:()│".contains(letter));
        let unit = words.get(place + 1).map(|next| next.trim_matches(|letter: char| ",;)".contains(letter)));
        let is_size = matches!(unit, Some("ms" | "s" | "B" | "kB" | "MB")) && bare.parse::<f64>().is_ok();
        let is_unit = matches!(bare, "ms" | "s" | "B" | "kB" | "MB");
        let is_date = bare.len() == 10 && bare.chars().all(|letter| letter.is_ascii_digit() || letter == '-');
        let is_time = bare.len() == 5 && bare.chars().all(|letter| letter.is_ascii_digit() || letter == ':');
        let is_hash = bare.len() >= 8 && bare.chars().all(|letter| letter.is_ascii_hexdigit());
        // Where the program is built without Git there is no commit.
        let is_commit = bare == "commit" || (is_hash && bare.len() == 10);
        if is_commit {
            continue;
        }
        steady.push(match () {
            () if is_size || is_date || is_time || is_hash => word.replace(bare, "_"),
            () if is_unit => word.replace(bare, "unit"),
            () if bare.starts_with('/') => word.replace(bare, "/path"),
            () => (*word).to_owned(),
        });
    }
    steady.join(" ").trim_end_matches(',').to_owned()
}

/// Whether the lines are what was expected.
fn fits(expected: &[String], found: &[String]) -> bool {
    match (expected.split_first(), found.split_first()) {
        (None, None) => true,
        (Some((line, rest)), _) if line == "..." => {
            (0..=found.len()).any(|skipped| fits(rest, &found[skipped..]))
        }
        (Some((line, rest)), Some((other, others))) => line == other && fits(rest, others),
        _ => false,
    }
}

#[test]
fn every_command_of_the_tour_does_what_the_tour_says() {
    follow(include_str!("../../docs/tour.md"), 25);
}

#[test]
fn every_command_about_configuration_does_what_its_page_says() {
    follow(include_str!("../../docs/configuration.md"), 8);
}

/// Does what a document says, which has more commands than `least`.
fn follow(document: &str, least: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let program = Path::new(env!("CARGO_BIN_EXE_customer-analysis")).parent().expect("a folder");
    let paths = std::env::var("PATH").unwrap_or_default();
    let steps = steps(document);
    assert!(steps.len() > least, "{} steps", steps.len());
    for step in steps {
        let (command, output) = match step {
            Step::Command(command, output) => (command, output),
            Step::File(name, text) => {
                std::fs::write(folder.path().join(name), text).expect("written");
                continue;
            }
        };
        let done = Command::new("sh")
            .args(["-c", &command])
            .current_dir(folder.path())
            .env("PATH", format!("{}:{paths}", program.display()))
            .env("CARGO_MANIFEST_DIR", env!("CARGO_MANIFEST_DIR"))
            .env("PIPELINE_AUTHOR", "ada")
            .env("NO_COLOR", "1")
            .output()
            .expect("a shell");
        let out = String::from_utf8_lossy(&done.stdout);
        let steady_lines = |text: &mut dyn Iterator<Item = &str>| -> Vec<String> {
            text.map(steady).filter(|line| !line.is_empty()).collect()
        };
        let expected = steady_lines(&mut output.iter().map(String::as_str));
        let found = steady_lines(&mut out.lines());
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(fits(&expected, &found), "$ {command}\n{out}\n{said}\nexpected:\n{}", output.join("\n"));
    }
}
