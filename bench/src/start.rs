//! Measures a process with nothing to do, from its start until its report is read completely.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const STARTS: usize = 101;

/// Starts the worked example on its sample repeatedly and prints the durations.
pub(crate) fn start() -> Result<(), Box<dyn Error>> {
    let program = program()?;
    let folder = tempfile::tempdir()?;
    let store = folder.path().join("store");
    once(&program, &store)?;
    // A file's stamp identifies its content only once the file is older than the clock resolution of file systems.
    std::thread::sleep(Duration::from_secs(3));
    once(&program, &store)?;
    let mut times = (0..STARTS).map(|_| once(&program, &store)).collect::<Result<Vec<Duration>, _>>()?;
    times.sort();
    let millis = |time: Duration| time.as_secs_f64() * 1_000.0;
    println!(
        "nothing to do, {STARTS} starts: median {:.1} ms, 95 % within {:.1} ms, slowest {:.1} ms",
        millis(times[STARTS / 2]),
        millis(times[STARTS * 95 / 100]),
        millis(times[STARTS - 1]),
    );
    Ok(())
}

/// Returns the worked example's program beside this one.
fn program() -> Result<PathBuf, Box<dyn Error>> {
    let program = std::env::current_exe()?.with_file_name("customer-analysis");
    if program.exists() {
        return Ok(program);
    }
    // Both are built together, with the same features of their dependencies.
    Err("build it first: cargo build --release --bins -p bench -p customer-analysis".into())
}

fn once(program: &Path, store: &Path) -> Result<Duration, Box<dyn Error>> {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("customer-analysis");
    let clock = Instant::now();
    let output = Command::new(program)
        .arg("--store")
        .arg(store)
        .env("CARGO_MANIFEST_DIR", example)
        .stderr(Stdio::null())
        .output()?;
    let time = clock.elapsed();
    if output.status.success() {
        Ok(time)
    } else {
        Err(format!("the worked example failed: {}", output.status).into())
    }
}
