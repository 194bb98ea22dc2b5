//! Tests a pipeline with snapshots of its wiring and of a run. A review shows a change of either as a changed snapshot
//! file.

use customer_analysis::CustomerAnalysis;
use skipstone::{CsvFile, ScenarioType, testing};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/customers.csv");

#[test]
fn the_graph() {
    insta::assert_snapshot!(testing::snapshot_graph(CustomerAnalysis::graph()));
}

#[test]
fn a_run_after_one_change() {
    let store = testing::store();
    let scenario = CustomerAnalysis::create(&store, "baseline").expect("created");
    scenario.path_to_data.write(CsvFile::new(SAMPLE)).expect("written");
    scenario.submit().expect("a run");
    scenario.payment_threshold.write(1_600.0).expect("written");
    let run = scenario.submit().expect("a run");
    insta::assert_snapshot!(testing::snapshot(&run));
    insta::assert_snapshot!("json", format!("{:#}", testing::snapshot_json(&run)));
}
