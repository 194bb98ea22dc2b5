use compile_fail_tests::total;
use skipstone::scenario;

mod algos {
    pub fn double(x: f64) -> f64 {
        2.0 * x
    }
}

fn halve(x: f64) -> f64 {
    x / 2.0
}

scenario! {
    pub Demo {
        input x: f64 = 1.0;
        doubled = algos::double(x);
        halved = halve(x);
        sum = total(halved);
    }
}

fn main() {
    halve(algos::double(1.0));
}

// Fix: add `#[task]` above the function.
