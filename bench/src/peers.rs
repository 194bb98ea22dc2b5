//! Runs the peers as programs.

use crate::steps::Measurements;
use customer_analysis::generate::generate;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The names of the peers. The pipeline is the first.
pub(crate) const PEERS: [&str; 4] = ["pipeline", "polars", "duckdb", "taipy"];

/// Returns the file of customers, which is generated if it does not exist.
pub(crate) fn customers(rows: u64, data: &Path) -> Result<PathBuf, Box<dyn Error>> {
    fs::create_dir_all(data)?;
    let path = data.join(format!("customers-{rows}.csv"));
    if !path.exists() {
        eprintln!("generating {rows} customers");
        generate(rows, 1, &path)?;
    }
    Ok(path)
}

/// Returns a Python interpreter with the packages of the Python peers, which are installed if needed.
pub(crate) fn python(data: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let python = data.join("venv/bin/python");
    let marker = data.join("venv/installed");
    let required = fs::read_to_string(sources().join("requirements.txt"))?;
    if fs::read_to_string(&marker).is_ok_and(|installed| installed == required) {
        return Ok(python);
    }
    eprintln!("installing the Python peers");
    succeed(Command::new("python3").args(["-m", "venv"]).arg(data.join("venv")))?;
    let requirements = sources().join("requirements.txt");
    succeed(Command::new(&python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(requirements))?;
    fs::write(marker, required)?;
    Ok(python)
}

pub(crate) fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

fn succeed(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let status = command.stdout(Stdio::from(std::io::stderr())).status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} failed: {status}").into()) }
}

/// Returns the command that runs a peer's steps.
pub(crate) fn command(peer: &str, file: &Path, data: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let script = |name: &str| -> Result<Vec<PathBuf>, Box<dyn Error>> {
        Ok(vec![python(data)?, sources().join(name), file.to_owned()])
    };
    match peer {
        "pipeline" | "polars" => {
            Ok(vec![std::env::current_exe()?, "peer".into(), peer.into(), file.to_owned()])
        }
        "duckdb" => script("duckdb_sql.py"),
        "taipy" => script("taipy_core.py"),
        other => Err(format!("unknown peer `{other}`, expected one of {}", PEERS.join(", ")).into()),
    }
}

/// Runs a peer's steps.
pub(crate) fn run(peer: &str, file: &Path, data: &Path) -> Result<Measurements, Box<dyn Error>> {
    let command = command(peer, file, data)?;
    let output = Command::new(&command[0]).args(&command[1..]).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{peer} failed: {}", output.status).into());
    }
    parse_output(&output.stdout)
}

/// Parses the output of a peer. The last line contains its measurements.
pub(crate) fn parse_output(stdout: &[u8]) -> Result<Measurements, Box<dyn Error>> {
    let text = String::from_utf8_lossy(stdout);
    Ok(serde_json::from_str(text.lines().last().unwrap_or_default())?)
}

/// Returns whether a peer has the expected figures in each of its steps. The tolerance is 1e-9, and 1e-6 for polars.
///
/// Polars replaces division by a constant by multiplication with its reciprocal. Of millions of customers, this puts
/// one or two whose score equals the threshold on the other side of it.
pub(crate) fn agree(expected: &Measurements, peer: &str, measured: &Measurements) -> bool {
    let tolerance = if peer == "polars" { 1e-6 } else { 1e-9 };
    let near = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= tolerance * a.abs(),
        _ => true,
    };
    expected.figures.len() == measured.figures.len()
        && expected.figures.iter().flatten().zip(measured.figures.iter().flatten()).all(|(a, b)| near(*a, *b))
}
