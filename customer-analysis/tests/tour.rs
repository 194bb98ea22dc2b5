//! The commands of docs/tour.md do what the tour says, in the order in which they stand there.
//!
//! A line of output stands for any line that differs only in what differs from time to time and from machine to
//! machine: lengths of time, sizes, dates, hashes, absolute paths; `...` stands for any lines.

use std::path::Path;
use std::process::Command;

const TOUR: &str = include_str!("../../docs/tour.md");

/// A command of the tour, and what it prints.
struct Step {
    command: String,
    output: Vec<String>,
}

fn steps() -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in TOUR.lines() {
        match line.strip_prefix("$ ") {
            _ if line.starts_with("```") => inside = line == "```console",
            Some(command) if inside => steps.push(Step { command: command.into(), output: Vec::new() }),
            _ if inside => steps.last_mut().expect("a command comes first").output.push(line.into()),
            _ => {}
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
    let folder = tempfile::tempdir().expect("a folder");
    let program = Path::new(env!("CARGO_BIN_EXE_customer-analysis")).parent().expect("a folder");
    let paths = std::env::var("PATH").unwrap_or_default();
    let steps = steps();
    assert!(steps.len() > 25, "{} commands", steps.len());
    for Step { command, output } in steps {
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
