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
fn quick(values: &[f64]) -> f64 {
    values[0]
}

#[task(skippable)]
fn both(values: &[f64]) -> (f64, f64) {
    (values[0], values[1])
}

scenario! {
    pub Sampled {
        input thorough: bool = true;
        input exact: bool = true;
        input values: Vec<f64>;
        if thorough {
            result = full(values);
        }
        else_missing = quick(values);
        if thorough {
            first = full(values);
            only_here = quick(values);
        } else {
            first = quick(values);
        }
        if thorough {
            (low, high) = both(values);
        } else {
            low = full(values);
            high = quick(values);
        }
        if thorough && exact {
            two = full(values);
        } else {
            two = quick(values);
        }
        if 1 > 2 {
            none = full(values);
        } else {
            none = quick(values);
        }
        if let true = thorough {
            with_let = full(values);
        } else {
            with_let = quick(values);
        }
        if {
            empty = full(values);
        }
        else {
            alone = full(values);
        }
        #[kpi(better = higher)]
        if thorough {
            input inner: f64 = 1.0;
            sub = Other { thorough };
            low_again = full(values);
        } else {
            low_again = full(values);
        }
        chosen = if thorough { full(values) } else { quick(values) };
        match thorough { true => { matched = full(values); } }
        if result {
            by_output = full(values);
        } else {
            by_output = quick(values);
        }
        first = full(values);
    }
}

scenario! {
    pub Other {
        input thorough: bool = true;
        input values: Vec<f64> = vec![];
        if thorough { result = full(values); } else { result = quick(values); }
    }
}

fn main() {
    let _ = (full(&[]), quick(&[]), both(&[]), Mode::Full, Mode::Quick);
}

// Fix: write `if condition { … } else { … }` with a condition on one input, and the same outputs in both arms.
