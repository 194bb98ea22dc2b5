//! Tasks that read some columns of a table receive tables without these columns.

use compile_fail_tests::{analyse, count, count_customers, count_numbered, segment};
use skipstone::scenario;

scenario! {
    pub Fits {
        input path: String = "customers.csv";
        input payment_threshold: f64 = 1_000.0;
        input score_threshold: f64 = 1.5;

        segmented = segment(path, payment_threshold, score_threshold);
        many = count(segmented);
        customers = count_customers(segmented);
    }
}

scenario! {
    pub Demo {
        input path: String = "customers.csv";
        input payment_threshold: f64 = 1_000.0;
        input score_threshold: f64 = 1.5;

        segmented = segment(path, payment_threshold, score_threshold);
        analysis = analyse(segmented);
        many = count(analysis);
        customers = count_customers(analysis);
        numbered = count_numbered(segmented);
        of_a_number = count(payment_threshold);
    }
}

fn main() {}

// Fix: pass a table that has the columns of the view.
