//! Table tasks are called on empty tables before anything runs, so invalid query plans are reported at once.
#![cfg(feature = "polars")]

use skipstone::jobs::Reason;
use skipstone::polars::prelude::*;
use skipstone::questions::{Check, Decision, Finding};
use skipstone::{CsvFile, Frame, JobStatus, Result, Row, exact, scenario, task, testing};
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(Row, Debug, Clone, PartialEq)]
struct Order {
    id: i64,
    amount: Option<f64>,
    buyer: String,
}

#[derive(Row, Debug, Clone, PartialEq)]
struct Total {
    buyer: String,
    total: f64,
}

/// Number of calls of `orders`.
static MADE: AtomicUsize = AtomicUsize::new(0);

#[task(skippable)]
fn orders(count: i64) -> Frame<Order> {
    MADE.fetch_add(1, Ordering::Relaxed);
    let order = |id: i64| Order { id, amount: Some(id as f64), buyer: format!("b{}", id % 2) };
    Frame::from_rows(&(0..count).map(order).collect::<Vec<_>>())
}

#[task(skippable)]
fn by_buyer(orders: &Frame<Order>, measured: String) -> Result<Frame<Total>> {
    let totals =
        exact::group_by(orders.lazy(), [col("buyer")]).agg([exact::sum(col(measured)).alias("total")])?;
    Ok(Frame::new(totals))
}

#[task(skippable)]
fn raised(totals: &Frame<Total>, by: f64, column: String) -> Frame<Total> {
    Frame::new(totals.lazy().with_column(col(column) * lit(by)))
}

/// Reads rows, so a call on an empty table says nothing about other calls.
#[task(skippable)]
fn checked(totals: &Frame<Total>) -> Result<Frame<Total>, String> {
    match totals.rows().map_err(|error| error.to_string())?.len() {
        0 => Err("no totals".into()),
        _ => Ok(totals.clone()),
    }
}

/// Its columns depend on the rows.
#[task(skippable, opaque)]
fn turned(totals: &Frame<Total>) -> Frame<Total> {
    let all = totals.lazy().collect().expect("a table");
    match all.height() {
        0 => Frame::new(all.lazy().select([col("buyer")])),
        _ => Frame::new(all.lazy()),
    }
}

scenario! {
    Sales {
        input count: i64 = 4;
        input measured: String = "amount";
        input by: f64 = 2.0;
        input column: String = "total";

        ordered = orders(count);
        totals = by_buyer(ordered, measured);
        more = raised(totals, by, column);
        good = checked(more);
        end = turned(good);
    }
}

fn findings(check: &Check) -> Vec<(&str, Finding)> {
    check.jobs.iter().map(|job| (job.name.as_str(), job.finding)).collect()
}

#[test]
fn a_check_reports_which_query_plans_hold() {
    use Finding::*;
    let store = testing::store();
    let sales = Sales::create(&store, "a").expect("created");
    let check = sales.check().expect("a check");
    let expected = [
        ("orders", Unknown),
        ("by_buyer", Holds),
        ("raised", Holds),
        ("checked", Unknown),
        ("turned", Unknown),
    ];
    assert_eq!(findings(&check), expected);
    assert!(check.is_ok());
    let text = skipstone::report::CheckText::new(&check).to_string();
    insta::assert_snapshot!(text, @r"
    Sales `a`, check
      holds    input count
      holds    input measured
      holds    input by
      holds    input column
      unknown  orders
      holds    by_buyer
      holds    raised
      unknown  checked
      unknown  turned
    2 query plans hold; 3 tasks can be checked only when they run
    ");
    assert_eq!(sales.submit().expect("a run").ran().len(), 5);
}

#[test]
fn a_missing_column_is_reported_before_the_first_task_is_called() {
    let store = testing::store();
    let sales = Sales::create(&store, "a").expect("created");
    sales.count.write(77).expect("written");
    sales.measured.write("amuont".into()).expect("written");
    sales.column.write("tottal".into()).expect("written");

    let check = sales.check().expect("a check");
    let messages: Vec<&str> = check.jobs.iter().filter_map(|job| job.message.as_deref()).collect();
    insta::assert_snapshot!(messages.join("\n"), @r"
    no column `amuont` among `id`, `amount`, `buyer`: did you mean `amount`?
    no column `tottal` among `buyer`, `total`: did you mean `total`?
    ");
    let plan = sales.plan().expect("a plan");
    assert_eq!(plan.jobs[1].decision, Decision::Fail);

    let before = MADE.load(Ordering::Relaxed);
    let error = sales.submit().expect_err("invalid query plans");
    let run = error.run().expect("a run");
    let jobs: Vec<_> = run.jobs.iter().map(|job| (job.name.as_str(), job.status)).collect();
    let (failed, abandoned) = (JobStatus::Failed, JobStatus::Abandoned);
    let expected = [
        ("orders", abandoned),
        ("by_buyer", failed),
        ("raised", failed),
        ("checked", abandoned),
        ("turned", abandoned),
    ];
    assert_eq!(jobs, expected);
    assert!(MADE.load(Ordering::Relaxed) - before <= 1, "other tests call `orders` as well");
    assert_eq!(
        run.jobs[0].reason.to_string(),
        "not started: the query plans of `by_buyer` and `raised` are invalid"
    );
    assert_eq!(run.jobs[1].error.as_ref().expect("an error").message, messages[0]);
    assert!(matches!(&run.jobs[2].reason, Reason::PlanFails { message } if message == messages[1]));

    // With valid query plans, everything runs.
    sales.measured.write("amount".into()).expect("written");
    sales.column.write("total".into()).expect("written");
    assert_eq!(sales.submit().expect("a run").ran().len(), 5);
}

#[derive(Row)]
struct Wrong {
    buyer: String,
    total: i64,
}

#[task(skippable)]
fn of_another_type(totals: &Frame<Total>) -> Frame<Wrong> {
    Frame::new(totals.lazy())
}

#[task(skippable)]
fn from_a_file(orders: &CsvFile<Order>) -> Result<Frame<Total>> {
    Ok(Frame::new(orders.scan()?.lazy().select([col("buyer"), col("amount").alias("total")])))
}

#[task(skippable)]
fn with_one_more(totals: &Frame<Total>) -> Frame<Total> {
    Frame::new(totals.lazy().with_column(lit(1).alias("one")))
}

scenario! {
    Files {
        input orders: CsvFile<Order> = "no/such/orders.csv";
        totals = from_a_file(orders);
        wrong = of_another_type(totals);
        more = with_one_more(totals);
    }
}

#[test]
fn wrong_and_extra_columns_are_reported_even_without_the_file() {
    let store = testing::store();
    let files = Files::create(&store, "a").expect("created");
    let check = files.check().expect("a check");
    let messages: Vec<String> = check
        .jobs
        .iter()
        .map(|job| format!("{}: {}", job.name, job.message.clone().unwrap_or_default()))
        .collect();
    insta::assert_snapshot!(messages.join("\n"), @r"
    from_a_file: 
    of_another_type: column `total` of the table has type f64, but `Wrong` requires i64: cast it, or change the field
    with_one_more: the table has a column `one`, which `Total` does not have: drop it, or add a field
    ");
}

#[derive(Row, Debug, Clone)]
struct Buyer {
    name: String,
    city: String,
    age: Option<i64>,
}

#[task(skippable)]
fn buyers() -> Frame<Buyer> {
    let buyer = |name: &str| Buyer { name: name.into(), city: "Bern".into(), age: None };
    Frame::from_rows(&["b0", "b1"].map(buyer))
}

#[derive(Row)]
struct OrderAmount {
    amount: Option<f64>,
    buyer: String,
}

#[derive(Row, Debug, Clone, PartialEq)]
struct CityAmount {
    city: String,
    amount: Option<f64>,
    doubled: Option<f64>,
    one: i32,
}

/// A filter, a join, copied columns, a computed column and a constant.
#[task(skippable)]
fn joined(orders: &Frame<OrderAmount>, buyers: &Frame<Buyer>, factor: f64) -> Frame<CityAmount> {
    let all = orders.lazy().filter(col("amount").gt(lit(0.0)));
    let all = all.join(buyers.lazy(), [col("buyer")], [col("name")], JoinArgs::new(JoinType::Inner));
    Frame::new(all.select([
        col("city"),
        col("amount"),
        (col("amount") * lit(factor)).alias("doubled"),
        lit(1).alias("one"),
    ]))
}

#[derive(Row)]
struct CityTotal {
    city: String,
    total: f64,
    largest: Option<f64>,
}

/// An exact aggregation is a query plan like any other.
#[task(skippable)]
fn by_city(all: &Frame<CityAmount>) -> Result<Frame<CityTotal>> {
    let measures = [exact::sum(col("amount")).alias("total"), exact::max(col("doubled")).alias("largest")];
    Ok(Frame::new(exact::group_by(all.lazy(), [col("city")]).agg(measures)?))
}

/// Its result comes from code, not from a query plan.
#[task(skippable)]
fn by_hand(totals: &Frame<CityTotal>, all: &Frame<CityAmount>) -> Result<Frame<CityTotal>> {
    let _ = all;
    Ok(Frame::from_rows(&totals.rows()?))
}

scenario! {
    Cities {
        input count: i64 = 5;
        input factor: f64 = 2.0;
        ordered = orders(count);
        known = buyers();
        both = joined(ordered, known, factor);
        totals = by_city(both);
        kept = by_hand(totals, both);
    }
}

#[test]
fn lineage_shows_the_source_columns_of_each_column() {
    let store = testing::store();
    let cities = Cities::create(&store, "a").expect("created");
    cities.submit().expect("a run");
    let of = |node: &str| {
        let lineage = cities.lineage(node).expect("a lineage");
        let text = skipstone::report::LineageText::new(&lineage).stable().to_string();
        text.lines()
            .skip(2)
            .take_while(|line| !line.contains("  by task"))
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    // Every column also depends on the columns that select rows: there is one row per order with an
    // amount above zero and a known buyer.
    insta::assert_snapshot!(of("both"), @r"
    city comes from ordered (amount, buyer) and known (city, name)
    amount comes from ordered (amount, buyer) and known (name)
    doubled comes from ordered (amount, buyer) and known (name)
    one comes from ordered (amount, buyer) and known (name)
    ");
    insta::assert_snapshot!(of("totals"), @r"
    city comes from both (city)
    total comes from both (amount, city)
    largest comes from both (city, doubled)
    ");
    insta::assert_snapshot!(of("kept"), @"each column may come from totals (city, total, largest) and both (city, amount, doubled, one)");
    insta::assert_snapshot!(of("ordered"), @"");
}
