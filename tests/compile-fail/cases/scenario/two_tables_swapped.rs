//! The famous demo: a four-task pipeline with two of its tables in each other's place. It runs
//! elsewhere, and prints wrong figures.

use compile_fail_tests::{analyse, segment, summarise};
use skipstone::scenario;

scenario! {
    pub Demo {
        input path: String = "customers.csv";
        input payment_threshold: f64 = 1_000.0;
        input score_threshold: f64 = 1.5;

        segmented = segment(path, payment_threshold, score_threshold);
        analysis = analyse(segmented);
        summary = summarise(analysis, segmented);
    }
}

fn main() {}
