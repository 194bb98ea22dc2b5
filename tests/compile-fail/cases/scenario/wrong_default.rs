use compile_fail_tests::total;
use skipstone::scenario;

scenario! {
    pub Demo {
        input numbers: Vec<f64> = "1, 2";
        #[allow(unused)]
        input limit: f64 = 1000;
        sum = total(numbers);
    }
}

fn main() {}

// Fix: write a default of the input's type.
