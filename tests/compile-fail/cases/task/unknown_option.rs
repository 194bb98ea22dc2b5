use skipstone::task;

#[task(skipable)]
fn double(x: f64) -> f64 {
    2.0 * x
}

#[task(cached, skippable = true)]
fn halve(x: f64) -> f64 {
    x / 2.0
}

fn main() {
    halve(double(1.0));
}

// Fix: use the suggested option.
