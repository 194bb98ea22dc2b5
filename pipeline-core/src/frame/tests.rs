//! Tables: what is refused, what comes back, and what their content is.

use super::row::Row as _;
use super::{CsvFile, Frame, TableError};
use crate::data::{Codec, Columns, KeptColumns, Sink, Source, TableIndex};
use crate::store::{Blob, Files, Hash, MemoryBlobs, MemoryLeases, ResultStore, Space};
use pipeline_macros::Row;
use polars::prelude::*;
use std::sync::Arc;

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

/// The content in one piece, and as a task's output has it.
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
fn rows_come_back_from_a_table_and_from_the_store() {
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
    assert_eq!(content(&loaded), [hash; 2], "what is read from the store has the content that was written");
}

#[test]
fn the_content_is_that_of_the_rows_whatever_the_chunks_and_what_lies_under_gaps() {
    let rows = people(70_000);
    let whole = content(&Frame::from_rows(&rows));

    let pieces: Vec<LazyFrame> = rows.chunks(1_234).map(|rows| Frame::from_rows(rows).lazy()).collect();
    let pieces = concat(pieces, UnionArgs { maintain_order: true, ..UnionArgs::default() }).expect("a plan");
    assert_eq!(content(&Frame::new(pieces)), whole, "in pieces");

    let reordered =
        Frame::from_rows(&rows).lazy().select([col("member"), col("age"), col("name"), col("weight")]);
    assert_eq!(content(&Frame::new(reordered)), whole, "columns in another order");

    // A value under a gap, as a calculation may leave it there.
    let gaps = |name: &str| {
        when(col(name).is_null()).then(lit(NULL)).otherwise(col(name).fill_null(lit(9))).alias(name)
    };
    let other = Frame::from_rows(&rows).lazy().with_columns([gaps("age"), gaps("weight")]);
    assert_eq!(content(&Frame::new(other)), whole, "other values under gaps");

    let sliced = Frame::from_rows(&people(70_010)).lazy().slice(0, 70_000);
    assert_eq!(content(&Frame::new(sliced)), whole, "a slice of more");

    let none = content(&Frame::from_rows(&people(0)));
    assert_ne!(none, whole);
    let nobody = Frame::from_rows(&rows).lazy().filter(col("age").lt(lit(-1_000_000)));
    assert_eq!(content(&Frame::new(nobody)), none, "no rows, by a filter");
    let nobody = Frame::from_rows(&rows).lazy().slice(0, 0);
    assert_eq!(content(&Frame::new(nobody)), none, "no rows, by a slice");

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
fn a_table_that_is_not_what_its_row_type_says_is_refused_with_the_column() {
    let table = || Frame::from_rows(&people(3)).lazy();
    assert_eq!(
        saving(table().select([col("name"), col("age").alias("agee"), col("weight"), col("member")])),
        "the table has no column `age`, which `Person` has: did you mean `agee`?"
    );
    assert_eq!(
        saving(table().with_column(lit(1).alias("extra"))),
        "the table has a column `extra`, which `Person` has not: drop it, or add a field"
    );
    assert_eq!(
        saving(table().with_column(col("age").cast(DataType::Float64))),
        "column `age` of the table holds f64, and `Person` wants i64: cast it, or change the field"
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
        "column `name` of the table has no value in row 3, and `Person` wants one: fill it, or make the field an `Option`"
    );
    let missing =
        Frame::<Person>::new(table().select([col("name")])).rows().expect_err("refused").to_string();
    assert!(missing.starts_with("the table has no column `age`"), "{missing}");
}

#[test]
fn an_error_while_the_rows_are_made_is_told_and_nothing_hangs() {
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
fn a_csv_file_may_have_its_columns_in_any_order_and_more_of_them() {
    let (_folder, file) = csv("age,note,name,member,weight\n1,\"a, b\",Ann,true,2.5\n,,Bob,false,NA\n");
    let rows = file.scan().and_then(|table| table.rows()).expect("rows");
    let bob = Person { member: false, ..person("Bob", None, None) };
    assert_eq!(rows, [Person { member: true, ..person("Ann", Some(1), Some(2.5)) }, bob]);
}

#[test]
fn blank_lines_are_no_rows_and_a_last_line_needs_no_end() {
    let text = "name,age,weight,member\n\nAnn,1,NAN,true\n\n\nBob,2,-nan,false";
    for text in [text.to_owned(), text.replace('\n', "\r\n"), format!("\u{feff}{text}\n\n")] {
        let (_folder, file) = csv(&text);
        let rows = file.scan().and_then(|table| table.rows()).expect("rows");
        let bob = Person { member: false, ..person("Bob", Some(2), None) };
        assert_eq!(rows, [Person { member: true, ..person("Ann", Some(1), None) }, bob], "{text:?}");
    }
}

#[test]
fn a_value_that_can_not_be_read_is_found_by_line_and_column() {
    for (text, problem) in [
        (
            "name,age,weight,member\nAnn,1,2,true\nBob,x,2,true\nC,y,2,true\n",
            "line 3: column `age`: `x` is not of type i64",
        ),
        ("name,age,weight,member\nAnn,1.5,2,true\n", "line 2: column `age`: `1.5` is not of type i64"),
        ("name,age,weight,member\nAnn,1,two,true\n", "line 2: column `weight`: `two` is not of type f64"),
        ("name,age,weight,member\nAnn,1,2,maybe\n", "line 2: column `member`: `maybe` is not of type bool"),
        (
            "name,age,weight,member\nAnn,1,2,true\nBob,1,2,\n",
            "line 3: column `member`: the value is missing, and `Person` wants one",
        ),
        (
            "name,age,weight,member\n,1,2,true\n",
            "line 2: column `name`: the value is missing, and `Person` wants one",
        ),
        ("name,age,weight,member\nAnn,1,2,true,5\n", "line 2: 5 fields, and the header has 4"),
        ("name,age,weight\nAnn,1,2\n", "there is no column `member`; the header has name, age, weight"),
        ("name,age,weight,member\nAnn,\"1,2,true\nBob,1,2,true\n", "line 2: a quote is not closed"),
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
fn a_file_that_is_not_there_is_named() {
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
fn a_file_that_is_other_than_its_row_type_is_refused_with_the_column_and_more_columns_are_not_read() {
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
    assert!(plan.contains("PROJECT 1/4 COLUMNS"), "only what is asked for is read: {plan}");
    let error = super::ParquetFile::<Weight>::new(&path).scan().expect_err("another type").to_string();
    assert!(error.ends_with("column `weight` holds f64, and the row type wants i64: change the field, or read it so and cast it"), "{error}");
    // A value is missing in the first row: whoever reads the column is told, others are not.
    let ages = super::ParquetFile::<Age>::new(&path).scan().expect("a plan");
    let error = ages.rows().expect_err("a gap").to_string();
    assert!(error.contains("column `age` has a missing value, and `Age` wants one"), "{error}");
    let nothing =
        CsvFile::<Person>::new(folder.path().join("*.csv")).scan().expect_err("no files").to_string();
    assert!(nothing.contains("*.csv") && nothing.contains("no file fits the pattern"), "{nothing}");
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
fn every_number_keeps_its_digits_wherever_it_is_shown_and_what_is_none_is_a_word() {
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
        String::from_utf8(out).expect("a text")
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
    let Ok(Page::Table { rows, .. }) = table.page(PageOf { offset: 0, limit: 9 }) else { panic!("a page") };
    assert_eq!(
        serde_json::to_string(&rows).expect("JSON"),
        "[[\"9007199254740993\",\"NaN\"],[\"-9007199254740993\",\"inf\"],[1,\"-inf\"],[2,-0.0]]"
    );
}

/// A store in memory, and a long table in it.
fn stored(people: &[Person]) -> (ResultStore, Blob, TableIndex) {
    let store = ResultStore::on(Arc::new(MemoryBlobs::new()), Arc::new(MemoryLeases::new()));
    let (object, index) = stored_in(&store, &Frame::from_rows(people), &[]);
    (store, object, index)
}

/// Adds a long table to a store that has these.
fn stored_in(store: &ResultStore, table: &Frame<Person>, tables: &[TableIndex]) -> (Blob, TableIndex) {
    let lease = Arc::new(store.lease());
    let mut writer = store.objects.writer().expect("a writer");
    let folder = store.place().join(Space::Objects.as_str());
    let columns = KeptColumns::new(&store.objects, &folder, &lease, tables, i64::MIN);
    let mut sink = Sink::of_output(&mut writer, Columns::Kept(columns));
    table.save(&mut sink).expect("saved");
    let (column_objects, column_bytes) = (sink.column_objects, sink.column_bytes);
    let hash = writer.finish(&lease).expect("kept").hash;
    assert_eq!(content(table)[1], hash, "the content is the same where nothing is kept");
    let object = store.objects.blob(hash, lease).expect("held");
    let index = TableIndex::of(&object).expect("read").expect("a long table");
    assert_eq!(index.objects(), column_objects);
    assert_eq!(index.files.iter().map(|file| file.object.bytes).sum::<u64>(), column_bytes);
    (object, index)
}

/// For each object of one table, whether it is that of the other.
fn same(one: &TableIndex, other: &TableIndex) -> Vec<bool> {
    one.objects().iter().zip(other.objects()).map(|(one, other)| *one == other).collect()
}

#[test]
fn a_long_table_comes_back_whole_and_in_parts() {
    let rows = people(200_000);
    let (_store, object, index) = stored(&rows);
    assert_eq!(index.files.len(), 4, "each column is in an object of its own");
    let table = Frame::<Person>::load(&object).expect("a table");
    assert_eq!(table.rows().expect("rows"), rows);
    assert_eq!(content(&table), content(&Frame::from_rows(&rows)));

    let plan = |plan: LazyFrame| plan.collect().expect("carried out");
    let ages = plan(table.lazy().select([col("age").sum()]));
    let expected: i64 = rows.iter().filter_map(|row| row.age).sum();
    assert_eq!(ages.column("age").expect("there").i64().expect("numbers").get(0), Some(expected));
    assert_eq!(
        plan(table.lazy().select([len()])).column("len").expect("there").get(0).expect("one"),
        AnyValue::UInt32(200_000)
    );
    for (offset, length) in [(0, 3), (65_530, 10), (199_998, 10), (-5, 3)] {
        let start = usize::try_from(offset).unwrap_or(199_995);
        let wanted = &rows[start..(start + length).min(200_000)];
        let found = Frame::<Person>::new(table.lazy().slice(offset, length as u32)).rows().expect("rows");
        assert_eq!(found, wanted, "from {offset}");
        let found = table.lazy().slice(offset, length as u32).collect().expect("in memory");
        assert_eq!(found.height(), wanted.len());
    }
    let members = Frame::<Person>::new(table.lazy().filter(col("member").and(col("age").gt(lit(199_990)))));
    let wanted: Vec<_> = rows.iter().filter(|row| row.member && row.age > Some(199_990)).cloned().collect();
    assert_eq!(members.rows().expect("rows"), wanted);

    // Of columns that are not asked for, only the one that counts is read.
    let plan = table.lazy().select([col("age").sum()]).explain(true).expect("a plan");
    assert_eq!(plan.matches("PROJECT 1/2 COLUMNS").count(), 4, "{plan}");
}

#[test]
fn columns_of_a_long_table_that_are_there_are_not_written_again() {
    let rows = people(100_000);
    let (store, _held, index) = stored(&rows);
    let mut older = rows.clone();
    older.iter_mut().for_each(|row| row.age = row.age.map(|age| age + 1));
    let tables = [index];
    let (object, others) = stored_in(&store, &Frame::from_rows(&older), &tables);
    assert_eq!(same(&tables[0], &others), [true, false, true, true]);
    assert_eq!(Frame::<Person>::load(&object).expect("a table").rows().expect("rows"), older);
    // With or without a table to compare with, the content is the same.
    let (_other, fresh, _) = stored(&older);
    assert_eq!(object.hash(), fresh.hash());
}

#[test]
fn columns_with_few_values_have_codes_and_come_back_as_they_were() {
    let mut rows = people(250_000);
    // Few ages at first, more later on; few names all along.
    for (row, person) in rows.iter_mut().enumerate() {
        person.name = ["a", "a name that is long", "", "ü"][row % 4].into();
        person.age = (row % 5 != 0).then_some(if row < 150_000 { row as i64 % 90 } else { row as i64 });
    }
    let (store, object, index) = stored(&rows);
    let coded: Vec<_> = index.files.iter().map(|file| (&*file.columns[0], file.coded.len())).collect();
    assert_eq!(
        coded,
        [("name", 1), ("age", 1), ("age", 0), ("weight", 0), ("member", 0)],
        "a column goes on without codes where its values become too many"
    );
    assert!(
        index.files[0].object.bytes < 400_000,
        "a byte for each row and a little: {}",
        index.files[0].object.bytes
    );

    let table = Frame::<Person>::load(&object).expect("a table");
    assert_eq!(table.rows().expect("rows"), rows);
    for (offset, length) in [(0, 3), (131_070, 10), (131_072, 5), (200_003, 1_001), (249_998, 10)] {
        let found = Frame::<Person>::new(table.lazy().slice(offset, length)).rows().expect("rows");
        let start = offset as usize;
        assert_eq!(found, rows[start..(start + length as usize).min(rows.len())], "from {offset}");
    }
    let named = |name: &str| Frame::<Person>::new(table.lazy().filter(col("name").eq(lit(name.to_owned()))));
    for name in ["a", "a name that is long", "b"] {
        let wanted: Vec<_> = rows.iter().filter(|row| row.name == name).cloned().collect();
        assert_eq!(named(name).rows().expect("rows"), wanted);
    }
    let plan = table.lazy().select([col("weight").sum()]).explain(true).expect("a plan");
    assert_eq!(
        plan.matches("PROJECT 1/2 COLUMNS").count() + plan.matches("PROJECT 1/9 COLUMNS").count(),
        5,
        "{plan}"
    );

    // The bytes depend on the rows alone, whatever the plan that made them has for parts.
    let parts = [0, 70_001, 70_002, 200_000].map(|offset: i64| (offset, 250_000));
    let ends = [70_001, 70_002, 200_000, 250_000];
    let parts =
        parts.iter().zip(ends).map(|((start, _), end)| table.lazy().slice(*start, (end - start) as u32));
    let again = concat(parts.collect::<Vec<_>>(), UnionArgs::default()).expect("a plan");
    assert_eq!(content(&Frame::<Person>::new(again)), content(&table));

    // A column that is there is not written again, also in its second part.
    rows[249_999].weight = Some(3.25);
    let tables = [index];
    let (_, others) = stored_in(&store, &Frame::from_rows(&rows), &tables);
    assert_eq!(same(&tables[0], &others), [true, true, true, false, true]);
}

#[test]
fn a_column_that_a_plan_hands_on_keeps_its_object_and_no_other_does() {
    let mut rows = people(100_000);
    rows.iter_mut().enumerate().for_each(|(row, person)| person.name = ["a", "b"][row % 2].into());
    let folder = tempfile::tempdir().expect("a folder");
    let store = ResultStore::open(&folder.path().join("store"), Arc::new(Files)).expect("a store");
    let (object, index) = stored_in(&store, &Frame::from_rows(&rows), &[]);
    let tables = [index];
    let table = || Frame::<Person>::load(&object).expect("a table").lazy();
    let in_years = || (col("age") + lit(1)).alias("age");
    let all = ["name", "age", "weight", "member"];
    let but_age = &["name", "weight", "member"][..];
    for (plan, handed_on) in [
        (table(), &all[..]),
        (table().with_column(in_years()), but_age),
        (table().with_column(col("age") + lit(1)), but_age),
        (table().with_column(col("age").cast(DataType::Float64).cast(DataType::Int64)), but_age),
        (table().select([col("member"), col("weight").alias("weight"), in_years(), col("name")]), but_age),
        (table().with_column(lit(2.0).alias("w")).select(["w", "age"].map(col)), &["age"]),
        (table().with_column(col("weight").shift(lit(1))), &[]),
        (table().with_column(col("weight").alias("member")).select([col("member")]), &[]),
        (table().select([col("weight").alias("age"), col("age").alias("weight")]), &[]),
        (table().rename(["weight", "age"], ["age", "weight"], true), &[]),
        (table().select([dtype_col(&DataType::Int64).as_selector().as_expr() * lit(2)]), &[]),
        (table().with_column(all_columns() * lit(2)), &[]),
        (table().select([all_columns()]), &all[..]),
        (table().filter(col("member")), &[]),
        (table().limit(99_999), &[]),
        (table().reverse(), &[]),
        (table().sort(["weight"], SortMultipleOptions::default()), &[]),
        (table().unique_stable(None, UniqueKeepStrategy::Any), &[]),
        (concat([table(), table()], UnionArgs::default()).expect("a plan"), &[]),
        (concat_lf_horizontal([table()], HConcatOptions::default()).expect("a plan"), &[]),
        (Frame::from_rows(&rows).lazy(), &[]),
    ] {
        let of = |name: &&str| {
            let stored_in = store.place().join(Space::Objects.as_str());
            super::unchanged::column(&plan, name, &tables, &stored_in).is_some()
        };
        let found: Vec<&str> = all.iter().copied().filter(|name| of(name)).collect();
        assert_eq!(found, handed_on, "{:?}", plan.explain(false));
    }

    // The objects are those that would be written, and a plan may take missing values away.
    let older = Frame::<Person>::new(table().with_column(in_years()));
    let (_, others) = stored_in(&store, &older, &tables);
    assert_eq!(same(&tables[0], &others), [true, false, true, true]);

    // One that is gone does not stay.
    let lease = store.lease();
    let columns = KeptColumns::new(&store.objects, store.place(), &lease, &tables, i64::MIN);
    let weights = &tables[0].files[2];
    assert!(columns.stay(&[weights]).expect("asked"));
    let digits = weights.object.hash.to_string();
    let objects = store.place().join(Space::Objects.as_str());
    std::fs::remove_file(objects.join(&digits[..2]).join(&digits[2..])).expect("removed");
    assert!(!columns.stay(&[weights]).expect("asked"));
}

fn all_columns() -> Expr {
    polars::prelude::all().as_expr()
}

/// So many columns that two share a file, with names that could be taken for each other's codes.
#[derive(Row, Debug, Clone, PartialEq)]
struct Wide {
    #[row(rename = "0x")]
    other: i64,
    x: String,
    f0: bool,
    f1: bool,
    f2: bool,
    f3: bool,
    f4: bool,
    f5: bool,
    f6: bool,
    f7: bool,
    f8: bool,
    f9: bool,
    f10: bool,
    f11: bool,
    f12: bool,
    f13: bool,
    f14: bool,
    f15: bool,
    f16: bool,
    f17: bool,
    f18: bool,
    f19: bool,
    f20: bool,
    f21: bool,
    f22: bool,
    f23: bool,
    f24: bool,
    f25: bool,
    f26: bool,
    f27: bool,
    f28: bool,
    f29: bool,
    f30: bool,
}

#[test]
fn columns_that_share_a_file_have_codes_of_their_own() {
    let rows: Vec<Wide> = (0..70_000)
        .map(|row| Wide {
            other: row % 9,
            x: format!("x{}", row % 5),
            f0: row % 2 == 0,
            f1: row % 3 == 0,
            f2: row % 4 == 0,
            f3: row % 5 == 0,
            f4: row % 6 == 0,
            f5: row % 7 == 0,
            f6: row % 8 == 0,
            f7: row % 9 == 0,
            f8: row % 10 == 0,
            f9: row % 11 == 0,
            f10: row % 12 == 0,
            f11: row % 13 == 0,
            f12: row % 14 == 0,
            f13: row % 15 == 0,
            f14: row % 16 == 0,
            f15: row % 17 == 0,
            f16: row % 18 == 0,
            f17: row % 19 == 0,
            f18: row % 20 == 0,
            f19: row % 21 == 0,
            f20: row % 22 == 0,
            f21: row % 23 == 0,
            f22: row % 24 == 0,
            f23: row % 25 == 0,
            f24: row % 26 == 0,
            f25: row % 27 == 0,
            f26: row % 28 == 0,
            f27: row % 29 == 0,
            f28: row % 30 == 0,
            f29: row % 31 == 0,
            f30: row % 32 == 0,
        })
        .collect();
    let store = ResultStore::on(Arc::new(MemoryBlobs::new()), Arc::new(MemoryLeases::new()));
    let lease = Arc::new(store.lease());
    let mut writer = store.objects.writer().expect("a writer");
    let columns = KeptColumns::new(&store.objects, store.place(), &lease, &[], i64::MIN);
    let mut sink = Sink::of_output(&mut writer, Columns::Kept(columns));
    Frame::from_rows(&rows).save(&mut sink).expect("saved");
    let hash = writer.finish(&lease).expect("kept").hash;
    let object = store.objects.blob(hash, lease).expect("held");
    let files = TableIndex::of(&object).expect("read").expect("a long table").files;
    assert_eq!((files.len(), files[0].columns.len(), files[0].coded.len()), (17, 2, 2));
    assert_eq!(Frame::<Wide>::load(&object).expect("a table").rows().expect("rows"), rows);
}
