//! Types and defaults that an input can't have.

use compile_fail_tests::total;
use skipstone::scenario;

fn rate() -> Option<f64> {
    Some(1.0)
}

scenario! {
    pub Demo {
        input list: [f64] = [1.0];
        input text: &str = "a";
        input words: Vec<&'static str> = vec!["a"];
        input twice: Option<Option<f64>> = None;
        input first: f64 = 1.0;
        input second: f64 = first * 2.0;
        input third: f64 = return 2.0;
        input fourth: f64 = rate()?;
        input numbers: Vec<f64> = vec![];
        sum = total(numbers);
    }
}

fn main() {}

// Fix: an input owns a value that serde can store, and its default is an expression of its own.
