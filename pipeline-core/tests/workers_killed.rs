//! Workers are killed at random while they run jobs: the results are unchanged, each is published once, and no files are
//! left behind.

use skipstone::executor::Processes;
use skipstone::{CallDef, Graph, InputDef, Instance, Store, task, testing};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

testing::worker!();

/// Number of jobs in the run.
const JOBS: u64 = 200;
/// Number of workers to kill.
const KILLS: usize = 100;

/// Takes long enough to be killed in the middle. Retries do not wait, because waits that double would outlast the kills.
#[task(skippable, retries = 100, backoff = "0ms")]
fn numbers(seed: u64, number: u64) -> Vec<u64> {
    std::thread::sleep(Duration::from_millis(15));
    (0..2_000).map(|i| (seed + number).wrapping_mul(6_364_136_223_846_793_005).wrapping_add(i)).collect()
}

fn graph() -> Arc<Graph> {
    let mut builder = Graph::builder("Many");
    builder = builder.input(InputDef::<u64>::new("seed").default_value(|| 7));
    for number in 0..JOBS {
        builder =
            builder.input(InputDef::<u64>::new(&format!("n{number}")).default_value(move || number)).call(
                CallDef::of::<numbers>()
                    .output(&format!("made{number}"))
                    .named_argument("seed", "seed")
                    .named_argument("number", &format!("n{number}")),
            );
    }
    builder.build().expect("a graph")
}

/// Returns the IDs of the child processes.
fn workers() -> Vec<String> {
    let own = format!("PPid:\t{}", std::process::id());
    let processes = std::fs::read_dir("/proc").expect("processes").flatten();
    let numbers = processes.filter_map(|entry| {
        let status = std::fs::read_to_string(entry.path().join("status")).ok()?;
        let is_child = status.lines().any(|line| line == own) && !status.contains("zombie");
        is_child.then(|| entry.file_name().to_string_lossy().into_owned())
    });
    numbers.collect()
}

/// Returns the names of all files below a folder.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path().is_dir() {
            true => found.extend(files(&entry.path())),
            false => drop(found.insert(entry.path().display().to_string())),
        }
    }
    found
}

fn hashes(instance: &Instance) -> Vec<String> {
    let run = instance.last_run().expect("a run");
    run.jobs.iter().flat_map(|job| &job.outputs).map(|output| output.value.hash.to_string()).collect()
}

#[test]
#[cfg(target_os = "linux")]
fn a_hundred_workers_killed_in_a_run_of_two_hundred_jobs_change_nothing() {
    let (store, undisturbed) = (testing::store(), testing::store());
    let create = |store: &Store| Instance::create(store, &graph(), "a").expect("created");
    let (disturbed, expected) = (create(&store), create(&undisturbed));
    expected.submit().expect("a run");

    let ended = AtomicBool::new(false);
    let killed = std::thread::scope(|scope| {
        let killing = scope.spawn(|| {
            let (mut killed, mut dice) = (0, 0x1234_5678_9abc_def1_u64);
            while killed < KILLS && !ended.load(Ordering::Relaxed) {
                dice ^= dice >> 12;
                dice ^= dice << 25;
                dice ^= dice >> 27;
                std::thread::sleep(Duration::from_micros(dice % 36_000));
                let workers = workers();
                if let Some(worker) = workers.get(usize::try_from(dice).unwrap_or(0) % workers.len().max(1)) {
                    let kill = Command::new("kill").args(["-9", worker]).output().expect("kill starts");
                    killed += usize::from(kill.status.success());
                }
            }
            killed
        });
        let run = disturbed.submission().executor(Processes::new()).submit();
        ended.store(true, Ordering::Relaxed);
        let run = run.expect("a run");
        assert_eq!(run.ran().len(), usize::try_from(JOBS).expect("a small number"));
        killing.join().expect("it kills")
    });
    assert_eq!(killed, KILLS, "the run ended too early");

    assert_eq!(hashes(&disturbed), hashes(&expected));
    let relative = |store: &Store, folder: &str| -> BTreeSet<String> {
        let root = store.path().join(folder);
        files(&root).into_iter().map(|file| file.replace(&root.display().to_string(), "")).collect()
    };
    assert_eq!(relative(&store, "objects"), relative(&undisturbed, "objects"));
    assert_eq!(relative(&store, "records"), relative(&undisturbed, "records"));
    assert_eq!(relative(&store, "records").len(), usize::try_from(JOBS).expect("a small number"));
    assert_eq!(store.check().expect("readable").problems, []);
    // Under `tmp`, only the files remain that show that this process has the store open.
    let remaining: Vec<String> =
        relative(&store, "tmp").into_iter().filter(|file| !file.ends_with("/used")).collect();
    let own = format!("/{}-", std::process::id());
    assert!(remaining.iter().all(|file| file.starts_with(&own) && file.ends_with(".lock")), "{remaining:?}");
    assert_eq!(disturbed.submit().expect("a run").ran(), [""; 0]);
}
