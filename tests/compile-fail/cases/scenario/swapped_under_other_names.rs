//! Swapped arguments whose types have different names, but are the same.

use skipstone::{scenario, task};

type Eur = f64;

type Usd = f64;

#[task]
fn greet(name: &str, city: String) -> String {
    format!("{name} in {city}")
}

#[task]
fn sum(low: f64, high: &f64) -> f64 {
    low + high
}

#[task]
fn exchange(euros: Eur, dollars: Usd, rate: f64) -> f64 {
    euros * rate + dollars
}

scenario! {
    pub Demo {
        input name: String = "Ada";
        input city: String = "Rome";
        input low: f64 = 1.0;
        input high: f64 = 2.0;
        input euros: Eur = 1.0;
        input dollars: Usd = 1.0;
        input rate: f64 = 1.1;
        greeting = greet(city, name);
        total = sum(high, low);
        worth = exchange(dollars, euros, rate);
        other = exchange(rate, dollars, euros);
    }
}

fn main() {}

// Fix: put the arguments in the order of the parameters.
