//! The pipeline peer. It stores everything in a fresh store.

use super::{Measurements, run_steps};
use jiff::civil::Date;
use skipstone::polars::prelude::*;
use skipstone::tables::{Category, Decimal, constant};
use skipstone::{Error, Frame, ParquetFile, Result, Row, Store, scenario, task};
use std::path::Path;

/// The sales channels of orders.
pub(super) const CHANNELS: [&str; 4] = ["web", "shop", "phone", "partner"];

#[derive(Category, Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[category(rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub(crate) enum Channel {
    Web,
    Shop,
    Phone,
    Partner,
}

#[derive(Row)]
pub(crate) struct Order {
    id: i64,
    customer: i64,
    day: Date,
    amount: Decimal<2>,
    channel: Channel,
    note: String,
}

#[derive(Row)]
pub(crate) struct Customer {
    id: i64,
    country: String,
}

#[derive(Row)]
pub(crate) struct Sold {
    id: i64,
    month: Date,
    amount: Decimal<2>,
    channel: Channel,
    country: String,
    note: String,
}

/// The columns of [`Sold`] that the months need.
#[derive(Row)]
#[row(view_of = Sold)]
pub(crate) struct Counted {
    month: Date,
    amount: Decimal<2>,
    channel: Channel,
    country: String,
}

/// The columns of [`Sold`] that are sorted.
#[derive(Row)]
#[row(view_of = Sold)]
pub(crate) struct Ranked {
    id: i64,
    month: Date,
    amount: Decimal<2>,
}

#[derive(Row)]
pub(crate) struct Monthly {
    month: Date,
    country: String,
    orders: i64,
    amount: Decimal<2>,
    largest: Option<Decimal<2>>,
    /// The share of the month's amount.
    share: f64,
}

fn joined(orders: &ParquetFile<Order>, customers: &ParquetFile<Customer>) -> Result<Frame<Sold>> {
    let customers = customers.scan()?.lazy().select([col("id").alias("customer"), col("country")]);
    let keys = [col("customer")];
    let all = orders.scan()?.lazy().join(customers, keys.clone(), keys, JoinArgs::new(JoinType::Inner));
    Ok(Frame::new(all.select([
        col("id"),
        col("day").dt().truncate(lit("1mo")).alias("month"),
        col("amount"),
        col("channel"),
        col("country"),
        col("note"),
    ])))
}

#[task(skippable)]
fn sold(orders: &ParquetFile<Order>, customers: &ParquetFile<Customer>) -> Result<Frame<Sold>> {
    joined(orders, customers)
}

#[task(skippable, unordered)]
fn sold_in_any_order(orders: &ParquetFile<Order>, customers: &ParquetFile<Customer>) -> Result<Frame<Sold>> {
    joined(orders, customers)
}

#[task(skippable)]
fn monthly(sold: &Frame<Counted>, channel: Channel, from: Date) -> Result<Frame<Monthly>> {
    let counted = col("channel").eq(constant(&channel)).and(col("month").gt_eq(constant(&from)));
    let months = sold.lazy().filter(counted).group_by([col("month"), col("country")]).agg([
        len().cast(DataType::Int64).alias("orders"),
        col("amount").sum(),
        col("amount").max().alias("largest"),
    ]);
    let amount = || col("amount").cast(DataType::Float64);
    let share = amount() / amount().sum().over([col("month")])?;
    let months = months.sort(["month", "country"], SortMultipleOptions::default());
    Ok(Frame::new(months.with_column(share.alias("share"))))
}

#[task(skippable)]
fn ranked(sold: &Frame<Ranked>) -> Frame<Ranked> {
    let down = SortMultipleOptions::default().with_order_descending_multi([true, false]);
    Frame::new(sold.lazy().sort(["amount", "id"], down))
}

scenario! {
    Orders {
        input orders: ParquetFile<Order>;
        input customers: ParquetFile<Customer>;
        input channel: Channel = Channel::Web;
        input from: Date = Date::constant(2026, 1, 1);
        all = sold(orders, customers);
        months = monthly(all, channel, from);
        #[allow(unused)]
        rank = ranked(all);
    }
}

scenario! {
    InAnyOrder {
        input orders: ParquetFile<Order>;
        input customers: ParquetFile<Customer>;
        input channel: Channel = Channel::Web;
        input from: Date = Date::constant(2026, 1, 1);
        all = sold_in_any_order(orders, customers);
        months = monthly(all, channel, from);
        #[allow(unused)]
        rank = ranked(all);
    }
}

macro_rules! steps {
    ($scenario:ident, $inputs:ident, $store:expr, $folder:expr) => {{
        let orders = ParquetFile::new($folder.join("orders.parquet"));
        let customers = ParquetFile::new($folder.join("customers.parquet"));
        let scenario = $scenario::create($store, "bench", $inputs { orders, customers })?;
        run_steps(|_, settings| {
            let channel = CHANNELS.iter().position(|channel| *channel == settings.channel);
            let all = [Channel::Web, Channel::Shop, Channel::Phone, Channel::Partner];
            scenario.channel.write(all[channel.unwrap_or_default()])?;
            scenario.from.write(Date::constant(2026, settings.from, 1))?;
            scenario.submit()?;
            let number = |amount: &Decimal<2>| amount.to_string().parse::<f64>().unwrap_or(f64::NAN);
            let mut figures = Vec::new();
            for month in scenario.months.read()?.rows()? {
                figures.extend([month.orders as f64, number(&month.amount), month.share]);
                figures.extend(month.largest.as_ref().map(number));
            }
            let best = Frame::<Ranked>::new(scenario.rank.read()?.lazy().limit(10)).rows()?;
            figures.extend(best.iter().flat_map(|order| [order.id as f64, number(&order.amount)]));
            Ok(Some(figures))
        })
    }};
}

pub(super) fn run(folder: &Path, ordered: bool) -> Result<Measurements, Error> {
    let stored = tempfile::tempdir_in(folder)
        .unwrap_or_else(|error| panic!("can't create a folder beside the data: {error}"));
    let store = Store::open(stored.path().join("store"))?;
    match ordered {
        true => steps!(Orders, OrdersInputs, &store, folder),
        false => steps!(InAnyOrder, InAnyOrderInputs, &store, folder),
    }
}
