//! Text that tasks print to standard output. Without a test harness, which prints there too.

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
fn told(greeted: &str) -> usize {
    println!("told {greeted}");
    let child = Command::new("sh").args(["-c", "echo told by another program"]).status();
    assert!(child.is_ok_and(|status| status.success()));
    greeted.len()
}

scenario! { Printing { input name: String = "you"; greeted = greeted(name); told = told(greeted); } }

/// With this variable, the program is the one that the tests start.
const TESTED: &str = "PRINTING_TESTED";

fn main() -> ExitCode {
    if std::env::var_os(TESTED).is_some() {
        return skipstone::cli::main::<Printing>();
    }
    if std::env::args().any(|argument| argument == "--list") {
        println!("printing: test");
        return ExitCode::SUCCESS;
    }
    json_has_what_tasks_print_in_their_logs_and_nothing_besides();
    each_line_of_events_is_one_and_has_what_tasks_print();
    without_json_what_tasks_print_comes_as_it_is();
    println!("what tasks print: ok");
    ExitCode::SUCCESS
}

/// The standard output of the program.
fn printed(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args(arguments)
        .env(TESTED, "1")
        .current_dir(folder.path())
        .output()
        .expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn texts(log: &serde_json::Value) -> Vec<&str> {
    let lines = log.as_array().expect("a log").iter();
    lines
        .map(|line| {
            assert_eq!((&line["target"], &line["level"]), (&"stdout".into(), &"INFO".into()));
            line["text"].as_str().expect("a text")
        })
        .collect()
}

fn json_has_what_tasks_print_in_their_logs_and_nothing_besides() {
    let json: serde_json::Value = serde_json::from_str(&printed(&["run", "--json"])).expect("one document");
    assert_eq!(texts(&json["jobs"][0]["log"]), ["greeting you", "without an end"]);
    assert_eq!(texts(&json["jobs"][1]["log"]), ["told hello you", "told by another program"]);
    assert_eq!(json["outputs"]["told"]["value"], 9);
}

fn each_line_of_events_is_one_and_has_what_tasks_print() {
    let events = printed(&["run", "--events"]);
    let events: Vec<serde_json::Value> =
        events.lines().map(|line| serde_json::from_str(line).expect("an event")).collect();
    let said = events.iter().filter_map(|event| event["said"]["text"].as_str());
    let said: Vec<&str> = said.collect();
    assert_eq!(said, ["greeting you", "without an end", "told hello you", "told by another program"]);
}

fn without_json_what_tasks_print_comes_as_it_is() {
    let text = printed(&["run"]);
    assert!(text.starts_with("greeting you\nwithout an end"), "{text}");
}
