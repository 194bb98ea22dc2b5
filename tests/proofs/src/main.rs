//! A program for the proofs: a scenario whose tasks take some time and return results of some size.

use skipstone::{File, scenario, task};
use std::time::Duration;

/// The time that each task takes. Long enough to kill the program inside a task.
const TASK_TIME: Duration = Duration::from_millis(5);

/// Returns pseudo-random numbers from a seed (xorshift64*, Vigna 2016).
#[task(skippable)]
fn numbers(seed: u64, count: u64) -> Vec<u64> {
    std::thread::sleep(TASK_TIME);
    let mut state = seed.wrapping_mul(2) + 1;
    let next = |_| {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    };
    (0..count).map(next).collect()
}

#[task(skippable)]
fn sorted(numbers: &[u64]) -> Vec<u64> {
    std::thread::sleep(TASK_TIME);
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted
}

#[task(skippable)]
fn halves(numbers: &[u64]) -> (Vec<u64>, Vec<u64>) {
    std::thread::sleep(TASK_TIME);
    let (low, high) = numbers.split_at(numbers.len() / 2);
    (low.to_vec(), high.to_vec())
}

/// Returns a file.
#[task(skippable)]
fn report(sorted: &[u64], low: &[u64]) -> Result<File, std::io::Error> {
    let sum = low.iter().fold(0_u64, |sum, number| sum.wrapping_add(*number));
    let path = std::env::temp_dir().join(format!("workbench-report-{}-{sum}", std::process::id()));
    let text: String = sorted.iter().take(1_000).map(|number| format!("{number}\n")).collect();
    std::fs::write(&path, format!("{text}{sum}\n"))?;
    std::thread::sleep(TASK_TIME);
    Ok(File::new(path))
}

/// Returns the seed and a checksum of all numbers.
#[task(skippable)]
fn verdict(seed: u64, sorted: &[u64], high: &[u64], report: &File) -> Result<String, skipstone::Error> {
    std::thread::sleep(TASK_TIME);
    let text = report.read_to_string()?;
    let sum = sorted.iter().chain(high).fold(0_u64, |sum, number| sum.wrapping_mul(31).wrapping_add(*number));
    Ok(format!("seed {seed}: {sum:016x} over {} lines", text.lines().count()))
}

/// Returns a different value each time, against the rules for tasks.
#[task(skippable)]
fn different(seed: u64) -> String {
    std::thread::sleep(TASK_TIME);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("{seed} {} {}", std::process::id(), now.as_nanos())
}

scenario! {
    /// Runs for some milliseconds.
    pub(crate) Workbench {
        input seed: u64 = 1;
        input count: u64 = 5_000;
        numbers = numbers(seed, count);
        sorted = sorted(numbers);
        (low, high) = halves(numbers);
        report = report(sorted, low);
        verdict = verdict(seed, sorted, high, report);
        different = different(seed);
    }
}

fn main() -> std::process::ExitCode {
    skipstone::cli::main::<Workbench>()
}
