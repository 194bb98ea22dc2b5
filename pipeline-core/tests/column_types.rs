//! Columns of all types: round trips through the store and through files, and their display.
#![cfg(feature = "polars")]

use jiff::civil::{Date, DateTime, Time, date, time};
use jiff::{SignedDuration, Timestamp, Zoned};
use proptest::prelude::*;
use skipstone::data::{ColumnFilter, Format, Page, PageOf, Shown, Source};
use skipstone::polars::prelude::{Column, *};
use skipstone::tables::{Category, ColumnValue, Decimal};
use skipstone::{CsvFile, Frame, IpcFile, ParquetFile, Row, scenario, task, testing};
use std::path::Path;

#[derive(Category, Debug, Clone, Copy, PartialEq)]
#[category(rename_all = "kebab-case")]
enum Channel {
    Web,
    Store,
    #[category(rename = "by phone, or \"fax\"")]
    Phone,
}

#[derive(ColumnValue, Debug, Clone, PartialEq)]
struct Id(i64);

type Money = Decimal<2>;

#[derive(Row, Debug, Clone, PartialEq)]
struct Every {
    #[row(key)]
    id: Id,
    yes: bool,
    i8: i8,
    i16: i16,
    i32: i32,
    i128: i128,
    u8: u8,
    u16: u16,
    u32: u32,
    u64: u64,
    f32: f32,
    f64: f64,
    text: String,
    bytes: Vec<u8>,
    day: Date,
    time: Time,
    local: DateTime,
    at: Timestamp,
    #[row(zone = "America/New_York")]
    zoned: Zoned,
    took: SignedDuration,
    price: Money,
    channel: Channel,
    numbers: Vec<i64>,
    days: Vec<Option<Date>>,
    channels: Vec<Channel>,
    place: Place,
    places: Vec<Vec<Place>>,
}

/// A nested row.
#[derive(Row, Debug, Clone, PartialEq)]
#[row(rename_all = "PascalCase")]
struct Place {
    city: String,
    #[row(zone = "Asia/Tokyo")]
    since: Option<Zoned>,
    ways: Vec<Channel>,
}

/// The same columns, all optional.
#[derive(Row, Debug, Clone, PartialEq)]
struct Perhaps {
    yes: Option<bool>,
    i8: Option<i8>,
    i16: Option<i16>,
    i32: Option<i32>,
    i128: Option<i128>,
    u8: Option<u8>,
    u16: Option<u16>,
    u32: Option<u32>,
    u64: Option<u64>,
    f32: Option<f32>,
    f64: Option<f64>,
    text: Option<String>,
    bytes: Option<Vec<u8>>,
    day: Option<Date>,
    time: Option<Time>,
    local: Option<DateTime>,
    at: Option<Timestamp>,
    #[row(zone = "America/New_York")]
    zoned: Option<Zoned>,
    took: Option<SignedDuration>,
    price: Option<Money>,
    channel: Option<Channel>,
    id: Option<Id>,
    numbers: Option<Vec<i64>>,
    place: Option<Place>,
    places: Option<Vec<Option<Place>>>,
}

fn every(n: i64) -> Every {
    let at = Timestamp::from_microsecond(1_790_000_000_000_000 + n * 1_000_003).expect("in range");
    Every {
        id: Id(n),
        yes: n % 2 == 0,
        i8: (n % 100) as i8 - 50,
        i16: -(n % 30_000) as i16,
        i32: n as i32,
        i128: i128::from(n) << 70,
        u8: n as u8,
        u16: n as u16,
        u32: n as u32,
        u64: u64::MAX - n as u64,
        f32: n as f32 / 3.0,
        f64: n as f64 / 7.0,
        text: format!("text, \"{n}\"\n"),
        bytes: n.to_be_bytes().to_vec(),
        day: date(2026, 12, 31).checked_sub(SignedDuration::from_hours(24 * n)).expect("in range"),
        time: time(12, 0, 0, n as i32),
        local: date(1066, 10, 14).at(9, 0, 0, (n % 1_000) as i32 * 1_000),
        at,
        zoned: at.in_tz("Europe/Berlin").expect("a zone"),
        took: SignedDuration::from_micros(n - 5),
        price: Decimal::from_digits(i128::from(n) * 101 - 7).expect("in range"),
        channel: CHANNELS[(n % 3) as usize],
        numbers: (0..n % 4).collect(),
        days: vec![None; (n % 2) as usize].into_iter().chain([Some(date(2026, 1, 1))]).collect(),
        channels: CHANNELS[(n % 3) as usize..].to_vec(),
        place: place(n),
        places: (0..n % 3).map(|m| (0..m).map(place).collect()).collect(),
    }
}

const CHANNELS: [Channel; 3] = [Channel::Web, Channel::Store, Channel::Phone];

fn place(n: i64) -> Place {
    let since = Timestamp::from_second(n).expect("in range").in_tz("Asia/Tokyo").expect("a zone");
    let since = (n % 3 != 1).then_some(since);
    Place { city: format!("city {n}"), since, ways: CHANNELS[..(n % 3) as usize].to_vec() }
}

const NOTHING: Perhaps = Perhaps {
    yes: None,
    i8: None,
    i16: None,
    i32: None,
    i128: None,
    u8: None,
    u16: None,
    u32: None,
    u64: None,
    f32: None,
    f64: None,
    text: None,
    bytes: None,
    day: None,
    time: None,
    local: None,
    at: None,
    zoned: None,
    took: None,
    price: None,
    channel: None,
    id: None,
    numbers: None,
    place: None,
    places: None,
};

fn perhaps() -> Vec<Perhaps> {
    let Every { id, yes, i8, i16, i32, i128, u8, u16, u32, u64, f32, f64, .. } = every(9);
    let Every { text, bytes, day, time, local, at, zoned, took, price, channel, .. } = every(9);
    vec![
        NOTHING,
        Perhaps { yes: Some(yes), i8: Some(i8), i16: Some(i16), i32: Some(i32), i128: Some(i128), ..NOTHING },
        Perhaps { u8: Some(u8), u16: Some(u16), u32: Some(u32), u64: Some(u64), ..NOTHING },
        Perhaps { f32: Some(f32), f64: Some(f64), text: Some(text), bytes: Some(bytes), ..NOTHING },
        Perhaps { text: Some(String::new()), bytes: Some(Vec::new()), day: Some(day), ..NOTHING },
        Perhaps { text: Some("NA".into()), time: Some(time), local: Some(local), at: Some(at), ..NOTHING },
        Perhaps { zoned: Some(zoned), took: Some(took), price: Some(price), ..NOTHING },
        Perhaps { channel: Some(channel), id: Some(id), f64: Some(f64::NEG_INFINITY), ..NOTHING },
        Perhaps {
            numbers: Some(vec![]),
            place: Some(place(1)),
            places: Some(vec![None, Some(place(2))]),
            ..NOTHING
        },
        Perhaps { numbers: Some(vec![i64::MIN, i64::MAX]), places: Some(vec![]), ..NOTHING },
    ]
}

/// Makes `count` rows.
#[task(skippable)]
fn rows(count: i64) -> Frame<Every> {
    Frame::from_rows(&(0..count).map(every).collect::<Vec<_>>())
}

#[task(skippable)]
fn missing(_count: i64) -> Frame<Perhaps> {
    Frame::from_rows(&perhaps())
}

/// Figures of one channel, from a given day on.
#[derive(Row, Debug, Clone, PartialEq)]
struct OfChannel {
    channel: Channel,
    orders: u64,
    last: Date,
    price: Money,
}

#[task(skippable)]
fn by_channel(rows: &Frame<Every>, from: Date) -> Frame<OfChannel> {
    let late = rows.lazy().filter(col(Every::DAY).gt_eq(lit(from.to_string()).cast(DataType::Date)));
    let groups = late.group_by([col(Every::CHANNEL)]).agg([
        len().alias(OfChannel::ORDERS),
        col(Every::DAY).max().alias(OfChannel::LAST),
        col(Every::PRICE).max(),
    ]);
    Frame::new(groups.sort([OfChannel::CHANNEL], SortMultipleOptions::default()))
}

scenario! {
    /// Tables with columns of all types.
    Types {
        input count: i64 = 10;
        input from: Date = date(2026, 12, 25);

        table = rows(count);
        gaps = missing(count);
        channels = by_channel(table, from);
    }
}

#[test]
fn every_value_survives_a_round_trip_through_the_store_in_short_and_long_tables() {
    let store = testing::store();
    let scenario = Types::create(&store, "types").expect("created");
    for count in [10, 70_000] {
        scenario.count.write(count).expect("written");
        scenario.submit().expect("submitted");
        let expected: Vec<Every> = (0..count).map(every).collect();
        assert!(scenario.table.read().expect("read").rows().expect("rows") == expected, "{count} rows");
        assert_eq!(scenario.gaps.read().expect("read").rows().expect("rows"), perhaps());
    }
    // The bytes of each type are part of the format: later versions must recognize tables that are stored now.
    let run = scenario.submit().expect("submitted");
    let hashes = ["table", "gaps", "channels"].map(|node| {
        let report = run.jobs.iter().flat_map(|job| &job.outputs).find(|output| output.node == node);
        format!("{node} {}", report.expect("a node").value.hash)
    });
    insta::assert_snapshot!("hashes", hashes.join("\n"));
    let channels = scenario.channels.read().expect("read").rows().expect("rows");
    let last = |day| date(2026, 12, day);
    let of = |channel, orders, day, digits| OfChannel {
        channel,
        orders,
        last: last(day),
        price: Decimal::from_digits(digits).expect("in range"),
    };
    assert_eq!(
        channels,
        [of(Channel::Web, 3, 31, 599), of(Channel::Store, 2, 30, 397), of(Channel::Phone, 2, 29, 498)]
    );
}

fn shown<R: Row>(table: &Frame<R>, format: Format) -> String {
    let mut out = Vec::new();
    table.show(format, &mut out).expect("shown");
    String::from_utf8(out).expect("UTF-8")
}

#[test]
fn values_are_shown_in_full() {
    let table = Frame::from_rows(&[every(1)]);
    insta::assert_snapshot!("csv", shown(&table, Format::Csv));
    insta::assert_snapshot!("json", shown(&table, Format::Json));
    insta::assert_snapshot!("table", shown(&table, Format::Table));
    insta::assert_snapshot!("missing", shown(&Frame::from_rows(&perhaps()), Format::Json));
}

/// Returns the cells of a column in the rows of a node that match a filter.
fn filtered(scenario: &Types, node: &str, column: usize, is: &str) -> Result<Vec<serde_json::Value>, String> {
    let all = scenario.page(node, PageOf { limit: 99, ..PageOf::default() }).expect("a page");
    let Page::Table { columns, .. } = all else { panic!("not a table") };
    let filters = vec![ColumnFilter { column: columns[column].name.clone(), condition: is.into() }];
    let page = scenario.page(node, PageOf { limit: 99, filters, ..PageOf::default() });
    let Page::Table { rows, total, .. } = page.map_err(|error| error.to_string())? else {
        panic!("not a table")
    };
    assert!(total.is_none(), "the total of a filtered page is unknown");
    Ok(rows.into_iter().map(|mut row| row.swap_remove(column)).collect())
}

#[test]
fn the_rows_of_a_page_are_filtered_by_columns_of_every_type() {
    let store = testing::store();
    let scenario = Types::create(&store, "types").expect("created");
    scenario.submit().expect("submitted");
    let Page::Table { columns, rows, .. } =
        scenario.page("table", PageOf { limit: 99, ..PageOf::default() }).expect("a page")
    else {
        panic!("not a table")
    };
    let text = |cell: &serde_json::Value| cell.as_str().map_or_else(|| cell.to_string(), str::to_owned);
    for (number, column) in columns.iter().enumerate() {
        let cell = &rows[3][number];
        let of = |sign: &str| {
            let is = format!("{sign} {}", text(cell));
            filtered(&scenario, "table", number, &is)
                .unwrap_or_else(|error| panic!("{}: {error}", column.name))
        };
        let same = of("=");
        assert!(!same.is_empty() && same.iter().all(|found| found == cell), "{}: {same:?}", column.name);
        let others = of("!=");
        assert!(others.iter().all(|found| found != cell), "{}", column.name);
        assert_eq!(same.len() + others.len(), 10, "{}", column.name);
        assert_eq!(of("<").len() + of(">=").len(), 10, "{}", column.name);
        assert_eq!(of(">").len() + of("<=").len(), 10, "{}", column.name);
        assert!(of("").contains(cell), "{}", column.name);
    }
    let Page::Table { columns, rows, .. } =
        scenario.page("gaps", PageOf { limit: 99, ..PageOf::default() }).expect("a page")
    else {
        panic!("not a table")
    };
    for number in 0..columns.len() {
        let missing = rows.iter().filter(|row| row[number].is_null()).count();
        assert_eq!(filtered(&scenario, "gaps", number, "null").map(|rows| rows.len()), Ok(missing));
        assert_eq!(
            filtered(&scenario, "gaps", number, "!null").map(|rows| rows.len()),
            Ok(rows.len() - missing)
        );
    }
    let at = |name: &str| columns.iter().position(|column| column.name == name).expect("a column");
    assert_eq!(filtered(&scenario, "gaps", at("f64"), "-inf").map(|rows| rows.len()), Ok(1));
    assert_eq!(
        filtered(&scenario, "gaps", at("text"), "na").map(|rows| rows.len()),
        Ok(1),
        "filters ignore case"
    );
    let wrong = |column: &str, is: &str| filtered(&scenario, "gaps", at(column), is).expect_err("refused");
    insta::assert_snapshot!([wrong("i8", "> x"), wrong("day", "2026"), wrong("channel", "= Wbe")].join("\n"));
}

#[test]
fn csv_output_reads_back_unchanged() {
    let folder = tempfile::tempdir().expect("a folder");
    fn round_trip<R: Row + PartialEq + std::fmt::Debug>(rows: &[R], path: &Path) {
        std::fs::write(path, shown(&Frame::from_rows(rows), Format::Csv)).expect("written");
        let read = CsvFile::<R>::new(path).scan().expect("a table").rows().expect("rows");
        assert_eq!(read, rows);
    }
    round_trip(&(0..1_000).map(every).collect::<Vec<_>>(), &folder.path().join("every.csv"));
    round_trip(&perhaps(), &folder.path().join("perhaps.csv"));
    round_trip::<Every>(&[], &folder.path().join("empty.csv"));
}

#[test]
fn files_of_other_programs_are_read_if_no_data_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows: Vec<Every> = (0..1_000).map(every).collect();
    let mut table = Frame::from_rows(&rows).collect().expect("a table");
    let parquet = folder.path().join("table.parquet");
    ParquetWriter::new(std::fs::File::create(&parquet).expect("a file")).finish(&mut table).expect("written");
    assert!(ParquetFile::<Every>::new(&parquet).scan().expect("a table").rows().expect("rows") == rows);
    let ipc = folder.path().join("table.arrow");
    IpcWriter::new(std::fs::File::create(&ipc).expect("a file")).finish(&mut table).expect("written");
    assert!(IpcFile::<Every>::new(&ipc).scan().expect("a table").rows().expect("rows") == rows);

    // With narrower types, coarser and finer units, another time zone, and columns that are not read.
    let zone = |name: &str| TimeZone::opt_try_new(Some(name)).expect("a zone");
    let narrow = |name: &str, ty: DataType| col(name).strict_cast(ty);
    let mut other = table
        .clone()
        .lazy()
        .with_columns([
            narrow("id", DataType::Int16),
            narrow("u32", DataType::UInt16),
            narrow("i128", DataType::String).alias("unread"),
            narrow("f32", DataType::Float64).alias("f64"),
            narrow("channel", DataType::String),
            narrow("local", DataType::Datetime(TimeUnit::Milliseconds, None))
                .strict_cast(DataType::Datetime(TimeUnit::Nanoseconds, None))
                .alias("nested"),
            narrow("at", DataType::Datetime(TimeUnit::Nanoseconds, zone("Asia/Tokyo"))),
            narrow("took", DataType::Duration(TimeUnit::Nanoseconds)),
            narrow("price", DataType::Decimal(12, 2)),
        ])
        .collect()
        .expect("a table");
    ParquetWriter::new(std::fs::File::create(&parquet).expect("a file")).finish(&mut other).expect("written");
    let expected: Vec<Every> = rows.iter().map(|row| Every { f64: row.f32.into(), ..row.clone() }).collect();
    assert_eq!(ParquetFile::<Every>::new(&parquet).scan().expect("a table").rows().expect("rows"), expected);
}

/// A row type whose types differ from those of the file.
#[derive(Row, Debug, PartialEq)]
struct Narrow {
    n: i16,
    price: Decimal<1>,
    at: Timestamp,
    channel: Channel,
}

#[test]
fn a_lossy_conversion_is_refused_with_file_column_and_types() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("other.parquet");
    let n = Column::new("n".into(), [1_i16]);
    let decimal = |scale| Series::new("price".into(), [15_i128]).into_decimal(38, scale).expect("a decimal");
    let at = |nanoseconds: i64, unit, zone| Series::new("at".into(), [nanoseconds]).into_datetime(unit, zone);
    let utc = || Some(TimeZone::UTC);
    let name = |name: &str| Column::new("channel".into(), [name]);
    let refused = |columns: Vec<Column>| {
        let mut table = DataFrame::new_infer_height(columns).expect("a table");
        ParquetWriter::new(std::fs::File::create(&path).expect("a file"))
            .finish(&mut table)
            .expect("written");
        let table = ParquetFile::<Narrow>::new(&path).scan();
        let error = table.and_then(|table| table.rows()).expect_err("refused").to_string();
        error.replace(&*path.to_string_lossy(), "other.parquet")
    };
    let micros = TimeUnit::Microseconds;
    let (price, time) = (|| decimal(1).into_column(), || at(1, micros, utc()).into_column());
    let messages: Vec<String> = [
        vec![Column::new("n".into(), [1_i32]), price(), time(), name("web")],
        vec![n.clone(), decimal(2).into_column(), time(), name("web")],
        vec![n.clone(), price(), at(1, micros, None).into_column(), name("web")],
        vec![n.clone(), price(), at(1, TimeUnit::Nanoseconds, utc()).into_column(), name("web")],
        vec![n.clone(), price(), time(), name("wap")],
    ]
    .map(refused)
    .into();
    insta::assert_snapshot!("refused", messages.join("\n"));

    // `diagnose` also reports the row.
    let rows = ["web", "store"].into_iter().cycle().take(100_000).chain(["wap"]);
    let channels = Column::new("channel".into(), rows.collect::<Vec<_>>());
    let rest = |column: Column| column.new_from_index(0, channels.len());
    let columns = vec![rest(n), rest(price()), rest(time()), channels.clone()];
    assert!(refused(columns).contains("column `channel`: `wap` is not a name of the category"));
    let diagnosis = ParquetFile::<Narrow>::new(&path).diagnose().expect("something is wrong");
    assert_eq!(
        diagnosis.replace(&*path.to_string_lossy(), "other.parquet"),
        "other.parquet: row 100001, column `channel`: `wap` is not a name of the category; available: `web`, `store`, `by phone, or \"fax\"`"
    );
}

#[test]
fn a_value_more_precise_than_its_column_is_refused_with_row_and_column() {
    let at = Timestamp::from_nanosecond(1_001).expect("in range");
    let table = Frame::from_rows(&[Perhaps { at: Some(at), ..NOTHING }]);
    let error = table.rows().expect_err("refused").to_string();
    assert_eq!(
        error,
        "column `at`, row 1: `1970-01-01T00:00:00.000001001Z` is more precise than a microsecond, the precision of Timestamp: round it"
    );
}

fn any_date() -> impl Strategy<Value = Date> {
    (-2_000_i16..4_000, 1_i8..=12, 1_i8..=28).prop_map(|(year, month, day)| date(year, month, day))
}

fn any_time() -> impl Strategy<Value = Time> {
    (0_i8..24, 0_i8..60, 0_i8..60, 0..1_000_000_000).prop_map(|(h, m, s, n)| time(h, m, s, n))
}

fn micros() -> impl Strategy<Value = i64> {
    -60_000_000_000_000_000_i64..200_000_000_000_000_000
}

fn channel() -> impl Strategy<Value = Channel> {
    prop_oneof![Just(Channel::Web), Just(Channel::Store), Just(Channel::Phone)]
}

fn of<T: Strategy>(strategy: T) -> impl Strategy<Value = Option<T::Value>> {
    proptest::option::of(strategy)
}

fn any_place() -> impl Strategy<Value = Place> {
    let city = any::<String>().prop_map(|text| text.replace('\0', ""));
    (city, of(0..1_000_i64), proptest::collection::vec(channel(), 0..3))
        .prop_map(|(city, since, ways)| Place { city, since: since.and_then(|n| place(3 * n).since), ways })
}

fn any_row() -> impl Strategy<Value = Perhaps> {
    let digits = -(10_i128.pow(38) - 1)..10_i128.pow(38);
    let local = (any_date(), any_time()).prop_map(|(date, time)| {
        let micro = time.subsec_nanosecond() / 1_000 * 1_000;
        date.at(time.hour(), time.minute(), time.second(), micro)
    });
    let at = micros().prop_map(|at| Timestamp::from_microsecond(at).expect("in range"));
    let zoned = micros().prop_map(|at| {
        Timestamp::from_microsecond(at).expect("in range").in_tz("America/New_York").expect("a zone")
    });
    let whole = (
        of(any::<bool>()),
        (of(any::<i8>()), of(any::<i16>()), of(any::<i32>()), of(any::<i128>())),
        (of(any::<u8>()), of(any::<u16>()), of(any::<u32>()), of(any::<u64>())),
        of(any::<i64>().prop_map(Id)),
    );
    // NaN is read as missing from CSV files, which has its own test.
    let others = (
        of(any::<f32>().prop_filter("a number", |number| !number.is_nan())),
        of(any::<f64>().prop_filter("a number", |number| !number.is_nan())),
        of(any::<String>().prop_map(|text| text.replace('\0', ""))),
        of(any::<Vec<u8>>()),
        of(digits.prop_map(|digits| Decimal::from_digits(digits).expect("in range"))),
        of(channel()),
    );
    let took = micros().prop_map(SignedDuration::from_micros);
    let nested = (
        of(proptest::collection::vec(any::<i64>(), 0..4)),
        of(any_place()),
        of(proptest::collection::vec(of(any_place()), 0..3)),
    );
    let times = (of(any_date()), of(any_time()), of(local), of(at), of(zoned), of(took));
    (whole, others, times, nested).prop_map(|(whole, others, times, nested)| {
        let (yes, (i8, i16, i32, i128), (u8, u16, u32, u64), id) = whole;
        let (f32, f64, text, bytes, price, channel) = others;
        let (day, time, local, at, zoned, took) = times;
        let (numbers, place, places) = nested;
        Perhaps {
            numbers,
            place,
            places,
            yes,
            i8,
            i16,
            i32,
            i128,
            u8,
            u16,
            u32,
            u64,
            f32,
            f64,
            text,
            bytes,
            day,
            time,
            local,
            at,
            zoned,
            took,
            price,
            channel,
            id,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_table_survives_a_round_trip_through_csv_and_parquet(rows in proptest::collection::vec(any_row(), 0..20)) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("any.csv");
        let table = Frame::from_rows(&rows);
        std::fs::write(&path, shown(&table, Format::Csv)).expect("written");
        let read = CsvFile::<Perhaps>::new(&path).scan().and_then(|table| table.rows());
        prop_assert_eq!(read.map_err(|error| error.to_string()), Ok(rows.clone()));
        let path = folder.path().join("any.parquet");
        let mut whole = table.collect().expect("a table");
        ParquetWriter::new(std::fs::File::create(&path).expect("a file")).finish(&mut whole).expect("written");
        let read = ParquetFile::<Perhaps>::new(&path).scan().and_then(|table| table.rows());
        prop_assert_eq!(read.map_err(|error| error.to_string()), Ok(rows));
    }
}
