//! Nodes with parts that are passed in the wrong way.

use skipstone::{Parts, scenario, task};

#[task]
fn rounded(x: f64) -> i64 {
    x.round() as i64
}

#[task]
fn sum(xs: &Parts<i64>) -> i64 {
    xs.values().sum()
}

#[task]
fn scaled(x: i64, by: i64) -> i64 {
    x * by
}

scenario! {
    pub Passed {
        input xs: Parts<f64> = [1.0, 2.0];
        input by: i64 = 2;
        input one: f64 = 1.0;
        input words: Parts<i64> = ["a"];
        input number: Parts<i64> = 1;
        ints = rounded(each xs);
        no_parts = rounded(each one);
        neither = scaled(all by, by);
        one_of_all = sum(each ints);
        all_of_one = scaled(all ints, by);
        read = sum(all words);
        other = sum(all number);
    }
}

scenario! {
    pub Plain {
        input xs: Parts<f64> = [1.0, 2.0];
        plain = rounded(xs);
        ints = rounded(each xs);
        not_all = sum(ints);
    }
}

scenario! {
    pub Windows {
        input xs: Parts<i64> = "1..9";
        none = sum(each last(0) xs);
        word = sum(each last(few) xs);
        alone = sum(last(3) xs);
        every = sum(every xs);
        named = sum(xs: each last(3) xs);
        good = sum(each last(3) xs);
    }
}

fn main() {}

// Fix: `each node` calls the task for each part, `all node` passes the parts, `each last(7) node` those up to each part.
