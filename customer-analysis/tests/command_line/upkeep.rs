//! `explain`, `verify`, `store`, forced and strict runs, and projects that are moved.

use crate::place::{Done, Place};
use std::fs;

impl Place {
    /// Runs with a metric that does not depend on the order of rows. Polars adds floating-point numbers in an order
    /// that varies: a recomputed mean may differ in its last digit.
    fn run_steadily(&self, arguments: &[&str]) -> Done {
        self.run(&[&["--set", "metric=max"], arguments].concat())
    }
}

#[test]
fn explain_prints_every_part_of_the_key_and_what_differs() {
    let place = Place::new();
    let before = place.run(&["explain", "scored_df"]).code(0);
    assert!(before.out.contains("run  first run") && before.out.contains("src/algos.rs:"), "{}", before.out);
    let unknown = place.run(&["explain", "segment_result"]).code(0);
    assert!(unknown.out.contains("key not known until its inputs are"), "{}", unknown.out);

    let run = place.run(&["--json"]).code(0).json();
    let explained = place.run(&["explain", "segment_result", "--json"]).code(0).json();
    assert_eq!(explained["key"], run["jobs"][2]["key"]);
    assert_eq!(explained["decision"], "skip");
    let changed = place.run(&["explain", "segment_result", "--set", "metric=median"]).code(0);
    assert!(
        changed
            .out
            .contains("nearest result: one of scenario `default`, but input `metric` changed: mean → median"),
        "{}",
        changed.out
    );
    let all = place.run(&["explain", "segment_result", "--all"]).code(0);
    assert!(all.out.contains("  crate polars "), "{}", all.out);
    place.run(&["explain", "metric"]).code(2).error(&["`metric` is an input", "`segment_result`"]);
    place.run(&["explain", "segment_reslt"]).code(2).error(&["did you mean `segment_result`?"]);
}

#[test]
fn force_runs_the_named_tasks_or_all_of_them() {
    let place = Place::new();
    place.run_steadily(&[]).code(0);
    let one = place.run_steadily(&["run", "--force", "segment_result"]).code(0);
    assert!(one.out.contains("1 ran, 3 skipped") && one.out.contains("forced"), "{}", one.out);
    assert!(
        place
            .run_steadily(&["run", "--force", "scored_df,segment_analysis"])
            .code(0)
            .out
            .contains("2 ran, 2 skipped")
    );
    assert!(place.run_steadily(&["run", "--force"]).code(0).out.contains("4 ran, 0 skipped"));
    place.run_steadily(&["run", "--force", "metric"]).code(2).error(&["no output `metric`"]);
}

#[test]
fn strict_runs_have_separate_keys() {
    let place = Place::new();
    place.run(&[]).code(0);
    let plan = place.run(&["plan", "--strict"]).code(0);
    assert!(
        plan.out.contains("run   preprocess_and_score                now strict: rustc 1."),
        "{}",
        plan.out
    );
    assert!(place.run(&["--strict"]).code(0).out.contains("4 ran, 0 skipped"));
    assert!(place.run(&["--strict"]).code(0).out.contains("0 ran, 4 skipped"));
    assert!(place.run(&["explain", "scored_df", "--strict"]).code(0).out.ends_with("(part of the key)\n"));
}

#[test]
fn recomputed_results_are_the_same() {
    let place = Place::new();
    place.run(&["verify"]).code(2).error(&["there is no store in", "run the scenario first"]);
    place.run_steadily(&[]).code(0);
    let verified = place.run(&["verify"]).code(0);
    assert_eq!(verified.out, "4 known results recomputed, 0 differ\n");
    assert_eq!(place.run(&["verify", "--sample", "0%"]).code(0).out.lines().count(), 1);
    place.run(&["verify", "--sample", "2"]).code(2).error(&["expected a percentage from 0% to 100%"]);
}

#[test]
fn the_store_is_verified_measured_collected_and_pinned() {
    let place = Place::new();
    place.run(&[]).code(0);
    place.run(&["--set", "payment_threshold=1600"]).code(0);
    let verified = place.run(&["store", "verify"]).code(0);
    assert!(verified.out.ends_with("and 6 records read: all intact\n"), "{}", verified.out);
    assert!(place.run(&["store", "du"]).code(0).out.contains("`default`"));

    let young = place.run(&["store", "gc"]).code(0);
    assert!(young.out.starts_with("0 records and 0 objects removed (0 B)"), "{}", young.out);
    let dry = place.run(&["store", "gc", "--grace", "0", "--dry-run"]).code(0);
    let planned = dry.out.lines().filter(|line| line.starts_with("  ")).count();
    let gone = place.run(&["store", "gc", "--grace", "0", "--json"]).code(0).json();
    let count = |field: &str| gone[field].as_array().expect("a list").len();
    assert_eq!(count("records") + count("objects"), planned);
    assert!(planned > 0 && place.run(&[]).code(0).out.contains("0 ran, 4 skipped"));
    place.run(&["store", "gc", "--grace", "7"]).code(2).error(&["expected a number and a unit"]);

    place.run(&["store", "pin", "1"]).code(0);
    place.run(&["store", "pin", "99"]).code(2).error(&["no run 99"]);
    place.run(&["store", "unpin", "1"]).code(0);
}

#[test]
fn a_damaged_store_is_reported_by_verify_and_repaired_by_the_next_run() {
    let place = Place::new();
    let run = place.run_steadily(&["--json"]).code(0).json();
    let hash = run["jobs"][1]["outputs"][0]["hash"].as_str().expect("a hash").to_owned();
    let object = place.path(".pipeline/objects").join(&hash[..2]).join(&hash[2..]);
    std::fs::write(&object, "damaged bytes").expect("damaged");
    let verified = place.run(&["store", "verify"]).code(1);
    assert!(verified.out.contains(&format!("object {hash} is damaged")), "{}", verified.out);
    let repaired = place.run_steadily(&[]).code(0);
    assert!(repaired.out.contains("output damaged: `segmented_customer_df`"), "{}", repaired.out);
    assert_eq!(repaired.err.matches("warning").count(), 1, "{}", repaired.err);
    place.run(&["store", "verify"]).code(0);
}

#[test]
fn a_project_that_was_moved_with_its_store_finds_its_files_and_known_results() {
    let place = Place::new();
    let run = |folder: &str, arguments: &[&str]| {
        Done::from(place.command(arguments).current_dir(place.path(folder)).output().expect("it starts"))
    };
    for (scenario, given) in [("file", "data.csv"), ("pattern", "d*.csv")] {
        let (first, moved) = (format!("{scenario} [1]"), format!("{scenario} [2]"));
        fs::create_dir(place.path(&first)).expect("a folder");
        place.customers(&format!("{first}/data.csv"), "1,1500,3,4,60\n2,500,2,1,10\n");
        run(&first, &["--set", &format!("path_to_data={given}")]).code(0);
        let again = run(&first, &["run"]).code(0);
        assert!(again.out.contains("0 ran, 4 skipped"), "{}", again.out);
        let alone = place.path(&format!("{scenario}.store"));

        // The store alone: the files are where they were.
        fs::rename(place.path(&first).join(".pipeline"), &alone).expect("moved");
        let separate = run(".", &["--store", &alone.to_string_lossy(), "run"]).code(0);
        assert!(separate.out.contains("0 ran, 4 skipped"), "{}", separate.out);
        fs::rename(&alone, place.path(&first).join(".pipeline")).expect("moved");

        // The whole project.
        fs::rename(place.path(&first), place.path(&moved)).expect("moved");
        let plan = run(&moved, &["plan"]).code(0);
        assert!(plan.out.contains(given) || !plan.out.contains(&first), "{}", plan.out);
        let kept = run(&moved, &["run"]).code(0);
        assert!(kept.out.contains("0 ran, 4 skipped"), "{}", kept.out);

        // A copy uses its own files even while the original ones exist.
        fs::create_dir(place.path(&first)).expect("a folder");
        place.customers(&format!("{first}/data.csv"), "1,9999,3,4,60\n");
        let kept = run(&moved, &["run"]).code(0);
        assert!(kept.out.contains("0 ran, 4 skipped"), "{}", kept.out);
        let elsewhere = run(&moved, &["read", "path_to_data"]).code(0);
        assert!(elsewhere.out.contains("500"), "{}", elsewhere.out);
    }
}
