//! Tables: row types, a CSV file, a polars query and an exact aggregation.

use skipstone::polars::prelude::*;
use skipstone::{CsvFile, Frame, Result, Row, exact, scenario, task, testing};

/// A line of the CSV file. Columns of the file that are not listed here are not read.
#[derive(Row, Debug)]
struct Sale {
    region: String,
    amount: f64,
    /// `Option` allows missing values.
    discount: Option<f64>,
}

/// The net sales of a region.
#[derive(Row, Debug)]
struct Total {
    #[row(key)]
    region: String,
    sales: i64,
    net: f64,
}

/// Subtracts discounts and sums each region. The task describes a query; the runtime executes it with the streaming
/// engine while it writes the result, so the table may be larger than memory.
#[task(skippable)]
fn totals(sales: &CsvFile<Sale>, minimum: f64) -> Result<Frame<Total>> {
    let net = col(Sale::AMOUNT) * (lit(1.0) - col(Sale::DISCOUNT).fill_null(lit(0.0)));
    let sales =
        sales.scan()?.lazy().filter(col(Sale::AMOUNT).gt_eq(lit(minimum))).with_column(net.alias("net"));
    // `exact::sum` gives the same bits whatever the order of rows is.
    let totals = exact::group_by(sales, [col(Sale::REGION)])
        .agg([exact::count(col("net")).alias(Total::SALES), exact::sum(col("net")).alias(Total::NET)])?;
    Ok(Frame::new(totals))
}

scenario! {
    pub Sales {
        input sales: CsvFile<Sale>;
        input minimum: f64 = 0.0;
        totals = totals(sales, minimum);
    }
}

fn main() -> Result<()> {
    let store = testing::store();
    let file = store.path().with_extension("csv");
    std::fs::write(&file, "region,amount,discount,clerk\nnorth,10,0.5,ada\nsouth,20,,bob\nnorth,30,,eve\n")
        .expect("the folder is writable");

    let scenario = Sales::create(&store, "first", SalesInputs { sales: CsvFile::new(&file) })?;
    scenario.submit()?;
    for total in scenario.totals.read()?.rows()? {
        println!("{}: {} sales, {} net", total.region, total.sales, total.net);
    }

    // A wrong value is reported with file, line and column.
    std::fs::write(&file, "region,amount,discount\nnorth,ten,\n").expect("written");
    println!("{}", scenario.submit().expect_err("`ten` is not a number"));
    std::fs::remove_file(&file).expect("removed");
    Ok(())
}
