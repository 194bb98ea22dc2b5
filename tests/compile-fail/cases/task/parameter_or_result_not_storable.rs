use skipstone::task;

struct Model {
    weights: Vec<f64>,
}

#[task]
fn fit(values: &[f64]) -> Model {
    Model { weights: values.to_vec() }
}

#[task]
fn predict(model: &Model, x: f64) -> f64 {
    model.weights.iter().sum::<f64>() * x
}

#[task]
fn fit_each(values: &[f64]) -> Vec<Model> {
    values.iter().map(|value| fit(&[*value])).collect()
}

fn main() {
    fit_each(&[1.0]);
    predict(&fit(&[1.0]), 1.0);
}

// Fix: derive serde's `Serialize` and `Deserialize`.
