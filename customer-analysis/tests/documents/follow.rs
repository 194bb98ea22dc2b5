//! Follows a document as its reader would: writes its files, runs its commands and compares what they print.
//!
//! A block below `<!-- file: NAME -->` is the content of that file. In a `console` block, lines that begin with `$ ` are
//! commands, and the lines below are their output. `<!-- program: NAME -->` starts a section: only the steps of one section
//! are followed, those before the first marker belong to the section ``.
//!
//! Output may differ from the document in durations, sizes, dates, hashes and absolute paths; `...` stands for any lines.
//! With `UPDATE_DOCS=1`, output that differs is written to the document.

use std::ops::Range;
use std::path::Path;
use std::process::Command;

/// A step that a document asks its reader to do.
enum Step {
    /// Write a file: its name and its content.
    File(String, String),
    /// Run a command: the command, its output, and the lines of the document that hold the output.
    Command(String, Vec<String>, Range<usize>),
}

/// The steps of a section.
fn steps(document: &str, section: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let (mut inside, mut file, mut current) = (false, None, "");
    for (number, line) in document.lines().enumerate() {
        let comment = |key: &str| line.strip_prefix(key).and_then(|rest| rest.strip_suffix(" -->"));
        if let Some(name) = comment("<!-- program: ") {
            current = name;
            continue;
        }
        if current != section {
            continue;
        }
        if let Some(name) = comment("<!-- file: ") {
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
                (Some(command), _) => {
                    steps.push(Step::Command(command.into(), Vec::new(), number + 1..number + 1));
                }
                (None, Some(Step::Command(_, output, lines))) => {
                    output.push(line.into());
                    lines.end = number + 1;
                }
                _ => panic!("a command comes first: {line}"),
            }
        }
    }
    steps
}

/// Replaces the parts of a line that may differ.
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
        let is_seconds = bare.strip_suffix('s').is_some_and(|number| number.parse::<f64>().is_ok());
        // A program that was built without Git has no commit.
        let is_commit = bare == "commit" || (is_hash && bare.len() == 10);
        if is_commit {
            continue;
        }
        steady.push(match () {
            () if is_size || is_date || is_time || is_hash || is_seconds => word.replace(bare, "_"),
            () if is_unit => word.replace(bare, "unit"),
            () if bare.starts_with('/') => word.replace(bare, "/path"),
            () => (*word).to_owned(),
        });
    }
    steady.join(" ").trim_end_matches(',').to_owned()
}

/// Whether the lines match the expected ones.
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

/// The output to document: of a shortened one, the lines nearest to those that it had.
fn updated(expected: &[String], found: &str) -> Vec<String> {
    let found: Vec<&str> = found.lines().collect();
    if !expected.iter().any(|line| line == "...") {
        return found.into_iter().map(str::to_owned).collect();
    }
    let common = |line: &str, other: &str| {
        line.split_whitespace().filter(|word| other.split_whitespace().any(|other| other == *word)).count()
    };
    let nearest = |line: &String| match line.as_str() {
        "..." => Some(line.clone()),
        line => found.iter().max_by_key(|other| common(line, other)).map(|other| (*other).to_owned()),
    };
    expected.iter().filter_map(nearest).collect()
}

/// Runs a section of a document, which must have more steps than `least`, in `folder`.
///
/// # Panics
///
/// When a command prints anything else.
pub(crate) fn follow(
    document: &Path,
    section: &str,
    least: usize,
    folder: &Path,
    prepare: impl Fn(&mut Command),
) {
    let text = std::fs::read_to_string(document).expect("the document");
    let steps = steps(&text, section);
    assert!(steps.len() > least, "{} steps", steps.len());
    let mut changes: Vec<(Range<usize>, Vec<String>)> = Vec::new();
    for step in steps {
        let (command, output, range) = match step {
            Step::Command(command, output, range) => (command, output, range),
            Step::File(name, text) => {
                let path = folder.join(name);
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
                std::fs::write(path, text).expect("a file");
                continue;
            }
        };
        let mut shell = Command::new("sh");
        shell.args(["-c", &command]).current_dir(folder).env("PIPELINE_AUTHOR", "ada").env("NO_COLOR", "1");
        prepare(&mut shell);
        let done = shell.output().expect("a shell");
        let out = String::from_utf8_lossy(&done.stdout);
        let steady_lines = |text: &mut dyn Iterator<Item = &str>| -> Vec<String> {
            text.map(steady).filter(|line| !line.is_empty()).collect()
        };
        let expected = steady_lines(&mut output.iter().map(String::as_str));
        let found = steady_lines(&mut out.lines());
        if fits(&expected, &found) {
            continue;
        }
        let err = String::from_utf8_lossy(&done.stderr);
        assert!(
            std::env::var_os("UPDATE_DOCS").is_some(),
            "$ {command}\n{out}\n{err}\nexpected:\n{}",
            output.join("\n")
        );
        changes.push((range, updated(&output, &out)));
    }
    if !changes.is_empty() {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for (range, output) in changes.into_iter().rev() {
            lines.splice(range, output);
        }
        std::fs::write(document, lines.join("\n") + "\n").expect("the document");
    }
}
