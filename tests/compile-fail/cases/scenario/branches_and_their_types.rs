use serde::{Deserialize, Serialize};
use skipstone::{scenario, task};

#[derive(Serialize, Deserialize)]
pub enum Mode {
    Full,
    Quick,
}

#[task(skippable)]
fn full(values: &[f64]) -> f64 {
    values.iter().sum()
}

#[task(skippable)]
fn rounded(values: &[f64]) -> i64 {
    values[0] as i64
}

#[task(skippable)]
fn is_long(values: &[f64]) -> bool {
    values.len() > 3
}

scenario! {
    pub Sampled {
        input mode: Mode = Mode::Full;
        input count: usize = 1;
        input thorough: bool = true;
        input values: Vec<f64> = vec![];
        if mode == Mode::Full {
            result = full(values);
        } else {
            result = full(values);
        }
        if count {
            other = full(values);
        } else {
            other = full(values);
        }
        if thorough {
            number = full(values);
        } else {
            number = rounded(values);
        }
    }
}

scenario! {
    pub Part {
        input thorough: bool = true;
        input values: Vec<f64> = vec![];
        if thorough { result = full(values); } else { result = full(values); }
    }
}

scenario! {
    pub Whole {
        input values: Vec<f64> = vec![];
        long = is_long(values);
        part = Part { thorough: long };
        other = Part { thorough: part.thorough };
    }
}

fn main() {
    let _ = (full(&[]), rounded(&[]), is_long(&[]), Mode::Quick);
}

// Fix: derive `PartialEq` for the enum or write `matches!(mode, Mode::Full)`, and let both tasks return the same type.
