//! Two tables of a pipeline are swapped. In other libraries, such a pipeline runs and prints wrong
//! results.

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

// Fix: put the arguments in the order of the parameters.
