//! Parameters, types and names that are legal Rust, in tasks and scenarios.

#![deny(warnings)]

use skipstone::{scenario, task};
use std::path::{Path, PathBuf};

#[allow(non_upper_case_globals)]
mod constants {
    pub const error: u8 = 1;
    pub const value: u8 = 1;
    pub const values: u8 = 1;
    pub const inputs: u8 = 1;
    pub const text: u8 = 1;
    pub const row: u8 = 1;
    pub const name: u8 = 1;
    pub static instance: u8 = 1;
    pub static store: u8 = 1;
}
#[allow(unused_imports)]
use constants::*;

/// Types with the names that type parameters usually have.
#[allow(dead_code)]
mod types {
    pub struct A;
    pub struct C;
    pub struct E;
    pub struct I;
    pub struct N;
    pub struct T;
}
#[allow(unused_imports)]
use types::*;

/// The `Path` and the `PathBuf` that clippy proposes.
#[task]
fn length_of(path: &Path) -> usize {
    path.as_os_str().len()
}

#[task(skippable)]
fn longest<'a>(words: &'a [String], prefix: &'a str) -> Result<String, std::num::ParseIntError> {
    words.iter().find(|word| word.starts_with(prefix)).map_or(Ok(String::new()), |word| Ok(word.clone()))
}

#[task]
fn counted(words: Vec<String>, mut start: usize) -> (usize, Option<String>) {
    start += words.len();
    (start, words.first().cloned())
}

scenario! {
    pub Legal {
        input path: PathBuf = "a.csv";
        input words: Vec<String> = vec!["a".to_owned()];
        input prefix: String;
        input r#type: usize = { let start = 1; start + 1 };
        input twice: f64 = { let half = |x: f64| { if x > 1.0 { return 1.0; } x }; half(0.5) * 2.0 };

        length = length_of(path);
        long = longest(words, prefix);
        (count, first) = counted(words, r#type);
        #[allow(unused)]
        other = twice_of(twice);
        #[allow(deprecated)]
        old = old_length_of(path);
    }
}

/// Its definition causes no warning.
#[deprecated(note = "call `length_of`")]
#[task]
fn old_length_of(path: &Path) -> usize {
    path.as_os_str().len()
}

#[task]
fn twice_of(x: f64) -> f64 {
    2.0 * x
}

/// Generic tasks: bounds in both places, associated types, a struct with bounds, a private trait, types of any form.
mod generic {
    use serde::de::DeserializeOwned;
    use serde::{Deserialize, Serialize};
    use skipstone::{scenario, task};

    trait Measured {
        type Unit: Serialize + DeserializeOwned + Send + Sync;
        const SCALE: f64;
        fn unit() -> Self::Unit;
    }

    struct Metres;

    impl Measured for Metres {
        type Unit = String;
        const SCALE: f64 = 1.0;
        fn unit() -> String {
            "m".to_owned()
        }
    }

    #[derive(Clone, Serialize, Deserialize)]
    struct Marked<T: Ord> {
        value: T,
    }

    #[task(skippable, version = "1", name = "units")]
    fn unit_of<M: Measured>(scale: f64) -> (f64, M::Unit) {
        (scale * M::SCALE, M::unit())
    }

    #[task(skippable)]
    fn marked<T>(value: T) -> Result<Marked<T>, std::fmt::Error>
    where
        T: Ord + Clone + Serialize + DeserializeOwned + Send + Sync,
    {
        Ok(Marked { value })
    }

    #[task]
    fn both<A: Clone, B: Serialize + DeserializeOwned + Send + Sync>(first: &Marked<A>, second: &B) -> bool
    where
        A: Ord + Serialize + DeserializeOwned + Send + Sync,
    {
        let _ = (first.value.clone(), second);
        true
    }

    scenario! {
        pub(super) Generic {
            input scale: f64 = 2.0;
            input value: (u8, Vec<Option<String>>) = (1, vec![]);
            #[allow(unused)]
            (scaled, unit) = unit_of::<Metres>(scale);
            marked = marked::<(u8, Vec<Option<String>>)>(value);
            all = both::<(u8, Vec<Option<String>>), String>(marked, second: unit);
            #[allow(unused)]
            again = self::marked::<f64_>(scaled_);
            input scaled_: f64_ = 3;
        }
    }

    #[allow(non_camel_case_types)]
    type f64_ = i64;
}

/// Branches on values of any form, and in each other.
mod branches {
    use skipstone::{scenario, task};

    #[derive(Clone, serde::Serialize, serde::Deserialize)]
    pub enum Mode {
        Full,
        Upto { count: usize },
    }

    #[task]
    fn all(values: &[f64]) -> (Vec<f64>, usize) {
        (values.to_vec(), values.len())
    }

    #[task]
    fn some(values: &[f64]) -> (Vec<f64>, usize) {
        (values[..1].to_vec(), 1)
    }

    #[task]
    fn pair(one: usize, two: usize) -> (usize, usize) {
        (one, two)
    }

    #[task]
    fn both(last: Vec<f64>, third: usize, fourth: usize) -> usize {
        last.len() + third + fourth
    }

    scenario! {
        pub(super) Branches {
            input mode: Mode = Mode::Full;
            input r#type: bool = true;
            input values: Vec<f64> = vec![if true { 1.0 } else { 2.0 }];
            if matches!(mode, Mode::Upto { count } if count > 3) {
                if !r#type {
                    (sample, _size) = all(values);
                } else {
                    (sample, _size) = some(values);
                }
            } else if values.len() > 3 && values[0] == 1.0 {
                #[allow(unused)]
                (sample, _size) = all(values);
            } else {
                /// The sample.
                (sample, _size) = some(values);
            }
            (again, number) = super::branches::all(sample);
            (last, rest) = some(again);
            #[allow(unused)]
            (first, second) = pair(number, rest);
            (third, fourth) = pair(_size, last_);
            input last_: usize = 1;
            done = both(last, third, fourth);
        }
    }
}

/// Functions that macros define, that globs import, and that are visible in the modules below.
mod found {
    use skipstone::{scenario, task};

    macro_rules! named {
        ($($name:ident)*) => {
            $(
                #[task]
                fn $name(x: f64) -> f64 {
                    x
                }
            )*
        };
    }
    named!(of_macro);

    macro_rules! unnamed {
        () => {
            #[task]
            fn within_macro(x: f64) -> f64 {
                x
            }
        };
    }
    unnamed!();

    #[task]
    fn private(x: f64) -> f64 {
        x
    }

    mod others {
        #[skipstone::task]
        pub(super) fn of_glob(x: std::collections::BTreeMap<String, f64>) -> f64 {
            x.len() as f64
        }

        #[skipstone::task]
        pub(super) fn two(one: f64, two: f64) -> f64 {
            one + two
        }
    }
    use others::two as private_two;
    use others::*;

    mod inner {
        skipstone::scenario! {
            pub(super) Inner {
                input x: f64 = 1.0;
                out = super::private(x);
                made = super::of_macro(out);
                sum = crate::found::private_two(out, made);
            }
        }
    }

    scenario! {
        pub(super) Found {
            input x: f64 = 1.0;
            input counts: std::collections::BTreeMap<String, f64>;
            made = of_macro(x);
            within = within_macro(made);
            glob = of_glob(counts);
            out = two(within, glob);
        }
    }

    pub(super) fn graphs() {
        let _ = <Found as skipstone::ScenarioType>::graph();
        let _ = <inner::Inner as skipstone::ScenarioType>::graph();
    }
}

fn main() {
    found::graphs();
    let _ = <branches::Branches as skipstone::ScenarioType>::graph();
    let _ = <generic::Generic as skipstone::ScenarioType>::graph();
    assert_eq!(length_of(Path::new("abc")), 3);
    assert_eq!(longest(&["ab".to_owned()], "a").expect("a word"), "ab");
    let _: fn(&skipstone::Store, &str, LegalInputs) -> skipstone::Result<Legal> = Legal::create;
    assert_eq!(counted(vec![], 1), (1, None));
    let _ = <Legal as skipstone::ScenarioType>::graph();
}
