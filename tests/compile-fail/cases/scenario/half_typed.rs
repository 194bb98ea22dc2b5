//! A scenario while it is typed: each unfinished statement is reported once, and everything else stays.

use compile_fail_tests::{split, total};
use skipstone::scenario;

scenario! {
    pub Demo {
        input numbers: Vec<f64> = vec![1.0];
        input at: usize = 1
        (left, right) = split(numbers, at)
        input limit:
        sum = tot
        other = compile_fail_tests::
        both = total(left, );
        last = total(right)
        input
        mean =
    }
}

fn uses(demo: &Demo) -> (&skipstone::Input<usize>, &skipstone::Output<f64>, &skipstone::Output<Vec<f64>>) {
    let _ = (&demo.sum, &demo.limit, &demo.other, &demo.mean);
    (&demo.at, &demo.last, &demo.left)
}

fn main() {
    let _ = uses;
}

// Fix: finish each statement.
