//! Seven mistakes: swapped arguments, two wrong types, a missing argument, an unknown name, a node defined
//! twice, a function that is not a task.

use compile_fail_tests::{analyse, segment, summarise, total};
use skipstone::scenario;

fn helper(x: f64) -> f64 {
    x
}

scenario! {
    pub Demo {
        input path: String = "customers.csv";
        input payment_threshold: f64 = 1_000.0;
        input score_threshold: f64 = 1.5;

        segmented = segment(path, score_threshold, payment_threshold);
        analysis = analyse(path);
        summary = summarise(segmented);
        sum = total(sumary);
        sum = total(summary);
        helped = helper(score_threshold);
    }
}

fn main() {
    helper(1.0);
}

// Fix: all errors are reported in one build; fix them in any order.
