//! A second workload: orders with dates, decimals, categories and texts, joined with customers, windowed and aggregated by
//! month, and sorted.

mod generate;
mod pipeline;
mod polars;

use crate::peers;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// The peers, ours first; then ours without an order of rows.
const PEERS: [&str; 4] = ["pipeline", "polars", "duckdb", "unordered"];

/// The names of the steps, in their order.
const STEPS: [&str; 4] = ["cold", "nothing changed", "channel → shop", "from → March"];

/// What a step asks for.
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

/// What a peer says.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Said {
    /// `None`: the peer does not have the step.
    seconds: Vec<Option<f64>>,
    figures: Vec<Option<Vec<f64>>>,
    /// The most memory in use, in kB.
    memory: u64,
}

/// Takes the steps that a peer has; `None` for one that it leaves out.
fn take<E>(mut step: impl FnMut(usize, Settings) -> Result<Option<Vec<f64>>, E>) -> Result<Said, E> {
    let mut said = Said { seconds: Vec::new(), figures: Vec::new(), memory: 0 };
    for (number, settings) in settings().into_iter().enumerate() {
        let began = Instant::now();
        let figures = step(number, settings)?;
        eprintln!("  {}: {:.2} s", STEPS[number], began.elapsed().as_secs_f64());
        said.seconds.push(figures.is_some().then(|| began.elapsed().as_secs_f64()));
        said.figures.push(figures);
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    said.memory = most.and_then(|most| most.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default();
    Ok(said)
}

/// Takes the steps of a peer that is in this program, and prints what came of them.
pub(crate) fn peer(peer: &str, folder: &Path) -> Result<(), Box<dyn Error>> {
    let said = match peer {
        "pipeline" => pipeline::run(folder, true)?,
        "unordered" => pipeline::run(folder, false)?,
        "polars" => polars::run(folder)?,
        other => return Err(format!("there is no peer {other} in this program").into()),
    };
    println!("{}", serde_json::to_string(&said)?);
    Ok(())
}

/// The command that takes a peer's steps.
pub(crate) fn command(peer: &str, folder: &Path, data: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    Ok(match peer {
        "duckdb" => vec![peers::python(data)?, peers::sources().join("duckdb_orders.py"), folder.to_owned()],
        peer => vec![std::env::current_exe()?, "orders-peer".into(), peer.into(), folder.to_owned()],
    })
}

fn run(peer: &str, folder: &Path, data: &Path) -> Result<Said, Box<dyn Error>> {
    let command = command(peer, folder, data)?;
    let output = Command::new(&command[0]).args(&command[1..]).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{peer} failed: {}", output.status).into());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(serde_json::from_str(text.lines().last().unwrap_or_default())?)
}

/// The files of so many orders.
pub(crate) fn files(rows: u64, data: &Path) -> Result<PathBuf, Box<dyn Error>> {
    generate::files(rows, data)
}

/// Runs the peers in turns, and prints the table of their medians.
pub(crate) fn compare(rows: u64, rounds: usize, data: &Path) -> Result<(), Box<dyn Error>> {
    let folder = files(rows, data)?;
    let mut said: Vec<Vec<Said>> = PEERS.iter().map(|_| Vec::new()).collect();
    for round in 1..=rounds {
        for (peer, said) in PEERS.iter().zip(&mut said) {
            eprintln!("round {round} of {rounds}: {peer}");
            said.push(run(peer, &folder, data)?);
        }
    }
    let expected = said[0][0].clone();
    for (peer, said) in PEERS.iter().zip(&said) {
        for (ours, theirs) in said.iter().flat_map(|said| expected.figures.iter().zip(&said.figures)) {
            let (Some(ours), Some(theirs)) = (ours, theirs) else { continue };
            let near = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-9 * b.abs();
            if ours.len() != theirs.len() || !ours.iter().zip(theirs).all(near) {
                return Err(format!("{peer} came to other figures: {theirs:?}, not {ours:?}").into());
            }
        }
    }
    println!("{rows} orders, medians of {rounds} alternated rounds, in seconds\n");
    println!("| step | {} | of polars | of DuckDB |", PEERS.join(" | "));
    println!("| --- | {}--- | --- |", "--- | ".repeat(PEERS.len()));
    let text = |value: Option<f64>| value.map_or("–".into(), |value| format!("{value:.2}"));
    for (step, name) in STEPS.iter().enumerate() {
        let medians: Vec<Option<f64>> = said.iter().map(|said| median(said, step)).collect();
        let of = |peer: usize| text(medians[0].zip(medians[peer]).map(|(ours, theirs)| ours / theirs));
        let seconds: Vec<String> = medians.iter().map(|median| text(*median)).collect();
        println!("| {name} | {} | {} | {} |", seconds.join(" | "), of(1), of(2));
    }
    let most = |said: &Vec<Said>| said.iter().map(|said| said.memory).max().unwrap_or_default() / 1_000;
    let memory: Vec<String> = said.iter().map(|said| format!("{} MB", most(said))).collect();
    println!("| most memory | {} | | |", memory.join(" | "));
    Ok(())
}

fn median(said: &[Said], step: usize) -> Option<f64> {
    let mut seconds: Vec<f64> = said.iter().filter_map(|said| said.seconds[step]).collect();
    seconds.sort_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).copied()
}
