//! How a pipeline is tested with snapshots: the wiring, and what a run did. A change of either shows
//! in a review as a changed file beside this one.

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
