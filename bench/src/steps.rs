//! The five steps of every peer, which run in one process, one after the other.

use customer_analysis::model::{Metric, Statistic};
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// The settings of the four tasks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) payment_threshold: f64,
    pub(crate) score_threshold: f64,
    pub(crate) metric: Metric,
    pub(crate) statistic: Statistic,
}

/// The names of the steps, in order.
pub(crate) const STEPS: [&str; 5] =
    ["cold", "nothing changed", "payment → 1600", "metric → median", "summary → max"];

/// Returns the settings of each step. Each is a change to the previous one.
pub(crate) fn settings() -> [Settings; 5] {
    let cold = Settings {
        payment_threshold: 1_000.0,
        score_threshold: 1.5,
        metric: Metric::Mean,
        statistic: Statistic::Median,
    };
    let payment = Settings { payment_threshold: 1_600.0, ..cold };
    let metric = Settings { metric: Metric::Median, ..payment };
    let statistic = Settings { statistic: Statistic::Max, ..metric };
    [cold, cold, payment, metric, statistic]
}

/// The measurements of a peer: duration and figures of each step.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Measurements {
    /// `None` for a step that the peer does not have.
    pub(crate) seconds: Vec<Option<f64>>,
    /// The figures of the summary: purchases, score, and the segment's purchases.
    pub(crate) figures: Vec<[Option<f64>; 3]>,
}

/// Runs the steps of a peer. `step` returns `None` for a step that the peer does not have.
pub(crate) fn run_steps<E>(
    mut step: impl FnMut(usize, Settings) -> Result<Option<[f64; 3]>, E>,
) -> Result<Measurements, E> {
    let mut measured = Measurements { seconds: Vec::new(), figures: Vec::new() };
    for (number, settings) in settings().into_iter().enumerate() {
        let start = Instant::now();
        let figures = step(number, settings)?;
        eprintln!("  {}: {:.2} s", STEPS[number], start.elapsed().as_secs_f64());
        measured.seconds.push(figures.is_some().then(|| start.elapsed().as_secs_f64()));
        measured.figures.push(figures.map_or([None; 3], |figures| figures.map(Some)));
    }
    Ok(measured)
}
