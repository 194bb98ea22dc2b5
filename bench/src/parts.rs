//! Measures nodes with many parts: 10,000 files, 1,000 large parts of which one changes, and 100,000 small ones. Each run is a new
//! process.

use serde::{Deserialize, Serialize};
use skipstone::polars::prelude::*;
use skipstone::{CsvFile, Frame, Parts, Result, Row, Store, exact, scenario, task};
use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// The numbers of parts.
const FILES: usize = 10_000;
const LARGE: usize = 1_000;
const SMALL: usize = 100_000;

/// The rows of a large part.
const ROWS: usize = 100_000;

/// A sale.
#[derive(Row, Clone)]
pub(crate) struct Sale {
    shop: i64,
    amount: f64,
    pieces: i64,
}

/// A sale with its price per piece.
#[derive(Row, Clone)]
pub(crate) struct Priced {
    shop: i64,
    amount: f64,
    pieces: i64,
    price: f64,
}

/// The sums of a shop, as states.
#[derive(Row, Clone)]
pub(crate) struct Sums {
    shop: i64,
    amount: Vec<u8>,
    price: Vec<u8>,
}

/// The figures of a shop.
#[derive(Row, Clone, PartialEq, Debug)]
pub(crate) struct Shop {
    shop: i64,
    amount: Option<f64>,
    price: Option<f64>,
}

#[task(skippable)]
fn priced(sales: &CsvFile<Sale>) -> Result<Frame<Priced>> {
    Ok(Frame::new(with_price(sales.scan()?.lazy())))
}

fn with_price(sales: LazyFrame) -> LazyFrame {
    sales.with_columns([(col(Sale::AMOUNT) / col(Sale::PIECES).cast(DataType::Float64)).alias(Priced::PRICE)])
}

#[task(skippable)]
fn summed(priced: &Frame<Priced>) -> Result<Frame<Sums>> {
    let columns = [col(Priced::AMOUNT), col(Priced::PRICE)];
    Ok(Frame::new(exact::partial(priced.lazy(), [col(Priced::SHOP)], columns)?))
}

#[task(skippable)]
fn shops(sums: &Parts<Frame<Sums>>) -> Result<Frame<Shop>> {
    let parts = exact::merge(sums.values().map(Frame::lazy), [col(Sums::SHOP)])?;
    Ok(Frame::new(parts.agg([
        exact::sum(col(Sums::AMOUNT)).alias(Shop::AMOUNT),
        exact::mean(col(Sums::PRICE)).alias(Shop::PRICE),
    ])?))
}

#[task(skippable)]
fn double(x: u64) -> u64 {
    2 * x
}

#[task(skippable)]
fn total(xs: &Parts<u64>) -> u64 {
    xs.values().sum()
}

scenario! {
    pub(crate) Cleaned {
        input sales: Parts<CsvFile<Sale>>;
        priced = priced(each sales);
    }
}

scenario! {
    pub(crate) Shops {
        input sales: Parts<CsvFile<Sale>>;
        priced = priced(each sales);
        sums = summed(each priced);
        shops = shops(all sums);
    }
}

scenario! {
    pub(crate) Small {
        input xs: Parts<u64>;
        doubled = double(each xs);
        total = total(all doubled);
    }
}

/// The work of a child process.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    /// Cleans the files.
    Files,
    /// The same with hand-written polars, which writes a file for each.
    Polars,
    /// Computes the figures of shops.
    Shops,
    /// Computes the figures of shops from all rows at once, with the same exact statistics.
    Whole,
    /// Doubles numbers.
    Small,
    /// Plans to double numbers.
    Plan,
}

#[derive(Serialize, Deserialize)]
struct Measured {
    /// In seconds, from the start of the process.
    seconds: f64,
    /// The number of functions that were called.
    ran: usize,
    /// The peak memory, in bytes.
    peak: u64,
    /// The bits of the figures.
    figures: Vec<(i64, Option<u64>, Option<u64>)>,
}

/// Does the work of a child process.
pub(crate) fn part(part: Part, folder: &Path) -> Result<(), Box<dyn Error>> {
    let clock = Instant::now();
    let store = || Store::open(folder.join("store"));
    let files = || Parts::parse(&folder.join("*.csv").display().to_string());
    let (mut figures, mut ran) = (Vec::new(), 0);
    match part {
        Part::Files => {
            let scenario = Cleaned::open_or_create(&store()?, "bench", CleanedInputs { sales: files()? })?;
            ran = scenario.submit()?.ran().len();
        }
        Part::Polars => {
            let out = folder.join("polars");
            std::fs::create_dir_all(&out)?;
            for file in csv_files(folder)? {
                let path = PlRefPath::new(file.to_string_lossy());
                let mut table = with_price(LazyCsvReader::new(path).finish()?).collect()?;
                let out = out.join(file.with_extension("arrow").file_name().unwrap_or_default());
                IpcWriter::new(std::fs::File::create(out)?).finish(&mut table)?;
            }
        }
        Part::Shops => {
            let scenario = Shops::open_or_create(&store()?, "bench", ShopsInputs { sales: files()? })?;
            ran = scenario.submit()?.ran().len();
            figures = scenario.shops.read()?.rows()?;
        }
        Part::Whole => {
            let sales = CsvFile::<Sale>::new(folder.join("*.csv")).scan()?;
            let shops = exact::group_by(with_price(sales.lazy()), [col(Sale::SHOP)]);
            let shops = shops.agg([
                exact::sum(col(Sale::AMOUNT)).alias(Shop::AMOUNT),
                exact::mean(col(Priced::PRICE)).alias(Shop::PRICE),
            ])?;
            figures = Frame::<Shop>::new(shops).rows()?;
        }
        Part::Small | Part::Plan => {
            let xs = Parts::parse(&format!("1..{SMALL}"))?;
            let scenario = Small::open_or_create(&store()?, "bench", SmallInputs { xs })?;
            match part {
                Part::Plan => ran = usize::from(scenario.plan()?.has_work()),
                _ => ran = scenario.submit()?.ran().len(),
            }
        }
    }
    let bits = |value: Option<f64>| value.map(f64::to_bits);
    let figures =
        figures.iter().map(|shop: &Shop| (shop.shop, bits(shop.amount), bits(shop.price))).collect();
    let (seconds, peak) = (clock.elapsed().as_secs_f64(), crate::known::peak_memory());
    println!("{}", serde_json::to_string(&Measured { seconds, ran, peak, figures })?);
    Ok(())
}

/// Prints the tables.
pub(crate) fn parts(data: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(data)?;
    files(data)?;
    large(data)?;
    small(data)
}

fn files(data: &Path) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir_in(data)?;
    let rows = 10_000 / line(0, 0).len();
    (0..FILES).try_for_each(|number| write_file(folder.path(), number, rows))?;
    println!(
        "| {FILES} files of 10 kB | time | of polars | calls | peak memory |\n| --- | --- | --- | --- | --- |"
    );
    let polars = run(folder.path(), Part::Polars)?;
    let row = |name: &str, measured: &Measured| {
        let of_polars = measured.seconds / polars.seconds;
        println!(
            "| {name} | {:.2} s | {of_polars:.2} | {} | {} MB |",
            measured.seconds,
            measured.ran,
            measured.peak / 1_000_000
        );
    };
    row("a loop of polars", &polars);
    row("first run", &run(folder.path(), Part::Files)?);
    settle();
    row("nothing changed", &run(folder.path(), Part::Files)?);
    write_file(folder.path(), FILES / 2, rows + 1)?;
    row("one changed", &run(folder.path(), Part::Files)?);
    Ok(())
}

fn large(data: &Path) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir_in(data)?;
    (0..LARGE).try_for_each(|number| write_file(folder.path(), number, ROWS))?;
    println!(
        "\n| {LARGE} parts of {ROWS} rows | time | of the first run | calls | peak memory |\n| --- | --- | --- | --- | --- |"
    );
    let first = run(folder.path(), Part::Shops)?;
    let row = |name: &str, measured: &Measured| {
        println!(
            "| {name} | {:.2} s | 1/{:.0} | {} | {} MB |",
            measured.seconds,
            first.seconds / measured.seconds,
            measured.ran,
            measured.peak / 1_000_000
        );
    };
    row("first run", &first);
    settle();
    write_file(folder.path(), LARGE / 2, ROWS + 1)?;
    let changed = run(folder.path(), Part::Shops)?;
    row("one changed", &changed);
    let whole = run(folder.path(), Part::Whole)?;
    row("all rows at once, without a store", &whole);
    if changed.figures != whole.figures || changed.figures.is_empty() {
        return Err("the figures of the parts differ from those of all rows".into());
    }
    Ok(())
}

fn small(data: &Path) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir_in(data)?;
    println!("\n| {SMALL} parts | time | calls | peak memory |\n| --- | --- | --- | --- |");
    for (name, part) in
        [("first run", Part::Small), ("nothing to do", Part::Small), ("plan, nothing to do", Part::Plan)]
    {
        let measured = run(folder.path(), part)?;
        println!(
            "| {name} | {:.2} s | {} | {} MB |",
            measured.seconds,
            measured.ran,
            measured.peak / 1_000_000
        );
        settle();
    }
    Ok(())
}

fn run(folder: &Path, part: Part) -> Result<Measured, Box<dyn Error>> {
    let part = clap::ValueEnum::to_possible_value(&part).map(|value| value.get_name().to_owned());
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["parts", "--part", &part.unwrap_or_default(), "--folder"]).arg(folder);
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("a run ended with {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// A file's stamp identifies its content only once the file is older than the clock resolution of file systems.
fn settle() {
    std::thread::sleep(std::time::Duration::from_secs(3));
}

fn csv_files(folder: &Path) -> std::io::Result<Vec<std::path::PathBuf>> {
    let files = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut files = files.collect::<std::io::Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "csv"));
    files.sort();
    Ok(files)
}

fn line(number: usize, row: usize) -> String {
    let amount = ((row * 7_919 + number * 104_729) % 99_991) as f64 / 100.0;
    format!("{},{amount:.2},{}\n", row % 20, 1 + (row + number) % 9)
}

fn write_file(folder: &Path, number: usize, rows: usize) -> Result<(), Box<dyn Error>> {
    let mut text = String::from("shop,amount,pieces\n");
    (0..rows).try_for_each(|row| write!(text, "{}", line(number, row)))?;
    std::fs::write(folder.join(format!("{number:05}.csv")), text)?;
    Ok(())
}
