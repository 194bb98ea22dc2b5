//! The five steps that every peer takes, in one process, one after the other.

use customer_analysis::model::{Metric, Statistic};
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// What the four tasks are asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) payment_threshold: f64,
    pub(crate) score_threshold: f64,
    pub(crate) metric: Metric,
    pub(crate) statistic: Statistic,
}

/// The names of the steps, in their order.
pub(crate) const STEPS: [&str; 5] =
    ["cold", "nothing changed", "payment → 1600", "metric → median", "summary → max"];

/// What each step asks for: a change to the one before.
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

/// What a peer says: how long each step took, and the figures that it came to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Said {
    /// `None`: the peer does not have the step.
    pub(crate) seconds: Vec<Option<f64>>,
    /// The summary's figures: purchases, score, and the segment's.
    pub(crate) figures: Vec<[Option<f64>; 3]>,
}

/// Takes the steps that a peer has; `None` for one that it leaves out.
pub(crate) fn take<E>(
    mut step: impl FnMut(usize, Settings) -> Result<Option<[f64; 3]>, E>,
) -> Result<Said, E> {
    let mut said = Said { seconds: Vec::new(), figures: Vec::new() };
    for (number, settings) in settings().into_iter().enumerate() {
        let began = Instant::now();
        let figures = step(number, settings)?;
        eprintln!("  {}: {:.2} s", STEPS[number], began.elapsed().as_secs_f64());
        said.seconds.push(figures.is_some().then(|| began.elapsed().as_secs_f64()));
        said.figures.push(figures.map_or([None; 3], |figures| figures.map(Some)));
    }
    Ok(said)
}
