use compile_fail_tests::{split, total};
use skipstone::scenario;

scenario! {
    pub Demo {
        input numbers: Vec<f64> = vec![1.0];
        input at: usize = 1;
        halves = split(numbers, at);
        (sum, rest) = total(numbers);
    }
}

fn main() {}

// Fix: write one name for each element of the task's result.
