//! A scenario file with subscenarios, which the compiler checks.

#![deny(warnings)]

use skipstone::{ScenarioType, scenario, task};

#[task(skippable)]
fn total(payments: &[f64], weight: f64) -> f64 {
    payments.iter().sum::<f64>() * weight
}

#[task(skippable)]
fn scaled(value: f64, factor: f64) -> f64 {
    value * factor
}

scenario! {
    pub Scoring {
        input payments: Vec<f64>;
        input weight: f64 = 1.0;
        score = total(payments, weight);
    }
}

scenario!(pub Countries from "subscenarios_in_a_file.toml");

fn main() {
    let graph = Countries::graph();
    assert_eq!(graph.subscenarios().len(), 2);
    assert_eq!(graph.node("germany.weight").expect("an input").default_text().as_deref(), Some("0.5"));
    let read = |countries: &Countries| countries.germany.score.read();
    let _: fn(&Countries) -> skipstone::Result<f64> = read;
}
