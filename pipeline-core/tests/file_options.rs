//! Options that say how a file is read: on an input, in a scenario file, or on a value.
#![cfg(feature = "polars")]

use skipstone::executor::Processes;
use skipstone::graph::SourceText;
use skipstone::{CsvFile, ExcelFile, Graph, Result, Row, Run, scenario, task, testing};
use std::fs;
use std::path::{Path, PathBuf};

testing::worker!();

#[derive(Row, Debug, PartialEq)]
#[csv(decimal = ",")]
struct Price {
    name: String,
    price: Option<f64>,
}

#[derive(Row, Debug, PartialEq)]
struct Rate {
    code: String,
}

#[task(skippable)]
fn prices(orders: &CsvFile<Price>) -> Result<Vec<Option<f64>>> {
    Ok(orders.scan()?.rows()?.into_iter().map(|row| row.price).collect())
}

#[task(skippable)]
fn all(files: &[CsvFile<Price>]) -> Result<u64> {
    let counts = files.iter().map(|file| Ok(file.scan()?.rows()?.len() as u64));
    counts.sum()
}

#[task(skippable)]
fn currencies(rates: &Option<ExcelFile<Rate>>) -> Result<Vec<String>> {
    let Some(rates) = rates else { return Ok(Vec::new()) };
    Ok(rates.scan()?.rows()?.into_iter().map(|row| row.code).collect())
}

scenario! {
    Shop {
        #[csv(separator = ";", missing = ["-"], short_lines = "filled")]
        input orders: CsvFile<Price>;
        #[csv(separator = "|")]
        input more: Vec<CsvFile<Price>> = Vec::new();
        #[excel(sheet = "Rates", skip_rows = 2)]
        input rates: Option<ExcelFile<Rate>> = None;

        prices = prices(orders);
        count = all(more);
        currencies = currencies(rates);
    }
}

fn folder() -> (tempfile::TempDir, impl Fn(&str, &str) -> PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().to_owned();
    let write = move |name: &str, text: &str| {
        let path = place.join(name);
        fs::write(&path, text).expect("written");
        path
    };
    (folder, write)
}

fn shop(store: &skipstone::Store, orders: &Path) -> Result<Shop> {
    Shop::create(store, "a", ShopInputs { orders: CsvFile::new(orders) })
}

#[test]
fn options_of_an_input_add_to_those_of_the_row_type() -> Result<()> {
    let (store, (_folder, write)) = (testing::store(), folder());
    let shop = shop(&store, &write("orders.csv", "name;price\na;1,5\nb;-\nc\n"))?;
    shop.more.write(vec![
        CsvFile::new(write("1.csv", "name|price\na|1\n")),
        CsvFile::new(write("2.csv", "price|name\n2|b\n3|c\n")),
    ])?;
    let here = shop.submit()?;
    assert_eq!((shop.prices.read()?, shop.count.read()?), (vec![Some(1.5), None, None], 3));
    assert_eq!(shop.orders.read()?.scan()?.rows()?.len(), 3);

    // Workers in other processes and scenarios without a store use the same options.
    let there = shop.submission().force_all().executor(Processes::new()).submit()?;
    let hashes = |run: &Run| run.jobs.iter().map(|job| job.outputs[0].value.hash).collect::<Vec<_>>();
    assert_eq!(hashes(&here), hashes(&there));
    let graph = <Shop as skipstone::ScenarioType>::graph();
    let values = graph.in_memory().input("orders", shop.orders.read()?)?.run()?;
    assert_eq!(values.get("prices"), Some(&vec![Some(1.5), None, None]));
    Ok(())
}

#[test]
fn an_input_can_name_the_sheet() -> Result<()> {
    let (store, (_folder, write)) = (testing::store(), folder());
    let shop = shop(&store, &write("orders.csv", "name;price\n"))?;
    let sheets = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/rates.xlsx");
    shop.rates.write(Some(ExcelFile::new(sheets)))?;
    shop.submit()?;
    assert!(!shop.currencies.read()?.is_empty());
    Ok(())
}

#[test]
fn options_of_a_value_override_those_of_its_input() -> Result<()> {
    let (store, (_folder, write)) = (testing::store(), folder());
    let orders = write("orders.csv", "name;price\na;1,5\n");
    let shop = shop(&store, &orders)?;
    shop.submit()?;
    let points = write("points.csv", "name,price\na,2.5\n");
    let value = |options: &str| format!("{{\"path\": {:?}, {options}}}", points.to_str().expect("a path"));
    shop.set(&[("orders", &value(r#""separator": ",", "decimal": ".""#))])?;
    shop.submit()?;
    assert_eq!(shop.prices.read()?, [Some(2.5)]);
    assert_eq!(shop.submit()?.ran(), [""; 0]);
    let again = Shop::open(&store.reopen(), "a")?;
    assert_eq!(again.orders.read()?.scan()?.rows()?[0].price, Some(2.5));

    // The same file, read with other options, is another table.
    shop.set(&[("orders", &value(r#""separator": ",", "decimal": ".", "missing": ["2.5"]"#))])?;
    assert_eq!(shop.submit()?.ran(), ["prices"]);
    assert_eq!(shop.prices.read()?, [None]);

    let refused = |options: &str| shop.set(&[("orders", &value(options))]).expect_err("refused").to_string();
    let refused = |options: &str| refused(options).replace(points.to_str().expect("a path"), "points.csv");
    insta::assert_snapshot!(refused(r#""seperator": ",""#));
    insta::assert_snapshot!(refused(r#""separator": "\"""#));
    Ok(())
}

const FILE: &str = r#"
name = "Shop"

[inputs.orders]
type = "CsvFile<Price>"
csv = { separator = ";", missing = ["-"] }

[[tasks]]
function = "prices"
arguments = ["orders"]
outputs = "prices"
"#;

#[test]
fn a_scenario_file_can_set_the_options() -> Result<()> {
    let (store, (_folder, write)) = (testing::store(), folder());
    let graph = Graph::from_toml(&SourceText::new("shop.toml", FILE)).expect("a graph");
    assert!(graph.to_toml().expect("a file").contains(r#"csv = { missing = ["-"], separator = ";" }"#));
    let orders = write("orders.csv", "name;price\na;1,5\nb;-\n");
    let scenario = skipstone::Instance::create(&store, &graph, "a")?;
    scenario.set(&[("orders", orders.to_str().expect("a path"))])?;
    scenario.submit()?;
    assert_eq!(scenario.output::<Vec<Option<f64>>>("prices")?.read()?, [Some(1.5), None]);

    let refused = |from: &str, to: &str| {
        let error =
            Graph::from_toml(&SourceText::new("shop.toml", FILE.replace(from, to))).expect_err("refused");
        error.to_string()
    };
    insta::assert_snapshot!(refused("separator", "seperator"));
    insta::assert_snapshot!(refused("\";\"", "\"\\\"\""));
    insta::assert_snapshot!(refused(
        "csv = { separator = \";\", missing = [\"-\"] }",
        "excel = { sheet = \"x\" }"
    ));
    Ok(())
}
