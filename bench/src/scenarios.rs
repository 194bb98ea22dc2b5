//! What ten thousand scenarios and a hundred thousand jobs cost whoever comes next: to list them, and to create and
//! run one more.

use skipstone::report::ScenariosText;
use skipstone::{CallDef, Graph, InputDef, Instance, Store, scenarios::ScenarioFilter, task};
use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

const SCENARIOS: usize = 10_000;

/// Of each scenario.
const JOBS: usize = 10;

/// How often a figure is taken; it is the one in the middle.
const ROUNDS: usize = 51;

#[task(skippable)]
fn step(x: i64) -> i64 {
    x + 1
}

/// What a program of its own does.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    /// Makes the scenarios and runs each once.
    Fill,
    /// Lists all of them, in words.
    List,
    /// Nothing but to begin, for comparison.
    Begin,
}

fn graph() -> Result<Arc<Graph>, Box<dyn Error>> {
    let mut graph = Graph::builder("Steps").input(InputDef::<i64>::new("x0").default_value(|| 0));
    for i in 0..JOBS {
        graph = graph.call(CallDef::of::<step>().argument(&format!("x{i}")).output(&format!("x{}", i + 1)));
    }
    Ok(graph.build()?)
}

/// One program's part.
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

/// Prints what listing takes, and what it takes to create a scenario and to run it when everything is known, in
/// this store and in one with nothing else. The promise is 100 ms for a list; fails at three times that, because the
/// machine may have other things to do.
pub(crate) fn scenarios() -> Result<(), Box<dyn Error>> {
    let memory = Path::new("/dev/shm");
    let folder = || if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    let (full, empty) = (folder()?, folder()?);
    run("fill", full.path())?;
    let list = median((0..ROUNDS).map(|_| run("list", full.path())).collect::<Result<_, _>>()?);
    let begin = median((0..ROUNDS).map(|_| run("begin", full.path())).collect::<Result<_, _>>()?);
    println!(
        "{SCENARIOS} scenarios, {} jobs: list {list:.1} ms in a program of its own, of which {begin:.1} ms to begin",
        SCENARIOS * JOBS
    );

    let graph = graph()?;
    let stores = [Store::open(full.path().join("store"))?, Store::open(empty.path().join("store"))?];
    for store in &stores {
        Instance::create(store, &graph, "first")?.submit()?;
    }
    // Nothing is known of a file's content by its stamp alone while it is younger than a clock's step.
    std::thread::sleep(std::time::Duration::from_secs(3));
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        // In turns: the machine's speed changes.
        for (store, times) in stores.iter().zip(&mut times) {
            let clock = Instant::now();
            let run = Instance::create(store, &graph, &format!("one-more-{round}"))?.submit()?;
            times.push(clock.elapsed().as_secs_f64());
            if !run.ran().is_empty() {
                return Err("something ran".into());
            }
        }
    }
    let [full, empty] = times.map(median);
    println!(
        "create and run, all {JOBS} jobs known: {full:.2} ms beside them, {empty:.2} ms alone, ratio {:.2}",
        full / empty
    );
    if list > 300.0 {
        return Err("listing takes far more than 100 ms".into());
    }
    Ok(())
}
