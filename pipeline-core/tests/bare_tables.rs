//! A `DataFrame` of polars as the value of a data node.
#![cfg(feature = "polars")]

use skipstone::data::{Format, Page, PageOf};
use skipstone::polars::prelude::*;
use skipstone::{scenario, task, testing};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Makes a table with columns of many types.
#[task(skippable)]
fn made(rows: i64, kind: String) -> Result<DataFrame> {
    let numbers: Vec<Option<i64>> = (0..rows).map(|row| (row % 5 != 3).then_some(row)).collect();
    let names: Vec<String> = numbers.iter().map(|number| format!("n{}", number.unwrap_or(-1) % 3)).collect();
    let table = df!["number" => numbers, "name" => names]?.lazy();
    let table = table.with_columns([
        (col("number").cast(DataType::Float64) / lit(4.0)).alias("share"),
        col("number").cast(DataType::Datetime(TimeUnit::Milliseconds, None)).alias("at"),
        col("name").cast(DataType::from_categories(Categories::global())).alias("category"),
        concat_list([col("number"), lit(7)])?.alias("list"),
    ]);
    let table = match &*kind {
        "null" => table.with_column(Null {}.lit().alias("nothing")),
        "fine" => {
            table.with_column(col("number").cast(DataType::Datetime(TimeUnit::Nanoseconds, None)).alias("at"))
        }
        _ => table,
    };
    Ok(table.collect()?)
}

#[task(skippable)]
fn height(table: &DataFrame) -> u64 {
    table.height() as u64
}

#[task(skippable)]
fn grouped(table: DataFrame) -> Result<DataFrame> {
    Ok(table.lazy().group_by_stable([col("name")]).agg([col("number").sum()]).collect()?)
}

scenario! {
    Bare {
        input rows: i64 = 10;
        input kind: String = "plain";

        table = made(rows, kind);
        high = height(table);
        groups = grouped(table);
    }
}

fn shown(bare: &Bare, node: &str, format: Format) -> Result<String> {
    let mut out = Vec::new();
    bare.show(node, format, &mut out)?;
    Ok(String::from_utf8(out)?)
}

#[test]
fn a_data_frame_is_stored_read_and_shown_as_a_table() -> Result<()> {
    let store = testing::store();
    let bare = Bare::create(&store, "a")?;
    let run = bare.submit()?;
    assert_eq!(run.ran(), ["made", "height", "grouped"]);
    assert_eq!(run.job("made").expect("a job").outputs[0].value.summary, "10 rows");
    insta::assert_snapshot!(shown(&bare, "table", Format::Table)?);
    insta::assert_snapshot!(shown(&bare, "groups", Format::Csv)?, @r"
    name,number
    n0,15
    n1,12
    n2,7
    n-1,0
    ");
    let again = Bare::open(&store.reopen(), "a")?;
    assert_eq!(again.submit()?.ran(), [""; 0]);
    let (table, again) = (bare.table.read()?, again.table.read()?);
    assert!(table.equals_missing(&again) && table.schema() == again.schema());
    assert_eq!(table.column("at")?.dtype(), &DataType::Datetime(TimeUnit::Microseconds, None));
    let Page::Table { columns, rows, more, .. } =
        bare.page("table", PageOf { offset: 2, limit: 3, filters: Vec::new() })?
    else {
        panic!("not a table");
    };
    assert_eq!((columns[0].ty.as_str(), rows.len(), more), ("i64", 3, true));
    Ok(())
}

#[test]
fn equal_rows_are_the_same_value_regardless_of_their_chunks() -> Result<()> {
    let store = testing::store();
    let bare = Bare::create(&store, "a")?;
    bare.rows.write(70_000)?;
    let run = bare.submit()?;
    let table = bare.table.read()?;
    let mut chunks = table.slice(0, 10);
    chunks.vstack_mut(&table.slice(10, 69_990))?;
    let given = bare.submission().with_value("table", chunks)?.submit()?;
    let hash = |run: &skipstone::Run| run.job("made").expect("a job").outputs[0].value.hash;
    assert_eq!(given.ran(), [""; 0], "{given:?}");
    assert_eq!(hash(&run), hash(&bare.submit()?));
    Ok(())
}

#[test]
fn a_column_that_can_not_be_stored_is_named() -> Result<()> {
    let store = testing::store();
    let bare = Bare::create(&store, "a")?;
    for (kind, expected) in [
        ("null", "column `nothing` of the table has type null, which can't be stored: cast it, or drop it"),
        ("fine", "column `at`, row 2: 1 ns is more precise than the microseconds of DateTime"),
    ] {
        bare.kind.write(kind.into())?;
        let error = bare.submit().expect_err("refused").to_string();
        assert!(error.contains(expected), "{error}");
    }
    Ok(())
}
