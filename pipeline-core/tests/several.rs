//! Data nodes whose value is a list of tables or files, or an optional table or file.
#![cfg(feature = "polars")]

use skipstone::data::Format;
use skipstone::executor::Processes;
use skipstone::polars::prelude::*;
use skipstone::{CsvFile, File, Frame, Result, Row, Run, Store, scenario, task, testing};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

testing::worker!();

#[derive(Row, Debug, Clone, PartialEq)]
struct Sale {
    shop: String,
    units: i64,
}

/// Number of sales in a long table, which is stored with one object per column.
const LONG: i64 = 70_000;

/// A table for each shop.
#[task(skippable)]
fn by_shop(shops: &[String], count: i64) -> Vec<Frame<Sale>> {
    let table = |shop: &String| {
        let sale = |units| Sale { shop: shop.clone(), units };
        Frame::from_rows(&(0..count).map(sale).collect::<Vec<_>>())
    };
    shops.iter().map(table).collect()
}

/// The table of a shop, if it has one.
#[task(skippable)]
fn of_shop(tables: &[Frame<Sale>], shop: String) -> Result<Option<Frame<Sale>>> {
    for table in tables {
        if table.rows()?.first().is_some_and(|sale| sale.shop == shop) {
            return Ok(Some(table.clone()));
        }
    }
    Ok(None)
}

#[task(skippable)]
fn units(table: &Option<Frame<Sale>>) -> Result<i64> {
    Ok(match table {
        Some(table) => table.rows()?.iter().map(|sale| sale.units).sum(),
        None => -1,
    })
}

/// A file for each table.
#[task(skippable)]
fn written(tables: Vec<Frame<Sale>>) -> Result<Vec<File>> {
    let folder = tempfile::tempdir().expect("a folder").keep();
    let write = |(i, table): (usize, &Frame<Sale>)| {
        let path = folder.join(format!("{i}.txt"));
        fs::write(&path, format!("{} rows", table.collect()?.height())).expect("written");
        Ok(File::new(path))
    };
    tables.iter().enumerate().map(write).collect()
}

#[task(skippable)]
fn contents(files: &[File]) -> Result<Vec<String>> {
    files.iter().map(|file| Ok(file.read_to_string()?)).collect()
}

scenario! {
    Shops {
        input shops: Vec<String> = vec!["north".into(), "south".into()];
        input count: i64 = 3;
        input shop: String = "south";

        tables = by_shop(shops, count);
        one = of_shop(tables, shop);
        sold = units(one);
        files = written(tables);
        lines = contents(files);
    }
}

fn shown(scenario: &Shops, node: &str, format: Format) -> String {
    let mut out = Vec::new();
    scenario.show(node, format, &mut out).expect("shown");
    String::from_utf8(out).expect("UTF-8")
}

fn summary<'a>(run: &'a Run, node: &str) -> &'a str {
    let outputs = run.jobs.iter().flat_map(|job| &job.outputs);
    &outputs.into_iter().find(|output| output.node == node).expect("an output").value.summary
}

#[test]
fn lists_of_tables_and_optional_tables_are_values_of_nodes() -> Result<()> {
    let store = testing::store();
    let shops = Shops::create(&store, "a")?;
    let run = shops.submit()?;

    assert_eq!(shops.sold.read()?, 3);
    assert_eq!(shops.lines.read()?, ["3 rows", "3 rows"]);
    assert_eq!((summary(&run, "tables"), summary(&run, "one")), ("2 × Frame<Sale>", "Frame<Sale>"));

    let tables = shops.tables.read()?;
    assert_eq!(tables.len(), 2);
    assert_eq!(tables[1].rows()?[2], Sale { shop: "south".into(), units: 2 });

    // Another process reads the same, and runs nothing.
    let again = Shops::open(&store.reopen(), "a")?;
    assert_eq!(again.submit()?.ran(), [""; 0]);
    assert_eq!(again.one.read()?.expect("a table").rows()?, tables[1].rows()?);

    // `None` is a value like any other.
    shops.shop.write("west".into())?;
    let run = shops.submit()?;
    assert_eq!(run.ran(), ["of_shop", "units"]);
    assert_eq!((summary(&run, "one"), shops.sold.read()?), ("null", -1));
    assert!(shops.one.read()?.is_none());
    Ok(())
}

#[test]
fn readers_run_again_only_when_a_table_changes_and_unchanged_tables_are_stored_once() -> Result<()> {
    let store = testing::store();
    let shops = Shops::create(&store, "a")?;
    shops.submit()?;
    let objects = store.usage()?.objects;
    shops.shops.write(vec!["north".into(), "south".into(), "east".into()])?;
    let run = shops.submit()?;
    // The table of the shop is unchanged, so `units` is skipped.
    assert_eq!(run.ran(), ["by_shop", "of_shop", "written", "contents"]);
    // A table, the lists and the contents are new. The file that says `3 rows` is stored already.
    let more = store.usage()?.objects - objects;
    assert!(more <= 5, "{more} more objects");
    Ok(())
}

#[test]
fn long_tables_in_a_list_are_made_by_workers_checked_and_repaired() -> Result<()> {
    let store = testing::store();
    let shops = Shops::create(&store, "a")?;
    shops.count.write(LONG)?;
    let run = shops.submission().executor(Processes::new()).submit()?;
    assert_eq!(run.ran().len(), 5, "{run:?}");
    assert_eq!(shops.sold.read()?, LONG * (LONG - 1) / 2);
    assert!(store.check()?.problems.is_empty());

    // A missing column of a table in a list is rebuilt.
    let tables = run.jobs.iter().find(|job| job.name == "by_shop").expect("a job");
    let columns = &tables.outputs[0].value.columns;
    assert_eq!(columns.len(), 6, "two tables, each with an index and two columns");
    let object = columns[1].to_string();
    let path = store.path().join("objects").join(&object[..2]).join(&object[2..]);
    fs::remove_file(&path).expect("an object");
    let run = Shops::open(&store.reopen(), "a")?.submit()?;
    assert!(run.ran().contains(&"by_shop"), "{run:?}");
    assert!(store.check()?.problems.is_empty());
    Ok(())
}

#[test]
fn several_tables_are_shown_one_after_the_other() -> Result<()> {
    let store = testing::store();
    let shops = Shops::create(&store, "a")?;
    shops.count.write(1)?;
    shops.submit()?;
    insta::assert_snapshot!(shown(&shops, "tables", Format::Table));
    insta::assert_snapshot!(shown(&shops, "tables", Format::Json));
    insta::assert_snapshot!(shown(&shops, "one", Format::Csv));
    shops.shop.write("west".into())?;
    shops.submit()?;
    insta::assert_snapshot!(shown(&shops, "one", Format::Table));
    let mut out = Vec::new();
    let refused = shops.show("tables", Format::Csv, &mut out).expect_err("refused");
    insta::assert_snapshot!(refused);
    Ok(())
}

#[task(skippable)]
fn lines_of(files: &[File], more: &Option<File>) -> Result<Vec<String>> {
    files.iter().chain(more).map(|file| Ok(file.read_to_string()?)).collect()
}

#[task(skippable)]
fn units_of(files: &[CsvFile<Sale>]) -> Result<Frame<Sale>> {
    let none = Ok(Frame::<Sale>::from_rows(&[]).lazy());
    let tables = files.iter().map(|file| Ok(file.scan()?.lazy()));
    let tables = std::iter::once(none).chain(tables).collect::<Result<Vec<_>>>()?;
    Ok(Frame::new(concat(tables, UnionArgs::default()).expect("tables of one type")))
}

scenario! {
    Files {
        input files: Vec<File>;
        input more: Option<File> = None;
        input sales: Vec<CsvFile<Sale>> = Vec::new();

        lines = lines_of(files, more);
        sold = units_of(sales);
    }
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["a", "b", "c"] {
        fs::write(folder.path().join(format!("{name}.txt")), name).expect("written");
        fs::write(folder.path().join(format!("{name}.csv")), format!("shop,units\n{name},1\n"))
            .expect("written");
    }
    folder
}

fn files(folder: &Path, names: &[&str]) -> Vec<File> {
    names.iter().map(|name| File::new(folder.join(name))).collect()
}

#[test]
fn a_list_of_files_is_identified_by_contents_and_order() -> Result<()> {
    let (store, folder) = (testing::store(), folder());
    let scenario =
        Files::create(&store, "a", FilesInputs { files: files(folder.path(), &["a.txt", "b.txt"]) })?;
    let run = |scenario: &Files| Ok::<_, skipstone::Error>((scenario.submit()?, scenario.lines.read()?));
    assert_eq!(run(&scenario)?.1, ["a", "b"]);

    let copy = folder.path().join("copy.txt");
    fs::copy(folder.path().join("b.txt"), &copy).expect("copied");
    scenario.files.write(files(folder.path(), &["a.txt", "copy.txt"]))?;
    assert_eq!(run(&scenario)?.0.ran(), [""; 0], "another file name is not a change");
    fs::write(&copy, "changed").expect("written");
    assert_eq!(run(&scenario)?.1, ["a", "changed"]);
    scenario.files.write(files(folder.path(), &["copy.txt", "a.txt"]))?;
    assert_eq!(run(&scenario)?.1, ["changed", "a"]);
    scenario.more.write(Some(File::new(folder.path().join("c.txt"))))?;
    assert_eq!(run(&scenario)?.1, ["changed", "a", "c"]);
    scenario.more.write(None)?;
    let (run_again, lines) = run(&scenario)?;
    assert_eq!((run_again.ran(), lines), (vec![], vec!["changed".to_owned(), "a".into()]));

    fs::remove_file(&copy).expect("removed");
    let failed = scenario.submit().expect_err("a failed run").to_string();
    assert!(failed.contains("copy.txt"), "{failed}");
    Ok(())
}

#[test]
fn lists_of_files_can_be_set_and_errors_name_the_file() -> Result<()> {
    let folder = folder();
    let store = Store::open(folder.path().join(".pipeline"))?;
    let scenario = Files::create(&store, "a", FilesInputs { files: Vec::new() })?;
    let path = |name: &str| folder.path().join(name).display().to_string();
    let several = serde_json::json!([path("a.txt"), path("b.txt")]).to_string();
    scenario.set(&[("files", &several), ("more", &path("c.txt"))])?;
    scenario.submit()?;
    assert_eq!(scenario.lines.read()?, ["a", "b", "c"]);
    scenario.set(&[("files", &path("b.txt")), ("more", "null")])?;
    scenario.submit()?;
    assert_eq!(scenario.lines.read()?, ["b"]);
    let wrong = |text: &str| scenario.set(&[("files", text)]).expect_err("refused").to_string();
    assert!(wrong("[1]").contains("`1` is not a file path"), "{}", wrong("[1]"));
    assert!(wrong("[\"a\"").contains("write several as"), "{}", wrong("[\"a\""));
    // Each file of a list can have its own options.
    let value = serde_json::json!([path("a.csv"), { "path": path("b.csv"), "header": false }]).to_string();
    scenario.set(&[("sales", &value)])?;
    assert_eq!(scenario.sales.read()?.len(), 2);

    scenario.sales.write(vec![CsvFile::new(path("a.csv")), CsvFile::new(path("?.csv"))])?;
    scenario.submit()?;
    let shops: Vec<String> = scenario.sold.read()?.rows()?.into_iter().map(|sale| sale.shop).collect();
    assert_eq!(shops, ["a", "a", "b", "c"]);
    // The same files, listed one by one, are another value but give the same table.
    scenario.sales.write(["a.csv", "a.csv", "b.csv", "c.csv"].map(|name| CsvFile::new(path(name))).into())?;
    assert_eq!(scenario.submit()?.ran(), ["units_of"]);
    // A missing column is found before any task runs, and its file is named.
    fs::write(path("b.csv"), "shop,unit\nb,1\n").expect("written");
    let failed = scenario.submit().expect_err("a failed run").to_string();
    assert!(failed.contains("b.csv"), "{failed}");
    Ok(())
}

/// Number of tables that `beside` received in lists.
static CALLS: AtomicUsize = AtomicUsize::new(0);

#[task(skippable)]
fn beside(tables: &[Frame<Sale>], one: &Frame<Sale>) -> Result<Frame<Sale>> {
    CALLS.fetch_add(tables.len(), Ordering::Relaxed);
    let more = tables.iter().map(Frame::lazy).chain([one.lazy()]).collect::<Vec<_>>();
    Ok(Frame::new(concat(more, UnionArgs::default()).expect("tables of one type")))
}

#[task(skippable)]
fn only(units: i64) -> Frame<Sale> {
    Frame::from_rows(&[Sale { shop: "one".into(), units }])
}

scenario! {
    Beside {
        input units: i64 = 1;
        input tables: Vec<Frame<Sale>> = vec![sales("a"), sales("b")];

        one = only(units);
        all = beside(tables, one);
    }
}

fn sales(shop: &str) -> Frame<Sale> {
    Frame::from_rows(&[Sale { shop: shop.into(), units: 1 }])
}

#[test]
fn a_task_is_not_checked_on_tables_that_have_rows() -> Result<()> {
    let store = testing::store();
    let beside = Beside::create(&store, "a")?;
    beside.submit()?;
    assert_eq!(beside.all.read()?.rows()?.len(), 3);
    assert_eq!(CALLS.load(Ordering::Relaxed), 2, "`beside` was called once");
    Ok(())
}

scenario! {
    ByPath {
        input files: Vec<File> = "tests/fixtures/words/question.txt";
        input more: Option<File> = "tests/fixtures/words/short.txt";

        lines = lines_of(files, more);
    }
}

#[test]
fn a_path_can_be_the_default_of_a_list_of_files_and_of_an_optional_file() -> Result<()> {
    let store = testing::store();
    let by_path = ByPath::create(&store, "a")?;
    by_path.submit()?;
    assert_eq!(by_path.lines.read()?.len(), 2);
    Ok(())
}

#[task(skippable)]
fn rows_of(tables: &[Frame<Sale>], price: &Option<Frame<Sale>>) -> Result<Vec<u64>> {
    let heights = tables.iter().chain(price).map(|table| Ok(table.rows()?.len() as u64));
    heights.collect()
}

scenario! {
    Given {
        input tables: Vec<Frame<Sale>> = Vec::new();
        input price: Option<Frame<Sale>> = None;

        rows = rows_of(tables, price);
    }
}

#[test]
fn lists_of_tables_can_be_written_to_inputs() -> Result<()> {
    let store = testing::store();
    let given = Given::create(&store, "a")?;
    given.submit()?;
    assert_eq!(given.rows.read()?, [0; 0]);
    let table = |count: i64| {
        Frame::from_rows(&(0..count).map(|units| Sale { shop: "x".into(), units }).collect::<Vec<_>>())
    };
    given.tables.write(vec![table(2), table(0), table(LONG)])?;
    given.price.write(Some(table(5)))?;
    given.submit()?;
    assert_eq!(given.rows.read()?, [2, 0, LONG as u64, 5]);
    assert_eq!(given.tables.read()?[0].rows()?, table(2).rows()?);
    assert_eq!(Given::open(&store.reopen(), "a")?.submit()?.ran(), [""; 0]);
    let taken = given.submission().with_value("tables", vec![table(1)])?.submit()?;
    assert_eq!(taken.ran(), ["rows_of"]);
    Ok(())
}
