use skipstone::{scenario, task};

#[task(skippable)]
fn total(payments: &[f64], weight: f64) -> f64 {
    payments.iter().sum::<f64>() * weight
}

scenario! {
    pub Scoring {
        input payments: Vec<f64>;
        input weight: f64 = 1.0;
        score = total(payments, weight);
    }
}

scenario!(pub Countries from "subscenarios.toml");

fn main() {}

// Fix: pass each input of the subscenario a node of its type, or a value.
