use skipstone::task;

#[task]
fn normalize(values: &mut Vec<f64>) -> f64 {
    values.pop().unwrap_or_default()
}

fn main() {
    normalize(&mut Vec::new());
}

// Fix: take `&T`, and return the changed value.
