//! Five mistakes of five kinds: names, types, order, number, default.

use compile_fail_tests::{analyse, segment, summarise, total};
use pipeline_core::scenario;

scenario! {
    pub Demo {
        input path: String = "customers.csv";
        input payment_threshold: f64 = "1000";
        input score_threshold: f64 = 1.5;

        segmented = segment(path, score_threshold, payment_threshold);
        analysis = analyse(path);
        summary = summarise(segmented);
        sum = total(summary, path);
    }
}

fn main() {}
