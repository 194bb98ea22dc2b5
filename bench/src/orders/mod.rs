//! A second workload: orders with dates, decimals, categories and strings are joined with customers, windowed and
//! aggregated by month, and sorted.

mod generate;
mod pipeline;
mod polars;

use crate::peers;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// The peers. The first is the pipeline, the last the pipeline without an order of rows.
const PEERS: [&str; 4] = ["pipeline", "polars", "duckdb", "unordered"];

/// The names of the steps, in order.
const STEPS: [&str; 4] = ["cold", "nothing changed", "channel → shop", "from → March"];

/// The settings of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Settings {
    /// The channel whose orders are counted.
    channel: &'static str,
    /// The first month that counts.
    from: i8,
}

fn settings() -> [Settings; 4] {
    let cold = Settings { channel: "web", from: 1 };
    let shop = Settings { channel: "shop", ..cold };
    [cold, cold, shop, Settings { from: 3, ..shop }]
}

/// The measurements of a peer.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Measurements {
    /// `None` for a step that the peer does not have.
    seconds: Vec<Option<f64>>,
    figures: Vec<Option<Vec<f64>>>,
    /// The peak memory, in kB.
    memory: u64,
}

/// Runs the steps of a peer. `step` returns `None` for a step that the peer does not have.
fn run_steps<E>(
    mut step: impl FnMut(usize, Settings) -> Result<Option<Vec<f64>>, E>,
) -> Result<Measurements, E> {
    let mut measured = Measurements { seconds: Vec::new(), figures: Vec::new(), memory: 0 };
    for (number, settings) in settings().into_iter().enumerate() {
        let start = Instant::now();
        let figures = step(number, settings)?;
        eprintln!("  {}: {:.2} s", STEPS[number], start.elapsed().as_secs_f64());
        measured.seconds.push(figures.is_some().then(|| start.elapsed().as_secs_f64()));
        measured.figures.push(figures);
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    measured.memory =
        peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default();
    Ok(measured)
}

/// Runs the steps of a peer in this program and prints the measurements.
pub(crate) fn peer(peer: &str, folder: &Path) -> Result<(), Box<dyn Error>> {
    let measured = match peer {
        "pipeline" => pipeline::run(folder, true)?,
        "unordered" => pipeline::run(folder, false)?,
        "polars" => polars::run(folder)?,
        other => return Err(format!("this program has no peer `{other}`").into()),
    };
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}

/// Returns the command that runs a peer's steps.
pub(crate) fn command(peer: &str, folder: &Path, data: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    Ok(match peer {
        "duckdb" => vec![peers::python(data)?, peers::sources().join("duckdb_orders.py"), folder.to_owned()],
        peer => vec![std::env::current_exe()?, "orders-peer".into(), peer.into(), folder.to_owned()],
    })
}

fn run(peer: &str, folder: &Path, data: &Path) -> Result<Measurements, Box<dyn Error>> {
    let command = command(peer, folder, data)?;
    let output = Command::new(&command[0]).args(&command[1..]).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{peer} failed: {}", output.status).into());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(serde_json::from_str(text.lines().last().unwrap_or_default())?)
}

/// Returns the folder with the files of `rows` orders.
pub(crate) fn files(rows: u64, data: &Path) -> Result<PathBuf, Box<dyn Error>> {
    generate::files(rows, data)
}

/// Runs the peers in alternating order and prints a table of their medians.
pub(crate) fn compare(rows: u64, rounds: usize, data: &Path) -> Result<(), Box<dyn Error>> {
    let folder = files(rows, data)?;
    let mut measured: Vec<Vec<Measurements>> = PEERS.iter().map(|_| Vec::new()).collect();
    for round in 1..=rounds {
        for (peer, measured) in PEERS.iter().zip(&mut measured) {
            eprintln!("round {round} of {rounds}: {peer}");
            measured.push(run(peer, &folder, data)?);
        }
    }
    let expected = measured[0][0].clone();
    for (peer, measured) in PEERS.iter().zip(&measured) {
        for (ours, theirs) in
            measured.iter().flat_map(|measured| expected.figures.iter().zip(&measured.figures))
        {
            let (Some(ours), Some(theirs)) = (ours, theirs) else { continue };
            let near = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-9 * b.abs();
            if ours.len() != theirs.len() || !ours.iter().zip(theirs).all(near) {
                return Err(format!("{peer} has different figures: {theirs:?}, expected {ours:?}").into());
            }
        }
    }
    println!("{rows} orders, medians of {rounds} alternated rounds, in seconds\n");
    println!("| step | {} | of polars | of DuckDB |", PEERS.join(" | "));
    println!("| --- | {}--- | --- |", "--- | ".repeat(PEERS.len()));
    let text = |value: Option<f64>| value.map_or("–".into(), |value| format!("{value:.2}"));
    for (step, name) in STEPS.iter().enumerate() {
        let medians: Vec<Option<f64>> = measured.iter().map(|measured| median(measured, step)).collect();
        let of = |peer: usize| text(medians[0].zip(medians[peer]).map(|(ours, theirs)| ours / theirs));
        let seconds: Vec<String> = medians.iter().map(|median| text(*median)).collect();
        println!("| {name} | {} | {} | {} |", seconds.join(" | "), of(1), of(2));
    }
    let peak = |measured: &Vec<Measurements>| {
        measured.iter().map(|measured| measured.memory).max().unwrap_or_default() / 1_000
    };
    let memory: Vec<String> = measured.iter().map(|measured| format!("{} MB", peak(measured))).collect();
    println!("| peak memory | {} | | |", memory.join(" | "));
    Ok(())
}

fn median(measured: &[Measurements], step: usize) -> Option<f64> {
    let mut seconds: Vec<f64> = measured.iter().filter_map(|measured| measured.seconds[step]).collect();
    seconds.sort_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).copied()
}
