//! Views: a task reads some columns of a table, and depends only on those.
#![cfg(feature = "polars")]

use proptest::prelude::*;
use skipstone::executor::Processes;
use skipstone::jobs::Reason;
use skipstone::polars::prelude::*;
use skipstone::{CallDef, Frame, Graph, InputDef, Result, Row, Run, ScenarioType, scenario, task, testing};

testing::worker!();

#[derive(Row, Debug, Clone, PartialEq)]
struct Order {
    id: i64,
    amount: Option<f64>,
    buyer: String,
}

#[derive(Row, Debug, Clone, PartialEq)]
struct Amount {
    amount: Option<f64>,
}

#[derive(Row, Debug, Clone, PartialEq)]
#[row(view_of = Order)]
struct Buyer {
    buyer: String,
    id: i64,
}

/// Number of orders in a long table, which is stored with one object per column.
const LONG: i64 = 70_000;

/// Orders, of which the one in the middle has the given amount and buyer.
#[task(skippable)]
fn orders(count: i64, amount: f64, buyer: String) -> Frame<Order> {
    let order = |id| match id == count / 2 {
        true => Order { id, amount: Some(amount), buyer: buyer.clone() },
        false => Order { id, amount: (id % 7 > 0).then_some(id as f64 / 4.0), buyer: format!("b{}", id % 5) },
    };
    Frame::from_rows(&(0..count).map(order).collect::<Vec<_>>())
}

#[task(skippable)]
fn in_total(orders: &Frame<Amount>) -> Result<f64> {
    Ok(orders.rows()?.iter().filter_map(|order| order.amount).sum())
}

/// The columns come in the order of the view.
#[task(skippable)]
fn buyers(orders: &Frame<Buyer>) -> Result<Vec<String>> {
    let names = orders.lazy().collect_schema().map(|schema| schema.iter_names_cloned().collect::<Vec<_>>());
    assert_eq!(names.expect("a plan"), ["buyer", "id"]);
    let mut names: Vec<String> = orders.rows()?.into_iter().map(|order| order.buyer).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

#[task(skippable)]
fn all(orders: &Frame<Order>) -> Result<u64> {
    Ok(orders.rows()?.len() as u64)
}

scenario! {
    Shop {
        input count: i64 = 10;
        input amount: f64 = 3.0;
        input buyer: String = "ada";

        ordered = orders(count, amount, buyer);
        total = in_total(ordered);
        names = buyers(ordered);
        many = all(ordered);
    }
}

fn reason<'a>(run: &'a Run, job: &str) -> &'a Reason {
    &run.jobs.iter().find(|found| found.name == job).expect("a job").reason
}

#[test]
fn a_task_runs_again_only_if_columns_that_it_reads_change() {
    for count in [10, LONG] {
        let store = testing::store();
        let shop = Shop::create(&store, "a").expect("created");
        shop.count.write(count).expect("written");
        assert_eq!(shop.submit().expect("a run").ran().len(), 4);
        let total = shop.total.read().expect("a number");

        shop.buyer.write("bob".into()).expect("written");
        let run = shop.submit().expect("a run");
        assert_eq!(run.ran(), ["orders", "buyers", "all"]);
        assert_eq!(shop.names.read().expect("names").last().map(String::as_str), Some("bob"));
        assert_eq!(reason(&run, "in_total").to_string(), "the columns it reads of `ordered` are unchanged");
        assert_eq!(reason(&run, "buyers").to_string(), "column `buyer` of `ordered` changed");

        shop.amount.write(5.0).expect("written");
        let run = shop.submit().expect("a run");
        assert_eq!(run.ran(), ["orders", "in_total", "all"]);
        assert_eq!(reason(&run, "in_total").to_string(), "`ordered` changed");
        assert_eq!(shop.total.read().expect("a number"), total + 2.0);

        // Changing back calls nothing, even in another process. One more row changes every column.
        shop.amount.write(3.0).expect("written");
        let shop = Shop::open(&store.reopen(), "a").expect("opened");
        assert_eq!(shop.submit().expect("a run").ran(), [""; 0]);
        shop.count.write(count + 1).expect("written");
        assert_eq!(shop.submit().expect("a run").ran().len(), 4);
    }
}

#[test]
fn a_separate_process_reads_the_same_columns() {
    let store = testing::store();
    let shop = Shop::create(&store, "a").expect("created");
    shop.count.write(LONG).expect("written");
    let submit = || shop.submission().executor(Processes::new()).submit().expect("a run");
    assert_eq!(submit().ran().len(), 4);
    let total = shop.total.read().expect("a number");
    shop.buyer.write("bob".into()).expect("written");
    assert_eq!(submit().ran(), ["orders", "buyers", "all"]);
    assert_eq!(
        shop.submission().force("in_total").and_then(|it| it.submit()).expect("a run").ran(),
        ["in_total"]
    );
    assert_eq!(shop.total.read().expect("a number"), total);
}

#[test]
fn explanations_and_samples_depend_on_the_columns_too() {
    let store = testing::store();
    let shop = Shop::create(&store, "a").expect("created");
    shop.submit().expect("a run");
    let content = |shop: &Shop| {
        let explanation = shop.explain("total").expect("an explanation");
        explanation.inputs[0].content.expect("a content")
    };
    let before = content(&shop);
    shop.buyer.write("bob".into()).expect("written");
    shop.submit().expect("a run");
    assert_eq!(content(&shop), before);
    let sampled = shop.verify_sample(1.0, |_| {}).expect("recomputed");
    assert!(sampled.len() == 4 && sampled.iter().all(|made| made.is_same()));
}

/// The same task, before and after its table gets another column.
mod growing {
    use super::*;

    #[derive(Row)]
    pub(crate) struct Wide {
        id: i64,
        amount: Option<f64>,
        buyer: String,
        city: String,
    }

    #[task(skippable)]
    pub(crate) fn narrow(count: i64) -> Frame<Order> {
        orders(count, 1.0, "ada".into())
    }

    #[task(skippable)]
    pub(crate) fn wide(count: i64) -> Frame<Wide> {
        Frame::new(narrow(count).lazy().with_column(lit("Bern").alias("city")))
    }

    pub(crate) mod before {
        use super::*;
        scenario! { pub(crate) Growing { input count: i64 = 9; made = super::narrow(count); total = super::super::in_total(made); } }
    }

    pub(crate) mod after {
        use super::*;
        scenario! { pub(crate) Growing { input count: i64 = 9; made = super::wide(count); total = super::super::in_total(made); } }
    }
}

#[test]
fn a_new_column_runs_no_reader_that_does_not_use_it() {
    let store = testing::store();
    growing::before::Growing::create(&store, "a").expect("created").submit().expect("a run");
    let run = growing::after::Growing::create(&store, "b").expect("created").submit().expect("a run");
    assert_eq!((run.ran(), run.skipped()), (vec!["wide"], vec!["in_total"]));
}

scenario! {
    Given {
        input ordered: Frame<Order> = orders(3, 1.0, "ada".into());
        total = in_total(ordered);
        names = buyers(ordered);
    }
}

#[test]
fn a_table_that_is_written_to_an_input_is_read_column_by_column() {
    let store = testing::store();
    let given = Given::create(&store, "a").expect("created");
    assert_eq!(given.submit().expect("a run").ran().len(), 2);
    let other = Frame::new(orders(3, 1.0, "ada".into()).lazy().with_column(lit("eve").alias("buyer")));
    given.ordered.write(other).expect("written");
    assert_eq!(given.submit().expect("a run").ran(), ["buyers"]);
    // A default, a written value, and the value of another process have the same columns.
    given.ordered.write(orders(3, 1.0, "ada".into())).expect("written");
    assert_eq!(given.submit().expect("a run").ran(), [""; 0]);
    let given = Given::open(&store.reopen(), "a").expect("opened");
    assert_eq!(given.submit().expect("a run").ran(), [""; 0]);
    let long = orders(LONG, 1.0, "ada".into());
    given.ordered.write(Frame::new(long.lazy().with_column(lit(0_i64).alias("id")))).expect("written");
    assert_eq!(given.submit().expect("a run").ran().len(), 2);
    given.ordered.write(long).expect("written");
    assert_eq!(given.submit().expect("a run").ran(), ["buyers"]);
}

#[test]
fn a_table_has_views_even_without_a_store() {
    let table = orders(4, 1.0, "ada".into());
    assert_eq!(in_total(&table.view().expect("its columns")).expect("a total"), 1.0 + 0.25 + 0.75);
    let error = Frame::<Amount>::from_rows(&[]).view::<Buyer>().expect_err("another table");
    assert_eq!(error.to_string(), "the table has no column `buyer`, which `Buyer` has; available: `amount`");

    let made = Shop::graph().in_memory().run().expect("values");
    assert_eq!(made.get::<Vec<String>>("names").expect("names").len(), 6);
}

#[test]
fn a_graph_that_is_built_at_run_time_has_the_same_check() {
    let graph = Graph::builder("Wrong")
        .input(InputDef::<Frame<Amount>>::new("amounts"))
        .call(CallDef::of::<in_total>().output("total").argument("amounts"))
        .call(CallDef::of::<buyers>().output("names").argument("amounts"))
        .build();
    let problems = graph.expect_err("wrong").problems().to_vec();
    assert_eq!(
        problems,
        [
            "argument `amounts` of task `buyers`: expected `Frame<Buyer>`, found `Frame<Amount>`, but `Buyer` is a view of `Order`"
        ]
    );
}

macro_rules! wide {
    ($($name:ident),*) => {
        /// Enough columns that several share an object.
        #[derive(Row, Debug, Clone, PartialEq)]
        struct Wide { $($name: i64),* }

        /// Wide rows, of which the last has the given value in its first column.
        #[task(skippable)]
        fn wide(first: i64) -> Frame<Wide> {
            let row = |row: i64| Wide { $($name: row % 11),* };
            let mut rows: Vec<Wide> = (0..LONG).map(row).collect();
            rows[LONG as usize - 1].a0 = first;
            Frame::from_rows(&rows)
        }
    };
}

wide!(
    a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, c0, c1, c2, c3, c4, c5,
    c6, c7, c8, c9, d0, d1, d2, d3, d4, d5, d6, d7, d8, d9
);

#[derive(Row, Debug, Clone, PartialEq)]
struct Second {
    a1: i64,
}

#[task(skippable)]
fn second(of: &Frame<Second>) -> Result<i64> {
    Ok(of.rows()?.iter().map(|row| row.a1).sum())
}

scenario! {
    Broad { input first: i64 = 1; table = wide(first); sum = second(table); }
}

#[test]
fn columns_that_share_an_object_are_tracked_separately() {
    let store = testing::store();
    let broad = Broad::create(&store, "a").expect("created");
    broad.submit().expect("a run");
    broad.first.write(2).expect("written");
    assert_eq!(broad.submit().expect("a run").ran(), ["wide"]);
    assert_eq!(broad.sum.read().expect("a sum"), (0..LONG).map(|row| row % 11).sum::<i64>());
}

#[derive(Row, Debug, Clone, PartialEq)]
struct Place {
    #[row(rename = "Town")]
    town: String,
    zip: Option<u32>,
}

#[derive(Row, Debug, Clone, PartialEq)]
struct Visit {
    #[row(key)]
    id: i64,
    #[row(flatten)]
    place: Place,
    at: Option<f64>,
}

#[test]
fn a_row_type_can_include_the_columns_of_another() {
    let visit =
        |id, town: &str| Visit { id, place: Place { town: town.into(), zip: Some(9) }, at: Some(0.5) };
    let visits = [visit(1, "Bern"), visit(2, "Thun")];
    let names: Vec<&str> = Visit::COLUMNS.iter().map(|column| column.name).collect();
    assert_eq!(names, ["id", "Town", "zip", "at"]);
    let table = Frame::from_rows(&visits);
    assert_eq!(table.rows().expect("rows"), visits);
    let places = table.view::<Place>().expect("its columns").rows().expect("rows");
    assert_eq!(places, [visits[0].place.clone(), visits[1].place.clone()]);
}

/// Makes a table of the given rows.
#[task(skippable)]
fn as_given(rows: Vec<(i64, Option<f64>, String)>) -> Frame<Order> {
    let order = |(id, amount, buyer)| Order { id, amount, buyer };
    Frame::from_rows(&rows.into_iter().map(order).collect::<Vec<_>>())
}

scenario! {
    Any {
        input rows: Vec<(i64, Option<f64>, String)>;
        made = as_given(rows);
        total = in_total(made);
        names = buyers(made);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// An edit outside a view leaves its key unchanged, and an edit inside changes it.
    #[test]
    fn the_key_of_a_view_depends_only_on_its_columns(
        rows in proptest::collection::vec((0..5_i64, proptest::option::of(-2.0..2.0_f64), "[ab]{0,2}"), 1..6),
        edits in proptest::collection::vec((0..6_usize, 0..3_u8, 0..5_i64), 1..4),
    ) {
        let store = testing::store();
        let any = Any::create(&store, "a", AnyInputs { rows: rows.clone() }).expect("created");
        let key = |name: &str| any.explain(name).expect("an explanation").key.expect("a key");
        any.submit().expect("a run");
        let (mut rows, mut before) = (rows, (key("total"), key("names")));
        for (at, column, value) in edits {
            let edited = at % rows.len();
            let earlier = rows.clone();
            let row = &mut rows[edited];
            match column {
                0 => row.0 = value,
                1 => row.1 = (value > 0).then_some(value as f64),
                _ => row.2 = value.to_string(),
            }
            any.rows.write(rows.clone()).expect("written");
            any.submit().expect("a run");
            let now = (key("total"), key("names"));
            prop_assert_eq!(now.0 != before.0, rows.iter().zip(&earlier).any(|(now, then)| now.1 != then.1));
            let changed = rows.iter().zip(&earlier).any(|(now, then)| now.0 != then.0 || now.2 != then.2);
            prop_assert_eq!(now.1 != before.1, changed);
            before = now;
        }
    }
}
