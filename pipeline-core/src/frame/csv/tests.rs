//! Tests of CSV files with both readers.

use super::super::row::{CsvOptions, Decimal};
use super::super::{CsvFile, Frame};
use super::*;
use crate::data::Source as _;
use proptest::prelude::*;
use skipstone_macros::Row;
use std::fs;

#[derive(Row, Debug, Clone, PartialEq)]
struct Item {
    name: Option<String>,
    count: Option<i64>,
    price: Option<f64>,
    sold: Option<bool>,
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Place {
        Place(tempfile::tempdir().expect("a folder"))
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).expect("written");
        path
    }
}

fn collected<R: Row>(plan: Result<LazyFrame, TableError>) -> Result<Vec<R>, String> {
    let frame = Frame::<R>::new(plan.map_err(|error| error.to_string())?);
    frame.rows().map_err(|error| error.to_string())
}

fn rows<R: Row + std::fmt::Debug>(text: &str) -> Result<Vec<R>, String> {
    let place = Place::new();
    let path = place.file("items.csv", text);
    let rows = collected(Csv::plan::<R>(std::slice::from_ref(&path), &R::CSV));
    let problem = Csv::problem::<R>(&path, &R::CSV);
    assert_eq!(rows.is_err(), problem.is_some(), "{text:?}: {rows:?}");
    // The message of a failed job.
    rows.map_err(|_| problem.unwrap_or_default())
}

fn item(name: Option<&str>, count: Option<i64>, price: Option<f64>) -> Item {
    Item { name: name.map(str::to_owned), count, price, sold: None }
}

const HEADER: &str = "name,count,price,sold\n";

#[test]
fn a_line_with_only_missing_fields_is_a_row() {
    let nothing = item(None, None, None);
    let pen = item(Some("pen"), Some(1), Some(2.5));
    let expected = Ok(vec![pen.clone(), nothing.clone(), nothing.clone(), pen.clone()]);
    assert_eq!(rows(&format!("{HEADER}pen,1,2.5,\nNA,NA,NA,NA\n,,,\npen,1,2.5,\n")), expected);
    assert_eq!(rows(&format!("{HEADER}pen,1,2.5,\n,,,\n\n,,,\n\npen,1,2.5,\n\n")), expected);
    assert_eq!(rows(&format!("{HEADER},,,\n")), Ok(vec![nothing]));
    assert_eq!(rows::<Item>(HEADER), Ok(vec![]));

    #[derive(Row, Debug, PartialEq)]
    struct Name {
        name: Option<String>,
    }
    let names =
        |text: &str| rows::<Name>(text).map(|rows| rows.into_iter().map(|row| row.name).collect::<Vec<_>>());
    assert_eq!(names("name\nNA\n\n\"\"\nx\n"), Ok(vec![None, Some(String::new()), Some("x".into())]));
    assert_eq!(names("name\nNA\nNA\n"), Ok(vec![None, None]));
}

#[test]
fn a_short_line_is_refused_with_its_number_unless_the_row_type_fills_it() {
    for text in ["pen,1,2.5,true\npen,1\n", "pen,1,2.5,\npen,1\n", "\"pen\",1,2.5,true\npen,1\n", "pen,1"] {
        let error = rows::<Item>(&format!("{HEADER}{text}")).expect_err("refused");
        let line = text.trim_end().lines().count() + 1;
        assert!(
            error.contains(&format!("items.csv: line {line}: 2 fields, but the header has 4")),
            "{error}"
        );
    }

    #[derive(Row, Debug, PartialEq)]
    #[csv(short_lines = "filled")]
    struct Filled {
        name: Option<String>,
        count: Option<i64>,
        price: Option<f64>,
    }
    let filled = rows::<Filled>("name,count,price\npen,1\nink\n").expect("rows");
    assert_eq!((filled.len(), filled[0].count, filled[0].price, filled[1].count), (2, Some(1), None, None));
    assert!(
        rows::<Filled>("name,count,price\npen,1,2,3\n").expect_err("refused").contains("line 2: 4 fields")
    );
}

#[test]
fn a_word_in_quotes_is_a_string_and_the_words_can_be_set() {
    let names = |text: &str| {
        let rows = rows::<Item>(&format!("{HEADER}{text}")).expect("rows");
        rows.into_iter().map(|row| (row.name, row.count)).collect::<Vec<_>>()
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(names("NA,1,,\n\"None\",3,,\n"), [(None, Some(1)), (text("None"), Some(3))]);
    assert_eq!(names("\"NA\",\"NA\",,\nnone,<NA>,n/a,\n"), [(text("NA"), None), (text("none"), None)]);
    for word in missing::WORDS {
        assert_eq!(names(&format!("{word},{word},{word},{word}\n")), [(None, None)], "{word}");
    }

    #[derive(Row, Debug, PartialEq)]
    #[csv(missing = ["-", "?"])]
    struct Country {
        country: Option<String>,
        n: Option<i64>,
    }
    assert!(Country::CSV.missing.is_some() && CsvOptions::DEFAULT.missing.is_none());
    let countries = rows::<Country>("country,n\nNA,1\n-,?\n\"-\",2\n").expect("rows");
    let of = |country: Option<&str>, n| Country { country: country.map(str::to_owned), n };
    assert_eq!(countries, [of(Some("NA"), Some(1)), of(None, None), of(Some("-"), Some(2))]);
}

#[test]
fn numbers_are_read_the_same_with_spaces_and_quotes() {
    let numbers = |count: &str, price: &str| {
        rows::<Item>(&format!("{HEADER}pen,{count},{price},\n")).map(|rows| (rows[0].count, rows[0].price))
    };
    for five in ["5", " 5", "5 ", "\t5\t", "\"5\"", "\" 5 \"", "+5"] {
        assert_eq!(numbers(five, five), Ok((Some(5), Some(5.0))), "{five:?}");
    }
    for nothing in ["", " ", "\"\"", "NA", " NA ", "Nan"] {
        let found = numbers("", nothing);
        assert_eq!(found, Ok((None, None)), "{nothing:?}");
    }
    for nan in ["nAn", "+NaN", "-NAN", "NAN"] {
        assert_eq!(numbers("1", nan), Ok((Some(1), None)), "{nan:?}");
    }
    for infinite in ["inf", "-inf", "Infinity", "+INF"] {
        assert!(numbers("1", infinite).expect("a number").1.is_some_and(f64::is_infinite), "{infinite}");
    }
    for (count, price, problem) in [
        ("3.0", "1", "column `count`: can't parse `3.0` as i64"),
        ("1e3", "1", "column `count`: can't parse `1e3` as i64"),
        ("9223372036854775808", "1", "column `count`: `9223372036854775808` is out of range for i64"),
        ("1", "1e400", "column `price`: `1e400` is out of range for f64"),
        ("1", " -1e400", "column `price`: `-1e400` is out of range for f64"),
        ("none", "1", "column `count`: can't parse `none` as i64"),
        ("1", "1,5", "line 2: 5 fields, but the header has 4"),
    ] {
        let error = numbers(count, price).expect_err("refused");
        assert!(error.contains("items.csv: line 2: ") && error.contains(problem), "{error}");
    }
    assert_eq!(numbers("9007199254740993", "1e-400"), Ok((Some(9_007_199_254_740_993), Some(0.0))));
}

#[test]
fn lines_may_end_with_a_carriage_return_alone() {
    #[derive(Row, Debug, PartialEq)]
    struct Count {
        count: i64,
    }
    let rows = rows::<Count>("name,count,extra\rpen,3,x\rink,2,y\r").expect("rows");
    assert_eq!(rows, [Count { count: 3 }, Count { count: 2 }]);
}

#[test]
fn a_stray_quote_in_a_column_that_is_not_read_is_reported_with_file_and_line() {
    #[derive(Row, Debug, PartialEq)]
    struct Count {
        count: i64,
    }
    let error = rows::<Count>("name,count\npen,1\n5\" pipe,2\nink,3\n").expect_err("refused");
    assert!(error.contains("items.csv: line 3: unexpected quote in an unquoted field"), "{error}");
    assert_eq!(rows::<Count>("name,count\n\"5\"\" pipe, long\",2\n"), Ok(vec![Count { count: 2 }]));
}

#[test]
fn compressed_files_are_read_and_damaged_ones_are_reported_with_file_and_line() {
    let place = Place::new();
    let text = format!("{HEADER}{}", "pen,1,2.5,true\n".repeat(20_000));
    let gzip = {
        let mut file = flate2::write::GzEncoder::new(Vec::new(), Default::default());
        file.write_all(text.as_bytes()).expect("written");
        file.finish().expect("written")
    };
    let zlib = {
        let mut file = flate2::write::ZlibEncoder::new(Vec::new(), Default::default());
        file.write_all(text.as_bytes()).expect("written");
        file.finish().expect("written")
    };
    let zstd = zstd::encode_all(text.as_bytes(), 0).expect("written");
    for (name, bytes) in [("items.csv.gz", gzip.clone()), ("items.csv.z", zlib), ("items.csv.zst", zstd)] {
        let path = place.file(name, &bytes);
        let table = CsvFile::<Item>::new(&path).scan().expect("a table");
        assert_eq!(table.collect().expect("rows").height(), 20_000, "{name}");
        let cut = place.file(name, &bytes[..bytes.len() - 9]);
        let error = CsvFile::<Item>::new(&cut).scan().expect_err("truncated").to_string();
        assert!(
            error.contains(&format!("{name}: the compressed data is damaged or truncated after line ")),
            "{error}"
        );
        assert_eq!(CsvFile::<Item>::new(&cut).diagnose(), Some(error), "{name}");
        let error = CsvFile::<Item>::new(place.file(name, b"")).scan().expect_err("empty").to_string();
        assert!(error.contains(&format!("{name}: the file is empty")), "{error}");
    }
    // With a pattern, the error names the file.
    place.file("all-1.csv.gz", &gzip);
    place.file("all-2.csv.gz", &gzip[..gzip.len() / 2]);
    let error = CsvFile::<Item>::new(place.0.path().join("all-*")).scan().expect_err("truncated").to_string();
    assert!(error.contains("all-2.csv.gz: the compressed data"), "{error}");
    let mut long = flate2::write::GzEncoder::new(Vec::new(), Default::default());
    long.write_all(format!("{HEADER}pen,1,2,true\npen,1,2,true,5\n").as_bytes()).expect("written");
    let path = place.file("long.csv.gz", long.finish().expect("written"));
    let error = CsvFile::<Item>::new(path).scan().expect_err("long").to_string();
    assert!(error.contains("long.csv.gz: line 3: 5 fields, but the header has 4"), "{error}");
}

#[test]
fn the_format_of_other_files_is_named_and_a_long_header_is_shortened() {
    let place = Place::new();
    let error = |bytes: &[u8]| {
        let path = place.file("items.csv", bytes);
        CsvFile::<Item>::new(path).scan().expect_err("refused").to_string()
    };
    for (bytes, is) in [
        (&b"\xfd7zXZ\0\0\0"[..], "compressed with xz"),
        (b"BZh91AY", "compressed with bzip2"),
        (b"PK\x03\x04\x14", "a zip archive"),
        (b"\xff\xfea\0", "encoded in UTF-16"),
        (b"PAR1\x15", "a Parquet file"),
    ] {
        let error = error(bytes);
        assert!(error.contains(is) && error.contains("gzip, zlib or zstd"), "{error}");
    }
    let names: Vec<String> = (0..3_000).map(|number| format!("column_{number}")).collect();
    let long = error(names.join(",").as_bytes());
    assert!(long.len() < 400 && long.ends_with("column_11 and 2988 more"), "{long}");
    let raw = error(b"\x1b[31mname\x07,count\n");
    assert!(!raw.contains('\x1b') && raw.contains("\\u{1b}[31mname\\u{7}"), "{raw}");
    let wide = error("x".repeat(10_000).as_bytes());
    assert!(wide.len() < 400, "{wide}");
}

#[test]
fn many_small_files_are_read_together_in_the_order_of_their_paths() {
    let place = Place::new();
    for number in 0..50 {
        let name = format!("part-{number:02}.csv");
        let text = match number % 3 {
            0 => format!("{HEADER}p{number},{number},1,true\n"),
            1 => format!("price,sold,name,count\n1,true,p{number}, {number}\n"),
            _ => format!("name,count,price,sold,more\n\"p{number}\",{number},NA,,x\n"),
        };
        place.file(&name, text);
    }
    let table = CsvFile::<Item>::new(place.0.path().join("part-*.csv")).scan().expect("a table");
    let counts: Vec<_> = table.rows().expect("rows").into_iter().map(|row| row.count).collect();
    assert_eq!(counts, (0..50).map(Some).collect::<Vec<_>>());
}

/// Fields as people and programs write them, and some unusual ones.
fn field() -> impl Strategy<Value = String> {
    let plain =
        ["1", "-2", "3.5", "", "x", "true", "False", "1e5", "0", "x y", "pen", "inf", "12345678901234567890"];
    let odd = [
        "NA",
        "\"NA\"",
        " 1",
        "1 ",
        "\"\"",
        "\"x,y\"",
        "\"x\ny\"",
        "\"a\"\"b\"",
        "a\"b",
        "nan",
        "1e400",
        "é",
        "-",
        "+1",
        ".5",
        "5.",
    ];
    prop_oneof![8 => prop::sample::select(plain.to_vec()), 1 => prop::sample::select(odd.to_vec())]
        .prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// If polars may read a file as it is, it returns the same rows as the reader of records, or both refuse it.
    #[test]
    fn polars_reads_a_plain_file_like_the_reader_of_records(
        lines in prop::collection::vec(prop::collection::vec(field(), 3..=5), 0..6),
        short in 0_u8..8,
        end in prop::sample::select(vec!["\n", "\r\n"]),
        last in any::<bool>(),
    ) {
        let mut text = String::from("name,count,price,sold");
        for fields in &lines {
            // Most lines have as many fields as the header.
            let mut fields = fields.clone();
            if short > 0 {
                fields.resize(4, "true".into());
            }
            text += end;
            text += &fields.join(",");
        }
        if last {
            text += end;
        }
        let place = Place::new();
        let path = place.file("items.csv", &text);
        let paths = std::slice::from_ref(&path);
        let group = Group::of::<Item>(&path, false, &Item::CSV);
        let rewritten = collected::<Item>(rewritten::<Item>(paths, &Item::CSV));
        if let Ok(Group::Plain(paths, header)) = group {
            let unchecked = collected::<Item>(plain::<Item>(paths, &header));
            match (&unchecked, &rewritten) {
                (Ok(found), Ok(expected)) => prop_assert_eq!(found, expected, "{:?}", text),
                (Err(_), Err(_)) => {}
                _ => prop_assert!(false, "{:?}: {:?}, by records {:?}", text, unchecked, rewritten),
            }
        }
    }
}

/// A file in the format of German offices.
#[derive(Row, Debug, Clone, PartialEq)]
#[csv(
    separator = ";",
    decimal = ",",
    thousands = ".",
    encoding = "latin-1",
    comment = "#",
    skip_lines = 2,
    date = "%d.%m.%Y",
    time = "%H.%M Uhr",
    datetime = "%d.%m.%Y %H:%M"
)]
struct Rechnung {
    name: Option<String>,
    betrag: Option<f64>,
    preis: Option<Decimal<2>>,
    zahl: Option<i64>,
    tag: Option<jiff::civil::Date>,
    um: Option<jiff::civil::Time>,
    am: Option<jiff::civil::DateTime>,
    #[row(zone = "Europe/Berlin")]
    dort: Option<jiff::Zoned>,
}

fn read_bytes<R: Row + std::fmt::Debug>(bytes: &[u8]) -> Result<Vec<R>, String> {
    let place = Place::new();
    let path = place.file("items.csv", bytes);
    let rows = collected(Csv::plan::<R>(std::slice::from_ref(&path), &R::CSV));
    rows.map_err(|error| error.replace(&*path.to_string_lossy(), "items.csv"))
}

fn latin_1(text: &str) -> Vec<u8> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).expect("a letter of Latin-1")).collect()
}

const KOPF: &str = "Bericht \"Mai\r\n; erstellt am 1. 5.\r\nname;betrag;preis;zahl;tag;um;am;dort\r\n";

#[test]
fn a_file_is_read_with_the_options_of_its_row_type() {
    let text = format!(
        "{KOPF}# \"eine Zeile, die keine ist\r\nM\u{fc}ller, A.;1.234,5;-1.000.000,25;12.345;31.12.2026;9.05 Uhr;01.02.2026 13:30;01.07.2026 00:00\r\n\
         \"# kein; Kommentar\";0,5;7;-3;;;;\r\n"
    );
    let rows = read_bytes::<Rechnung>(&latin_1(&text)).expect("rows");
    assert_eq!(
        rows,
        [
            Rechnung {
                name: Some("M\u{fc}ller, A.".into()),
                betrag: Some(1234.5),
                preis: "-1000000.25".parse().ok(),
                zahl: Some(12_345),
                tag: Some(jiff::civil::date(2026, 12, 31)),
                um: Some(jiff::civil::time(9, 5, 0, 0)),
                am: Some(jiff::civil::date(2026, 2, 1).at(13, 30, 0, 0)),
                dort: "2026-07-01T00:00+02:00[Europe/Berlin]".parse().ok(),
            },
            Rechnung {
                name: Some("# kein; Kommentar".into()),
                betrag: Some(0.5),
                preis: "7".parse().ok(),
                zahl: Some(-3),
                tag: None,
                um: None,
                am: None,
                dort: None,
            }
        ]
    );
}

#[test]
fn values_in_another_format_are_refused_with_their_line() {
    for (line, what) in [
        (
            "x;1.5;;;;;;",
            "line 4: column `betrag`: `1.5` has a `.` that does not separate groups of three digits",
        ),
        (
            "x;1.2345;;;;;;",
            "line 4: column `betrag`: `1.2345` has a `.` that does not separate groups of three digits",
        ),
        ("x;;;12,5;;;;", "line 4: column `zahl`: can't parse `12.5` as i64"),
        (
            "x;;1,005;;;;;",
            "line 4: column `preis`: can't parse `1.005` as Decimal<2>: it has more than 2 digits after the point",
        ),
        (
            "x;;;;2026-12-31;;;",
            "line 4: column `tag`: can't parse `2026-12-31` as Date in the format `%d.%m.%Y`",
        ),
        (
            "x;;;;31.02.2026;;;",
            "line 4: column `tag`: can't parse `31.02.2026` as Date in the format `%d.%m.%Y`",
        ),
    ] {
        let refused = read_bytes::<Rechnung>(format!("{KOPF}{line}\r\n").as_bytes()).expect_err("refused");
        assert_eq!(refused, format!("items.csv: {what}"));
    }
}

#[derive(Row, Debug, PartialEq)]
struct Plain {
    name: String,
    price: f64,
    day: jiff::civil::Date,
}

#[test]
fn messages_suggest_the_options_that_fit() {
    for (text, what) in [
        (
            "name;price;day\nx;1;2026-12-31\n",
            "no column `name`; to find it, set `#[csv(separator = \";\")]` on the row type or the input",
        ),
        (
            "name\tprice\tday\n",
            "no column `name`; to find it, set `#[csv(separator = \"\\t\")]` on the row type or the input",
        ),
        (
            "name,price,day\nx,\"1,5\",2026-12-31\n",
            "line 2: column `price`: can't parse `1,5` as f64; to read it, set `#[csv(decimal = \",\")]` on the row type or the input",
        ),
        (
            "name,price,day\nx,\"1.234,5\",2026-12-31\n",
            "line 2: column `price`: can't parse `1.234,5` as f64; to read it, set `#[csv(decimal = \",\", thousands = \".\")]` on the row \
             type or the input",
        ),
        (
            "name,price,day\nx,\"1,005\",2026-12-31\n",
            "line 2: column `price`: can't parse `1,005` as f64; to read it, set `#[csv(decimal = \",\")]` or `#[csv(thousands = \",\")]` \
             on the row type or the input",
        ),
        (
            "name,price,day\nx,1,31.12.2026\n",
            "line 2: column `day`: can't parse `31.12.2026` as Date (expected a value like 2026-12-31); to read it, set \
             `#[csv(date = \"%d.%m.%Y\")]` on the row type or the input",
        ),
    ] {
        assert_eq!(
            read_bytes::<Plain>(text.as_bytes()).map_err(|_| problem_of::<Plain>(text)),
            Err(format!("items.csv: {what}"))
        );
    }
    let latin = latin_1("name,price,day\n\u{fc},1,2026-12-31\n");
    assert!(read_bytes::<Plain>(&latin).is_err());
    let refused = problem_of::<Plain>(&latin);
    assert!(
        refused.contains(
            "invalid UTF-8; if the file is in Latin-1, set `#[csv(encoding = \"latin-1\")]` on the row type or the input"
        ),
        "{refused}"
    );
    let utf_16: Vec<u8> = "\u{feff}name".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let refused = read_bytes::<Plain>(&utf_16).expect_err("refused");
    assert!(
        refused.contains(
            "encoded in UTF-16 (to read it, set `#[csv(encoding = \"utf-16\")]` on the row type or the input)"
        ),
        "{refused}"
    );
}

/// The message of a failed job.
fn problem_of<R: Row>(text: impl AsRef<[u8]>) -> String {
    let place = Place::new();
    let path = place.file("items.csv", text);
    let problem = Csv::problem::<R>(&path, &R::CSV).unwrap_or_default();
    problem.replace(&*path.to_string_lossy(), "items.csv")
}

#[derive(Row, Debug, PartialEq)]
#[csv(encoding = "utf-16", header = false, quote = "'", separator = "|")]
struct Wide {
    name: String,
    count: Option<u8>,
}

#[test]
fn a_byte_order_mark_before_a_quote_is_skipped() {
    let rows =
        read_bytes::<Plain>("\u{feff}\"name\",\"price\",\"day\"\nx,1,2026-12-31\n".as_bytes()).expect("rows");
    assert_eq!(rows.len(), 1);
}

#[test]
fn a_file_without_a_header_has_the_columns_of_its_row_type() {
    let expected =
        [Wide { name: "a|'ü".into(), count: Some(3) }, Wide { name: "\u{1f600} \"".into(), count: None }];
    let text = "\u{feff}'a|''ü'|3\n\u{1f600} \"|\n";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [&little, &big, &little[2..]] {
        assert_eq!(read_bytes::<Wide>(bytes), Ok(expected.iter().map(copy).collect()));
    }
    let short: Vec<u8> = "x\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let refused = read_bytes::<Wide>(&short).expect_err("refused");
    assert!(refused.starts_with("items.csv: line 1: 1 fields, but Wide has 2"), "{refused}");
}

fn copy(row: &Wide) -> Wide {
    Wide { name: row.name.clone(), count: row.count }
}
