//! Infers the types of a CSV file's columns, and the options that read it.

use super::super::TableError;
use super::super::packing::Packing;
use super::super::row::{ColumnType, CsvEncoding, CsvOptions};
use super::super::text;
use super::dialect::{DATES, SEPARATORS, plain, records};
use super::missing::WORDS;
use super::packed::packing;
use super::records::{Field, NOT_UTF_8, Problem, Record, Records};
use std::io::BufRead;
use std::path::Path;

/// The inferred columns and options of a file.
pub(in super::super) struct Guess {
    /// The columns: name, type, and whether values are missing.
    pub(in super::super) columns: Vec<(String, &'static str, bool)>,
    /// The options of `#[csv(…)]` with which it is read.
    pub(in super::super) options: Vec<String>,
}

/// The types that a column may have, in the order in which they are tried.
const TYPES: [(ColumnType, &str); 7] = [
    (ColumnType::Bool, "bool"),
    (ColumnType::I64, "i64"),
    (ColumnType::F64, "f64"),
    (ColumnType::Date, "Date"),
    (ColumnType::Time, "Time"),
    (ColumnType::Timestamp, "Timestamp"),
    (ColumnType::DateTime, "DateTime"),
];

/// The index of the type for all numbers.
const NUMBER: usize = 2;

/// The index of the type for dates.
const DAY: usize = 3;

/// What is known about a column.
struct Seen {
    name: String,
    /// For each type, whether all values so far have it, with a decimal point and with a comma.
    fits: [[bool; 2]; TYPES.len()],
    /// For each format of dates, whether all values so far have it.
    dates: [bool; DATES.len()],
    values: u64,
    missing: bool,
}

/// Reads a file and infers its columns and options.
pub(in super::super) fn guess(path: &Path) -> Result<Guess, TableError> {
    let packing = packing(path, CsvEncoding::Utf16)?;
    let mut options = CsvOptions { encoding: encoding(path, packing), ..CsvOptions::DEFAULT };
    let fields = |separator: u8| {
        let mut record = Record::default();
        let mut records = records(path, packing, &CsvOptions { separator, ..options })?;
        Ok::<_, TableError>(records.read(&mut record).map_or(0, |_| record.len()))
    };
    let mut most = fields(options.separator)?;
    for separator in SEPARATORS {
        let found = fields(separator)?;
        if found > most {
            (most, options.separator) = (found, separator);
        }
    }
    let mut lines = records(path, packing, &options)?;
    let mut record = Record::default();
    if !read(path, &mut lines, &mut record)? {
        return Err(TableError::EmptyFile {
            path: path.to_owned(),
            columns: vec!["the names of its columns"],
        });
    }
    let named = (0..record.len()).filter_map(|number| Some(record.get(number)?.text.to_owned()));
    let mut seen: Vec<Seen> = named.map(Seen::new).collect();
    while read(path, &mut lines, &mut record)? {
        for (number, column) in seen.iter_mut().enumerate() {
            column.see(record.get(number).unwrap_or(Field { text: "", quoted: false }), &options);
        }
    }
    let are = |fits: [bool; 2]| seen.iter().any(|column| column.values > 0 && column.fits[NUMBER] == fits);
    let comma = usize::from(are([false, true]) && !are([true, false]));
    // Dates written as digits alone are numbers, even if a date format would read them.
    let is_day = |format: usize| {
        seen.iter().any(|column| column.values > 0 && column.fitting(comma).is_none() && column.dates[format])
    };
    let date = (0..DATES.len()).find(|format| is_day(*format));
    let mut attributes = Vec::new();
    let default = CsvOptions::DEFAULT;
    if options.separator != default.separator {
        attributes.push(format!("separator = {:?}", char::from(options.separator).to_string()));
    }
    match options.encoding {
        CsvEncoding::Utf8 => {}
        CsvEncoding::Utf16 => attributes.push("encoding = \"utf-16\"".into()),
        CsvEncoding::Latin1 => attributes.push("encoding = \"latin-1\"".into()),
    }
    if comma == 1 {
        attributes.push("decimal = \",\"".into());
    }
    let iso = |column: &Seen| column.values > 0 && column.fits[DAY][0];
    let date = date.filter(|_| !seen.iter().any(iso));
    attributes.extend(date.map(|format| format!("date = {:?}", DATES[format])));
    let columns = seen.into_iter().map(|column| {
        let ty = column.ty(comma, date);
        (column.name, ty, column.missing)
    });
    Ok(Guess { columns: columns.collect(), options: attributes })
}

/// Returns the encoding of the file.
fn encoding(path: &Path, packing: Packing) -> CsvEncoding {
    let start = |mut input: Box<dyn BufRead>| input.fill_buf().map(<[u8]>::to_vec);
    let start = packing.open(path).and_then(start).unwrap_or_default();
    if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        return CsvEncoding::Utf16;
    }
    // The whole file, since the first character that is not ASCII may come late.
    let mut records = match records(path, packing, &CsvOptions::DEFAULT) {
        Ok(records) => records,
        Err(_) => return CsvEncoding::Utf8,
    };
    let mut record = Record::default();
    loop {
        match records.read(&mut record) {
            Ok(true) => {}
            Err(Problem::Line { what, .. }) if what == NOT_UTF_8 => {
                return CsvEncoding::Latin1;
            }
            _ => return CsvEncoding::Utf8,
        }
    }
}

fn read(path: &Path, lines: &mut Records<Box<dyn BufRead>>, record: &mut Record) -> Result<bool, TableError> {
    lines.read(record).map_err(|problem| match problem {
        Problem::Line { line, what } => TableError::CsvLine { path: path.to_owned(), line, what },
        Problem::Read { source, .. } => TableError::File { path: path.to_owned(), source },
    })
}

impl Seen {
    fn new(name: String) -> Seen {
        let (fits, dates) = ([[true; 2]; TYPES.len()], [true; DATES.len()]);
        Seen { name, fits, dates, values: 0, missing: false }
    }

    fn see(&mut self, field: Field<'_>, options: &CsvOptions) {
        let text = field.text.trim_matches([' ', '\t']);
        if !field.quoted && (text.is_empty() || WORDS.contains(&text)) {
            self.missing = true;
            return;
        }
        self.values += 1;
        for ((ty, _), fits) in TYPES.iter().zip(&mut self.fits) {
            for (decimal, fits) in ['.', ','].into_iter().zip(fits).filter(|(_, fits)| **fits) {
                let options = CsvOptions { decimal, ..*options };
                *fits = plain(text, *ty, &options).is_ok_and(|plain| text::parse(&plain, *ty).is_ok());
            }
        }
        for (format, fits) in DATES.into_iter().zip(&mut self.dates).filter(|(_, fits)| **fits) {
            let options = CsvOptions { date: Some(format), ..*options };
            *fits = plain(text, ColumnType::Date, &options).is_ok();
        }
    }

    /// The first type that all values have, in the format of ordinary files except for a decimal comma.
    fn fitting(&self, comma: usize) -> Option<&'static str> {
        TYPES.iter().zip(&self.fits).find(|(_, fits)| fits[comma]).map(|((_, ty), _)| *ty)
    }

    /// Returns the type of the field.
    fn ty(&self, comma: usize, date: Option<usize>) -> &'static str {
        if self.values == 0 {
            return "String";
        }
        match (self.fitting(comma), date) {
            (Some(ty), _) => ty,
            (None, Some(format)) if self.dates[format] => "Date",
            _ => "String",
        }
    }
}
