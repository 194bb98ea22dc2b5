//! Scenarios in scenarios: of another crate, of private tasks and rows, nested, in a function, with names that are keywords.

#![deny(warnings, missing_docs, unreachable_pub, unsafe_code, rust_2018_idioms, let_underscore_drop)]
#![deny(clippy::all)]

use compile_fail_tests::{Country, count, summarise};
use serde::{Deserialize, Serialize};
use skipstone::{Resource, scenario, task};

/// The payment threshold of all countries.
const PAYMENT: f64 = 500.0;

#[derive(Clone, Serialize, Deserialize)]
struct Hidden(f64);

#[task(skippable)]
fn hide(x: f64) -> Hidden {
    Hidden(x)
}

#[task]
fn show(x: &Hidden, unit: &Resource<String>) -> String {
    format!("{} {}", x.0, **unit)
}

#[task(skippable)]
fn joined(one: &str, other: &str) -> String {
    format!("{one} {other}")
}

mod inner {
    use super::{hide, show};

    skipstone::scenario! {
        /// A public scenario whose tasks are private.
        pub(crate) Shown {
            input x: f64;
            hidden = hide(x);
            r#type = show(hidden);
        }
    }
}

scenario! {
    /// Two countries by a scenario of another crate.
    pub Europe {
        input german: String = "germany.csv";
        /// Germany.
        germany = Country { path: german, payment_threshold: PAYMENT };
        france = compile_fail_tests::Country { path: "france.csv", score_threshold: 2.0 + 0.5 };
        // A view of a table of the subscenario.
        segments = count(germany.segmented);
        other = summarise(germany.segmented, analysis: france.analysis);
    }
}

scenario! {
    /// A subscenario of a subscenario.
    pub World {
        europe = Europe {};
        r#mod = inner::Shown { x: europe.germany.summary };
        again = inner::Shown { x: europe.other };
        text = joined(r#mod.r#type, again.r#type);
    }
}

fn main() {
    scenario! {
        /// In a function.
        Local {
            world = World {};
            more = joined(world.text, world.again.r#type);
        }
    }
    let _ = |local: &Local| (local.world.europe.germany.summary.read(), local.world.r#mod.r#type.read());
    let _ = |world: &World| world.europe.german.write("other.csv".into());
}
