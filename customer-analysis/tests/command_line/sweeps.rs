//! `sweep`

use crate::place::Place;
use std::fs;

#[test]
fn a_sweep_says_what_it_would_do_runs_the_union_once_and_lists_the_best_first() {
    let place = Place::new();
    let grid = ["sweep", "payment_threshold=1000..2000/100", "metric=*", "--name", "grid"];
    let dry = place.run(&[&grid[..], &["--dry-run"]].concat()).code(0);
    assert_eq!(dry.out, "66 scenarios, 264 calls, 144 distinct, tasks whose duration is not known\n");
    assert!(place.run(&["list"]).code(0).out.contains("0 scenarios"));

    let json = place.run(&[&grid[..], &["--json"]].concat()).code(0).json();
    let outcomes = json["outcomes"].as_array().expect("a list");
    assert_eq!(outcomes.len(), 66);
    // No threshold and metric changes the summary: results that are equal stop the wave.
    let ran: u64 = outcomes.iter().filter_map(|outcome| outcome["ran"].as_u64()).sum();
    assert!((1 + 11 + 66..=144).contains(&ran), "{ran}");

    let by = ["sweep", "score_threshold=1..3", "--name", "scores", "--best"];
    let best = place.run(&[&by[..], &["high_value_summary_df.median_score_high_value"]].concat()).code(0);
    let order: Vec<&str> =
        best.out.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(order, ["3", "2", "1", "3"], "the best median first: {}", best.out);
    assert!(best.out.ends_with("3 scenarios, tag `scores`; 9 ran, 3 skipped\n"), "{}", best.out);
    place.run(&[&by[..], &["median"]].concat()).code(2).error(&["there is no KPI `median`"]);
    place.run(&["--scenario", "scores/score_threshold=2", "read", "score_threshold"]).code(0);
    let listed = place.run(&["list", "--tag", "scores"]).code(0);
    assert!(listed.out.contains("3 scenarios"), "{}", listed.out);
}

#[test]
fn a_scenario_that_fails_is_named_and_the_others_are_listed() {
    let place = Place::new();
    fs::write(place.path("bad.csv"), "CustomerID\n1\n").expect("written");
    let good = concat!(env!("CARGO_MANIFEST_DIR"), "/data/customers.csv");
    let paths = format!("path_to_data=[\"{good}\",\"bad.csv\"]");
    let done = place.run(&["sweep", &paths]).code(1);
    done.error(&["task `preprocess_and_score` failed"]);
    assert!(done.out.contains("2 scenarios, tag `sweep`, 1 failed; 4 ran, 0 skipped"), "{}", done.out);
    place.run(&["sweep", "path_to_data=missing.csv"]).code(2).error(&["missing.csv"]);
    place.run(&["sweep", "metric=meen"]).code(2).error(&["`meen` is not a valid `Metric`"]);
    place.run(&["sweep"]).code(2);
}
