//! Names of other things where the name of a task belongs.

use compile_fail_tests::{analyse, total};
use skipstone::scenario;

struct Point(f64);

struct Model;

impl Model {
    fn train(x: f64) -> f64 {
        x
    }
}

mod inner {
    use compile_fail_tests::total;

    skipstone::scenario! {
        pub Inner {
            input numbers: Vec<f64> = vec![];
            sum = total(numbers);
        }
    }
}

fn helper(x: f64) -> f64 {
    x
}

scenario! {
    pub Demo {
        input x: f64 = 1.0;
        point = Point(x);
        some = Some(x);
        part = inner::Inner(x);
        model = Model::train(x);
        root = f64::sqrt(x);
        helped = helper(x);
        sum = totl(x);
        rest = compile_fail_tests::analyze(x);
        module = inner(x);
    }
}

fn main() {
    let _ = (Point(1.0).0, Model::train(1.0), helper(1.0), total(&[]), analyse);
}

// Fix: call a function with `#[task]`.
