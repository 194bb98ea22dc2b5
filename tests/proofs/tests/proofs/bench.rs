//! Starts the workbench program as a process.

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Returns whether the proofs run with their full counts.
pub(crate) fn full() -> bool {
    std::env::var_os("PIPELINE_PROOFS").is_some_and(|value| value == "full")
}

/// Returns a command that runs the program with these arguments, separated by spaces, on this store.
pub(crate) fn command(store: &Path, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workbench"));
    command.args(arguments.split(' ')).arg("--store").arg(store).stdin(Stdio::null());
    // Keeps temporary files of tasks beside the store.
    command.env("TMPDIR", store.parent().expect("the store has a parent folder"));
    command
}

/// Runs the program and returns its output.
pub(crate) fn output(store: &Path, arguments: &str) -> Output {
    command(store, arguments).output().expect("the workbench starts")
}

/// Runs the program and parses the JSON that it prints.
///
/// # Panics
///
/// If the program fails.
pub(crate) fn json(store: &Path, arguments: &str) -> Value {
    let output = output(store, &format!("{arguments} --json"));
    let text = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments}: {}\n{text}\n{error}", output.status);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments}: {error}\n{text}"))
}

/// Returns the hashes of a run's outputs by node, except for the output that differs each time.
pub(crate) fn hashes(run: &Value) -> Vec<(String, String)> {
    let outputs = run["outputs"].as_object().expect("outputs");
    let stable = outputs.iter().filter(|(node, _)| *node != "different");
    stable.map(|(node, output)| (node.clone(), output["hash"].to_string())).collect()
}

/// Returns the names of the jobs with this status.
pub(crate) fn jobs(run: &Value, status: &str) -> Vec<String> {
    let jobs = run["jobs"].as_array().expect("jobs").iter();
    jobs.filter(|job| job["status"] == status)
        .map(|job| job["name"].as_str().expect("a name").into())
        .collect()
}
