//! Runs several processes on one store concurrently: runs, garbage collections, readers and checks.
//!
//! `PIPELINE_PROOFS=full` runs them for 60 s.

use crate::bench::{command, full, hashes, json, output};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The seeds through which the scenarios cycle.
const SEEDS: std::ops::Range<u64> = 1..6;

/// Repeats some work until a point in time. Returns the number of repetitions.
fn until(end: Instant, mut work: impl FnMut(u64)) -> u64 {
    let mut count = 0;
    while Instant::now() < end {
        work(count);
        count += 1;
    }
    count
}

fn check_run(run: &Value, expected: &BTreeMap<u64, Vec<(String, String)>>, seed: u64) {
    assert_eq!(hashes(run), expected[&seed], "{run:#}");
    assert_eq!(run["warnings"], serde_json::json!([]), "{run:#}");
    let verdict = run["outputs"]["verdict"]["value"].as_str().expect("a verdict");
    assert!(verdict.starts_with(&format!("seed {seed}: ")), "{verdict}");
}

#[test]
fn concurrent_runs_collections_readers_and_checks_see_no_error_and_no_wrong_byte() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, alone) = (folder.path().join("store"), folder.path().join("alone"));
    let run = |store: &Path, scenario: &str, seed: u64| {
        json(store, &format!("run --scenario {scenario} --set seed={seed}"))
    };
    let expected: BTreeMap<_, _> = SEEDS.map(|seed| (seed, hashes(&run(&alone, "a", seed)))).collect();
    let verdicts: BTreeSet<String> = SEEDS
        .map(|seed| {
            run(&alone, "a", seed)["outputs"]["verdict"]["value"].as_str().expect("a verdict").to_owned()
        })
        .collect();
    run(&store, "a", 1);
    run(&store, "b", 2);

    let end = Instant::now() + Duration::from_secs(if full() { 60 } else { 3 });
    let removed = AtomicUsize::new(0);
    let counts = std::thread::scope(|scope| {
        let (store, expected, verdicts, removed) = (&store, &expected, &verdicts, &removed);
        let runs = scope.spawn(move || {
            until(end, |round| {
                let (seed, scenario) = (SEEDS.start + round % 5, ["a", "b"][round as usize % 2]);
                check_run(&run(store, scenario, seed), expected, seed);
            })
        });
        let collections = scope.spawn(move || {
            until(end, |_| {
                let gone = json(store, "store gc --grace 0");
                removed.fetch_add(gone["objects"].as_array().expect("objects").len(), Ordering::SeqCst);
            })
        });
        let readers = scope.spawn(move || {
            until(end, |round| {
                let verdict =
                    json(store, &format!("read verdict --scenario {}", ["a", "b"][round as usize % 2]));
                assert!(verdicts.contains(verdict.as_str().expect("a string")), "{verdict}");
            })
        });
        let checks = scope.spawn(move || {
            until(end, |_| assert_eq!(json(store, "store verify")["problems"], serde_json::json!([])))
        });
        [runs, collections, readers, checks].map(|work| work.join().expect("no error"))
    });
    let removed = removed.into_inner();
    println!("{counts:?} runs, collections, readers and checks; {removed} objects collected");
    assert!(counts.iter().all(|count| *count > 2) && removed > 0, "{counts:?}, {removed}");
}

#[test]
fn sixteen_processes_that_compute_the_same_new_key_get_one_result() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("store");
    json(&store, "plan");
    for seed in 1..=if full() { 10 } else { 2 } {
        // Each process has its own scenario. All have the same inputs.
        let children: Vec<_> = (0..16)
            .map(|child| {
                command(&store, &format!("run --json --scenario s{child} --set seed={seed}"))
                    .stdout(Stdio::piped())
                    .stderr(Stdio::piped())
                    .spawn()
                    .expect("started")
            })
            .collect();
        let mut results = BTreeSet::new();
        for child in children {
            let output = child.wait_with_output().expect("the program has ended");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let run: Value = serde_json::from_slice(&output.stdout).expect("JSON");
            // Includes the task that returns a different value each time.
            results.insert(format!("{:?} {}", hashes(&run), run["outputs"]["different"]));
        }
        assert_eq!(results.len(), 1, "seed {seed}: {results:#?}");
    }
    assert!(output(&store, "store verify").status.success());
}

#[test]
fn a_hundred_tags_by_each_of_two_processes_are_all_stored() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("store");
    json(&store, "create shared");
    std::thread::scope(|scope| {
        for prefix in ["a", "b"] {
            let store = &store;
            scope.spawn(move || {
                for number in 0..100 {
                    json(store, &format!("tag shared {prefix}{number}"));
                }
            });
        }
    });
    let shown = json(&store, "show shared");
    assert_eq!(shown["tags"].as_array().expect("tags").len(), 200);
}
