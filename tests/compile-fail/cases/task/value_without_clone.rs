use skipstone::task;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Model {
    weight: f64,
}

#[task]
fn predict(model: Model, x: f64) -> f64 {
    model.weight * x
}

fn main() {
    predict(Model { weight: 1.0 }, 1.0);
}

// Fix: take a reference, or derive `Clone`.
