//! The same workload hand-written with polars. Each table is whole in memory, and nothing is stored on disk.

use super::{Measurements, run_steps};
use skipstone::polars::prelude::*;
use std::path::Path;

pub(super) fn run(folder: &Path) -> PolarsResult<Measurements> {
    let (mut sold, mut rank) = (None, None);
    run_steps(|number, settings| {
        if number == 1 {
            return Ok(None);
        }
        if sold.is_none() {
            sold = Some(join(folder)?);
        }
        let sold = sold.as_ref().unwrap_or_else(|| unreachable!("it was just set"));
        let from = jiff::civil::date(2026, settings.from, 1).since(jiff::civil::date(1970, 1, 1));
        let days = from.map_or(0, |since| since.get_days());
        let months = monthly(sold, settings.channel, days)?;
        if rank.is_none() {
            let down = SortMultipleOptions::default().with_order_descending_multi([true, false]);
            let columns = [col("id"), col("month"), col("amount")];
            rank = Some(sold.clone().lazy().select(columns).sort(["amount", "id"], down).collect()?);
        }
        let rank = rank.as_ref().unwrap_or_else(|| unreachable!("it was just set"));
        let numbers = |table: &DataFrame, name: &str| -> PolarsResult<Vec<f64>> {
            let column = table.column(name)?.cast(&DataType::Float64)?;
            Ok(column.f64()?.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
        };
        let each = ["orders", "amount", "share", "largest"].map(|name| numbers(&months, name));
        let [orders, amount, share, largest] = each;
        let (orders, amount, share, largest) = (orders?, amount?, share?, largest?);
        let mut figures = Vec::new();
        for row in 0..months.height() {
            figures.extend([orders[row], amount[row], share[row], largest[row]]);
        }
        let best = rank.head(Some(10));
        for (id, amount) in numbers(&best, "id")?.into_iter().zip(numbers(&best, "amount")?) {
            figures.extend([id, amount]);
        }
        Ok(Some(figures))
    })
}

fn join(folder: &Path) -> PolarsResult<DataFrame> {
    let scan = |name: &str| {
        LazyFrame::scan_parquet(
            PlRefPath::new(folder.join(name).to_string_lossy()),
            ScanArgsParquet::default(),
        )
    };
    let customers = scan("customers.parquet")?.select([col("id").alias("customer"), col("country")]);
    let keys = [col("customer")];
    let all = scan("orders.parquet")?.join(customers, keys.clone(), keys, JoinArgs::new(JoinType::Inner));
    let columns = all.select([
        col("id"),
        col("day").dt().truncate(lit("1mo")).alias("month"),
        col("amount"),
        col("channel"),
        col("country"),
        col("note"),
    ]);
    columns.collect()
}

fn monthly(sold: &DataFrame, channel: &str, from: i32) -> PolarsResult<DataFrame> {
    let counted = col("channel").eq(lit(channel)).and(col("month").gt_eq(lit(from).cast(DataType::Date)));
    let months = sold.clone().lazy().filter(counted).group_by([col("month"), col("country")]).agg([
        len().cast(DataType::Int64).alias("orders"),
        col("amount").sum(),
        col("amount").max().alias("largest"),
    ]);
    let amount = || col("amount").cast(DataType::Float64);
    let share = amount() / amount().sum().over([col("month")])?;
    months
        .sort(["month", "country"], SortMultipleOptions::default())
        .with_column(share.alias("share"))
        .collect()
}
