//! Row types that are generated from files, and that read these files.
#![cfg(feature = "polars")]

use jiff::civil::Date;
use skipstone::polars::prelude::{Column, *};
use skipstone::tables::row_type_of;
use skipstone::{CsvFile, Row};
use std::path::PathBuf;

struct Place(tempfile::TempDir);

impl Place {
    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        path
    }
}

fn place() -> Place {
    Place(tempfile::tempdir().expect("a folder"))
}

const ORDERS: &str = "Bestell-Nr;Kunde;Betrag;Datum;bezahlt;type;Notiz\n\
                      1;Müller;1,5;31.12.2026;true;a;\n\
                      2;;12;01.01.2027;false;b;NA\n";

/// The generated row type, as in the snapshot below.
#[derive(Row, Debug, PartialEq)]
#[csv(separator = ";", encoding = "latin-1", decimal = ",", date = "%d.%m.%Y")]
struct MessyOrders {
    #[row(rename = "Bestell-Nr")]
    bestell_nr: i64,
    #[row(rename = "Kunde")]
    kunde: Option<String>,
    #[row(rename = "Betrag")]
    betrag: f64,
    #[row(rename = "Datum")]
    datum: Date,
    bezahlt: bool,
    r#type: String,
    #[row(rename = "Notiz")]
    notiz: Option<String>,
}

#[test]
fn a_csv_file_gets_the_narrowest_types_and_the_options_that_read_it() {
    let place = place();
    let latin_1: Vec<u8> = ORDERS.chars().map(|letter| u32::from(letter) as u8).collect();
    let path = place.file("messy-orders.csv", latin_1);
    insta::assert_snapshot!("messy_orders", row_type_of(&path).expect("a row type"));
    let rows = CsvFile::<MessyOrders>::new(&path).scan().expect("a table").rows().expect("rows");
    assert_eq!(rows.iter().map(|row| row.betrag).collect::<Vec<_>>(), [1.5, 12.0]);

    let path = place.file("2026.csv", "UserId,createdAt\n1,2026-12-31T10:00:00Z\n-2,2026-12-31T10:00:00Z\n");
    insta::assert_snapshot!("without_a_name", row_type_of(&path).expect("a row type"));
    // Numbers that could be dates are numbers, and need no option.
    let path = place.file("numbers.csv", "n\n20261231\n10000101\n");
    let numbers = row_type_of(&path).expect("a row type");
    assert!(numbers.contains("n: i64") && !numbers.contains("#[csv"), "{numbers}");
    let path = place.file("all.csv", "TotalAmount,CustomerId\n1.5,x\n");
    assert!(row_type_of(&path).expect("a row type").contains("#[row(rename_all = \"PascalCase\")]"));
}

#[test]
fn a_parquet_file_gets_the_types_of_its_columns_and_of_nested_ones() {
    let place = place();
    let path = place.0.path().join("events.parquet");
    let days = Column::new("day".into(), [20_000_i32, 20_001]).cast(&DataType::Date).expect("days");
    let at = Series::new("at".into(), [1_i64, 2]);
    let zone = TimeZone::opt_try_new(Some("Europe/Berlin")).expect("a zone");
    let at = at.into_datetime(TimeUnit::Nanoseconds, zone).into_column();
    let price =
        Series::new("price".into(), [15_i128, 20]).into_decimal(10, 2).expect("decimals").into_column();
    let lists = Series::new("tags".into(), [Series::new("".into(), ["a"]), Series::new("".into(), ["b"])]);
    let fields = [Series::new("City".into(), ["x", "y"]), Series::new("n".into(), [Some(1_u8), None])];
    let nested = StructChunked::from_series("place".into(), 2, fields.iter()).expect("rows").into_column();
    let columns = vec![days, at, price, lists.into_column(), nested];
    let mut table = DataFrame::new_infer_height(columns).expect("a table");
    ParquetWriter::new(std::fs::File::create(&path).expect("a file")).finish(&mut table).expect("written");
    insta::assert_snapshot!("events", row_type_of(&path).expect("a row type"));
}

#[test]
fn a_file_that_has_no_columns_or_is_unreadable_is_named() {
    let place = place();
    let error = |path: &PathBuf| row_type_of(path).expect_err("refused").to_string();
    assert!(
        error(&place.file("empty.csv", ""))
            .ends_with("empty.csv: the file is empty; expected a header with the names of its columns")
    );
    assert!(error(&place.0.path().join("none.csv")).contains("none.csv"));
    assert!(error(&place.file("book.xlsx", b"PK\x03\x04")).contains("a zip archive (or an Excel file)"));
}
