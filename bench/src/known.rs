//! Measures plans and submissions without work: in a newly started program, on a graph whose results are all known.

use serde::{Deserialize, Serialize};
use skipstone::{CallDef, Graph, InputDef, Instance, Store, task};
use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

#[task(skippable)]
fn next(x: i64) -> i64 {
    x + 1
}

/// Returns a chain of `count` tasks, each of which reads the output of the previous one.
fn chain(count: usize) -> Result<Arc<Graph>, Box<dyn Error>> {
    let mut graph = Graph::builder("Chain").input(InputDef::<i64>::new("x0").default_value(|| 0));
    for i in 0..count {
        graph = graph.call(CallDef::of::<next>().argument(&format!("x{i}")).output(&format!("x{}", i + 1)));
    }
    Ok(graph.build()?)
}

/// The work of a child process.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    /// Computes all results, in the scenario `bench`.
    Make,
    /// Computes the results of 30 other scenarios, and runs each five more times.
    MakeOthers,
    /// Plans and then submits twice, with nothing to do.
    Nothing,
}

/// Durations, in seconds.
#[derive(Serialize, Deserialize)]
struct Times {
    plan: f64,
    submit: f64,
    again: f64,
    /// The peak memory of the plan, in bytes.
    peak: u64,
}

/// Prints a table with a row per length of the chain.
pub(crate) fn known(tasks: &[usize]) -> Result<(), Box<dyn Error>> {
    println!("| tasks | plan | submit | submit again | peak memory |\n| --- | --- | --- | --- | --- |");
    for &tasks in tasks {
        let folder = folder()?;
        run(tasks, folder.path(), "make")?;
        // A file's stamp identifies its content only once the file is older than the clock resolution of file systems.
        std::thread::sleep(std::time::Duration::from_secs(3));
        row(&tasks.to_string(), tasks, folder.path())?;
    }
    let folder = folder()?;
    run(1_000, folder.path(), "make")?;
    run(1_000, folder.path(), "make-others")?;
    std::thread::sleep(std::time::Duration::from_secs(3));
    row("1000, beside 30 scenarios and 180 runs", 1_000, folder.path())
}

/// Does the work of a child process.
pub(crate) fn part(part: Part, tasks: usize, folder: &Path) -> Result<(), Box<dyn Error>> {
    let graph = chain(tasks)?;
    let store = Store::open(folder.join("store"))?;
    match part {
        Part::Make => drop(Instance::create(&store, &graph, "bench")?.submit()?),
        Part::MakeOthers => {
            for number in 1..=30_i64 {
                let scenario = Instance::create(&store, &graph, &format!("other-{number}"))?;
                scenario.input::<i64>("x0")?.write(number * 1_000_000)?;
                for _ in 0..6 {
                    scenario.submit()?;
                }
            }
        }
        Part::Nothing => {
            let scenario = Instance::open(&store, &graph, "bench")?;
            let clock = Instant::now();
            let plan = scenario.plan()?;
            let planned = clock.elapsed().as_secs_f64();
            drop(plan);
            let peak = peak_memory();
            let mut submitted = [0.0; 2];
            for time in &mut submitted {
                let clock = Instant::now();
                let run = scenario.submit()?;
                *time = clock.elapsed().as_secs_f64();
                if run.skipped().len() != tasks {
                    return Err("a task ran, although all results are known".into());
                }
            }
            let [submit, again] = submitted;
            println!("{}", serde_json::to_string(&Times { plan: planned, submit, again, peak })?);
        }
    }
    Ok(())
}

fn row(name: &str, tasks: usize, folder: &Path) -> Result<(), Box<dyn Error>> {
    let times: Times = serde_json::from_slice(&run(tasks, folder, "nothing")?)?;
    let of = |seconds: f64| format!("{seconds:.3} s ({:.1} µs each)", seconds * 1e6 / tasks as f64);
    let Times { plan, submit, again, peak } = times;
    println!("| {name} | {} | {} | {} | {} MB |", of(plan), of(submit), of(again), peak / 1_000_000);
    Ok(())
}

/// Returns a temporary folder. It is in memory if possible, because the benchmark does not measure disks.
fn folder() -> std::io::Result<tempfile::TempDir> {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }
}

fn run(tasks: usize, folder: &Path, part: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["known", "--part", part, "--tasks", &tasks.to_string(), "--folder"]).arg(folder);
    let output = command.stderr(std::process::Stdio::inherit()).output()?;
    if output.status.success() { Ok(output.stdout) } else { Err(format!("{part} failed").into()) }
}

/// Returns the peak memory of this process, in bytes.
pub(crate) fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() * 1024
}
