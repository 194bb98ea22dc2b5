use skipstone::{scenario, task};

#[task]
fn next(x: f64) -> f64 {
    x + 1.0
}

scenario! {
    pub Demo {
        a = next(c);
        b = next(a);
        c = next(b);
    }
}

fn main() {}

// Fix: let one of the tasks read another node.
