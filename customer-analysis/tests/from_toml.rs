//! The same pipeline three ways: wired in Rust, from the file at compile time, and from the file at run time.

use customer_analysis::CustomerAnalysis;
use customer_analysis::model::{Customer, Metric, Statistic};
use skipstone::{Graph, Scenario, ScenarioType, assert_ran, assert_skipped, testing};
use std::path::Path;

mod from_file {
    // The types that the file names must be in scope, as in any source.
    use super::{Customer, Metric, Statistic};
    use skipstone::{CsvFile, scenario};

    scenario!(pub CustomerAnalysis from "scenario.toml");
}

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenario.toml");

fn everything(graph: &Graph) -> String {
    let mut all = format!("{:#?}\n{}\n{:?}\n", graph.wiring(), graph.docs(), graph.warnings());
    for node in graph.nodes() {
        all += &format!("{} {:?} {:?}\n", node.name(), node.docs(), node.default_text());
    }
    for kpi in graph.kpis() {
        all += &format!("{} {} {}\n", kpi.name(), kpi.unit(), kpi.better());
    }
    all
}

#[test]
fn all_three_give_the_same_graph_which_is_written_as_the_same_file() {
    let loaded = Scenario::load(FILE).expect("it is valid");
    let rust = everything(CustomerAnalysis::graph());
    assert_eq!(everything(from_file::CustomerAnalysis::graph()), rust);
    assert_eq!(everything(loaded.graph()), rust);
    let written = CustomerAnalysis::graph().to_toml().expect("it can be written");
    let text = std::fs::read_to_string(FILE).expect("it is there");
    // The file begins with a comment for editors.
    assert_eq!(text.split_once("\n\n").map(|(_, rest)| rest), Some(written.as_str()));
}

#[test]
fn results_of_one_are_skipped_by_the_others_with_the_same_keys() -> skipstone::Result<()> {
    let tasks = [
        "preprocess_and_score",
        "featurization_and_segmentation",
        "segment_analysis",
        "high_value_cust_summary_statistics",
    ];
    let store = testing::store();
    let rust = CustomerAnalysis::create(&store, "rust")?;
    assert_ran!(rust.submit()?, tasks);
    let file = from_file::CustomerAnalysis::create(&store, "file")?;
    assert_skipped!(file.submit()?, tasks);
    let loaded = Scenario::load(FILE)?.create(&store, "loaded")?;
    assert_skipped!(loaded.submit()?, tasks);
    assert_eq!(file.high_value_summary_df.read()?.rows()?, rust.high_value_summary_df.read()?.rows()?);
    for node in ["scored_df", "segmented_customer_df", "segment_result", "high_value_summary_df"] {
        let key = |scenario: &skipstone::Instance| scenario.explain(node).map(|it| it.key);
        assert_eq!(key(&loaded)?, key(&rust)?, "{node}");
        assert_eq!(key(&file)?, key(&rust)?, "{node}");
    }
    // The other way round, after a change.
    loaded.set(&[("metric", "median")])?;
    assert_ran!(loaded.submit()?, ["segment_analysis", "high_value_cust_summary_statistics"]);
    rust.metric.write(Metric::Median)?;
    assert_skipped!(rust.submit()?, tasks);
    assert_eq!(store.versions()?.len(), 1);
    assert_eq!(store.kpis()?.len(), 10);
    Ok(())
}

#[test]
fn the_swapped_tables_of_a_famous_demo_are_both_reported() {
    let text = std::fs::read_to_string(FILE).expect("it is there");
    let swapped = text.replace(
        "[\"segmented_customer_df\", \"segment_result\", \"summary_statistic_type\"]",
        "[\"segment_result\", \"segmented_customer_df\", \"summary_statistic_type\"]",
    );
    assert_ne!(swapped, text);
    let faults =
        Graph::from_toml(&skipstone::graph::SourceText::new("scenario.toml", swapped)).expect_err("swapped");
    insta::assert_snapshot!(faults.to_string());
    assert!(Path::new(FILE).exists());
}

#[test]
fn another_pipeline_is_composed_from_the_tasks_of_the_program() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("short.toml");
    let text = "name = \"Short\"\ninputs.customers.default = \"data/customers.csv\"\n[[tasks]]\nfunction = \
                \"preprocess_and_score\"\narguments = [\"customers\"]\noutputs = \"scored\"\n";
    std::fs::write(&file, text)?;
    let store = testing::store();
    let scenario = Scenario::load(&file)?.create(&store, "short")?;
    assert_eq!(scenario.submit()?.ran(), ["preprocess_and_score"]);
    // The result is known to the whole pipeline, which calls the task on the same input.
    let whole = CustomerAnalysis::create(&store, "whole")?;
    assert_eq!(whole.submit()?.skipped(), ["preprocess_and_score"]);
    Ok(())
}
