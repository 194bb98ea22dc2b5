//! Measures a store with 10,000 scenarios and 100,000 jobs: listing the scenarios, and creating and running one more.

use skipstone::report::ScenariosText;
use skipstone::{CallDef, Graph, InputDef, Instance, Store, scenarios::ScenarioFilter, task};
use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

const SCENARIOS: usize = 10_000;

/// The number of jobs per scenario.
const JOBS: usize = 10;

/// The number of measurements of each figure. The median is printed.
const ROUNDS: usize = 51;

#[task(skippable)]
fn step(x: i64) -> i64 {
    x + 1
}

/// The work of a child process.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    /// Creates the scenarios and runs each once.
    Fill,
    /// Lists all scenarios, as text.
    List,
    /// Only starts, for comparison.
    Begin,
}

fn graph() -> Result<Arc<Graph>, Box<dyn Error>> {
    let mut graph = Graph::builder("Steps").input(InputDef::<i64>::new("x0").default_value(|| 0));
    for i in 0..JOBS {
        graph = graph.call(CallDef::of::<step>().argument(&format!("x{i}")).output(&format!("x{}", i + 1)));
    }
    Ok(graph.build()?)
}

/// Does the work of a child process.
pub(crate) fn part(part: Part, folder: &Path) -> Result<(), Box<dyn Error>> {
    let path = folder.join("store");
    match part {
        Part::Begin => {}
        Part::Fill => {
            let (store, graph) = (Store::open(path)?, graph()?);
            for number in 0..SCENARIOS {
                let scenario = Instance::create(&store, &graph, &format!("scenario-{number:05}"))?;
                scenario.tag(&["all", if number % 10 == 0 { "tenth" } else { "other" }])?;
                scenario.input::<i64>("x0")?.write((number % 100) as i64)?;
                scenario.submit()?;
            }
        }
        Part::List => {
            let found = Store::open(path)?.scenarios(ScenarioFilter::new())?;
            println!("{}", ScenariosText::new(&found));
        }
    }
    Ok(())
}

fn run(part: &str, folder: &Path) -> Result<f64, Box<dyn Error>> {
    let clock = Instant::now();
    let mut command = Command::new(std::env::current_exe()?);
    let output = command.args(["scenarios", "--part", part, "--folder"]).arg(folder).output()?;
    let time = clock.elapsed().as_secs_f64();
    if !output.status.success() {
        return Err(format!("{part} failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(time)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2] * 1_000.0
}

/// Prints the time to list the scenarios, and the time to create a scenario and run it with known results, in this
/// store and in an empty one. The guarantee is 100 ms for a list. Fails at three times that, because the machine may be
/// busy.
pub(crate) fn scenarios() -> Result<(), Box<dyn Error>> {
    let memory = Path::new("/dev/shm");
    let folder = || if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    let (full, empty) = (folder()?, folder()?);
    run("fill", full.path())?;
    let list = median((0..ROUNDS).map(|_| run("list", full.path())).collect::<Result<_, _>>()?);
    let begin = median((0..ROUNDS).map(|_| run("begin", full.path())).collect::<Result<_, _>>()?);
    println!(
        "{SCENARIOS} scenarios, {} jobs: list {list:.1} ms in a new process, of which {begin:.1} ms to start",
        SCENARIOS * JOBS
    );

    let graph = graph()?;
    let stores = [Store::open(full.path().join("store"))?, Store::open(empty.path().join("store"))?];
    for store in &stores {
        Instance::create(store, &graph, "first")?.submit()?;
    }
    // A file's stamp identifies its content only once the file is older than the clock resolution of file systems.
    std::thread::sleep(std::time::Duration::from_secs(3));
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        // Alternates between the stores, because the machine's speed changes.
        for (store, times) in stores.iter().zip(&mut times) {
            let clock = Instant::now();
            let run = Instance::create(store, &graph, &format!("one-more-{round}"))?.submit()?;
            times.push(clock.elapsed().as_secs_f64());
            if !run.ran().is_empty() {
                return Err("a task ran, although all results are known".into());
            }
        }
    }
    let [full, empty] = times.map(median);
    println!(
        "create and run, all {JOBS} jobs known: {full:.2} ms in this store, {empty:.2} ms in an empty one, ratio {:.2}",
        full / empty
    );
    if list > 300.0 {
        return Err("listing takes far more than 100 ms".into());
    }
    Ok(())
}
