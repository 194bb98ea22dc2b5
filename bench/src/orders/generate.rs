//! Generates the orders and the customers as Parquet files.

use super::pipeline::CHANNELS;
use skipstone::polars::prelude::*;
use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// The number of orders per customer.
const ORDERS_PER_CUSTOMER: u64 = 20;

/// The number of orders per batch.
const BATCH: u64 = 1 << 20;

/// Returns the folder with both files, which are generated if they don't exist.
pub(super) fn files(rows: u64, data: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let folder = data.join(format!("orders-{rows}"));
    if folder.exists() {
        return Ok(folder);
    }
    eprintln!("generating {rows} orders");
    let staged = data.join(format!("orders-{rows}.part"));
    fs::create_dir_all(&staged)?;
    let customers = (rows / ORDERS_PER_CUSTOMER).max(1);
    write(&staged.join("orders.parquet"), rows, |from, to| orders(from, to, customers))?;
    write(&staged.join("customers.parquet"), customers, buyers)?;
    fs::rename(&staged, &folder)?;
    Ok(folder)
}

fn write(path: &Path, rows: u64, batch: impl Fn(u64, u64) -> PolarsResult<DataFrame>) -> PolarsResult<()> {
    let schema = batch(0, 1)?.schema().clone();
    let mut writer = ParquetWriter::new(File::create(path)?).batched(&schema)?;
    for from in (0..rows).step_by(BATCH as usize) {
        writer.write_batch(&batch(from, (from + BATCH).min(rows))?)?;
    }
    writer.finish()?;
    Ok(())
}

/// Returns a pseudo-random number for a number and a purpose.
fn draw(number: u64, purpose: u64) -> u64 {
    let mut mixed =
        (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ purpose.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn orders(from: u64, to: u64, customers: u64) -> PolarsResult<DataFrame> {
    let column = |name: &str, of: &dyn Fn(u64) -> i64| -> Column {
        Column::new(name.into(), (from..to).map(of).collect::<Vec<i64>>())
    };
    let channels: Vec<&str> = (from..to).map(|order| CHANNELS[(draw(order, 4) % 4) as usize]).collect();
    let notes: Vec<String> = (from..to).map(|order| format!("parcel {}", draw(order, 5) % 50_000)).collect();
    let whole = DataFrame::new(
        (to - from) as usize,
        vec![
            column("id", &|order| order as i64),
            column("customer", &|order| (draw(order, 1) % customers) as i64),
            column("day", &|order| 20_454 + (draw(order, 2) % 365) as i64),
            column("amount", &|order| 100 + (draw(order, 3) % 1_000_000) as i64),
            Column::new("channel".into(), channels),
            Column::new("note".into(), notes),
        ],
    )?;
    let cents = whole.column("amount")?.cast(&DataType::Int128)?;
    let amounts = cents.i128()?.clone().into_decimal_unchecked(38, 2).into_column();
    let mut whole =
        whole.lazy().with_columns([col("day").cast(DataType::Int32).cast(DataType::Date)]).collect()?;
    whole.with_column(amounts)?;
    Ok(whole)
}

fn buyers(from: u64, to: u64) -> PolarsResult<DataFrame> {
    let ids: Vec<i64> = (from..to).map(|customer| customer as i64).collect();
    let countries: Vec<String> = (from..to).map(|customer| format!("C{}", draw(customer, 6) % 12)).collect();
    let names: Vec<String> = (from..to).map(|customer| format!("customer {customer}")).collect();
    DataFrame::new(
        ids.len(),
        vec![
            Column::new("id".into(), ids),
            Column::new("country".into(), countries),
            Column::new("name".into(), names),
        ],
    )
}
