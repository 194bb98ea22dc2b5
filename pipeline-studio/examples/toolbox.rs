//! A program of small tasks for building scenarios: `cargo run -p skipstone-studio --example toolbox -- studio`.

use skipstone::cli::Cli;
use skipstone::{CancelToken, data::Canceled, scenario, task};
use skipstone_studio::WithStudio;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Adds two numbers.
#[task(skippable)]
fn add(x: f64, y: f64) -> f64 {
    x + y
}

/// Multiplies a number.
#[task(skippable)]
fn scale(x: f64, by: f64) -> f64 {
    x * by
}

/// Computes the mean of three numbers.
#[task(skippable)]
fn mean(first: f64, second: f64, third: f64) -> f64 {
    (first + second + third) / 3.0
}

/// Formats a number.
#[task(skippable)]
fn describe(x: f64, style: Style) -> String {
    match style {
        Style::Plain => format!("{x}"),
        Style::Rounded => format!("about {x:.0}"),
    }
}

/// Waits, and ends early if the run is canceled.
#[task]
fn wait(x: f64, seconds: f64) -> Result<f64, Canceled> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs_f64(seconds.clamp(0.0, 3_600.0)) {
        CancelToken::current().check()?;
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(x)
}

/// Returns a number unchanged, or fails if it is above a limit.
#[task(skippable)]
fn at_most(x: f64, limit: f64) -> Result<f64, String> {
    if x > limit { Err(format!("{x} is more than {limit}: choose a higher limit")) } else { Ok(x) }
}

/// How a number is formatted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Style {
    Plain,
    Rounded,
}

scenario! {
    /// A small example: five inputs and four tasks.
    Toolbox {
        /// The number to scale.
        input x: f64 = 20.0;
        /// The factor.
        input by: f64 = 2.1;
        /// The highest value allowed.
        input limit: f64 = 100.0;
        /// The duration of the wait, in seconds.
        input seconds: f64 = 0.0;
        input style: Style = Style::Plain;

        scaled = scale(x, by);
        #[kpi(better = higher)]
        checked = at_most(scaled, limit);
        waited = wait(checked, seconds);
        text = describe(waited, style);
    }
}

fn main() -> ExitCode {
    Cli::<Toolbox>::new().studio().main()
}
