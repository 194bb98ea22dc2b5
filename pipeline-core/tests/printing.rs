//! Lines that tasks print to standard output. The test has no harness, which would print there as well.

use skipstone::{scenario, task};
use std::process::{Command, ExitCode};

#[task]
fn greeted(name: &str) -> String {
    println!("greeting {name}");
    print!("without an end");
    format!("hello {name}")
}

/// Has a time limit, so it runs on another thread.
#[task(timeout = "1m")]
fn repeated(greeted: &str) -> usize {
    println!("repeated {greeted}");
    let child = Command::new("sh").args(["-c", "echo printed by another program"]).status();
    assert!(child.is_ok_and(|status| status.success()));
    greeted.len()
}

scenario! { Printing { input name: String = "you"; greeted = greeted(name); repeated = repeated(greeted); } }

/// If this variable is set, this process is the program under test.
const TESTED: &str = "PRINTING_TESTED";

fn main() -> ExitCode {
    if std::env::var_os(TESTED).is_some() {
        return skipstone::cli::main::<Printing>();
    }
    if std::env::args().any(|argument| argument == "--list") {
        println!("printing: test");
        return ExitCode::SUCCESS;
    }
    json_output_is_one_document_with_printed_lines_in_the_logs();
    each_line_of_events_is_one_event_and_printed_lines_are_events();
    without_json_printed_lines_pass_through_unchanged();
    println!("output of tasks: ok");
    ExitCode::SUCCESS
}

/// Runs the program and returns its standard output.
fn printed(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args(arguments)
        .env(TESTED, "1")
        .current_dir(folder.path())
        .output()
        .expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn texts(log: &serde_json::Value) -> Vec<&str> {
    let lines = log.as_array().expect("a log").iter();
    lines
        .map(|line| {
            assert_eq!((&line["target"], &line["level"]), (&"stdout".into(), &"INFO".into()));
            line["text"].as_str().expect("a string")
        })
        .collect()
}

fn json_output_is_one_document_with_printed_lines_in_the_logs() {
    let json: serde_json::Value = serde_json::from_str(&printed(&["run", "--json"])).expect("one document");
    assert_eq!(texts(&json["jobs"][0]["log"]), ["greeting you", "without an end"]);
    assert_eq!(texts(&json["jobs"][1]["log"]), ["repeated hello you", "printed by another program"]);
    assert_eq!(json["outputs"]["repeated"]["value"], 9);
}

fn each_line_of_events_is_one_event_and_printed_lines_are_events() {
    let events = printed(&["run", "--events"]);
    let events: Vec<serde_json::Value> =
        events.lines().map(|line| serde_json::from_str(line).expect("an event")).collect();
    let texts = events.iter().filter_map(|event| event["said"]["text"].as_str());
    let texts: Vec<&str> = texts.collect();
    assert_eq!(texts, ["greeting you", "without an end", "repeated hello you", "printed by another program"]);
}

fn without_json_printed_lines_pass_through_unchanged() {
    let text = printed(&["run"]);
    assert!(text.starts_with("greeting you\nwithout an end"), "{text}");
}
