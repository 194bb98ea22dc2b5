//! Subscenarios whose inputs, nodes or types are wrong.

use compile_fail_tests::total;
use skipstone::{scenario, task};

/// Scales a number.
#[task(skippable)]
fn scale(x: f64, by: f64) -> f64 {
    x * by
}

/// Counts the letters.
#[task]
fn letters(token: &str) -> f64 {
    token.len() as f64
}

scenario! {
    /// One country.
    pub Scoring {
        input customers: Vec<f64>;
        input weight: f64 = 1.0;
        #[secret]
        input token: String;
        sum = total(customers);
        factor = letters(token);
        (subscenario, of_it) = compile_fail_tests::split(customers, at);
        input at: usize = 1;
        score = scale(sum, factor);
        weighted = scale(score, weight);
    }
}

scenario! {
    pub Europe {
        input customers: Vec<f64> = vec![1.0];
        input at: usize = 1;
        germany = Scoring { customers };
        unknown_input = Scoring { custmers: customers, customers };
        missing = Scoring {};
        wrong_type = Scoring { customers: at };
        wrong_value = Scoring { customers, weight: "heavy" };
        secret = Scoring { customers, token: "secret" };
        output = Scoring { customers, score: 1.0 };
        read = scale(germany.scor, germany.weight);
        deep = scale(germany.inner.score, germany.weight);
        other_type = total(germany.score);
    }
}

scenario! {
    pub World {
        europe = Europe { at: 2 };
        read = scale(europe.germany.scor, europe.germany.score);
        subscenario = total(europe.germany);
        fine = total(europe.germany.subscenario);
    }
}

scenario! {
    pub Unknown {
        not_there = Scorings { customers: vec![1.0] };
        sum = total(not_there.customers);
    }
}

fn main() {}

// Fix: give each input that needs it a node or a value of its type, and name nodes that the scenario has.
