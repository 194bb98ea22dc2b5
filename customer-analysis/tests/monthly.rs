//! The customers of each month in a file of their own: what runs again, and that the figures are those of all customers at once.

use customer_analysis::CustomerAnalysis;
use customer_analysis::generate::generate;
use customer_analysis::monthly::Monthly;
use skipstone::{CsvFile, Parts, assert_ran, testing};
use std::path::Path;

fn months(folder: &Path, count: u64) {
    (1..=count).for_each(|month| {
        generate(500, month, &folder.join(format!("2026-{month:02}.csv"))).expect("customers");
    });
}

#[test]
fn a_changed_month_runs_its_own_tasks_and_the_figures_equal_those_of_all_customers_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    months(folder.path(), 5);
    let pattern = folder.path().join("*.csv").display().to_string();
    let store = testing::store();
    let monthly = Monthly::create(&store, "by month").expect("created");
    monthly.exports.write(Parts::parse(&pattern).expect("files")).expect("written");
    assert_eq!(monthly.submit().expect("completed").ran().len(), 5 * 4 + 1);

    generate(500, 99, &folder.path().join("2026-03.csv")).expect("customers");
    assert_ran!(
        monthly.submit().expect("completed"),
        [
            "preprocess_and_score[2026-03]",
            "featurization_and_segmentation[2026-03]",
            "segment_sums[2026-03]",
            "means_of_all (means)",
            "means_of_all (trend)[2026-03]",
            "means_of_all (trend)[2026-04]",
            "means_of_all (trend)[2026-05]",
        ]
    );

    // Each digit of the means is that of one run over the rows of all files.
    let whole = CustomerAnalysis::create(&store, "whole").expect("created");
    whole.path_to_data.write(CsvFile::new(&pattern)).expect("written");
    whole.submit().expect("completed");
    let means = monthly.means.read().expect("a table").rows().expect("rows");
    let segments = whole.segment_result.read().expect("a table").rows().expect("rows");
    assert_eq!(means.len(), segments.len());
    for (mean, segment) in means.iter().zip(&segments) {
        assert_eq!(mean.value_segment, segment.value_segment);
        let bits = |value: Option<f64>| value.map(f64::to_bits);
        assert_eq!(bits(mean.customer_score), bits(segment.customer_score));
        assert_eq!(bits(mean.total_purchase_amount), bits(segment.total_purchase_amount));
        assert_eq!(bits(mean.number_of_purchases), bits(segment.number_of_purchases));
    }
    let trend = monthly.trend.read().expect("tables");
    assert_eq!(trend.keys().collect::<Vec<_>>(), ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05"]);
    let first = trend.get("2026-01").expect("a month").rows().expect("rows");
    assert!(first.iter().map(|segment| segment.customers).sum::<i64>() <= 500);
}
