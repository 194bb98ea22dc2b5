//! Five mistakes in one task. The function still exists for its callers, including a
//! scenario.

use skipstone::{scenario, task};

#[task(skipable)]
async unsafe fn fit((low, high): (f64, f64), values: &mut Vec<f64>) -> f64 {
    low + high + values.len() as f64
}

scenario! {
    pub Demo {
        input range: (f64, f64) = (0.0, 1.0);
        input values: Vec<f64> = vec![];
        fitted = fit(range, values);
    }
}

fn main() {
    let mut values = vec![];
    let _ = unsafe { fit((0.0, 1.0), &mut values) };
    let _ = skipstone::Store::open(".pipeline").and_then(|store| Demo::create(&store, "baseline"));
}

// Fix: all errors are reported in one build; fix them in any order.
