use compile_fail_tests::{split, total};
use skipstone::scenario;

scenario! {
    pub Demo {
        input numbers: Vec<f64> = vec![1.0];
        input at = 1;
        let sum = total(numbers);
        (left, right) = split(numbers, 1);
        best = total(split(numbers, at));
        last = total(numbers)
    }
}

fn main() {}

// Fix: write `input name: Type = default;` or `name = task(node, …);`, and name each intermediate result.
