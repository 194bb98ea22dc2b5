//! The whole story: four scenarios, each one value away from the one before, what runs in each, and how they compare.

use customer_analysis::CustomerAnalysis;
use customer_analysis::model::{Metric, Segmented, Statistic};
use serde_json::Value;
use skipstone::executor::Processes;
use skipstone::report::KpisText;
use skipstone::{CsvFile, Frame, Result, Run, Store, assert_ran, assert_skipped, testing};
use std::collections::BTreeMap;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/customers.csv");

const TASKS: [&str; 4] = [
    "preprocess_and_score",
    "featurization_and_segmentation",
    "segment_analysis",
    "high_value_cust_summary_statistics",
];

testing::worker!();

/// Runs a scenario in threads, or in processes if given.
fn submit(scenario: &CustomerAnalysis, processes: Option<&Processes>) -> Result<Run> {
    match processes {
        None => scenario.submit(),
        Some(processes) => scenario.submission().executor(processes.clone()).submit(),
    }
}

/// The records of a store by path, without start times and durations.
fn records(store: &Store) -> BTreeMap<String, Value> {
    let folders = std::fs::read_dir(store.path().join("records")).expect("records").flatten();
    let files = folders.flat_map(|folder| std::fs::read_dir(folder.path()).expect("a folder").flatten());
    let record = |file: std::fs::DirEntry| {
        let text = std::fs::read_to_string(file.path()).expect("read");
        let mut record: Value = serde_json::from_str(text.lines().nth(2).expect("a body")).expect("a record");
        record["started_us"] = 0.into();
        record["duration_us"] = 0.into();
        (file.path().strip_prefix(store.path()).expect("in the store").display().to_string(), record)
    };
    files.map(record).collect()
}

#[test]
fn each_changed_value_runs_only_the_tasks_that_it_affects() -> Result<()> {
    let stores = [testing::store(), testing::store()];
    story(&stores[0], None)?;
    story(&stores[1], Some(&Processes::new()))?;
    assert_eq!(records(&stores[0]), records(&stores[1]), "threads and processes publish the same");
    Ok(())
}

fn story(store: &Store, processes: Option<&Processes>) -> Result<()> {
    let baseline = CustomerAnalysis::create(store, "baseline")?;
    baseline.path_to_data.write(CsvFile::new(SAMPLE))?;
    assert_ran!(submit(&baseline, processes)?, TASKS);

    let payment = baseline.duplicate("payment")?;
    payment.payment_threshold.write(1_600.0)?;
    let run = submit(&payment, processes)?;
    // The summary reads no column that the threshold changes.
    assert_skipped!(run, [TASKS[0], TASKS[3]]);
    assert_ran!(run, TASKS[1..3]);

    let median = payment.duplicate("median")?;
    median.metric.write(Metric::Median)?;
    let run = submit(&median, processes)?;
    assert_skipped!(run, TASKS[..2]);
    assert_ran!(run, TASKS[2..]);

    let max = median.duplicate("max")?;
    max.summary_statistic_type.write(Statistic::Max)?;
    let run = submit(&max, processes)?;
    assert_skipped!(run, TASKS[..3]);
    assert_ran!(run, TASKS[3..]);

    let comparison = store.compare::<CustomerAnalysis>(&["baseline", "payment", "median", "max"]).run()?;
    insta::assert_snapshot!("comparison", testing::snapshot_comparison(&comparison));

    let mut points = store.kpis()?;
    points.retain(|point| point.value.kpi.ends_with("average_purchase_high_value"));
    assert_eq!(points.len(), 4);
    insta::assert_snapshot!("kpis", KpisText::new(&points).stable());
    insta::assert_snapshot!("lineage", testing::snapshot_lineage(&max.lineage("high_value_summary_df")?));
    Ok(())
}

#[test]
fn tables_are_compared_by_named_columns_and_by_custom_functions() -> Result<()> {
    let store = testing::store();
    let baseline = CustomerAnalysis::create(&store, "baseline")?;
    baseline.path_to_data.write(CsvFile::new(SAMPLE))?;
    baseline.submit()?;
    let payment = baseline.duplicate("payment")?;
    payment.payment_threshold.write(1_600.0)?;
    payment.submit()?;
    let key = ["CUSTOMER_SCORE", "TotalPurchaseAmount", "TotalPurchaseTime"];
    let comparison = store
        .compare::<CustomerAnalysis>(&["baseline", "payment"])
        .keys("segmented_customer_df", &key)
        .with("segmented_customer_df", "rows", |a: &Frame<Segmented>, b: &Frame<Segmented>| {
            let rows = |table: &Frame<Segmented>| table.rows().map(|rows| rows.len()).unwrap_or_default();
            rows(b) as i64 - rows(a) as i64
        })
        .run()?;
    let node = comparison.nodes.iter().find(|node| node.node == "segmented_customer_df").expect("a node");
    let table = node.tables[1].as_ref().expect("a difference");
    let changed: Vec<_> = table.columns.iter().map(|it| (it.column.as_str(), it.cells)).collect();
    assert_eq!((table.only_first, table.only_second, table.changed), (0, 0, 4_904));
    assert_eq!(changed, [("HighSpender", 4_904)]);
    let values: Vec<Option<i64>> =
        node.compared[0].values.iter().map(|value| value.as_ref()?.get()).collect();
    assert_eq!(values, [Some(0), Some(0)]);
    let wrong =
        store.compare::<CustomerAnalysis>(&["baseline", "payment"]).keys("segment_result", &["Segment"]);
    assert!(
        wrong.run().expect_err("no column").to_string().contains("`SegmentResult` has no column `Segment`")
    );
    Ok(())
}
