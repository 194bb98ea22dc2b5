//! The peers as programs.

use crate::steps::Said;
use customer_analysis::generate::generate;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The names of the peers, ours first.
pub(crate) const PEERS: [&str; 4] = ["pipeline", "polars", "duckdb", "taipy"];

/// The customers, made when they are not there.
pub(crate) fn customers(rows: u64, data: &Path) -> Result<PathBuf, Box<dyn Error>> {
    fs::create_dir_all(data)?;
    let path = data.join(format!("customers-{rows}.csv"));
    if !path.exists() {
        eprintln!("making {rows} customers");
        generate(rows, 1, &path)?;
    }
    Ok(path)
}

/// A Python with the peers that are written in it, installed when it is not there.
pub(crate) fn python(data: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let python = data.join("venv/bin/python");
    let marker = data.join("venv/installed");
    let wanted = fs::read_to_string(sources().join("requirements.txt"))?;
    if fs::read_to_string(&marker).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    eprintln!("installing the Python peers");
    succeed(Command::new("python3").args(["-m", "venv"]).arg(data.join("venv")))?;
    let requirements = sources().join("requirements.txt");
    succeed(Command::new(&python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(requirements))?;
    fs::write(marker, wanted)?;
    Ok(python)
}

pub(crate) fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

fn succeed(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let status = command.stdout(Stdio::from(std::io::stderr())).status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} failed: {status}").into()) }
}

/// The command that takes a peer's steps.
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
        other => Err(format!("there is no peer {other}: {}", PEERS.join(", ")).into()),
    }
}

/// Takes a peer's steps.
pub(crate) fn run(peer: &str, file: &Path, data: &Path) -> Result<Said, Box<dyn Error>> {
    let command = command(peer, file, data)?;
    let output = Command::new(&command[0]).args(&command[1..]).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{peer} failed: {}", output.status).into());
    }
    said(&output.stdout)
}

/// What a peer said: the last line that it printed.
pub(crate) fn said(stdout: &[u8]) -> Result<Said, Box<dyn Error>> {
    let text = String::from_utf8_lossy(stdout);
    Ok(serde_json::from_str(text.lines().last().unwrap_or_default())?)
}

/// Whether a peer came to the expected figures in each step that it has: to 1e-9, polars to 1e-6.
///
/// Polars divides by a constant by multiplying with its reciprocal, which puts a customer or two of
/// millions, whose score is the threshold, on the other side of it.
pub(crate) fn agree(expected: &Said, peer: &str, said: &Said) -> bool {
    let tolerance = if peer == "polars" { 1e-6 } else { 1e-9 };
    let near = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= tolerance * a.abs(),
        _ => true,
    };
    expected.figures.len() == said.figures.len()
        && expected.figures.iter().flatten().zip(said.figures.iter().flatten()).all(|(a, b)| near(*a, *b))
}
