use compile_fail_tests::total;
use skipstone::scenario;

scenario! {
    pub Demo {
        input numbers: Vec<f64> = vec![1.0];
        sum = total(numbers);
        sum = total(numbers);
    }
}

fn main() {}

// Fix: rename one of the nodes.
