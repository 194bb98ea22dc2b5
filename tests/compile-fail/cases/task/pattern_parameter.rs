use skipstone::task;

#[task]
fn area((width, height): (f64, f64), _: bool) -> f64 {
    width * height
}

fn main() {
    area((1.0, 1.0), true);
}

// Fix: name the parameter, and destructure it in the body.
