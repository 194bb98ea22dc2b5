//! The same pipeline three ways: wired in Rust, from the file when it is compiled, and from the file when it runs.

use customer_analysis::CustomerAnalysis;
use customer_analysis::model::{Customer, Metric, Statistic};
use skipstone::{Graph, Scenario, ScenarioType, assert_ran, assert_skipped, testing};
use std::path::Path;

mod from_file {
    // The types that the file names, as any source would have them.
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
fn all_three_give_the_same_graph_and_the_file_is_what_is_written_of_it() {
    let loaded = Scenario::load(FILE).expect("it is right");
    let rust = everything(CustomerAnalysis::graph());
    assert_eq!(everything(from_file::CustomerAnalysis::graph()), rust);
    assert_eq!(everything(loaded.graph()), rust);
    let written = CustomerAnalysis::graph().to_toml().expect("it can be written");
    let text = std::fs::read_to_string(FILE).expect("it is there");
    // The file has a comment for editors before it.
    assert_eq!(text.split_once("\n\n").map(|(_, rest)| rest), Some(written.as_str()));
}

#[test]
fn what_one_ran_the_others_skip_with_the_same_keys_and_results() -> skipstone::Result<()> {
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
fn the_wiring_of_a_famous_demo_is_refused_at_both_tables() {
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
fn a_pipeline_is_put_together_anew_from_the_tasks_of_the_program() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("short.toml");
    let text = "name = \"Short\"\ninputs.customers.default = \"data/customers.csv\"\n[[tasks]]\nfunction = \
                \"preprocess_and_score\"\narguments = [\"customers\"]\noutputs = \"scored\"\n";
    std::fs::write(&file, text)?;
    let store = testing::store();
    let scenario = Scenario::load(&file)?.create(&store, "short")?;
    assert_eq!(scenario.submit()?.ran(), ["preprocess_and_score"]);
    // It is the same work as in the whole pipeline, and is known there.
    let whole = CustomerAnalysis::create(&store, "whole")?;
    assert_eq!(whole.submit()?.skipped(), ["preprocess_and_score"]);
    Ok(())
}
