//! Compares the figures with those of pandas, which were calculated with the correct wiring for seven parameter sets.

use customer_analysis::CustomerAnalysis;
use customer_analysis::model::{SegmentResult, Summary};
use serde_json::Value;
use skipstone::{CsvFile, testing};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/customers.csv");
const EXPECTED: &str = include_str!("oracle/expected.json");

fn sets() -> Vec<Value> {
    let sets: Vec<Value> = serde_json::from_str(EXPECTED).expect("the expected figures");
    assert_eq!(sets.len(), 7);
    sets
}

fn set_inputs(scenario: &CustomerAnalysis, set: &Value) {
    let text = |name: &str| set[name].as_str().map_or_else(|| set[name].to_string(), str::to_owned);
    let names = ["payment_threshold", "score_threshold", "metric", "summary_statistic_type"];
    let texts: Vec<(&str, String)> = names.iter().map(|name| (*name, text(name))).collect();
    let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    scenario.set(&texts).expect("the inputs are set");
}

/// Asserts that two numbers are equal up to a relative error of 1e-9.
fn near(found: Option<f64>, expected: &Value, what: &str) {
    let found = found.unwrap_or_else(|| panic!("{what} is missing"));
    let expected = expected.as_f64().unwrap_or_else(|| panic!("{what} is not a number"));
    assert!((found - expected).abs() <= 1e-9 * expected.abs(), "{what}: {found}, not {expected}");
}

fn check(scenario: &CustomerAnalysis, set: &Value) {
    let segments: Vec<SegmentResult> =
        scenario.segment_result.read().expect("a table").rows().expect("segments");
    let expected = set["segment_result"].as_array().expect("segments");
    assert_eq!(segments.len(), expected.len());
    for (found, expected) in segments.iter().zip(expected) {
        assert_eq!(found.value_segment, expected["ValueSegment"]);
        assert_eq!(found.high_spender, expected["HighSpender"]);
        near(found.customer_score, &expected["CUSTOMER_SCORE"], "CUSTOMER_SCORE");
        near(found.total_purchase_amount, &expected["TotalPurchaseAmount"], "TotalPurchaseAmount");
        near(found.number_of_purchases, &expected["NumberOfPurchases"], "NumberOfPurchases");
        near(found.total_purchase_time, &expected["TotalPurchaseTime"], "TotalPurchaseTime");
        near(
            found.average_time_between_purchases,
            &expected["AverageTimeBetweenPurchases"],
            "AverageTimeBetweenPurchases",
        );
    }
    let summary: Vec<Summary> =
        scenario.high_value_summary_df.read().expect("a table").rows().expect("a summary");
    let expected = &set["high_value_summary_df"][0];
    assert_eq!(summary.len(), 1);
    assert_eq!(summary[0].summary_statistic_type, expected["SummaryStatisticType"]);
    near(
        summary[0].average_purchase_high_value,
        &expected["AveragePurchaseHighValue"],
        "AveragePurchaseHighValue",
    );
    near(summary[0].median_score_high_value, &expected["MedianScoreHighValue"], "MedianScoreHighValue");
    near(
        summary[0].segment_analysis_high_value,
        &expected["SegmentAnalysisHighValue"],
        "SegmentAnalysisHighValue",
    );
}

#[test]
fn all_seven_parameter_sets_give_the_figures_of_pandas() {
    let store = testing::store();
    let scenario = CustomerAnalysis::create(&store, "all").expect("created");
    scenario.path_to_data.write(CsvFile::new(SAMPLE)).expect("written");
    for set in sets() {
        set_inputs(&scenario, &set);
        scenario.submit().expect("a run");
        check(&scenario, &set);
        let rows = scenario.scored_df.read().expect("a table").rows().expect("rows").len();
        assert_eq!(rows, set["rows"].as_u64().expect("a number") as usize);
    }
    // All results are known now, in any order and in any scenario, including one that another process opened.
    let again = CustomerAnalysis::create(&store.reopen(), "again").expect("created");
    again.path_to_data.write(CsvFile::new(SAMPLE)).expect("written");
    for set in sets().iter().rev() {
        set_inputs(&again, set);
        assert_eq!(again.submit().expect("a run").ran(), [""; 0]);
        check(&again, set);
    }
}

#[test]
fn a_changed_threshold_runs_what_it_affects_and_the_former_value_runs_nothing() {
    let store = testing::store();
    let scenario = CustomerAnalysis::create(&store, "baseline").expect("created");
    scenario.path_to_data.write(CsvFile::new(SAMPLE)).expect("written");
    assert_eq!(scenario.submit().expect("a run").ran().len(), 4);

    scenario.payment_threshold.write(1_600.0).expect("written");
    let run = scenario.submit().expect("a run");
    assert_eq!(run.skipped(), ["preprocess_and_score", "high_value_cust_summary_statistics"]);
    assert_eq!(run.ran().len(), 2);

    let scenario = CustomerAnalysis::open(&store.reopen(), "baseline").expect("opened");
    scenario.payment_threshold.write(1_000.0).expect("written");
    assert_eq!(scenario.submit().expect("a run").ran(), [""; 0]);
}

#[test]
fn each_input_runs_exactly_its_dependents() {
    use customer_analysis::model::{Metric, Statistic};

    let store = testing::store();
    let scenario = CustomerAnalysis::create(&store, "baseline").expect("created");
    scenario.path_to_data.write(CsvFile::new(SAMPLE)).expect("written");
    scenario.submit().expect("a run");
    let ran = || scenario.submit().expect("a run").ran().into_iter().map(str::to_owned).collect::<Vec<_>>();

    scenario.metric.write(Metric::Median).expect("written");
    assert_eq!(ran(), ["segment_analysis", "high_value_cust_summary_statistics"]);
    scenario.summary_statistic_type.write(Statistic::Max).expect("written");
    assert_eq!(ran(), ["high_value_cust_summary_statistics"]);
    // No customer scores between these thresholds: the segments are the same, which causes early cut-off.
    scenario.score_threshold.write(1.500_000_1).expect("written");
    assert_eq!(ran(), ["featurization_and_segmentation"]);
}
