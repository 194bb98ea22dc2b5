use compile_fail_tests::{segment, total};
use skipstone::scenario;

scenario! {
    pub Demo {
        input path: String = "customers.csv";
        input payment_threshold: f64 = 1_000.0;
        input numbers: Vec<f64> = vec![1.0];

        segmented = segment(path, payment_threshold);
        sum = total(numbers, payment_threshold);
    }
}

fn main() {}

// Fix: pass one argument for each parameter of the signature.
