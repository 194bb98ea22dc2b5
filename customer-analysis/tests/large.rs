//! Large tables, which are read batch by batch.

use customer_analysis::CustomerAnalysis;
use customer_analysis::algos::preprocess_and_score;
use customer_analysis::generate::generate;
use customer_analysis::model::{Customer, Metric, Scored, SegmentResult, Summary};
use skipstone::polars::prelude::{col, lit};
use skipstone::{CsvFile, Frame, JobStatus, Store, jobs::Reason, scenario, task};
use std::time::Duration;

const CUSTOMERS: u64 = 150_000;

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir().expect("a folder");
        generate(CUSTOMERS, 7, &folder.path().join("customers.csv")).expect("customers");
        Place { folder }
    }

    fn open(&self, store: &str, name: &str) -> CustomerAnalysis {
        let store = Store::open(self.folder.path().join(store)).expect("a store");
        let scenario = CustomerAnalysis::open_or_create(&store, name).expect("a scenario");
        scenario.path_to_data.write(CsvFile::new(self.folder.path().join("customers.csv"))).expect("written");
        scenario
    }
}

fn results(scenario: &CustomerAnalysis) -> (Vec<SegmentResult>, Vec<Summary>) {
    let segments = scenario.segment_result.read().expect("a table").rows().expect("segments");
    (segments, scenario.high_value_summary_df.read().expect("a table").rows().expect("a summary"))
}

#[test]
fn a_large_table_is_read_in_a_new_process_and_its_readers_give_the_results_of_a_clean_run() {
    let place = Place::new();
    let scenario = place.open("store", "a");
    scenario.submit().expect("a run");
    drop(scenario);

    // A new process knows only what is in the store.
    let scenario = place.open("store", "a");
    assert_eq!(scenario.submit().expect("a run").ran(), [""; 0]);
    scenario.metric.write(Metric::Median).expect("written");
    let run = scenario.submit().expect("a run");
    assert_eq!(run.ran(), ["segment_analysis", "high_value_cust_summary_statistics"]);
    let fresh = place.open("other", "b");
    fresh.metric.write(Metric::Median).expect("written");
    let clean = fresh.submit().expect("a run");
    assert_eq!(results(&scenario), results(&fresh));
    for (one, other) in run.jobs.iter().zip(&clean.jobs) {
        assert_eq!(one.outputs[0].value.hash, other.outputs[0].value.hash, "{}", one.name);
    }

    let table = scenario.segmented_customer_df.read().expect("a table");
    assert_eq!(table.collect().expect("rows").height() as u64, CUSTOMERS);
}

#[test]
fn a_pinned_run_is_compared_by_its_rows_after_its_scenario_has_moved_on() {
    let place = Place::new();
    let scenario = place.open("store", "a");
    scenario.submit().expect("a run");
    let store = scenario.store().clone();
    store.pin(1.into()).expect("pinned");
    scenario.payment_threshold.write(1_600.0).expect("written");
    scenario.submit().expect("a run");
    store.collect(Duration::ZERO).expect("collected");
    let compared = store.compare::<CustomerAnalysis>(&["1", "2"]).run().expect("compared");
    let text = skipstone::report::ComparisonText::new(&compared).to_string();
    assert!(!text.contains("missing"), "{text}");
    assert!(text.contains("149"), "{text}");
}

/// A program and its next version, whose task returns the other table.
macro_rules! choosing {
    ($version:ident, |$x:ident, $y:ident| $chosen:ident) => {
        mod $version {
            use super::*;

            /// Returns one of two tables.
            #[task(skippable)]
            pub(crate) fn choose($x: &Frame<Scored>, $y: &Frame<Scored>) -> Frame<Scored> {
                let _ = ($x, $y);
                Frame::new($chosen.lazy().with_columns([col(Scored::CUSTOMER_SCORE) * lit(2.0)]))
            }

            scenario! {
                pub(crate) Choosing {
                    input x_file: CsvFile<Customer>;
                    input y_file: CsvFile<Customer>;
                    x = preprocess_and_score(x_file);
                    y = preprocess_and_score(y_file);
                    chosen = choose(x, y);
                }
            }
        }
    };
}

choosing!(before, |x, y| x);
choosing!(after, |x, y| y);

#[test]
fn a_result_is_the_one_of_its_run_even_if_the_task_of_a_later_program_makes_another() {
    let place = Place::new();
    let file = |name: &str| place.folder.path().join(name);
    generate(CUSTOMERS, 8, &file("others.csv")).expect("customers");
    let store = Store::open(file("store")).expect("a store");
    let inputs = before::ChoosingInputs {
        x_file: CsvFile::new(file("customers.csv")),
        y_file: CsvFile::new(file("others.csv")),
    };
    let scenario = before::Choosing::create(&store, "a", inputs).expect("created");
    scenario.submit().expect("a run");
    let rows = |table: Frame<Scored>| table.rows().expect("rows");
    let made = rows(scenario.chosen.read().expect("a table"));
    let later = after::Choosing::open(&store, "a").expect("the scenario");
    assert!(made == rows(later.chosen.read().expect("a table")), "the result of the run");
    later.submit().expect("a run");
    assert!(made != rows(later.chosen.read().expect("a table")), "the result of the later program");
}

#[test]
fn early_cut_off_compares_the_content_of_tables() {
    let place = Place::new();
    let scenario = place.open("store", "a");
    scenario.submit().expect("a run");
    // Amounts have two decimals: none is between the old threshold and the new one.
    scenario.payment_threshold.write(1_000.001).expect("written");
    let run = scenario.submit().expect("a run");
    assert_eq!(run.ran(), ["featurization_and_segmentation"]);
    assert_eq!(
        run.skipped(),
        ["preprocess_and_score", "segment_analysis", "high_value_cust_summary_statistics"]
    );
    // The summary reads no column that the threshold changes.
    scenario.payment_threshold.write(1_600.0).expect("written");
    let run = scenario.submit().expect("a run");
    assert_eq!(run.ran(), ["featurization_and_segmentation", "segment_analysis"]);
    assert!(matches!(&run.jobs[3].reason, Reason::ColumnsUnchanged { nodes } if nodes.len() == 2));
}

#[test]
fn only_a_lost_table_is_recomputed() {
    let place = Place::new();
    let scenario = place.open("store", "a");
    let run = scenario.submit().expect("a run");
    let expected = results(&scenario);
    let store = scenario.store().clone();
    let gone = store.collect(Duration::ZERO).expect("collected");
    assert_eq!(gone.objects, []);
    assert_eq!(store.check().expect("checked").problems, []);
    assert_eq!(scenario.submit().expect("a run").ran(), [""; 0]);

    let scored = run.job("preprocess_and_score").expect("a job").outputs[0].value.hash.to_string();
    std::fs::remove_file(store.path().join("objects").join(&scored[..2]).join(&scored[2..]))
        .expect("removed");
    assert_eq!(store.check().expect("checked").problems.len(), 1);
    let error = scenario.scored_df.read().expect_err("its table is gone").to_string();
    assert!(error.contains("submit the scenario to recompute it"), "{error}");
    let run = scenario.submit().expect("a run");
    assert_eq!(run.ran(), ["preprocess_and_score"]);
    assert!(matches!(run.jobs[0].reason, Reason::OutputMissing { .. }));
    assert_eq!(results(&scenario), expected);
}

#[test]
fn forced_runs_and_samples_of_all_tasks_give_the_same_tables() {
    let place = Place::new();
    let scenario = place.open("store", "a");
    let first = scenario.submit().expect("a run");
    let again = scenario.submission().force_all().submit().expect("a run");
    for (one, other) in first.jobs.iter().zip(&again.jobs) {
        assert_eq!(other.status, JobStatus::Completed);
        assert_eq!(one.outputs[0].value.hash, other.outputs[0].value.hash, "{}", one.name);
    }
}

/// Multiplies the scores by a factor.
#[task]
fn rescored(scored_df: &Frame<Scored>, factor: f64) -> Frame<Scored> {
    let score = col(Scored::CUSTOMER_SCORE) * lit(factor);
    Frame::new(scored_df.lazy().with_columns([score.alias(Scored::CUSTOMER_SCORE)]))
}

scenario! {
    pub Rescoring {
        input path_to_data: CsvFile<Customer>;
        input factor: f64 = 2.0;
        scored_df = preprocess_and_score(path_to_data);
        rescored_df = rescored(scored_df, factor);
    }
}

#[test]
fn the_result_of_a_task_that_is_not_skippable_is_unchanged_after_a_collection() {
    let place = Place::new();
    let store = Store::open(place.folder.path().join("store")).expect("a store");
    let path_to_data = CsvFile::new(place.folder.path().join("customers.csv"));
    let scenario = Rescoring::create(&store, "a", RescoringInputs { path_to_data }).expect("created");
    scenario.submit().expect("a run");
    let first = || scenario.rescored_df.read().expect("a table").rows().expect("rows")[0].customer_score;
    let doubled = first();
    // The node holds the result of the last run, whatever the inputs were set to since.
    scenario.factor.write(3.0).expect("written");
    store.collect(Duration::ZERO).expect("collected");
    assert_eq!(first(), doubled);
    let scored = scenario.scored_df.read().expect("a table").rows().expect("rows")[0].customer_score;
    assert_eq!(doubled, scored.map(|score| 2.0 * score));
}

/// A table's hash depends only on its content, not on how its rows are split into files or how many threads work on it.
#[test]
fn the_same_rows_in_several_files_and_in_one_file_have_the_same_hashes() {
    let place = Place::new();
    let whole = std::fs::read_to_string(place.folder.path().join("customers.csv")).expect("read");
    let (header, lines) = whole.split_once('\n').expect("a header");
    let lines: Vec<&str> = lines.lines().collect();
    for (number, part) in lines.chunks(33_333).enumerate() {
        let path = place.folder.path().join(format!("part-{number}.csv"));
        std::fs::write(path, format!("{header}\n{}\n", part.join("\n"))).expect("written");
    }
    let one = place.open("store", "one").submit().expect("a run");
    let several = place.open("store", "several");
    several.path_to_data.write(CsvFile::new(place.folder.path().join("part-*.csv"))).expect("written");
    let run = several.submit().expect("a run");
    assert_eq!(run.ran(), ["preprocess_and_score"], "a table with the same content causes early cut-off");
    assert_eq!(run.jobs[0].outputs, one.jobs[0].outputs);

    std::fs::write(place.folder.path().join("part-9.csv"), format!("{header}\nX,1,1,1,1\n"))
        .expect("written");
    assert_eq!(several.submit().expect("a run").ran().len(), 4, "another file changes the content");
}

#[test]
fn one_thread_and_small_batches_give_the_same_hashes() {
    let place = Place::new();
    let run = place.open("store", "a").submit().expect("a run");
    let hashes: Vec<String> = run.jobs.iter().map(|job| job.outputs[0].value.hash.to_string()).collect();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_customer-analysis"))
        .current_dir(place.folder.path())
        .env("POLARS_MAX_THREADS", "1")
        .env("POLARS_IDEAL_MORSEL_SIZE", "1000")
        .env("POLARS_CSV_CHUNK_SIZE", "100000")
        .args(["run", "--store", "other", "--set", "path_to_data=customers.csv", "--json"])
        .output()
        .expect("the program");
    let text = String::from_utf8_lossy(&output.stdout);
    for hash in hashes {
        assert!(text.contains(&hash), "{hash} is not in {text}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}
