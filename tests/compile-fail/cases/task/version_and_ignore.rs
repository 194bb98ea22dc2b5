use skipstone::task;

#[task(skippable, version = 2)]
fn double(x: f64) -> f64 {
    2.0 * x
}

#[task(skippable, ignore(levle))]
fn halve(x: f64, level: u8) -> f64 {
    x / f64::from(level)
}

#[task(version = "1")]
fn always(x: f64) -> f64 {
    x
}

fn main() {
    always(halve(double(1.0), 2));
}

// Fix: write the version as a string, ignore only parameters that exist, and add `skippable`.
