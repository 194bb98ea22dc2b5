//! Tests of a pipeline: tasks as plain functions, values and functions in place of others, runs as snapshots.
//!
//! `cargo test -p skipstone --example testing`

use skipstone::{Result, scenario, task};

/// Asks a slow service; a test replaces it.
#[task(skippable)]
fn prices(day: u32) -> Vec<f64> {
    (0..5).map(|hour| f64::from(day * 10 + hour)).collect()
}

#[task(skippable)]
fn mean(prices: &[f64]) -> f64 {
    prices.iter().sum::<f64>() / prices.len() as f64
}

#[task(skippable)]
fn advice(mean: f64, limit: f64) -> String {
    if mean < limit { "buy".into() } else { "wait".into() }
}

scenario! {
    pub Trading {
        input day: u32 = 1;
        input limit: f64 = 20.0;
        prices = prices(day);
        mean = mean(prices);
        advice = advice(mean, limit);
    }
}

fn main() -> Result<()> {
    let store = skipstone::testing::store();
    let scenario = Trading::create(&store, "first")?;
    scenario.submit()?;
    println!("{}", scenario.advice.read()?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use skipstone::{assert_ran, assert_skipped, testing};

    #[test]
    fn a_task_is_a_plain_function() {
        assert_eq!(mean(&[1.0, 2.0, 6.0]), 3.0);
    }

    #[test]
    fn a_changed_limit_runs_the_advice_alone() -> Result<()> {
        let store = testing::store();
        let scenario = Trading::create(&store, "test")?;
        scenario.submit()?;
        scenario.limit.write(5.0)?;
        let run = scenario.submit()?;
        assert_ran!(run, ["advice"]);
        assert_skipped!(run, ["prices", "mean"]);
        assert_eq!(scenario.advice.read()?, "wait");
        Ok(())
    }

    #[test]
    fn a_value_in_place_of_a_node_spares_the_service() -> Result<()> {
        let store = testing::store();
        let scenario = Trading::create(&store, "test")?;
        let run = scenario.submission().with_value("prices", vec![100.0, 200.0])?.submit()?;
        assert_ran!(run, ["mean", "advice"]);
        Ok(())
    }

    #[test]
    fn a_function_in_place_of_a_task() -> Result<()> {
        let store = testing::store();
        let scenario = Trading::create(&store, "test")?;
        scenario.submission().with_task::<prices>(|day| vec![f64::from(day)])?.submit()?;
        assert_eq!(scenario.mean.read()?, 1.0);
        Ok(())
    }

    #[test]
    fn a_run_is_a_snapshot() -> Result<()> {
        let store = testing::store();
        let scenario = Trading::create(&store, "test")?;
        insta::assert_snapshot!(testing::snapshot(&scenario.submit()?), @"
        Trading `test`, run [run]
          ran  prices  [time]  first run
          ran  mean    [time]  first run
          ran  advice  [time]  first run
        3 ran, 0 skipped in [time]
        ");
        Ok(())
    }
}
