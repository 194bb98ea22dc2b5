use skipstone::task;

#[task]
struct Model {
    weight: f64,
}

fn main() {
    let _ = Model { weight: 1.0 }.weight;
}

// Fix: put `#[task]` above a function.
