//! A scenario file defines the same handles, and its expansion has no warnings and no `unsafe`.

#![deny(warnings, unused)]
#![forbid(unsafe_code)]

use compile_fail_tests::total;
use skipstone::{Input, Output, ScenarioType, scenario, testing};

scenario!(pub FromFile from "from_a_file.toml");

fn main() {
    let store = testing::store();
    let scenario = FromFile::create(&store, "first", FromFileInputs { at: 1 }).unwrap();
    let _: &Input<Vec<f64>> = &scenario.numbers;
    let _: &Input<String> = &scenario.r#type;
    let sum: &Output<f64> = &scenario.sum;
    scenario.submit().unwrap();
    assert_eq!(sum.read().unwrap(), 5.0);
    let graph = FromFile::graph();
    assert_eq!(graph.node("numbers").unwrap().type_text(), "Vec<f64>");
    assert_eq!(graph.calls()[1].retries(), 2);
    assert!(graph.calls()[1].is_skippable());
    assert_eq!(graph.docs(), "Adds the larger numbers up.");
    assert_eq!(graph.node("sum").unwrap().docs(), "The sum of the larger numbers.");
    assert_eq!(graph.kpis()[0].unit(), "€");
}
