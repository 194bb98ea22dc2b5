use serde::{Deserialize, Serialize};
use skipstone::{scenario, task};

#[derive(Serialize, Deserialize)]
struct Model;

#[task]
pub fn trained(rate: f64, model: &Model) -> f64 {
    let _ = model;
    rate
}

#[task]
pub fn model() -> Model {
    Model
}

scenario! {
    pub Trained {
        input rate: f64 = 1.0;
        model = model();
        trained = trained(rate, model);
    }
}

fn main() {
    let _ = (model(), trained(1.0, &Model));
}

// Fix: make the type `pub`, or the task as private as the type.
