//! What can be checked of a scenario before it runs.
#![cfg(feature = "polars")]

use skipstone::report::CheckText;
use skipstone::{CsvFile, Frame, Instance, Row, ScenarioType, scenario, task, testing};
use std::panic::catch_unwind;

#[derive(Row)]
struct Sale {
    shop: String,
    amount: f64,
}

#[task(skippable)]
fn read(sales: &CsvFile<Sale>) -> skipstone::Result<Frame<Sale>> {
    Ok(sales.scan()?)
}

#[task(skippable)]
fn above(sales: &Frame<Sale>, least: f64) -> Frame<Sale> {
    use skipstone::polars::prelude::{col, lit};
    Frame::new(sales.lazy().filter(col(Sale::AMOUNT).gt(lit(least))))
}

mod with_required {
    use super::{Sale, above, read};
    use skipstone::{CsvFile, scenario};

    scenario! {
        pub(super) Sales {
            input sales: CsvFile<Sale>;
            input least: f64;
            rows = read(sales);
            large = above(rows, least);
        }
    }
}

scenario! {
    Fine {
        input sales: CsvFile<Sale> = "tests/fixtures/checking/fine.csv";
        input least: f64 = 1.0;
        rows = read(sales);
        large = above(rows, least);
    }
}

scenario! {
    Wrong {
        input sales: CsvFile<Sale> = "tests/fixtures/checking/no_amount.csv";
        rows = read(sales);
    }
}

scenario! {
    Missing {
        input sales: CsvFile<Sale> = "tests/fixtures/checking/nowhere.csv";
        rows = read(sales);
    }
}

fn checked<S: ScenarioType>() -> String {
    let store = testing::store();
    let check = Instance::unsaved(&store, S::graph(), "check").check().expect("a check");
    let text = CheckText::new(&check).to_string();
    let here = std::env::current_dir().expect("a folder");
    text.replace(&here.display().to_string(), "[here]")
}

#[test]
fn inputs_are_checked_before_anything_runs() {
    insta::assert_snapshot!("fine", checked::<Fine>());
    insta::assert_snapshot!("wrong", checked::<Wrong>());
    insta::assert_snapshot!("missing", checked::<Missing>());
    insta::assert_snapshot!("required", checked::<with_required::Sales>());
}

#[test]
fn a_test_checks_a_scenario_without_running_it() {
    testing::check::<Fine>();
    testing::check::<with_required::Sales>();
    let error = catch_unwind(testing::check::<Wrong>).expect_err("a file without a column");
    let text = error.downcast_ref::<String>().expect("a text");
    assert!(text.contains("column `amount`"), "{text}");
    assert!(catch_unwind(testing::check::<Missing>).is_err());
}
