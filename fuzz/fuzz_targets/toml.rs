//! Fuzzes scenario files, settings files and configurations of Taipy Core with arbitrary strings. Nothing may panic or
//! hang, and a file that loads must be the same after a round trip.
#![no_main]

use skipstone::{Graph, task, graph::SourceText};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, OnceLock};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Choice {
    Mean,
    Share(f64),
    Named { low: Option<i64>, high: u8 },
}

#[task(skippable)]
fn halve(numbers: &[f64], limit: Option<u8>, choice: &Choice) -> Result<(Vec<f64>, String), String> {
    let _ = (limit, choice);
    Ok((numbers.iter().map(|number| number / 2.0).collect(), String::new()))
}

#[task]
fn count(numbers: &[f64], name: &str) -> usize {
    numbers.len() + name.len()
}

const PROGRAM: &str = r#"
name = "F"
inputs.numbers.default = []
[inputs.limit]
[inputs.choice]
[inputs.name]
secret = true
[[tasks]]
function = "halve"
arguments = ["numbers", "limit", "choice"]
outputs = ["half", "text"]
[[tasks]]
function = "count"
arguments = ["half", "name"]
outputs = "counted"
"#;

libfuzzer_sys::fuzz_target!(|text: &str| {
    static GRAPH: OnceLock<Arc<Graph>> = OnceLock::new();
    let graph = GRAPH.get_or_init(|| Graph::from_toml(&SourceText::new("program.toml", PROGRAM)).expect("the program is valid"));
    skipstone::__private::fuzzing::toml(text, graph);
});
