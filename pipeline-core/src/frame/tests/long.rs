//! Tests of long tables: columns as objects, columns with codes, and columns that a plan passes on.

use super::*;
use crate::data::KeptColumns;
use crate::frame::{formula, unchanged};
use crate::store::{Files, MemoryBlobs, MemoryLeases, ResultStore, Space};

/// Creates a store in memory with a long table in it.
fn stored(people: &[Person]) -> (ResultStore, Blob, TableIndex) {
    let store = ResultStore::with_blobs(Arc::new(MemoryBlobs::new()), Arc::new(MemoryLeases::new()));
    let (object, index) = stored_in(&store, &Frame::from_rows(people), &[]);
    (store, object, index)
}

/// Adds a long table to a store that has these tables.
fn stored_in(store: &ResultStore, table: &Frame<Person>, tables: &[TableIndex]) -> (Blob, TableIndex) {
    let lease = Arc::new(store.lease());
    let mut writer = store.objects.writer().expect("a writer");
    let folder = store.place().join(Space::Objects.as_str());
    let contents = vec![Vec::new(); tables.len()];
    let columns = KeptColumns::new(&store.objects, &folder, &lease, (tables, &contents), i64::MIN);
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

/// For each object of one table, whether the other table has the same.
fn same(one: &TableIndex, other: &TableIndex) -> Vec<bool> {
    one.objects().iter().zip(other.objects()).map(|(one, other)| *one == other).collect()
}

#[test]
fn a_long_table_is_read_whole_and_in_parts() {
    let rows = people(200_000);
    let (_store, object, index) = stored(&rows);
    assert_eq!(index.files.len(), 4, "each column has its own object");
    let table = Frame::<Person>::load(&object).expect("a table");
    assert_eq!(table.rows().expect("rows"), rows);
    assert_eq!(content(&table), content(&Frame::from_rows(&rows)));

    let plan = |plan: LazyFrame| plan.collect().expect("collected");
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

    // Of columns that are not selected, only the one that counts rows is read.
    let plan = table.lazy().select([col("age").sum()]).explain(true).expect("a plan");
    assert_eq!(plan.matches("PROJECT 1/2 COLUMNS").count(), 4, "{plan}");
}

#[test]
fn stored_columns_of_a_long_table_are_not_written_again() {
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
fn columns_with_few_values_have_codes_and_survive_a_round_trip() {
    let mut rows = people(250_000);
    // Few ages at first and many later; few names throughout.
    for (row, person) in rows.iter_mut().enumerate() {
        person.name = ["a", "a name that is long", "", "ü"][row % 4].into();
        person.age = (row % 5 != 0).then_some(if row < 150_000 { row as i64 % 90 } else { row as i64 });
    }
    let (store, object, index) = stored(&rows);
    let coded: Vec<_> = index.files.iter().map(|file| (&*file.columns[0], file.coded.len())).collect();
    assert_eq!(
        coded,
        [("name", 1), ("age", 1), ("age", 0), ("weight", 0), ("member", 0)],
        "a column continues without codes once it has too many values"
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

    // The bytes depend on the rows alone, not on the parts of the plan that made them.
    let parts = [0, 70_001, 70_002, 200_000].map(|offset: i64| (offset, 250_000));
    let ends = [70_001, 70_002, 200_000, 250_000];
    let parts =
        parts.iter().zip(ends).map(|((start, _), end)| table.lazy().slice(*start, (end - start) as u32));
    let again = concat(parts.collect::<Vec<_>>(), UnionArgs::default()).expect("a plan");
    assert_eq!(content(&Frame::<Person>::new(again)), content(&table));

    // A stored column is not written again, and neither is its second part.
    rows[249_999].weight = Some(3.25);
    let tables = [index];
    let (_, others) = stored_in(&store, &Frame::from_rows(&rows), &tables);
    assert_eq!(same(&tables[0], &others), [true, true, true, false, true]);
}

#[test]
fn only_columns_that_a_plan_passes_on_keep_their_objects() {
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
    for (plan, passed_on) in [
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
            unchanged::column(&plan, name, &tables, &stored_in).is_some()
        };
        let found: Vec<&str> = all.iter().copied().filter(|name| of(name)).collect();
        assert_eq!(found, passed_on, "{:?}", plan.explain(false));
    }

    // The objects that are kept are those that would be written.
    let older = Frame::<Person>::new(table().with_column(in_years()));
    let (_, others) = stored_in(&store, &older, &tables);
    assert_eq!(same(&tables[0], &others), [true, false, true, true]);

    // A missing object is not kept.
    let (lease, contents) = (store.lease(), [Vec::new()]);
    let columns = KeptColumns::new(&store.objects, store.place(), &lease, (&tables, &contents), i64::MIN);
    let weights = &tables[0].files[2];
    assert!(columns.stay(&[weights]).expect("asked"));
    let digits = weights.object.hash.to_string();
    let objects = store.place().join(Space::Objects.as_str());
    std::fs::remove_file(objects.join(&digits[..2]).join(&digits[2..])).expect("removed");
    assert!(!columns.stay(&[weights]).expect("asked"));
}

#[test]
fn equal_codes_of_two_tables_are_not_equal_values() {
    let people = |names: [&str; 2]| {
        let mut rows = people(100_000);
        rows.iter_mut().enumerate().for_each(|(row, person)| person.name = names[row % 2].into());
        Frame::from_rows(&rows)
    };
    let folder = tempfile::tempdir().expect("a folder");
    let store = ResultStore::open(&folder.path().join("store"), Arc::new(Files)).expect("a store");
    let (_, first) = stored_in(&store, &people(["a", "b"]), &[]);
    let (object, second) = stored_in(&store, &people(["c", "d"]), &[]);
    assert_eq!(first.objects(), second.objects(), "the codes are the same");
    let plan = || Frame::<Person>::load(&object).expect("a table").lazy();
    let tables = [first, second];
    let of = |tables: &[TableIndex]| formulas(&store, tables, &plan());
    assert_eq!(of(&tables), of(&tables[1..]), "the formula is the same if fewer tables are known");
    assert_eq!(of(&tables[..1])[0], None);

    // A table that passes the column on has its own values.
    let (made, _) =
        stored_in(&store, &Frame::new(plan().with_column((col("age") + lit(1)).alias("age"))), &tables);
    let names = Frame::<Person>::load(&made).expect("a table").rows().expect("rows");
    assert_eq!(names[..2].iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["c", "d"]);
}

/// The formula of each column of a plan over a stored table of people.
fn formulas(store: &ResultStore, tables: &[TableIndex], plan: &LazyFrame) -> Vec<Option<crate::store::Hash>> {
    let folder = store.place().join(Space::Objects.as_str());
    Person::COLUMNS.iter().map(|column| formula::of(plan, column, tables, &folder)).collect()
}

#[test]
fn columns_have_a_formula_if_it_determines_their_values() {
    let rows = people(200_000);
    let folder = tempfile::tempdir().expect("a folder");
    let store = ResultStore::open(&folder.path().join("store"), Arc::new(Files)).expect("a store");
    let (object, index) = stored_in(&store, &Frame::from_rows(&rows), &[]);
    let tables = [index];
    let table = || Frame::<Person>::load(&object).expect("a table").lazy();
    let of = |plan: LazyFrame| formulas(&store, &tables, &plan);
    let age = |expression: Expr| of(table().with_column(expression.alias("age")))[1];
    let (years, plus) = (|| age(col("age") + lit(1)), |number: i64| age(col("age") + lit(number)));

    assert!(of(table()).iter().all(Option::is_some), "{:?}", of(table()));
    assert!(years().is_some());
    assert_eq!(years(), years(), "each time");
    // Through other columns, names and steps.
    let steps = table().with_column((col("age") + lit(1)).alias("older"));
    let steps = steps.select([col("name"), col("older").alias("age"), col("weight"), col("member")]);
    assert_eq!(of(steps)[1], years());
    assert_eq!(of(steps_with_others(table()))[1], years());

    // Another literal, operator, type, order or column gives another formula.
    let known = [
        years(),
        plus(2),
        age(lit(1) + col("age")),
        age(col("age") - lit(1)),
        age(col("age").fill_null(lit(1))),
        age(when(col("member")).then(col("age")).otherwise(lit(1))),
        age(when(col("member").not()).then(col("age")).otherwise(lit(1))),
        age(col("weight").cast(DataType::Int64)),
        age(col("age").cast(DataType::Int32).cast(DataType::Int64)),
        age(col("age") + lit(1.0)),
        age(col("age") + lit(-0.0)),
        age(col("age") + lit(0.0)),
        age(col("age").fill_null(lit(NULL))),
    ];
    for (i, one) in known.iter().enumerate() {
        assert!(one.is_some(), "{i}");
        assert!(known[..i].iter().all(|earlier| earlier != one), "{i}");
    }

    // Expressions that read other rows, run code or change the number of rows have no formula.
    let code = |column: polars::prelude::Column| -> PolarsResult<polars::prelude::Column> { Ok(column) };
    for expression in [
        col("age").sum(),
        col("age") - col("age").mean(),
        col("age").shift(lit(1)),
        col("age").map(code, |_, field| Ok(field.clone())),
        col("age").sort(SortOptions::default()),
        lit(1_i64),
        col("age") + lit(Series::new("s".into(), [1_i64])),
    ] {
        assert_eq!(age(expression.clone()), None, "{expression:?}");
    }
    for plan in [
        table().filter(col("member")),
        table().limit(70_000),
        table().reverse(),
        concat([table(), table()], UnionArgs::default()).expect("a plan"),
        Frame::from_rows(&rows).lazy(),
        table().with_columns([all_columns() * lit(2)]),
        (0..600).fold(table(), |plan, _| plan.with_column((col("age") + lit(1)).alias("age"))),
    ] {
        assert_eq!(of(plan)[1], None);
    }

    // Columns of a table that is not known have no formula.
    let (other, _) = rows.split_at(150_000);
    let (_, others) = stored_in(&store, &Frame::from_rows(other), &[]);
    assert_eq!(formulas(&store, &[others], &table())[1], None, "its files belong to no known table");
}

/// The same age column, beside others that have no formula.
fn steps_with_others(table: LazyFrame) -> LazyFrame {
    table.with_columns([(col("age") + lit(1)).alias("age"), col("weight").mean().alias("weight")])
}

fn all_columns() -> Expr {
    polars::prelude::all().as_expr()
}

/// Enough columns that two share a file, with names that could be mistaken for each other's codes.
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
fn columns_that_share_a_file_have_separate_codes() {
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
    let store = ResultStore::with_blobs(Arc::new(MemoryBlobs::new()), Arc::new(MemoryLeases::new()));
    let lease = Arc::new(store.lease());
    let mut writer = store.objects.writer().expect("a writer");
    let columns = KeptColumns::new(&store.objects, store.place(), &lease, (&[], &[]), i64::MIN);
    let mut sink = Sink::of_output(&mut writer, Columns::Kept(columns));
    Frame::from_rows(&rows).save(&mut sink).expect("saved");
    let hash = writer.finish(&lease).expect("kept").hash;
    let object = store.objects.blob(hash, lease).expect("held");
    let files = TableIndex::of(&object).expect("read").expect("a long table").files;
    assert_eq!((files.len(), files[0].columns.len(), files[0].coded.len()), (17, 2, 2));
    assert_eq!(Frame::<Wide>::load(&object).expect("a table").rows().expect("rows"), rows);
}
