//! A deprecated task is reported where it is called, unless the statement allows it.

#![deny(warnings)]

use skipstone::{scenario, task};

#[deprecated(note = "call `double`")]
#[task]
fn twice(x: f64) -> f64 {
    x + x
}

scenario! {
    pub Demo {
        input x: f64 = 1.0;
        first = twice(x);
        #[allow(deprecated)]
        second = twice(first);
    }
}

fn main() {}

// Fix: call the new task, or write `#[allow(deprecated)]` before the statement.
