//! Statements that use a scenario as a subscenario in a wrong way.

use compile_fail_tests::total;
use skipstone::{scenario, task};

/// Scales a number.
#[task(skippable)]
fn scale(x: f64, by: f64) -> f64 {
    x * by
}

struct Plain;

scenario! {
    pub Scoring {
        input customers: Vec<f64>;
        input weight: f64 = 1.0;
        sum = total(customers);
        score = scale(sum, weight);
    }
}

scenario! {
    pub Europe {
        input customers: Vec<f64> = vec![1.0];
        germany = Scoring { customers };
        function = scale { x: customers };
        plain = Plain { x: customers };
        twice = Scoring { customers, customers: customers };
        rest = Scoring { customers, ..germany };
        equals = Scoring { customers = customers };
        empty = Scoring { customers: };
        (a, b) = Scoring { customers };
        unknown_node = Scoring { customers: custmers };
        itself = Scoring { customers: itself.customers };
        whole = total(germany);
        of_node = scale(customers.len, germany.score);
        half = scale(germany., germany.score);
        called = Scoring(customers);
        returned = Scoring { customers, weight: return 1.0 };
    }
}

fn main() {
    let _ = |europe: &Europe| europe.germany.score.read();
}

// Fix: write `name = Scenario { input: node, other: value };`, and `name.node` for a node of the subscenario.
