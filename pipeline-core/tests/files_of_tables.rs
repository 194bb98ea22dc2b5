//! Table files: JSON, spreadsheets, and folders of files whose paths contain values.
#![cfg(feature = "polars")]

use proptest::prelude::*;
use skipstone::tables::{Category, Decimal};
use skipstone::{CsvFile, ExcelFile, Frame, JsonFile, ParquetFile, Result, Row, scenario, task, testing};
use std::fs;
use std::path::{Path, PathBuf};

/// Writes a file with this content in a temporary folder, which is returned with the path.
fn file(name: &str, text: impl AsRef<[u8]>) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, text).expect("written");
    (folder, path)
}

#[derive(Category, Debug, Clone, Copy, PartialEq)]
#[category(rename_all = "lowercase")]
enum Kind {
    View,
    Buy,
}

#[derive(Row, Debug, Clone, PartialEq)]
struct Item {
    sku: String,
    price: Decimal<2>,
}

#[derive(Row, Debug, Clone, PartialEq)]
struct Event {
    id: i128,
    at: jiff::Timestamp,
    kind: Kind,
    #[row(rename = "amount €")]
    amount: Option<Decimal<4>>,
    share: Option<f64>,
    tags: Vec<String>,
    item: Option<Item>,
}

const EVENTS: &str = r#"
{"id": 170141183460469231731687303715884105727, "at": "2026-11-30T10:00:00Z", "kind": "buy", "amount €": 0.1000, "share": "NaN", "tags": ["a", "b\u00e4"], "item": {"sku": "x", "price": 12345678901234567890.12}}

{"tags":[],"kind":"view","at":"2026-11-30T11:00:00+01:00","id":-1,"unread":{"deep":[1,{"x":null}]},"share":1e-3,"amount €":null}
"#;

fn events() -> Vec<Event> {
    let event = |id, kind, amount: Option<&str>, share, tags: &[&str], item| Event {
        id,
        at: "2026-11-30T10:00:00Z".parse().expect("a timestamp"),
        kind,
        amount: amount.map(|amount| amount.parse().expect("a decimal")),
        share,
        tags: tags.iter().map(ToString::to_string).collect(),
        item,
    };
    let item = Item { sku: "x".into(), price: "12345678901234567890.12".parse().expect("a decimal") };
    vec![
        event(i128::MAX, Kind::Buy, Some("0.1"), Some(f64::NAN), &["a", "bä"], Some(item)),
        event(-1, Kind::View, None, Some(0.001), &[], None),
    ]
}

/// Formats the rows for comparison, because NaN is not equal to itself.
fn shown<R: std::fmt::Debug>(rows: &[R]) -> String {
    format!("{rows:?}")
}

#[test]
fn json_objects_are_read_from_lines_and_from_an_array_with_all_their_digits() {
    let (_a, lines) = file("events.ndjson", EVENTS);
    let rows = |path: &Path| JsonFile::<Event>::new(path).scan().expect("a plan").rows().expect("rows");
    assert_eq!(shown(&rows(&lines)), shown(&events()));
    let elements: Vec<&str> = EVENTS.lines().filter(|line| !line.is_empty()).collect();
    let (_b, array) = file("events.json", format!("\u{feff} \n [{}\n]\n", elements.join(",\n")));
    assert_eq!(shown(&rows(&array)), shown(&events()));
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, EVENTS.as_bytes()).expect("packed");
    let (_c, packed) = file("events.ndjson.gz", packed.finish().expect("packed"));
    assert_eq!(shown(&rows(&packed)), shown(&events()));
    let (_d, empty) = file("none.ndjson", "");
    assert_eq!(rows(&empty), []);
    let (_e, empty) = file("none.json", "[]");
    assert_eq!(rows(&empty), []);
}

#[derive(Row, Debug)]
struct Point {
    x: i64,
    y: Option<f64>,
}

#[test]
fn an_error_in_a_json_object_is_reported_with_its_position() {
    let message = |text: &str| {
        let (_folder, path) = file("p.json", text);
        let error = JsonFile::<Point>::new(&path).scan().expect_err("refused").to_string();
        error.replace(&path.display().to_string(), "p.json")
    };
    let messages: Vec<String> = [
        "{\"x\": 1}\n{\"x\": 1.5}",
        "{\"x\": 1}\n\n{\"X\": 2}",
        "{\"x\": null}",
        "{\"x\": 1, \"y\": \"much\"}",
        "{\"x\": 1}\n[1, 2]",
        "{\"x\": 1, \"x\": 2}",
        "{\"x\": 1",
        "[{\"x\": 1}, {\"x\": 99999999999999999999}]",
        "[{\"x\": 1},\n {\"x\": 2]",
        "[{\"x\": 1}, 3]",
        "[{\"x\": 1}] 3",
        "x,y\n1,2\n",
    ]
    .map(message)
    .into();
    insta::assert_snapshot!(messages.join("\n"));
}

#[derive(Row, Debug, PartialEq)]
#[row(rename_all = "lowercase")]
#[excel(sheet = "Rates", skip_rows = 2)]
struct Rate {
    code: String,
    #[row(rename = "Rate")]
    rate: Option<Decimal<4>>,
    #[row(rename = "valid from")]
    valid_from: jiff::civil::Date,
    active: bool,
    zip: Option<String>,
    minutes: Option<jiff::SignedDuration>,
}

fn rates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/rates.xlsx")
}

#[test]
fn a_sheet_of_a_spreadsheet_is_a_table() {
    let rows = ExcelFile::<Rate>::new(rates()).scan().expect("a plan").rows().expect("rows");
    let rate =
        |code: &str, rate: Option<&str>, from: &str, active, zip: Option<&str>, seconds: Option<i64>| Rate {
            code: code.into(),
            rate: rate.map(|rate| rate.parse().expect("a decimal")),
            valid_from: from.parse().expect("a date"),
            active,
            zip: zip.map(str::to_owned),
            minutes: seconds.map(jiff::SignedDuration::from_secs),
        };
    let expected = [
        rate("CHF", Some("0.9312"), "2026-01-01", true, Some("8000"), Some(5_400)),
        rate("EUR", Some("1"), "2026-02-01", false, Some("03001"), Some(330)),
        rate("USD", None, "2026-03-01", true, None, None),
    ];
    assert_eq!(rows, expected);
}

#[derive(Row, Debug)]
#[excel(skip_rows = 2)]
struct Unnamed {
    code: String,
}

#[derive(Row, Debug)]
#[excel(sheet = "Rates", skip_rows = 2)]
struct Whole {
    #[row(rename = "Rate")]
    rate: i64,
}

#[derive(Row, Debug)]
#[excel(sheet = "Rtaes")]
struct Misspelt {
    code: String,
}

#[derive(Row, Debug)]
#[excel(sheet = "Rates", skip_rows = 2)]
struct OtherColumn {
    codes: String,
}

#[test]
fn an_error_in_a_sheet_is_reported_with_sheet_row_and_column() {
    fn message<R: Row>(path: PathBuf) -> String {
        let error = match ExcelFile::<R>::new(&path).scan() {
            Ok(_) => panic!("it was read"),
            Err(error) => error.to_string(),
        };
        error.replace(&path.display().to_string(), "rates.xlsx")
    }
    let (folder, csv) = file("csv.xlsx", "code,Rate\n");
    let messages = [
        message::<Unnamed>(rates()),
        message::<Whole>(rates()),
        message::<Misspelt>(rates()),
        message::<OtherColumn>(rates()),
        message::<Rate>(csv),
        message::<Rate>(folder.path().join("none.xlsx")),
    ];
    insta::assert_snapshot!(messages.join("\n"));
}

#[derive(Row, Debug, PartialEq)]
struct Sale {
    #[row(hive)]
    year: i32,
    #[row(hive)]
    town: Option<String>,
    id: u64,
    #[row(path = "part-{}.csv")]
    part: u8,
    #[row(path = "name")]
    file: String,
}

fn hive() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in [
        ("year=2025/town=Bern/part-1.csv", "id\n1\n2\n"),
        ("year=2025/town=__HIVE_DEFAULT_PARTITION__/part-2.csv", "id\n3\n"),
        ("year=2026/town=New%20York/part-1.csv", "id\n4\n"),
        ("year=2026/town=New%20York/.hidden.csv", "nothing"),
        ("year=2026/_SUCCESS", ""),
        ("_temporary/year=2027/town=x/part-1.csv", "id\n9\n"),
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, text).expect("written");
    }
    folder
}

#[test]
fn a_folder_stands_for_all_its_files_and_parts_of_their_paths_are_columns() {
    let folder = hive();
    let rows = |path: PathBuf| CsvFile::<Sale>::new(path).scan().expect("a plan").rows().expect("rows");
    let sale = |year, town: Option<&str>, id, part| Sale {
        year,
        town: town.map(str::to_owned),
        id,
        part,
        file: format!("part-{part}.csv"),
    };
    let all = [
        sale(2025, Some("Bern"), 1, 1),
        sale(2025, Some("Bern"), 2, 1),
        sale(2025, None, 3, 2),
        sale(2026, Some("New York"), 4, 1),
    ];
    assert_eq!(rows(folder.path().into()), all);
    assert_eq!(rows(folder.path().join("year=2026/**/*.csv")), all[3..]);
    let named = CsvFile::<Sale>::new(folder.path().join("_temporary/**/*.csv")).scan().expect("a plan");
    assert_eq!(named.rows().expect("rows").len(), 1, "a skipped folder is read if it is named");
    let (_folder, plain) = file("part-1.csv", "id\n1\n");
    let error = CsvFile::<Sale>::new(&plain).scan().expect_err("refused").to_string();
    assert!(
        error.ends_with("column `year` (from the path): no folder in the path is named `year=…`"),
        "{error}"
    );
    let none = CsvFile::<Sale>::new(_folder.path().join("none")).scan().expect_err("refused").to_string();
    assert!(none.contains("No such file"), "{none}");
}

#[task(skippable)]
fn by_year(sales: &CsvFile<Sale>) -> Result<Vec<(i32, u64)>> {
    Ok(sales.scan()?.rows()?.into_iter().map(|sale| (sale.year, sale.id)).collect())
}

scenario! {
    Hive { input sales: CsvFile<Sale>; years = by_year(sales); }
}

#[test]
fn renaming_a_folder_is_a_change_if_its_name_is_a_value() {
    let (folder, store) = (hive(), testing::store());
    let hive = Hive::create(&store, "a", HiveInputs { sales: CsvFile::new(folder.path()) }).expect("created");
    hive.submit().expect("a run");
    assert_eq!(hive.years.read().expect("years")[3], (2026, 4));
    fs::rename(folder.path().join("year=2026"), folder.path().join("year=2027")).expect("renamed");
    assert_eq!(hive.submit().expect("a run").ran(), ["by_year"]);
    assert_eq!(hive.years.read().expect("years")[3], (2027, 4));
    assert_eq!(hive.submit().expect("a run").ran(), [""; 0]);
}

#[task(skippable)]
fn copied(rows: &ParquetFile<Plain>) -> Result<Frame<Plain>> {
    Ok(rows.scan()?)
}

#[derive(Row, Debug, Clone, PartialEq)]
struct Plain {
    id: i64,
    text: Option<String>,
}

scenario! {
    Copying { input rows: ParquetFile<Plain>; table = copied(rows); }
}

#[test]
fn the_content_of_a_table_does_not_depend_on_the_row_groups_of_its_file() {
    use skipstone::polars::prelude::*;
    let row = |id: i64| Plain { id, text: (id % 3 > 0).then(|| format!("t{}", id % 1_000)) };
    let mut table = Frame::from_rows(&(0..100_000).map(row).collect::<Vec<_>>()).collect().expect("a table");
    let folder = tempfile::tempdir().expect("a folder");
    let contents = [1_000, 30_000, 1_000_000].map(|size| {
        let path = folder.path().join(format!("{size}.parquet"));
        let file = fs::File::create(&path).expect("a file");
        ParquetWriter::new(file).with_row_group_size(Some(size)).finish(&mut table).expect("written");
        let store = testing::store();
        let inputs = CopyingInputs { rows: ParquetFile::new(&path) };
        let run = Copying::create(&store, "a", inputs).expect("created").submit().expect("a run");
        run.jobs[0].outputs[0].value.hash
    });
    assert!(contents.iter().all(|content| *content == contents[0]), "{contents:?}");
}

#[derive(Row, Debug, Clone, PartialEq)]
struct Strange {
    #[row(rename = "a \"b\"")]
    text: Option<String>,
    number: Option<f64>,
    big: i128,
    list: Vec<Option<i64>>,
    day: Option<jiff::civil::Date>,
}

#[task(skippable)]
fn kept(rows: &JsonFile<Strange>) -> Result<Frame<Strange>> {
    Ok(rows.scan()?)
}

scenario! {
    Keeping { input rows: JsonFile<Strange>; table = kept(rows); }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// JSON output reads back as the same table.
    #[test]
    fn a_table_survives_a_round_trip_through_json(
        rows in proptest::collection::vec(
            (
                proptest::option::of("\\PC{0,4}"),
                proptest::option::of(proptest::num::f64::ANY),
                any::<i128>(),
                proptest::collection::vec(proptest::option::of(any::<i64>()), 0..3),
                proptest::option::of(-9_000_i16..9_999),
            ),
            0..5,
        ),
    ) {
        let row = |(text, number, big, list, year): (_, _, _, _, Option<i16>)| Strange {
            text,
            number,
            big,
            list,
            day: year.and_then(|year| jiff::civil::Date::new(year, 2, 28).ok()),
        };
        let rows: Vec<Strange> = rows.into_iter().map(row).collect();
        let mut json = Vec::new();
        use skipstone::data::{Format, Shown};
        Frame::from_rows(&rows).show(Format::Json, &mut json).expect("shown");
        let (_folder, path) = file("rows.json", &json);
        let again = JsonFile::<Strange>::new(&path).scan().expect("a plan").rows().expect("rows");
        prop_assert_eq!(shown(&again), shown(&rows));
    }
}

#[test]
fn a_json_file_can_be_an_input() {
    let (_folder, path) = file("rows.json", r#"[{"a \"b\"": null, "big": 1, "list": [null, 2]}]"#);
    let store = testing::store();
    let keeping =
        Keeping::create(&store, "a", KeepingInputs { rows: JsonFile::new(&path) }).expect("created");
    assert_eq!(keeping.submit().expect("a run").ran(), ["kept"]);
    assert_eq!(keeping.table.read().expect("a table").rows().expect("rows").len(), 1);
    fs::write(&path, r#"[{"big": "x", "list": []}]"#).expect("written");
    let error = keeping.submit().expect_err("wrong").to_string();
    assert!(error.contains("row 1: field `big`: can't parse `x` as i128"), "{error}");
}
