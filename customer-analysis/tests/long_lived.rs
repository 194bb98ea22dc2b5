//! What a long-lived process keeps from garbage collection.

use customer_analysis::CustomerAnalysis;
use customer_analysis::generate::generate;
use customer_analysis::model::Metric;
use skipstone::{CsvFile, Store};
use std::time::Duration;

#[test]
fn tables_that_were_read_for_kpis_and_by_hand_are_collected_when_they_are_not_held() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("customers.csv");
    generate(1_000, 7, &file).expect("customers");
    let store = Store::open(folder.path().join("store")).expect("a store");
    let scenario = CustomerAnalysis::create(&store, "a").expect("created");
    scenario.path_to_data.write(CsvFile::new(file)).expect("written");
    let mut held = None;
    for metric in [Metric::Mean, Metric::Max, Metric::Min, Metric::Sum, Metric::Std, Metric::Median] {
        scenario.metric.write(metric).expect("written");
        // Its KPIs are read from its tables.
        scenario.submit().expect("a run");
        let table = scenario.segment_result.read().expect("a table");
        assert_eq!(table.rows().expect("rows").len(), 2);
        held = held.or(Some(table));
    }
    let gone = store.collect(Duration::ZERO).expect("collected");
    // The segments of five metrics and their summaries, which differ only in the amount of the metric.
    assert_eq!(gone.records.len(), 10);
    assert!(gone.objects.len() >= 5, "{gone:?}");
    // A table that is still held can be read.
    assert_eq!(held.expect("a table").rows().expect("rows").len(), 2);
}
