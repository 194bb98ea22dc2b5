//! Long tables, which are stored with one object per column: no column is made twice, missed or left behind.
#![cfg(feature = "polars")]

use skipstone::data::ValueRef;
use skipstone::executor::Processes;
use skipstone::polars::prelude::*;
use skipstone::{Frame, JobStatus, Row, Run, Store, scenario, task, testing};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

testing::worker!();

#[derive(Row, Debug, Clone, PartialEq)]
struct Sale {
    id: i64,
    amount: f64,
    region: String,
}

#[derive(Row, Debug, Clone, PartialEq)]
struct Marked {
    id: i64,
    amount: f64,
    region: String,
    large: bool,
}

const ROWS: i64 = 100_000;

/// Sales, of which the last has the given amount.
#[task(skippable)]
fn sales(last: f64) -> Frame<Sale> {
    let sale = |id: i64| {
        let amount = if id == ROWS - 1 { last } else { (id % 1_000) as f64 / 4.0 };
        Sale { id, amount, region: ["north", "south"][(id % 2) as usize].into() }
    };
    Frame::from_rows(&(0..ROWS).map(sale).collect::<Vec<_>>())
}

#[task(skippable)]
fn mark(sales: &Frame<Sale>, from: f64) -> Frame<Marked> {
    Frame::new(sales.lazy().with_column(col("amount").gt_eq(lit(from)).alias("large")))
}

#[task(skippable)]
fn in_total(marked: &Frame<Marked>) -> skipstone::Result<f64> {
    let large = Frame::<Marked>::new(marked.lazy().filter(col("large")));
    Ok(large.rows()?.iter().map(|row| row.amount).sum())
}

scenario! {
    /// Sums large sales.
    Large {
        input last: f64 = 3.0;
        input from: f64 = 200.0;

        sold = sales(last);
        marked = mark(sold, from);
        total = in_total(marked);
    }
}

/// Returns the expected total.
fn expected(last: f64, from: f64) -> f64 {
    let amounts = (0..ROWS).map(|id| if id == ROWS - 1 { last } else { (id % 1_000) as f64 / 4.0 });
    amounts.filter(|amount| *amount >= from).sum()
}

fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path().is_dir() {
            true => found.extend(files(&entry.path())),
            false => drop(found.insert(entry.path())),
        }
    }
    found
}

fn objects(store: &Path) -> BTreeSet<PathBuf> {
    files(&store.join("objects"))
}

fn statuses(run: &Run) -> Vec<(&str, JobStatus)> {
    run.jobs.iter().map(|job| (job.name.as_str(), job.status)).collect()
}

/// Returns the path of a column of a job's output.
fn column(store: &Path, run: &Run, job: &str, column: usize) -> PathBuf {
    let job = run.jobs.iter().find(|found| found.name == job).expect("a job");
    let hash = job.outputs[0].value.columns[column].to_string();
    store.join("objects").join(&hash[..2]).join(&hash[2..])
}

use JobStatus::{Completed, Skipped};

#[test]
fn a_column_in_the_store_is_not_written_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path()).expect("a store");
    let scenario = Large::create(&store, "large").expect("a scenario");
    let run = scenario.submit().expect("runs");
    assert_eq!(scenario.total.read().expect("read"), expected(3.0, 200.0));
    let of = |run: &Run, job: &str| {
        run.jobs.iter().find(|found| found.name == job).expect("a job").outputs[0].value.clone()
    };
    assert_eq!(of(&run, "mark").columns[..3], of(&run, "sales").columns, "unchanged columns are shared");

    let before = objects(folder.path());
    scenario.from.write(100.0).expect("written");
    let again = scenario.submit().expect("runs");
    assert_eq!(scenario.total.read().expect("read"), expected(3.0, 100.0));
    let new: u64 =
        objects(folder.path()).difference(&before).map(|file| file.metadata().expect("there").len()).sum();
    assert!(new < 100_000, "new objects: a column of bits, an index and two numbers, {new} bytes");
    assert!(of(&again, "mark").bytes > 1_600_000, "the size includes all columns");

    // A column that differs only in its last row is written in full.
    scenario.last.write(250.0).expect("written");
    scenario.submit().expect("runs");
    assert_eq!(scenario.total.read().expect("read"), expected(250.0, 100.0));
    assert_eq!(
        scenario.sold.read().expect("read").rows().expect("rows").last().map(|row| row.amount),
        Some(250.0)
    );
    assert!(store.check().expect("checked").problems.is_empty());
}

#[derive(Row, Debug, Clone, PartialEq)]
struct Priced {
    id: i64,
    amount: f64,
    doubled: Option<f64>,
    level: i64,
    region: String,
}

/// Number of calls of the task's own polars function.
static CALLS: AtomicUsize = AtomicUsize::new(0);

#[task(skippable)]
fn price(sales: &Frame<Sale>, from: f64, factor: f64) -> Frame<Priced> {
    let counted = |values: Column| -> PolarsResult<Column> {
        CALLS.fetch_add(1, Ordering::Relaxed);
        Ok(values)
    };
    Frame::new(sales.lazy().with_columns([
        (col("amount") * lit(factor)).alias("doubled"),
        when(col("amount").gt(lit(from))).then(lit(1)).otherwise(lit(0)).cast(DataType::Int64).alias("level"),
        col("region").map(counted, |_, field| Ok(field.clone())).alias("region"),
    ]))
}

scenario! {
    /// A table in which each input changes one column.
    Prices {
        input last: f64 = 3.0;
        input from: f64 = 200.0;
        input factor: f64 = 2.0;

        sold = sales(last);
        priced = price(sold, from, factor);
    }
}

#[test]
fn a_table_with_reused_columns_equals_one_that_is_computed_from_scratch() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path()).expect("a store");
    let scenario = Prices::create(&store, "prices").expect("a scenario");
    let of = |run: &Run| run.job("price").expect("a job").outputs[0].value.clone();
    let first = of(&scenario.submit().expect("runs"));
    let formula = |value: &ValueRef, column: usize| value.contents[column].formula;
    assert!((0..4).all(|column| formula(&first, column).is_some()), "{:?}", first.contents);
    assert_eq!(formula(&first, 4), None, "a function of the program is not a formula");

    for (last, from, factor) in [
        (3.0, 200.0, 3.0),
        (3.0, 100.0, 3.0),
        (3.0, 100.0, 2.0),
        (7.0, 100.0, 2.0),
        (3.0, -0.0, 0.0),
        (3.0, 0.0, -0.0),
    ] {
        scenario.last.write(last).expect("written");
        scenario.from.write(from).expect("written");
        scenario.factor.write(factor).expect("written");
        let here = of(&scenario.submit().expect("runs"));
        // In an empty store, nothing is known.
        let other = tempfile::tempdir().expect("a folder");
        let other = Store::open(other.path()).expect("a store");
        let clean = Prices::create(&other, "prices").expect("a scenario");
        clean.last.write(last).expect("written");
        clean.from.write(from).expect("written");
        clean.factor.write(factor).expect("written");
        let clean = of(&clean.submit().expect("runs"));
        assert_eq!((here.hash, &here.contents, here.rows), (clean.hash, &clean.contents, clean.rows));
    }
    let rows = scenario.priced.read().expect("read").rows().expect("rows");
    assert_eq!(rows.len(), usize::try_from(ROWS).expect("a number"));
    assert!(store.check().expect("checked").problems.is_empty());

    // A forced run computes every column again.
    let calls = CALLS.load(Ordering::Relaxed);
    let forced = of(&scenario.submission().force_all().submit().expect("runs"));
    assert!(CALLS.load(Ordering::Relaxed) > calls);
    assert_eq!(forced.hash, of(&scenario.submission().force_all().submit().expect("runs")).hash);
}

#[test]
fn a_missing_or_damaged_column_is_rebuilt_and_no_stale_data_is_used() {
    for damage in [0, 1] {
        let folder = tempfile::tempdir().expect("a folder");
        let run = {
            let store = Store::open(folder.path()).expect("a store");
            Large::create(&store, "large").expect("a scenario").submit().expect("runs")
        };
        // A column of the first table that the second one shares.
        let file = column(folder.path(), &run, "sales", 1);
        let bytes = std::fs::read(&file).expect("there");
        match damage {
            0 => std::fs::remove_file(&file).expect("removed"),
            _ => {
                let mut altered = bytes.clone();
                altered[bytes.len() / 2] ^= 1;
                std::fs::write(&file, altered).expect("written");
            }
        }
        let store = Store::open(folder.path()).expect("a store");
        let scenario = Large::open(&store, "large").expect("a scenario");
        let error = scenario.marked.read().and_then(|table| Ok(table.rows()?)).expect_err("gone").to_string();
        assert!(error.contains("missing from the store or damaged"), "{error}");
        let again = scenario.submit().expect("runs");
        let ran = [("sales", Completed), ("mark", if damage == 0 { Skipped } else { Completed })];
        assert_eq!(statuses(&again)[..2], ran);
        assert_eq!(std::fs::read(&file).expect("there"), bytes);
        assert_eq!(scenario.total.read().expect("read"), expected(3.0, 200.0));
        assert!(store.check().expect("checked").problems.is_empty());
    }
}

#[test]
fn columns_are_kept_only_while_they_are_reachable_or_in_use() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path()).expect("a store");
    let scenario = Large::create(&store, "large").expect("a scenario");
    scenario.submit().expect("runs");
    let first = objects(folder.path());
    store.collect(Duration::ZERO).expect("collected");
    assert_eq!(objects(folder.path()), first);

    let table = scenario.marked.read().expect("read");
    scenario.from.write(100.0).expect("written");
    let run = scenario.submit().expect("runs");
    store.collect(Duration::ZERO).expect("collected");
    assert!(objects(folder.path()).len() > first.len(), "the earlier table is still in use");
    assert_eq!(table.rows().expect("still readable").len(), ROWS as usize);
    drop(table);
    store.collect(Duration::ZERO).expect("collected");
    assert_eq!(objects(folder.path()).len(), first.len(), "the earlier table was dropped");
    assert_eq!(scenario.marked.read().expect("read").rows().expect("rows").len(), ROWS as usize);
    store.pin(run.id).expect("pinned");
    scenario.from.write(50.0).expect("written");
    scenario.submit().expect("runs");
    store.collect(Duration::ZERO).expect("collected");
    assert!(column(folder.path(), &run, "mark", 3).exists(), "a pinned run keeps its columns");

    store.unpin(run.id).expect("unpinned");
    store.delete("large").expect("deleted");
    store.collect(Duration::ZERO).expect("collected");
    assert_eq!(objects(folder.path()), BTreeSet::new());
}

#[test]
fn an_export_with_data_includes_the_columns() {
    let folder = tempfile::tempdir().expect("a folder");
    let (there, file) = (folder.path().join("there"), folder.path().join("large.tar"));
    let store = Store::open(folder.path().join("here")).expect("a store");
    let scenario = Large::create(&store, "large").expect("a scenario");
    scenario.submit().expect("runs");
    scenario.export_with_data(&file).expect("exported");
    let store = Store::open(&there).expect("a store");
    store.import(&file, None).expect("imported");
    let scenario = Large::open(&store, "large").expect("a scenario");
    assert_eq!(scenario.marked.read().expect("read").rows().expect("rows").len(), ROWS as usize);
    let run = scenario.submit().expect("runs");
    assert_eq!(statuses(&run), [("sales", Skipped), ("mark", Skipped), ("in_total", Skipped)]);
}

#[test]
fn threads_processes_and_a_clean_store_write_the_same_objects() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = |name: &str, isolated: bool, first: f64| {
        let place = folder.path().join(name);
        let store = Store::open(&place).expect("a store");
        let scenario = Large::create(&store, "large").expect("a scenario");
        let submit = || match isolated {
            true => scenario.submission().executor(Processes::new()).submit(),
            false => scenario.submit(),
        };
        for from in [first, 100.0] {
            scenario.from.write(from).expect("written");
            submit().expect("runs");
        }
        let names =
            objects(&place).into_iter().map(|file| file.strip_prefix(&place).expect("below").to_owned());
        (names.collect::<BTreeSet<_>>(), scenario.total.read().expect("read"))
    };
    let threads = made("threads", false, 200.0);
    assert_eq!(made("processes", true, 200.0), threads);
    let clean = made("clean", false, 100.0);
    assert_eq!(clean.1, threads.1);
    assert!(clean.0.is_subset(&threads.0), "earlier results do not change the objects");
}

#[test]
fn a_result_that_is_recomputed_for_comparison_has_the_same_hash() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path()).expect("a store");
    let scenario = Large::create(&store, "large").expect("a scenario");
    scenario.submit().expect("runs");
    let before = objects(folder.path());
    let sampled = scenario.verify_sample(1.0, |_| {}).expect("recomputed");
    assert_eq!(sampled.len(), 3);
    assert!(sampled.iter().all(|sampled| sampled.is_same()), "{sampled:?}");
    assert_eq!(objects(folder.path()), before, "nothing is written");
}

#[task]
fn plan_of(marked: &Frame<Marked>) -> skipstone::Result<String> {
    Ok(marked.lazy().explain(false).map_err(skipstone::tables::TableError::from)?)
}

scenario! {
    Planned {
        input last: f64 = 3.0;
        input from: f64 = 200.0;

        sold = sales(last);
        marked = mark(sold, from);
        plan = plan_of(marked);
    }
}

#[test]
fn a_reader_extends_the_query_plan_only_in_the_submission_that_made_the_table() {
    let store = testing::store();
    let scenario = Planned::create(&store, "planned").expect("a scenario");
    let plan = || {
        scenario.submit().expect("runs");
        scenario.plan.read().expect("read")
    };
    let first = plan();
    assert!(first.contains("WITH_COLUMNS") && first.contains("200.0"), "{first}");
    let again = plan();
    assert!(again.contains("HCONCAT") && !again.contains("WITH_COLUMNS"), "{again}");
}
