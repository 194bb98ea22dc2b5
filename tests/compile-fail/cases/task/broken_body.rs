//! An error in the body of a task is the compiler's own, and the scenario still knows the task.

use skipstone::{scenario, task};

#[task]
fn double(x: f64) -> f64 {
    let y = x +;
    y
}

#[task]
fn unknown(x: f64) -> _ {
    x
}

#[task]
fn missing(x: Absent) -> f64 {
    1.0
}

scenario! {
    pub Demo {
        input x: f64 = 1.0;
        doubled = double(x);
        other = unknown(doubled);
        last = missing(other);
    }
}

fn main() {}

// Fix: correct the body, and write out each type.
