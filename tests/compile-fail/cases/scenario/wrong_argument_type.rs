use compile_fail_tests::{split, total};
use skipstone::scenario;

scenario! {
    pub Demo {
        input numbers: Vec<f64> = vec![1.0];
        input at: f64 = 1.0;
        (left, right) = split(numbers, at);
        sum = total(left);
        again = total(sum);
        all = total(right);
    }
}

fn main() {}

// Fix: pass a node of the parameter's type.
