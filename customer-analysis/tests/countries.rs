//! Two countries as one scenario that is used twice.

use customer_analysis::CustomerAnalysis;
use customer_analysis::countries::{Countries, CountriesInputs};
use customer_analysis::generate::generate;
use skipstone::{CsvFile, ScenarioType, assert_ran, assert_skipped, testing};

#[test]
fn what_a_country_computed_alone_is_known_in_the_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let [german, french] = ["germany", "france"].map(|name| folder.path().join(name).with_extension("csv"));
    generate(1_000, 1, &german).expect("customers");
    generate(1_000, 2, &french).expect("customers");
    let store = testing::store();

    let alone = CustomerAnalysis::create(&store, "germany").expect("created");
    alone.path_to_data.write(CsvFile::new(&german)).expect("written");
    alone.submit().expect("a run");

    let inputs =
        CountriesInputs { german_customers: CsvFile::new(&german), french_customers: CsvFile::new(&french) };
    let both = Countries::create(&store, "both", inputs).expect("created");
    let run = both.submit().expect("a run");
    assert_skipped!(
        run,
        [
            "preprocess_and_score (germany.scored_df)",
            "featurization_and_segmentation (germany.segmented_customer_df)",
            "segment_analysis (germany.segment_result)",
            "high_value_cust_summary_statistics (germany.high_value_summary_df)",
        ]
    );
    let summary = |table: &skipstone::Output<skipstone::Frame<customer_analysis::model::Summary>>| {
        table.read().expect("a table").rows().expect("rows")
    };
    assert_eq!(summary(&both.germany.high_value_summary_df), summary(&alone.high_value_summary_df));
    let compared = both.comparison.read().expect("a table").rows().expect("rows");
    let [germany, france] = [&both.germany, &both.france]
        .map(|country| summary(&country.high_value_summary_df)[0].average_purchase_high_value);
    assert_eq!((compared[0].germany, compared[0].france), (germany, france));

    // An input of one country affects that country only.
    both.france.score_threshold.write(2.5).expect("written");
    assert_ran!(
        both.submit().expect("a run"),
        [
            "featurization_and_segmentation (france.segmented_customer_df)",
            "segment_analysis (france.segment_result)",
            "high_value_cust_summary_statistics (france.high_value_summary_df)",
            "compare_countries",
        ]
    );
    // And what the whole computed is known to a country alone.
    let french_alone = CustomerAnalysis::create(&store, "france").expect("created");
    french_alone.path_to_data.write(CsvFile::new(&french)).expect("written");
    french_alone.score_threshold.write(2.5).expect("written");
    assert_ran!(french_alone.submit().expect("a run"), []);
}

#[test]
fn the_drawing_folds_each_country() {
    insta::assert_snapshot!(skipstone::report::graph(
        Countries::graph(),
        skipstone::report::GraphFormat::Mermaid
    ));
}

#[test]
fn each_table_of_an_outline_has_its_own_type() {
    let outline = Countries::graph().outline();
    let ty = |name: &str| outline.nodes.iter().find(|node| node.name == name).map(|node| node.ty.as_str());
    assert_eq!(ty("germany.scored_df"), Some("Frame<Scored>"));
    assert_eq!(ty("france.segment_result"), Some("Frame<SegmentResult>"));
    assert_eq!(ty("comparison"), Some("Frame<Comparison>"));
}
