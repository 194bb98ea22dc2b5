//! Types of inputs that can't be stored, or that do not exist.

use compile_fail_tests::total;
use skipstone::scenario;

#[derive(Clone)]
struct Config;

scenario! {
    pub Demo {
        input config: Config = Config;
        input configs: Vec<Config> = vec![];
        input required: Option<Config>;
        input unknown: u9 = 1;
        input shared: std::rc::Rc<f64> = std::rc::Rc::new(1.0);
        input numbers: Vec<f64> = vec![];
        sum = total(numbers);
        other = total(config);
    }
}

fn main() {}

// Fix: derive serde's traits for your own type, and wrap a type of another crate in one.
