use compile_fail_tests::segment;
use skipstone::scenario;

scenario! {
    pub Demo {
        input path: String = "customers.csv";
        input payment_threshold: f64 = 1_000.0;
        input score_threshold: f64 = 1.5;

        segmented = segment(path, score_threshold, payment_threshold);
    }
}

fn main() {}

// Fix: put the arguments in the order of the parameters, or name the parameters.
