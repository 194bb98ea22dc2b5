//! Files of every format as inputs.

use customer_analysis::model::Customer;
use skipstone::polars::prelude::*;
use skipstone::{CsvFile, Frame, IpcFile, ParquetFile, Result, ScenarioType, scenario, task, testing};

#[task(skippable)]
fn first_of(customers: &ParquetFile<Customer>) -> Result<Frame<Customer>> {
    Ok(Frame::new(customers.scan()?.lazy().limit(1)))
}

#[task(skippable)]
fn count(first: &Frame<Customer>, others: &IpcFile<Customer>, more: &CsvFile<Customer>) -> Result<u64> {
    Ok(first.rows()?.len() as u64 + others.scan()?.rows()?.len() as u64 + more.scan()?.rows()?.len() as u64)
}

scenario! {
    FirstOfMany {
        input customers: ParquetFile<Customer> = "customers.parquet";
        input others: IpcFile<Customer> = "others.arrow";
        input more: CsvFile<Customer> = "more.csv";
        first = first_of(customers);
        counted = count(first, others, more);
    }
}

#[test]
fn table_files_of_every_format_have_a_string_as_default() {
    let graph = FirstOfMany::graph();
    let defaults: Vec<String> = graph.nodes().iter().filter_map(|node| node.default_text()).collect();
    assert_eq!(defaults, ["customers.parquet", "others.arrow", "more.csv"]);
    let store = testing::store();
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = FirstOfMany::create(&store, "a").expect("created");
    let customer = Customer {
        total_purchase_amount: Some(1.0),
        number_of_purchases: Some(2),
        average_review_score: None,
        total_purchase_time: None,
    };
    let mut table = Frame::from_rows(&[customer.clone(), customer]).collect().expect("a table");
    let file = |name: &str| std::fs::File::create(folder.path().join(name)).expect("a file");
    ParquetWriter::new(file("c.parquet")).finish(&mut table).expect("written");
    IpcWriter::new(file("o.arrow")).finish(&mut table).expect("written");
    CsvWriter::new(file("m.csv")).finish(&mut table).expect("written");
    scenario.customers.write(ParquetFile::new(folder.path().join("c.parquet"))).expect("written");
    scenario.others.write(IpcFile::new(folder.path().join("o.arrow"))).expect("written");
    scenario.more.write(CsvFile::new(folder.path().join("m.csv"))).expect("written");
    scenario.submit().expect("a run");
    assert_eq!(scenario.counted.read().expect("a number"), 5);
}
