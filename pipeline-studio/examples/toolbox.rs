//! A program of small tasks to put scenarios together from: `cargo run -p skipstone-studio --example toolbox -- studio`.

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

/// The mean of three numbers.
#[task(skippable)]
fn mean(first: f64, second: f64, third: f64) -> f64 {
    (first + second + third) / 3.0
}

/// A number in words.
#[task(skippable)]
fn describe(x: f64, style: Style) -> String {
    match style {
        Style::Plain => format!("{x}"),
        Style::Rounded => format!("about {x:.0}"),
    }
}

/// Waits for a while, and ends early when it is told to.
#[task]
fn wait(x: f64, seconds: f64) -> Result<f64, Canceled> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs_f64(seconds.clamp(0.0, 3_600.0)) {
        CancelToken::current().check()?;
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(x)
}

/// Lets a number through that is not too large.
#[task(skippable)]
fn at_most(x: f64, limit: f64) -> Result<f64, String> {
    if x > limit { Err(format!("{x} is more than {limit}: choose a higher limit")) } else { Ok(x) }
}

/// How a number is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Style {
    Plain,
    Rounded,
}

scenario! {
    /// Five nodes and what they make.
    Toolbox {
        /// What is scaled.
        input x: f64 = 20.0;
        /// By how much.
        input by: f64 = 2.1;
        /// The most that is let through.
        input limit: f64 = 100.0;
        /// How long it waits, in seconds.
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
