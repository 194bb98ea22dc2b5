#![deny(warnings)]

use compile_fail_tests::{split, total};
use skipstone::scenario;

scenario! {
    pub Demo {
        input numbers: Vec<f64> = vec![1.0];
        input at: usize = 1;
        input limit: f64 = 1.0;
        (left, right) = split(numbers, at);
        sum = total(left);
    }
}

fn main() {}

// Fix: remove the input, use it, or write `#[allow(unused)]` before the statement.
