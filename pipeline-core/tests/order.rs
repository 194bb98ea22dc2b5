//! The order of a table's rows is part of its content, unless its task is `unordered`.
#![cfg(feature = "polars")]

use skipstone::jobs::Reason;
use skipstone::polars::prelude::*;
use skipstone::{Frame, Result, Row, scenario, task, testing};

#[derive(Row, Debug, Clone, PartialEq)]
struct Sale {
    id: i64,
    shop: i64,
}

#[derive(Row, Debug, Clone, PartialEq)]
struct Sold {
    shop: i64,
    count: u32,
    last: i64,
}

#[task(skippable)]
fn sales(rows: i64, salt: i64) -> Frame<Sale> {
    let sale = |id: i64| Sale { id, shop: (id * 7_919 + salt) % (rows / 3 + 1) };
    Frame::from_rows(&(0..rows).map(sale).collect::<Vec<_>>())
}

fn grouped(sales: &Frame<Sale>) -> Frame<Sold> {
    let joined = sales.lazy().join(
        sales.lazy().select([col("id"), col("shop").alias("again")]),
        [col("id")],
        [col("id")],
        JoinArgs::new(JoinType::Inner),
    );
    let groups = joined.group_by([col("shop")]);
    Frame::new(groups.agg([len().alias("count"), col("id").max().alias("last")]))
}

#[task(skippable)]
fn in_order(sales: &Frame<Sale>) -> Frame<Sold> {
    grouped(sales)
}

#[task(skippable, unordered)]
fn in_any_order(sales: &Frame<Sale>) -> Frame<Sold> {
    grouped(sales)
}

#[task(skippable)]
fn largest(shops: &Frame<Sold>) -> Result<Option<i64>> {
    Ok(shops.rows()?.into_iter().map(|shop| shop.last).max())
}

scenario! {
    Shops {
        input rows: i64 = 300;
        input salt: i64 = 0;
        sold = sales(rows, salt);
        ordered = in_order(sold);
        unordered = in_any_order(sold);
        first = largest(ordered);
        last = largest(unordered);
    }
}

#[test]
fn unordered_rows_are_compared_as_a_multiset() {
    for rows in [300, 400_000] {
        let store = testing::store();
        let shops = Shops::create(&store, "a").expect("created");
        shops.rows.write(rows).expect("written");
        shops.submit().expect("a run");
        let first = shops.ordered.read().expect("a table").rows().expect("rows");
        let mut others = shops.unordered.read().expect("a table").rows().expect("rows");
        let seen: Vec<i64> = first.iter().map(|shop| shop.shop).collect();
        let mut sorted = first;
        sorted.sort_by_key(|shop| shop.shop);
        others.sort_by_key(|shop| shop.shop);
        assert!(sorted == others, "{rows}: the same rows");
        // Recomputed tables do not cause their readers to run.
        for _ in 0..3 {
            let submission = shops.submission().force("in_order").and_then(|it| it.force("in_any_order"));
            let run = submission.and_then(|submission| submission.submit()).expect("a run");
            assert_eq!(run.ran(), ["in_order", "in_any_order"]);
            let again = shops.ordered.read().expect("a table").rows().expect("rows");
            assert!(again.iter().map(|shop| shop.shop).eq(seen.iter().copied()), "{rows}: the same order");
            assert_eq!(run.skipped(), ["sales", "largest (first)", "largest (last)"]);
        }
        let sampled = shops.verify_sample(1.0, |_| {}).expect("recomputed");
        assert!(sampled.iter().all(|made| made.is_same()), "{sampled:?}");
        // Different rows are a different table.
        shops.salt.write(1).expect("written");
        let run = shops.submit().expect("a run");
        assert_eq!(run.ran().len(), 5);
        assert!(matches!(&run.jobs[4].reason, Reason::Changed { .. }));
    }
}

#[test]
fn unordered_tables_are_compared_row_by_row() {
    let store = testing::store();
    let first = Shops::create(&store, "a").expect("created");
    first.submit().expect("a run");
    let second = Shops::create(&store, "b").expect("created");
    second.salt.write(1).expect("written");
    second.submit().expect("a run");
    let compared = store.compare::<Shops>(&["a", "b"]).run().expect("compared");
    let node = compared.nodes.iter().find(|node| node.node == "unordered").expect("a node");
    assert!(!node.equal && node.problems.is_empty(), "{node:?}");
    assert!(node.tables.get(1).is_some_and(Option::is_some), "{node:?}");
    // In the history, only different rows are a change.
    let submission = first.submission().force("in_any_order").expect("a task");
    submission.submit().expect("a run");
    first.salt.write(1).expect("written");
    first.submit().expect("a run");
    let history = first.history("unordered").expect("a history");
    assert_eq!(history.iter().map(|point| point.changed).collect::<Vec<_>>(), [false, false, true]);
}
