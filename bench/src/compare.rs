//! Runs all peers in alternating order and prints a table of their medians.

use crate::peers::{self, PEERS};
use crate::steps::{Measurements, STEPS};
use serde_json::json;
use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) fn compare(rows: u64, rounds: usize, data: &Path, results: &Path) -> Result<(), Box<dyn Error>> {
    let file = peers::customers(rows, data)?;
    let python = peers::python(data)?;
    let mut measured: Vec<Vec<Measurements>> = PEERS.iter().map(|_| Vec::new()).collect();
    for round in 1..=rounds {
        for (peer, measured) in PEERS.iter().zip(&mut measured) {
            eprintln!("round {round} of {rounds}: {peer}");
            measured.push(peers::run(peer, &file, data)?);
        }
        let first = &measured[0][0];
        for (peer, measured) in PEERS.iter().zip(&measured) {
            if let Some(other) = measured.iter().find(|measured| !peers::agree(first, peer, measured)) {
                return Err(format!(
                    "{peer} has different figures: {:?}, expected {:?}",
                    other.figures, first.figures
                )
                .into());
            }
        }
    }

    println!(
        "{rows} customers ({} MB), medians of {rounds} alternated rounds, in seconds\n",
        file.metadata()?.len() / 1_000_000
    );
    println!("| step | {} | of polars | of Taipy |", PEERS.join(" | "));
    println!("| --- | {} --- | --- |", "--- | ".repeat(PEERS.len()));
    for (step, name) in STEPS.iter().enumerate() {
        let medians: Vec<Option<f64>> = measured.iter().map(|measured| median(measured, step)).collect();
        let seconds: Vec<String> = medians.iter().map(|median| median.map_or("–".into(), seconds)).collect();
        let ours = medians[0].unwrap_or(f64::NAN);
        let of_polars = medians[1].map_or("–".into(), |polars| format!("{:.2}", ours / polars));
        let of_taipy = medians[3].map_or("–".into(), |taipy| format!("1/{:.1}", taipy / ours));
        println!("| {name} | {} | {of_polars} | {of_taipy} |", seconds.join(" | "));
    }

    let machine = json!({
        "cpu": first_value("/proc/cpuinfo", "model name"),
        "cores": std::thread::available_parallelism().map_or(1, usize::from),
        "memory": first_value("/proc/meminfo", "MemTotal"),
        "kernel": output(Command::new("uname").arg("-sr")),
    });
    let packages = output(Command::new(python).args(["-m", "pip", "freeze"]));
    let versions = json!({
        "pipeline": env!("CARGO_PKG_VERSION"),
        "polars (Rust)": skipstone::polars::VERSION,
        "rustc": output(Command::new("rustc").arg("--version")),
        "python": packages.lines().collect::<Vec<_>>(),
    });
    let peers: serde_json::Map<String, serde_json::Value> =
        PEERS.iter().zip(&measured).map(|(peer, measured)| ((*peer).to_owned(), json!(measured))).collect();
    let taken = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let raw = json!({ "rows": rows, "rounds": rounds, "taken": taken, "steps": STEPS, "machine": machine, "versions": versions, "peers": peers });
    std::fs::create_dir_all(results)?;
    let path = results.join(format!("customers-{rows}.json"));
    std::fs::write(&path, serde_json::to_string_pretty(&raw)? + "\n")?;
    eprintln!("raw results: {}", path.display());
    Ok(())
}

fn median(measured: &[Measurements], step: usize) -> Option<f64> {
    let mut seconds: Vec<f64> = measured.iter().filter_map(|measured| measured.seconds[step]).collect();
    seconds.sort_by(f64::total_cmp);
    let middle = seconds.len().checked_sub(1)? / 2;
    Some(if seconds.len() % 2 == 1 { seconds[middle] } else { (seconds[middle] + seconds[middle + 1]) / 2.0 })
}

fn seconds(seconds: f64) -> String {
    if seconds < 0.1 { format!("{seconds:.4}") } else { format!("{seconds:.2}") }
}

/// Returns the value after the colon in the first line of a file that begins with `name`.
fn first_value(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn output(command: &mut Command) -> String {
    command
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default()
}
