//! How long a second process takes that has nothing to do: from its start until its report is read
//! whole. `cargo bench -p customer-analysis`.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const STARTS: usize = 101;

fn main() {
    let store = std::env::temp_dir().join(format!("nothing-to-do-{}", std::process::id()));
    start(&store);
    // Stamps count once they are older than the steps in which file systems count time.
    std::thread::sleep(Duration::from_secs(3));
    start(&store);
    let mut times: Vec<Duration> = (0..STARTS).map(|_| start(&store)).collect();
    times.sort();
    let millis = |time: Duration| time.as_secs_f64() * 1_000.0;
    println!(
        "nothing to do, {STARTS} starts: median {:.1} ms, 95 % within {:.1} ms, slowest {:.1} ms",
        millis(times[STARTS / 2]),
        millis(times[STARTS * 95 / 100]),
        millis(times[STARTS - 1]),
    );
    if let Err(error) = std::fs::remove_dir_all(&store) {
        eprintln!("{} stays behind: {error}", store.display());
    }
}

fn start(store: &Path) -> Duration {
    let clock = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_customer-analysis"))
        .arg("--store")
        .arg(store)
        .env("CARGO_MANIFEST_DIR", env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::null())
        .output();
    let time = clock.elapsed();
    match output {
        Ok(output) if output.status.success() => time,
        other => panic!("the program does not run: {other:?}"),
    }
}
