//! A KPI must be a number, and a migration must return the input's type.

use skipstone::{scenario, task};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
struct Quality {
    accuracy: f64,
    name: String,
}

#[task(skippable)]
fn rate(limit: f64) -> Quality {
    Quality { accuracy: limit, name: "x".into() }
}

#[task(skippable)]
fn label(limit: f64) -> String {
    limit.to_string()
}

#[task(skippable)]
fn split(limit: f64) -> (f64, f64) {
    (limit, limit)
}

fn from_text(text: String) -> String {
    text
}

fn from_two(low: f64, high: f64) -> f64 {
    low + high
}

scenario! {
    pub Rating {
        #[migrate(from_text)]
        #[migrate(from_two)]
        input limit: f64 = 1.0;
        #[kpi(field = acuracy, better = higher)]
        #[kpi(field = name, better = higher)]
        quality = rate(limit);
        #[kpi(better = lower)]
        label = label(limit);
        #[kpi(node = b, better = lower, unit = "s")]
        (a, b) = split(limit);
    }
}

scenario! {
    pub Wrong {
        #[kpi(better = higher)]
        input limit: f64 = 1.0;
        #[kpi(beter = higher)]
        quality = rate(limit);
        #[kpi(better = higher)]
        (a, b) = split(limit);
    }
}

fn main() {}

// Fix: mark a numeric output or field as a KPI; let a migration return the input's type.
