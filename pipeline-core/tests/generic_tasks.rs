//! Generic tasks, which a scenario calls with their types: `cheapest::<Fruit>(fruits)`.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use skipstone::{CallDef, Graph, InputDef, Run, ScenarioType, scenario, task, testing};

/// Something with a price.
trait Priced {
    fn price(&self) -> f64;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Fruit {
    kilos: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Tool {
    pieces: u32,
}

impl Priced for Fruit {
    fn price(&self) -> f64 {
        2.5 * self.kilos
    }
}

impl Priced for Tool {
    fn price(&self) -> f64 {
        10.0 * f64::from(self.pieces)
    }
}

/// The total price.
#[task(skippable)]
fn total<T: Priced + Serialize + DeserializeOwned + Send + Sync>(things: &[T]) -> f64 {
    things.iter().map(T::price).sum()
}

/// The first element and the rest.
#[task(skippable)]
fn split<T>(things: &[T]) -> Result<(T, Vec<T>), String>
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync,
{
    let (first, rest) = things.split_first().ok_or("no things")?;
    Ok((first.clone(), rest.to_vec()))
}

/// Reads numbers of any type.
#[task(skippable)]
fn parsed<N: std::str::FromStr + Serialize + DeserializeOwned + Send + Sync>(text: &str) -> Vec<N> {
    text.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

#[task(skippable)]
fn count<A, B>(first: &[A], second: &[B]) -> usize
where
    A: Serialize + DeserializeOwned + Send + Sync,
    B: Serialize + DeserializeOwned + Send + Sync,
{
    first.len() + second.len()
}

mod shop {
    pub(super) use super::split as parts;
}

scenario! {
    /// Prices of several types.
    Prices {
        input fruits: Vec<Fruit> = vec![Fruit { kilos: 2.0 }, Fruit { kilos: 4.0 }];
        input tools: Vec<Tool> = vec![Tool { pieces: 3 }];
        input text: String = "1 2 3.5";
        of_fruits = total::<Fruit>(fruits);
        of_tools = total::<Tool>(things: tools);
            #[allow(unused)]
        (first, rest) = shop::parts::<Fruit>(fruits);
        of_rest = total::<Fruit>(rest);
        fractions = parsed::<f64>(text);
        whole = parsed::<u8>(text);
        counted = count::<f64, u8>(fractions, whole);
    }
}

#[test]
fn a_generic_task_is_called_with_its_types() {
    let store = testing::store();
    let prices = Prices::create(&store, "a").expect("created");
    let run = prices.submit().expect("ran");
    assert_eq!((run.ran().len(), run.skipped().len()), (7, 0));
    assert_eq!(prices.of_fruits.read().expect("read"), 15.0);
    assert_eq!(prices.of_tools.read().expect("read"), 30.0);
    assert_eq!(prices.first.read().expect("read"), Fruit { kilos: 2.0 });
    assert_eq!(prices.of_rest.read().expect("read"), 10.0);
    assert_eq!(prices.fractions.read().expect("read"), [1.0, 2.0, 3.5]);
    assert_eq!(prices.whole.read().expect("read"), [1_u8, 2]);
    assert_eq!(prices.counted.read().expect("read"), 5);
    assert_eq!(prices.submit().expect("ran again").skipped().len(), 7);
}

#[test]
fn nodes_show_the_types_of_the_call() {
    insta::assert_snapshot!(testing::snapshot_graph(Prices::graph()));
    let fractions = Prices::graph().node("fractions").expect("a node");
    assert_eq!(fractions.type_text(), "Vec<f64>");
}

mod numbers {
    use skipstone::{scenario, task};

    /// The numbers in a text, as many as there are.
    #[task(skippable)]
    pub(super) fn kept<N: std::str::FromStr>(text: &str) -> usize {
        text.split_whitespace().filter(|word| word.parse::<N>().is_ok()).count()
    }

    scenario! { pub(super) Whole { input text: String = "1 2 2.5"; kept = kept::<u8>(text); } }
    scenario! { pub(super) Fractions { input text: String = "1 2 2.5"; kept = kept::<f64>(text); } }
    scenario! { pub(super) WholeAgain { input words: String = "1 2 2.5"; number = kept::<u8>(words); } }
}

#[test]
fn the_types_are_part_of_the_key() {
    let store = testing::store();
    let whole = numbers::Whole::create(&store, "whole").expect("created");
    let fractions = numbers::Fractions::create(&store, "fractions").expect("created");
    let again = numbers::WholeAgain::create(&store, "again").expect("created");
    let ran = |run: skipstone::Result<Run>| run.expect("ran").ran().len();
    assert_eq!((ran(whole.submit()), whole.kept.read().expect("read")), (1, 2));
    assert_eq!((ran(fractions.submit()), fractions.kept.read().expect("read")), (1, 3));
    assert_eq!((ran(again.submit()), again.number.read().expect("read")), (0, 2));
}

mod euros {
    use super::converted;

    skipstone::scenario! { pub(super) Amount { input amount: f64 = 8.0; value = converted::<Currency>(amount); } }

    #[derive(Debug)]
    pub(super) struct Currency;

    impl super::Rate for Currency {
        fn rate() -> f64 {
            1.0
        }
    }
}

mod pounds {
    use super::converted;

    skipstone::scenario! { pub(super) Amount { input amount: f64 = 8.0; value = converted::<Currency>(amount); } }

    #[derive(Debug)]
    pub(super) struct Currency;

    impl super::Rate for Currency {
        fn rate() -> f64 {
            1.25
        }
    }
}

/// The value of a unit in euros.
trait Rate {
    fn rate() -> f64;
}

#[task(skippable)]
fn converted<C: Rate>(amount: f64) -> f64 {
    amount * C::rate()
}

#[test]
fn types_of_one_name_in_two_modules_are_two_types() {
    let store = testing::store();
    let first = euros::Amount::create(&store, "first").expect("created");
    first.submit().expect("ran");
    let second = pounds::Amount::create(&store, "second").expect("created");
    second.submit().expect("ran");
    assert_eq!((first.value.read().expect("read"), second.value.read().expect("read")), (8.0, 10.0));
}

#[task(skippable, isolated)]
fn reversed<T: Clone + Serialize + DeserializeOwned + Send + Sync>(values: &[T]) -> Vec<T> {
    values.iter().rev().cloned().collect()
}

skipstone::testing::worker!();

#[test]
fn a_generic_task_runs_in_a_process_of_its_own() {
    scenario! {
        Backwards {
            input numbers: Vec<u8> = vec![1, 2];
            input words: Vec<String> = vec!["a".to_owned(), "b".to_owned()];
            numbers_back = reversed::<u8>(numbers);
            words_back = reversed::<String>(words);
        }
    }
    let store = testing::store();
    let backwards = Backwards::create(&store, "a").expect("created");
    backwards.submit().expect("ran");
    assert_eq!(backwards.numbers_back.read().expect("read"), [2, 1]);
    assert_eq!(backwards.words_back.read().expect("read"), ["b", "a"]);
}

#[test]
fn tasks_and_graphs_at_run_time_have_the_types_in_their_paths() {
    let path = |task: &&'static skipstone::graph::TaskDef| task.name() == "kept";
    let mut tasks: Vec<_> = skipstone::graph::tasks().into_iter().filter(path).collect();
    let paths: Vec<String> = tasks.iter().map(|task| task.path()).collect();
    assert_eq!(paths, ["generic_tasks::numbers::kept::<f64>", "generic_tasks::numbers::kept::<u8>"]);
    let whole = tasks.remove(1);
    let graph = Graph::builder("Built")
        .input(InputDef::<String>::new("text").default_value(|| "4 5".to_owned()))
        .call(CallDef::new(whole).argument("text").output("count"))
        .build()
        .expect("a graph");
    assert_eq!(graph.node("count").expect("a node").type_text(), "usize");
}

#[cfg(feature = "polars")]
mod tables {
    use skipstone::polars::prelude::*;
    use skipstone::{Frame, Row, scenario, task, testing};

    #[derive(Debug, Clone, PartialEq, Row)]
    struct Order {
        id: u32,
        amount: f64,
    }

    #[derive(Debug, Clone, PartialEq, Row)]
    struct Item {
        amount: f64,
    }

    #[task(skippable)]
    fn orders() -> Frame<Order> {
        let row = |id: u32| Order { id, amount: f64::from(id) };
        Frame::from_rows(&[row(1), row(2), row(3)])
    }

    #[task(skippable)]
    fn items() -> Frame<Item> {
        Frame::from_rows(&[Item { amount: 5.0 }])
    }

    /// The rows with a large amount.
    #[task(skippable)]
    fn large<R: Row>(table: &Frame<R>, least: f64) -> Frame<R> {
        Frame::new(table.lazy().filter(col("amount").gt_eq(lit(least))))
    }

    scenario! {
        Large {
            input least: f64 = 2.0;
            orders = orders();
            items = items();
            large_orders = large::<Order>(orders, least);
            large_items = large::<Item>(items, least);
        }
    }

    #[test]
    fn a_generic_task_works_on_tables_of_any_row() {
        let store = testing::store();
        let large = Large::create(&store, "a").expect("created");
        assert!(large.check().expect("checked").is_ok());
        large.submit().expect("ran");
        assert_eq!(large.large_orders.read().expect("read").rows().expect("rows").len(), 2);
        assert_eq!(large.large_items.read().expect("read").rows().expect("rows").len(), 1);
        assert_eq!(large.submit().expect("ran").skipped().len(), 4);
    }
}
