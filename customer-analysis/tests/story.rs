//! The whole story: four scenarios, each one value away from the one before, what runs in each, and what they say
//! beside each other.

use customer_analysis::CustomerAnalysis;
use customer_analysis::model::{Metric, Segmented, Statistic};
use pipeline_core::report::KpisText;
use pipeline_core::{CsvFile, Frame, Result, assert_ran, assert_skipped, testing};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/customers.csv");

const TASKS: [&str; 4] = [
    "preprocess_and_score",
    "featurization_and_segmentation",
    "segment_analysis",
    "high_value_cust_summary_statistics",
];

#[test]
fn one_value_after_the_other_is_changed_and_only_what_it_affects_runs() -> Result<()> {
    let store = testing::store();
    let baseline = CustomerAnalysis::create(&store, "baseline")?;
    baseline.path_to_data.write(CsvFile::new(SAMPLE))?;
    assert_ran!(baseline.submit()?, TASKS);

    let payment = baseline.duplicate("payment")?;
    payment.payment_threshold.write(1_600.0)?;
    let run = payment.submit()?;
    assert_skipped!(run, TASKS[..1]);
    assert_ran!(run, TASKS[1..]);

    let median = payment.duplicate("median")?;
    median.metric.write(Metric::Median)?;
    let run = median.submit()?;
    assert_skipped!(run, TASKS[..2]);
    assert_ran!(run, TASKS[2..]);

    let max = median.duplicate("max")?;
    max.summary_statistic_type.write(Statistic::Max)?;
    let run = max.submit()?;
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
fn tables_are_compared_by_columns_that_are_named_and_by_functions_of_ones_own() -> Result<()> {
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
    assert_eq!(node.compared[0].values, [Some(0.into()), Some(0.into())]);
    let wrong =
        store.compare::<CustomerAnalysis>(&["baseline", "payment"]).keys("segment_result", &["Segment"]);
    assert!(
        wrong.run().expect_err("no column").to_string().contains("`SegmentResult` has no column `Segment`")
    );
    Ok(())
}
