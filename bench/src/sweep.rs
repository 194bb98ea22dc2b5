//! A sweep of 1,000 scenarios over the customer analysis, beside hand-written polars loops over the same grid.

use crate::peers;
use crate::polars;
use customer_analysis::CustomerAnalysis;
use customer_analysis::model::{Metric, Statistic};
use skipstone::polars::prelude::*;
use skipstone::{CsvFile, Store};
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

const METRICS: [Metric; 5] = [Metric::Mean, Metric::Min, Metric::Max, Metric::Sum, Metric::Std];
const STATISTICS: [Statistic; 4] = [Statistic::Mean, Statistic::Median, Statistic::Max, Statistic::Min];

/// The number of payment thresholds.
const PAYMENTS: usize = 5;

/// The number of combinations of metric and statistic.
const SUMMARIES: usize = METRICS.len() * STATISTICS.len();

/// The number of scenarios that the loop that recomputes everything runs; its time is extrapolated from them.
const NAIVE: usize = 20;

/// A point of the grid.
type Point = (f64, f64, Metric, Statistic);

/// The average purchase and the median score of high-value customers.
type Figures = [f64; 2];

/// Returns the 1,000 points, those with a common beginning one after the other.
fn grid() -> Vec<Point> {
    let thresholds = |first: f64, step: f64, count: usize| (0..count).map(move |n| first + step * n as f64);
    let mut points = Vec::new();
    for score in thresholds(0.5, 0.25, 10) {
        for payment in thresholds(1_000.0, 200.0, PAYMENTS) {
            for metric in METRICS {
                points.extend(STATISTICS.map(|statistic| (payment, score, metric, statistic)));
            }
        }
    }
    points
}

/// Runs the peers in alternating order and prints medians and ratios.
pub(crate) fn sweep(rows: u64, rounds: usize, data: &Path) -> Result<(), Box<dyn Error>> {
    let file = peers::customers(rows, data)?;
    let mut seconds: [Vec<f64>; 3] = Default::default();
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        let (ours, figures) = timed(|| pipeline(&file))?;
        let (careful, expected) = timed(|| careful(&file).map_err(Into::into))?;
        let (naive, first) = timed(|| naive(&file).map_err(Into::into))?;
        agree(&figures, &expected)?;
        agree(&figures[..NAIVE], &first)?;
        let naive = naive.as_secs_f64() / NAIVE as f64 * figures.len() as f64;
        for (all, one) in seconds.iter_mut().zip([ours.as_secs_f64(), careful.as_secs_f64(), naive]) {
            all.push(one);
        }
        eprintln!("  {:?}", seconds.each_ref().map(|all| all.last().copied().unwrap_or_default()));
    }
    let [ours, careful, naive] = seconds.map(|mut all| {
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    });
    println!(
        "{rows} customers, {} scenarios, medians of {rounds} alternated rounds, in seconds\n",
        grid().len()
    );
    println!("| sweep | polars, careful | polars, naive | of careful | of naive |");
    println!("| --- | --- | --- | --- | --- |");
    println!("| {ours:.1} | {careful:.1} | {naive:.0} | {:.2} | 1/{:.1} |", ours / careful, naive / ours);
    Ok(())
}

fn timed<T>(work: impl FnOnce() -> Result<T, Box<dyn Error>>) -> Result<(Duration, T), Box<dyn Error>> {
    let start = Instant::now();
    let made = work()?;
    Ok((start.elapsed(), made))
}

fn agree(figures: &[Figures], expected: &[Figures]) -> Result<(), Box<dyn Error>> {
    for (number, (found, expected)) in figures.iter().zip(expected).enumerate() {
        if found.iter().zip(expected).any(|(a, b)| (a - b).abs() > 1e-6 * b.abs().max(1.0)) {
            return Err(format!("scenario {number} has the figures {found:?}, expected {expected:?}").into());
        }
    }
    Ok(())
}

fn pipeline(file: &Path) -> Result<Vec<Figures>, Box<dyn Error>> {
    let folder = tempfile::tempdir_in(file.parent().unwrap_or(Path::new(".")))?;
    let store = Store::open(folder.path().join("store"))?;
    let base = CustomerAnalysis::create(&store, "base")?;
    base.path_to_data.write(CsvFile::new(file))?;
    let points = grid().into_iter().map(|(payment, score, metric, statistic)| {
        [
            base.payment_threshold.at(payment),
            base.score_threshold.at(score),
            base.metric.at(metric),
            base.summary_statistic_type.at(statistic),
        ]
    });
    let report = base.sweep("grid", points)?.run()?;
    let value = |value: Option<skipstone::data::Number>| {
        value.map_or(f64::NAN, |value| value.to_string().parse().unwrap_or(f64::NAN))
    };
    let figures = report.outcomes.iter().map(|outcome| match &outcome.kpis[..] {
        [average, median] => Ok([value(average.value), value(median.value)]),
        other => Err(format!("{}: {other:?}", outcome.scenario).into()),
    });
    figures.collect()
}

/// Recomputes what each point changes, and keeps the tables of the point before. The summary reads no column that the payment
/// threshold changes, and the metric changes only one of its three figures.
fn careful(file: &Path) -> PolarsResult<Vec<Figures>> {
    let scored = polars::score(file)?;
    let mut figures: Vec<Figures> = Vec::new();
    let mut segmented: Option<([f64; 2], DataFrame)> = None;
    let mut segments: Option<(Metric, DataFrame)> = None;
    for (number, (payment, score, metric, statistic)) in grid().into_iter().enumerate() {
        let segmented = match segmented.take() {
            Some(known) if known.0 == [payment, score] => segmented.insert(known),
            _ => {
                segments = None;
                segmented.insert(([payment, score], polars::segment(&scored, payment, score)?))
            }
        };
        let segments = match segments.take() {
            Some(known) if known.0 == metric => segments.insert(known),
            _ => segments.insert((metric, polars::analyse(&segmented.1, metric)?)),
        };
        // The summaries of the first payment threshold are those of the others.
        let of_score = number % (PAYMENTS * SUMMARIES);
        figures.push(match of_score.checked_sub(SUMMARIES) {
            Some(_) => figures[number - of_score + of_score % SUMMARIES],
            None => summary(&polars::summarise(&segmented.1, &segments.1, statistic)?)?,
        });
    }
    Ok(figures)
}

/// Recomputes everything for each point.
fn naive(file: &Path) -> PolarsResult<Vec<Figures>> {
    let points = grid().into_iter().take(NAIVE);
    let figures = points.map(|(payment, score, metric, statistic)| {
        let segmented = polars::segment(&polars::score(file)?, payment, score)?;
        let segments = polars::analyse(&segmented, metric)?;
        summary(&polars::summarise(&segmented, &segments, statistic)?)
    });
    figures.collect()
}

fn summary(table: &DataFrame) -> PolarsResult<Figures> {
    let figure = |name: &str| Ok::<_, PolarsError>(table.column(name)?.f64()?.get(0).unwrap_or(f64::NAN));
    Ok([figure("AveragePurchaseHighValue")?, figure("MedianScoreHighValue")?])
}
