//! Tests of tables: errors, round trips and content hashes.

use super::row::Row as _;
use super::{CsvFile, Frame, TableError};
use crate::data::{Codec, Columns, Sink, Source, TableIndex};
use crate::store::{Blob, Hash};
use polars::prelude::*;
use skipstone_macros::Row;
use std::sync::Arc;

mod long;

#[derive(Row, Debug, Clone, PartialEq)]
struct Person {
    name: String,
    age: Option<i64>,
    weight: Option<f64>,
    member: bool,
}

fn person(name: &str, age: Option<i64>, weight: Option<f64>) -> Person {
    Person { name: name.into(), age, weight, member: name.len() > 3 }
}

fn people(count: usize) -> Vec<Person> {
    let person = |i: usize| {
        let age = (!i.is_multiple_of(3)).then_some(i as i64);
        person(&format!("p{i}"), age, (!i.is_multiple_of(5)).then_some(i as f64 / 7.0))
    };
    (0..count).map(person).collect()
}

/// The content as one object, and as a task's output.
fn content(table: &Frame<Person>) -> [Hash; 2] {
    let (mut bytes, mut index) = (Vec::new(), Vec::new());
    table.save(&mut Sink::new(&mut bytes)).expect("saved");
    table.save(&mut Sink::of_output(&mut index, Columns::Hashed)).expect("saved");
    [Hash::of(&bytes), Hash::of(&index)]
}

fn saving(plan: LazyFrame) -> String {
    Frame::<Person>::new(plan).save(&mut Sink::new(&mut Vec::new())).expect_err("refused").to_string()
}

#[test]
fn rows_survive_a_round_trip_through_a_table_and_the_store() {
    let rows = people(100);
    let table = Frame::from_rows(&rows);
    assert_eq!(table.rows().expect("rows"), rows);

    let folder = tempfile::tempdir().expect("a folder");
    let store = crate::store::ResultStore::open(
        &folder.path().join("store"),
        std::sync::Arc::new(crate::store::Files),
    )
    .expect("a store");
    let mut writer = store.objects.writer().expect("a writer");
    let mut sink = Sink::new(&mut writer);
    table.save(&mut sink).expect("saved");
    assert_eq!(sink.rows, Some(100));
    let lease = std::sync::Arc::new(store.lease());
    let hash = writer.finish(&lease).expect("kept").hash;
    let stored = store.objects.blob(hash, lease).expect("held");
    let loaded = Frame::<Person>::load(&stored).expect("loaded");
    assert_eq!(loaded.rows().expect("rows"), rows);
    assert_eq!(content(&loaded), [hash; 2], "a loaded table has the content that was written");
}

#[test]
fn the_content_depends_on_the_rows_but_not_on_chunks_or_values_under_missing_ones() {
    let rows = people(70_000);
    let whole = content(&Frame::from_rows(&rows));

    let pieces: Vec<LazyFrame> = rows.chunks(1_234).map(|rows| Frame::from_rows(rows).lazy()).collect();
    let pieces = concat(pieces, UnionArgs { maintain_order: true, ..UnionArgs::default() }).expect("a plan");
    assert_eq!(content(&Frame::new(pieces)), whole, "in pieces");

    let reordered =
        Frame::from_rows(&rows).lazy().select([col("member"), col("age"), col("name"), col("weight")]);
    assert_eq!(content(&Frame::new(reordered)), whole, "columns in another order");

    // A value under a missing one, as a calculation may leave it there.
    let gaps = |name: &str| {
        when(col(name).is_null()).then(lit(NULL)).otherwise(col(name).fill_null(lit(9))).alias(name)
    };
    let other = Frame::from_rows(&rows).lazy().with_columns([gaps("age"), gaps("weight")]);
    assert_eq!(content(&Frame::new(other)), whole, "other values under missing ones");

    let sliced = Frame::from_rows(&people(70_010)).lazy().slice(0, 70_000);
    assert_eq!(content(&Frame::new(sliced)), whole, "a slice of more");

    let none = content(&Frame::from_rows(&people(0)));
    assert_ne!(none, whole);
    let empty = Frame::from_rows(&rows).lazy().filter(col("age").lt(lit(-1_000_000)));
    assert_eq!(content(&Frame::new(empty)), none, "no rows, by a filter");
    let empty = Frame::from_rows(&rows).lazy().slice(0, 0);
    assert_eq!(content(&Frame::new(empty)), none, "no rows, by a slice");

    let mut changed = rows.clone();
    changed[69_999].age = Some(-1);
    assert_ne!(content(&Frame::from_rows(&changed)), whole, "one value changed");
    changed.pop();
    assert_ne!(
        content(&Frame::from_rows(&changed)),
        content(&Frame::from_rows(&rows[..69_998])),
        "one row less"
    );
}

#[test]
fn a_table_that_does_not_match_its_row_type_is_refused_with_the_column() {
    let table = || Frame::from_rows(&people(3)).lazy();
    assert_eq!(
        saving(table().select([col("name"), col("age").alias("agee"), col("weight"), col("member")])),
        "the table has no column `age`, which `Person` has: did you mean `agee`?"
    );
    assert_eq!(
        saving(table().with_column(lit(1).alias("extra"))),
        "the table has a column `extra`, which `Person` does not have: drop it, or add a field"
    );
    assert_eq!(
        saving(table().with_column(col("age").cast(DataType::Float64))),
        "column `age` of the table has type f64, but `Person` requires i64: cast it, or change the field"
    );
    // A number from a narrower column is the same in a wider one.
    let narrow = Frame::<Person>::new(table().with_column(col("age").cast(DataType::Int8)));
    assert_eq!(content(&narrow), content(&Frame::from_rows(&people(3))));
    assert_eq!(
        saving(
            table().with_column(
                when(col("age").eq(lit(2))).then(lit(NULL)).otherwise(col("name")).alias("name")
            )
        ),
        "column `name` of the table has no value in row 3, but `Person` requires one: fill it, or make the field an `Option`"
    );
    let missing =
        Frame::<Person>::new(table().select([col("name")])).rows().expect_err("refused").to_string();
    assert!(missing.starts_with("the table has no column `age`"), "{missing}");
}

#[test]
fn an_error_while_rows_are_computed_is_reported_and_nothing_hangs() {
    let failing = |_: Column| -> PolarsResult<Column> { polars_bail!(ComputeError: "no luck") };
    let plan =
        Frame::from_rows(&people(200_000)).lazy().with_column(col("age").map(failing, |_, f| Ok(f.clone())));
    assert!(saving(plan).contains("no luck"));
    let panicking = |_: Column| -> PolarsResult<Column> { panic!("on purpose") };
    let plan =
        Frame::from_rows(&people(10)).lazy().with_column(col("age").map(panicking, |_, f| Ok(f.clone())));
    assert!(saving(plan).contains("panicked"), "a panic of the engine is an error");
}

fn csv(text: &str) -> (tempfile::TempDir, CsvFile<Person>) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("people.csv");
    std::fs::write(&path, text).expect("written");
    (folder, CsvFile::new(path))
}

#[test]
fn a_csv_file_may_have_more_columns_in_any_order() {
    let (_folder, file) = csv("age,note,name,member,weight\n1,\"a, b\",Ann,true,2.5\n,,Bob,false,NA\n");
    let rows = file.scan().and_then(|table| table.rows()).expect("rows");
    let bob = Person { member: false, ..person("Bob", None, None) };
    assert_eq!(rows, [Person { member: true, ..person("Ann", Some(1), Some(2.5)) }, bob]);
}

#[test]
fn blank_lines_are_skipped_and_the_last_line_needs_no_end() {
    let text = "name,age,weight,member\n\nAnn,1,NAN,true\n\n\nBob,2,-nan,false";
    for text in [text.to_owned(), text.replace('\n', "\r\n"), format!("\u{feff}{text}\n\n")] {
        let (_folder, file) = csv(&text);
        let rows = file.scan().and_then(|table| table.rows()).expect("rows");
        let bob = Person { member: false, ..person("Bob", Some(2), None) };
        assert_eq!(rows, [Person { member: true, ..person("Ann", Some(1), None) }, bob], "{text:?}");
    }
}

#[test]
fn an_invalid_value_is_reported_with_line_and_column() {
    for (text, problem) in [
        (
            "name,age,weight,member\nAnn,1,2,true\nBob,x,2,true\nC,y,2,true\n",
            "line 3: column `age`: can't parse `x` as i64",
        ),
        ("name,age,weight,member\nAnn,1.5,2,true\n", "line 2: column `age`: can't parse `1.5` as i64"),
        ("name,age,weight,member\nAnn,1,two,true\n", "line 2: column `weight`: can't parse `two` as f64"),
        ("name,age,weight,member\nAnn,1,2,maybe\n", "line 2: column `member`: can't parse `maybe` as bool"),
        (
            "name,age,weight,member\nAnn,1,2,true\nBob,1,2,\n",
            "line 3: column `member`: the value is missing, but `Person` requires one",
        ),
        (
            "name,age,weight,member\n,1,2,true\n",
            "line 2: column `name`: the value is missing, but `Person` requires one",
        ),
        ("name,age,weight,member\nAnn,1,2,true,5\n", "line 2: 5 fields, but the header has 4"),
        ("name,age,weight\nAnn,1,2\n", "no column `member`; the header has name, age, weight"),
        ("name,age,weight,member\nAnn,\"1,2,true\nBob,1,2,true\n", "line 2: unterminated quoted field"),
        (
            "name,age,age,weight,member\nAnn,1,2,2,true\n",
            "the header has column `age` twice; rename one of them",
        ),
        ("", "the file is empty; expected a header with name, age, weight, member"),
    ] {
        let (_folder, file) = csv(text);
        let read = file.scan().and_then(|table| table.rows());
        assert!(read.is_err(), "{text}: {read:?}");
        let found = file.diagnose().expect("a diagnosis");
        assert!(found.ends_with(problem), "{text}: {found}");
        assert!(found.contains("people.csv"), "{found}");
    }
    let (_folder, file) = csv("name,age,weight,member\nAnn,1,2,true\n");
    assert_eq!(file.diagnose(), None);
}

#[test]
fn a_missing_file_is_named() {
    let error = CsvFile::<Person>::new("nowhere.csv").scan().expect_err("no file");
    assert!(matches!(&error, TableError::File { .. }), "{error:?}");
    assert!(error.to_string().contains("nowhere.csv"), "{error}");
    assert_eq!(Person::COLUMNS.len(), 4);
}

fn written(folder: &std::path::Path, name: &str, rows: &[Person]) {
    let mut table = Frame::from_rows(rows).collect().expect("a table");
    let file = std::fs::File::create(folder.join(name)).expect("a file");
    match name.rsplit_once('.').map(|(_, kind)| kind) {
        Some("parquet") => ParquetWriter::new(file)
            .with_row_group_size(Some(7))
            .finish(&mut table)
            .map(|_| ())
            .expect("written"),
        Some("arrow") => IpcWriter::new(file).finish(&mut table).expect("written"),
        _ => CsvWriter::new(file).finish(&mut table).expect("written"),
    }
}

#[test]
fn parquet_arrow_and_csv_files_give_the_same_table_whole_and_in_parts() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows = people(100);
    let expected = content(&Frame::from_rows(&rows));
    for kind in ["parquet", "arrow", "csv"] {
        written(folder.path(), &format!("all.{kind}"), &rows);
        written(folder.path(), &format!("part-1.{kind}"), &rows[..33]);
        written(folder.path(), &format!("part-2.{kind}"), &rows[33..]);
    }
    fn tables<F: super::FileFormat>(folder: &std::path::Path, kind: &str) -> [Frame<Person>; 2] {
        let file = |name: &str| super::TableFile::<Person, F>::new(folder.join(format!("{name}.{kind}")));
        [file("all"), file("part-?")].map(|file| file.scan().expect("a table"))
    }
    let tables = [
        tables::<super::Parquet>(folder.path(), "parquet"),
        tables::<super::Ipc>(folder.path(), "arrow"),
        tables::<super::Csv>(folder.path(), "csv"),
    ];
    for table in tables.iter().flatten() {
        assert_eq!(content(table), expected);
    }
}

#[test]
fn a_compressed_csv_file_is_read_like_a_plain_one() {
    use std::io::Write as _;
    let text = "name,age,weight,member\nAnn,1,2.5,true\nBob,NA,,false\n";
    let (folder, plain) = csv(text);
    let path = folder.path().join("people.csv.gz");
    let mut file =
        flate2::write::GzEncoder::new(std::fs::File::create(&path).expect("a file"), Default::default());
    file.write_all(text.as_bytes()).and_then(|()| file.finish()).expect("written");
    let rows = |file: &CsvFile<Person>| file.scan().and_then(|table| table.rows()).expect("rows");
    assert_eq!(rows(&CsvFile::new(path)), rows(&plain));
}

#[test]
fn a_file_that_does_not_match_its_row_type_is_refused_and_other_columns_are_not_read() {
    #[derive(Row, Debug, PartialEq)]
    struct Age {
        age: i64,
    }
    #[derive(Row, Debug, PartialEq)]
    struct Name {
        name: String,
    }
    #[derive(Row, Debug, PartialEq)]
    struct Weight {
        weight: Option<i64>,
        wieght: Option<f64>,
    }
    let folder = tempfile::tempdir().expect("a folder");
    written(folder.path(), "people.parquet", &people(10));
    let path = folder.path().join("people.parquet");
    let names = super::ParquetFile::<Name>::new(&path).scan().expect("a table");
    assert_eq!(names.rows().expect("rows").len(), 10);
    let plan = names.lazy().explain(true).expect("a plan");
    assert!(plan.contains("PROJECT 1/4 COLUMNS"), "only the columns of the row type are read: {plan}");
    let error = super::ParquetFile::<Weight>::new(&path).scan().expect_err("another type").to_string();
    assert!(error.ends_with("column `weight` has type f64, but the row type requires i64: change the field, or read the column as f64 and cast it"), "{error}");
    // A value is missing in the first row: readers of the column fail, others don't.
    let ages = super::ParquetFile::<Age>::new(&path).scan().expect("a plan");
    let error = ages.rows().expect_err("a missing value").to_string();
    assert!(error.contains("column `age` has a missing value, but `Age` requires one"), "{error}");
    let nothing =
        CsvFile::<Person>::new(folder.path().join("*.csv")).scan().expect_err("no files").to_string();
    assert!(nothing.contains("*.csv") && nothing.contains("no file matches the pattern"), "{nothing}");
}

#[test]
fn a_task_reads_only_the_columns_that_it_asks_for_from_the_store() {
    let folder = tempfile::tempdir().expect("a folder");
    written(folder.path(), "people.arrow", &people(10));
    let store = folder.path().join("store");
    let store =
        crate::store::ResultStore::open(&store, std::sync::Arc::new(crate::store::Files)).expect("a store");
    let lease = std::sync::Arc::new(store.lease());
    let bytes = std::fs::read(folder.path().join("people.arrow")).expect("read");
    let hash = store.objects.put(&bytes, &lease).expect("kept").hash;
    let stored = store.objects.blob(hash, lease).expect("held");
    let table = Frame::<Person>::load(&stored).expect("a table");
    let plan = table.lazy().select([col("age").sum()]).explain(true).expect("a plan");
    assert!(plan.contains("PROJECT 1/4 COLUMNS"), "{plan}");
}

#[test]
fn numbers_keep_their_digits_wherever_they_are_shown_and_nan_and_infinity_are_words() {
    use crate::data::{Format, Page, PageOf, Shown};
    #[derive(Row, Debug, PartialEq)]
    struct Number {
        whole: i64,
        real: f64,
    }
    let numbers = [
        (9_007_199_254_740_993, f64::NAN),
        (-9_007_199_254_740_993, f64::INFINITY),
        (1, -f64::INFINITY),
        (2, -0.0),
    ];
    let table = Frame::from_rows(&numbers.map(|(whole, real)| Number { whole, real }));
    let shown = |format| {
        let mut out = Vec::new();
        table.show(format, &mut out).expect("shown");
        String::from_utf8(out).expect("a string")
    };
    let json = shown(Format::Json);
    assert_eq!(
        json,
        "[{\"whole\":9007199254740993,\"real\":\"NaN\"},\n{\"whole\":-9007199254740993,\"real\":\"inf\"},\n{\"whole\":1,\"real\":\"-inf\"},\n{\"whole\":2,\"real\":-0.0}]\n"
    );
    let csv = shown(Format::Csv);
    assert_eq!(csv, "whole,real\n9007199254740993,NaN\n-9007199254740993,inf\n1,-inf\n2,-0.0\n");
    let text = shown(Format::Table);
    for word in ["9007199254740993", "NaN", "inf", "-inf", "-0"] {
        assert!(text.contains(word), "{text}");
    }
    let Ok(Page::Table { rows, .. }) = table.page(PageOf { offset: 0, limit: 9, filters: Vec::new() }) else {
        panic!("a page")
    };
    assert_eq!(
        serde_json::to_string(&rows).expect("JSON"),
        "[[\"9007199254740993\",\"NaN\"],[\"-9007199254740993\",\"inf\"],[1,\"-inf\"],[2,-0.0]]"
    );
}
