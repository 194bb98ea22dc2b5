//! Expansions have no warnings, in modules and in functions, for tasks from any module or crate.

#![deny(warnings, missing_docs, unreachable_pub, unsafe_code, rust_2018_idioms, let_underscore_drop)]
#![deny(clippy::all)]

use compile_fail_tests::{split, total};
use skipstone::{Row, scenario, task};

mod algos {
    /// Doubles.
    #[skipstone::task(skippable)]
    pub(crate) fn double(x: f64) -> f64 {
        2.0 * x
    }
}

/// A row.
#[derive(Row)]
#[row(rename_all = "camelCase")]
pub struct Reading {
    /// Degrees.
    pub outside_celsius: Option<f64>,
    r#type: String,
}

#[task]
fn note(text: &str, mut times: u32) -> Result<String, std::io::Error> {
    times += 1;
    Ok(text.repeat(times as usize))
}

#[task]
fn nothing() {}

scenario! {
    /// Everything at once.
    pub Demo {
        input numbers: Vec<f64> = vec![1.0, 2.0];
        input at: usize = 1;
        input x: f64;
        #[allow(unused)]
        input spare: u8 = 0;
        /// Twice.
        doubled = crate::algos::double(x);
        again = algos::double(doubled);
        (left, right) = split(at: at, numbers: numbers);
        sum = total(left);
        rest = compile_fail_tests::total(right);
        done = nothing();
    }
}

fn main() {
    #[task]
    fn local(x: u8) -> u8 {
        x
    }
    scenario! {
        Inner {
            input x: u8 = 1;
            y = local(x);
            input text: String = "a";
            input times: u32 = 2;
            noted = note(text, times);
        }
    }
    assert_eq!(<Inner as skipstone::ScenarioType>::graph().calls().len(), 2);
    assert_eq!(<Demo as skipstone::ScenarioType>::graph().calls().len(), 6);
    assert_eq!(<Reading as Row>::COLUMNS[0].name, Reading::OUTSIDE_CELSIUS);
    assert_eq!(Reading::TYPE, "type");
    assert_eq!(local(1), 1);
    nothing();
    drop(note("a", 1));
    drop(Reading { outside_celsius: None, r#type: String::new() });
}
