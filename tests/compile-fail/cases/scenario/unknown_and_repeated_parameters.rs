use compile_fail_tests::segment;
use skipstone::scenario;

scenario! {
    pub Demo {
        input path: String = "customers.csv";
        input a: f64 = 1_000.0;
        input b: f64 = 1.5;

        one = segment(path, payment_threshold: a, payment_threshold: b);
        two = segment(path, payment_threshold: a, scores: b);
    }
}

fn main() {}

// Fix: use each parameter name of the signature once.
