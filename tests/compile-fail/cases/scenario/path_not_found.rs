use skipstone::scenario;

scenario! {
    pub Demo {
        input x: f64 = 1.0;
        doubled = compile_fail_tests::dubble(x);
        halved = halve(x);
    }
}

fn main() {}

// Fix: import the task, or correct its path; the message is rustc's own.
