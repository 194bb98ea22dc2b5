//! Options in a form that they do not have.

use skipstone::{scenario, task};

#[task("skippable")]
fn quoted(x: f64) -> f64 {
    x
}

#[task(skippable, ignore(type))]
fn keyword(x: f64, r#type: u8) -> f64 {
    x + f64::from(r#type)
}

#[task]
fn rate(x: f64) -> f64 {
    x
}

scenario! {
    pub Demo {
        input x: f64 = 1.0;
        input level: u8 = 1;
        #[kpi]
        first = rate(x);
        #[kpi(better = "higher")]
        second = rate(x);
        #[kpi(better = higher, field = nested.value)]
        third = rate(x);
        #[allow(unused_variables)]
        fourth = keyword(x, level);
    }
}

fn main() {}

// Fix: write the option as the message shows it.
