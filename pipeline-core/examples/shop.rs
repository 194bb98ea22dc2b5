//! Tables as they occur in practice: orders in a CSV file from a spreadsheet program with another locale, customers in Parquet
//! with columns of all types, events as lines of JSON, and rates in a sheet.
//!
//! `cargo run -p skipstone --features polars --example shop`. `.ci/run` compares its figures with those of pandas and DuckDB.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp};
use skipstone::polars::prelude::*;
use skipstone::tables::{Category, Decimal, constant};
use skipstone::{
    CsvFile, ExcelFile, Frame, JsonFile, ParquetFile, Result, Row, exact, scenario, task, testing,
};

/// A line of `orders.csv`.
#[derive(Row, Debug)]
#[csv(
    separator = ";",
    decimal = ",",
    thousands = ".",
    encoding = "latin-1",
    comment = "#",
    date = "%d.%m.%Y"
)]
#[csv(missing = ["", "k.A."])]
pub struct Order {
    #[row(rename = "Nr", key)]
    id: u64,
    #[row(rename = "Kunde")]
    customer: u64,
    #[row(rename = "Datum")]
    day: Date,
    #[row(rename = "Betrag")]
    amount: Option<Decimal<2>>,
    #[row(rename = "Währung")]
    currency: Currency,
    #[row(rename = "Bemerkung")]
    note: Option<String>,
}

/// The currency of a payment.
#[derive(Category, Debug, Clone, Copy, PartialEq)]
#[category(rename_all = "UPPERCASE")]
pub enum Currency {
    /// Francs.
    Chf,
    /// Euros.
    Eur,
    /// Dollars.
    Usd,
}

/// A customer, with a column of each type that Parquet has.
#[derive(Row, Debug)]
pub struct Customer {
    #[row(key)]
    id: u64,
    name: Option<String>,
    born: Option<Date>,
    since: Timestamp,
    #[row(rename = "last seen")]
    last_seen: DateTime,
    wakes: Time,
    nap: SignedDuration,
    country: Country,
    kind: Kind,
    balance: Decimal<2>,
    score: f32,
    visits: i16,
    active: bool,
    photo: Vec<u8>,
    tags: Vec<String>,
    address: Address,
}

/// Where a customer lives.
#[derive(Row, Debug)]
pub struct Address {
    zip: i32,
    town: String,
}

/// The countries that the shop delivers to.
#[derive(Category, Debug, Clone, Copy, PartialEq)]
#[category(rename_all = "UPPERCASE")]
pub enum Country {
    /// Switzerland.
    Ch,
    /// Germany.
    De,
    /// France.
    Fr,
}

/// The kind of customer.
#[derive(Category, Debug, Clone, Copy, PartialEq)]
#[category(rename_all = "lowercase")]
pub enum Kind {
    /// A person.
    Private,
    /// A company.
    Business,
}

/// An action of a visitor on the page.
#[derive(Row, Debug)]
pub struct Event {
    customer: u64,
    at: Timestamp,
    kind: String,
    seconds: Option<f64>,
}

/// The value of a currency in francs.
#[derive(Row, Debug)]
#[row(rename_all = "PascalCase")]
#[excel(sheet = "Rates", skip_rows = 1)]
pub struct Rate {
    currency: Currency,
    rate: f64,
}

/// An order in francs.
#[derive(Row, Debug)]
pub struct Priced {
    id: u64,
    customer: u64,
    month: Date,
    amount: Option<Decimal<2>>,
    francs: Option<f64>,
}

/// The columns of a customer that the figures need.
#[derive(Row, Debug)]
#[row(view_of = Customer)]
pub struct Who {
    id: u64,
    country: Country,
    kind: Kind,
}

/// The orders of a month and country.
#[derive(Row, Debug)]
pub struct Monthly {
    #[row(key)]
    month: Date,
    #[row(key)]
    country: Country,
    orders: i64,
    francs: f64,
    largest: Option<Decimal<2>>,
}

/// The number of actions by kind of customer.
#[derive(Row, Debug)]
pub struct Use {
    #[row(key)]
    kind: String,
    #[row(key)]
    of: Kind,
    count: i64,
    seconds: Option<f64>,
}

/// Reads the customers.
#[task(skippable)]
pub fn read_customers(customers: &ParquetFile<Customer>) -> Result<Frame<Customer>> {
    Ok(customers.scan()?)
}

/// Converts the orders since a day to francs.
#[task(skippable)]
pub fn in_francs(orders: &CsvFile<Order>, rates: &ExcelFile<Rate>, from: Date) -> Result<Frame<Priced>> {
    let orders = orders.scan()?.lazy().filter(col(Order::DAY).gt_eq(constant(&from)));
    let rates = rates.scan()?.lazy();
    let priced =
        orders.join(rates, [col(Order::CURRENCY)], [col(Rate::CURRENCY)], JoinArgs::new(JoinType::Inner));
    Ok(Frame::new(priced.select([
        col(Order::ID).alias(Priced::ID),
        col(Order::CUSTOMER).alias(Priced::CUSTOMER),
        col(Order::DAY).dt().truncate(lit("1mo")).alias(Priced::MONTH),
        col(Order::AMOUNT).alias(Priced::AMOUNT),
        (col(Order::AMOUNT).cast(DataType::Float64) * col(Rate::RATE)).alias(Priced::FRANCS),
    ])))
}

/// Sums the orders of each month and country.
#[task(skippable)]
pub fn by_month(priced: &Frame<Priced>, customers: &Frame<Who>) -> Frame<Monthly> {
    let joined = priced.lazy().join(
        customers.lazy(),
        [col(Priced::CUSTOMER)],
        [col(Who::ID)],
        JoinArgs::new(JoinType::Inner),
    );
    let months = joined.group_by([col(Priced::MONTH), col(Who::COUNTRY)]).agg([
        len().cast(DataType::Int64).alias(Monthly::ORDERS),
        col(Priced::FRANCS).sum().alias(Monthly::FRANCS),
        col(Priced::AMOUNT).max().alias(Monthly::LARGEST),
    ]);
    Frame::new(months.sort([Monthly::MONTH, Monthly::COUNTRY], SortMultipleOptions::default()))
}

/// Counts the events of each kind of customer.
#[task(skippable)]
pub fn by_kind(events: &JsonFile<Event>, customers: &Frame<Who>) -> Result<Frame<Use>> {
    let who = customers.lazy().rename([Who::KIND], [Use::OF], true);
    let joined = events.scan()?.lazy().join(
        who,
        [col(Event::CUSTOMER)],
        [col(Who::ID)],
        JoinArgs::new(JoinType::Inner),
    );
    let kinds = joined.with_column(col(Use::OF).cast(DataType::String));
    let kinds = exact::group_by(kinds, [col(Event::KIND), col(Use::OF)]).agg([
        exact::count(col(Event::CUSTOMER)).alias(Use::COUNT),
        exact::mean(col(Event::SECONDS)).alias(Use::SECONDS),
    ])?;
    Ok(Frame::new(kinds))
}

scenario! {
    /// Sales, and actions on the page.
    pub Shop {
        input orders: CsvFile<Order> = "examples/shop/orders.csv";
        input customers: ParquetFile<Customer> = "examples/shop/customers.parquet";
        input events: JsonFile<Event> = "examples/shop/events.ndjson";
        input rates: ExcelFile<Rate> = "examples/shop/rates.xlsx";
        input from: Date = Date::constant(2026, 2, 1);

        known = read_customers(customers);
        priced = in_francs(orders, rates, from);
        monthly = by_month(priced, known);
        pages = by_kind(events, known);
    }
}

fn main() -> Result<()> {
    let store = testing::store();
    let shop = Shop::create(&store, "first")?;
    let run = shop.submit()?;
    eprintln!("{}", skipstone::report::RunText::new(&run));
    let number =
        |amount: Option<Decimal<2>>| amount.and_then(|amount| amount.to_string().parse::<f64>().ok());
    let name = |value: &dyn std::fmt::Debug| format!("{value:?}");
    let monthly = shop.monthly.read()?.rows()?.into_iter().map(|row| {
        let country = name(&row.country).to_uppercase();
        serde_json::json!([row.month.to_string(), country, row.orders, row.francs, number(row.largest)])
    });
    let used = shop.pages.read()?.rows()?.into_iter();
    let used =
        used.map(|row| serde_json::json!([row.kind, name(&row.of).to_lowercase(), row.count, row.seconds]));
    let figures = serde_json::json!({
        "monthly": monthly.collect::<Vec<_>>(),
        "use": used.collect::<Vec<_>>(),
    });
    println!("{figures}");
    Ok(())
}
