//! Where a task can't be, and names that it can't have.

use skipstone::{scenario, task};

struct Model;

impl Model {
    #[task]
    fn train(x: f64) -> f64 {
        x
    }
}

trait Scores {
    #[task]
    fn score(x: f64) -> f64 {
        x
    }
}

#[task]
#[task(skippable)]
fn twice(x: f64) -> f64 {
    x
}

#[task]
fn f64(x: u8) -> u8 {
    x
}

mod load {}

#[task]
fn load(x: u8) -> u8 {
    x
}

#[task]
fn serde(x: u8) -> u8 {
    x
}

#[derive(serde::Serialize)]
struct Row {
    x: f64,
}

scenario! {
    pub Row {
        input x: f64 = 1.0;
        y = twice(x);
    }
}

scenario! {
    pub twice {
        input x: f64 = 1.0;
        y = twice(x);
    }
}

fn main() {}

// Fix: make the task a free function, and rename what has a name twice.
