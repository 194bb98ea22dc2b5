use compile_fail_tests::{analyse, segment};
use skipstone::scenario;

scenario! {
    pub Demo {
        input path: String = "customers.csv";
        input payment_threshold: f64 = 1_000.0;
        input score_threshold: f64 = 1.5;

        segmented = segment(path, payment_treshold, score_threshold);
        analysis = analyse(weather);
    }
}

fn main() {}

// Fix: use the suggested name, or declare the node.
