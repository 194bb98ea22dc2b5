//! The dialect of a CSV file, from `#[csv(…)]`: separators, numbers, dates, encodings.

use super::super::TableError;
use super::super::packing::Packing;
use super::super::row::{ColumnType, CsvEncoding, CsvOptions, Row};
use super::super::text;
use super::records::{Record, Records};
use encoding_rs_io::DecodeReaderBytesBuilder;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use std::borrow::Cow;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// The common separators.
pub(super) const SEPARATORS: [u8; 4] = [b';', b'\t', b'|', b','];

/// The common formats of dates, other than ISO 8601.
pub(super) const DATES: [&str; 6] = ["%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%Y%m%d", "%d-%m-%Y"];

/// The byte order mark of UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Opens a file to read its records.
pub(super) fn records(
    path: &Path,
    packing: Packing,
    options: &CsvOptions,
) -> Result<Records<Box<dyn BufRead>>, TableError> {
    let file_error = |source| TableError::File { path: path.to_owned(), source };
    let mut input = packing.open(path).map_err(file_error)?;
    let encoding = match options.encoding {
        CsvEncoding::Utf8 => {
            // Otherwise a quote after the mark would be a part of its field.
            let marked = packing == Packing::Plain && input.fill_buf().map_err(file_error)?.starts_with(MARK);
            if marked {
                input.consume(MARK.len());
            }
            return Ok(Records::new(input, options));
        }
        CsvEncoding::Utf16 => encoding_rs::UTF_16LE,
        CsvEncoding::Latin1 => encoding_rs::WINDOWS_1252,
    };
    let decoded = DecodeReaderBytesBuilder::new()
        .encoding(Some(encoding))
        .bom_override(options.encoding == CsvEncoding::Utf16)
        .strip_bom(true)
        .build(input);
    Ok(Records::new(Box::new(BufReader::new(decoded)), options))
}

/// Returns the option for another separator with which the header has all columns of `R`.
pub(super) fn fitting_separator<R: Row>(
    path: &Path,
    packing: Packing,
    options: &CsvOptions,
) -> Option<String> {
    let fits = |separator: u8| {
        let options = CsvOptions { separator, ..*options };
        let mut record = Record::default();
        let read = records(path, packing, &options).ok()?.read(&mut record).ok()?;
        let has =
            |name: &str| (0..record.len()).any(|field| record.get(field).is_some_and(|it| it.text == name));
        (read && R::COLUMNS.iter().all(|column| has(column.name))).then_some(separator)
    };
    let separator =
        SEPARATORS.into_iter().filter(|separator| *separator != options.separator).find_map(fits)?;
    Some(format!("separator = {:?}", char::from(separator).to_string()))
}

/// Converts a value to the format of ordinary files. The error says what is wrong with it.
pub(super) fn plain<'a>(text: &'a str, ty: ColumnType, options: &CsvOptions) -> Result<Cow<'a, str>, String> {
    if ty.is_number() {
        return number(text, options);
    }
    let dated = |format: &str, read: Result<String, jiff::Error>| {
        read.map(Cow::Owned).map_err(|_| format!("can't parse `{text}` as {ty} in the format `{format}`"))
    };
    match (ty, options) {
        (ColumnType::Date, CsvOptions { date: Some(format), .. }) => {
            dated(format, Date::strptime(format, text).map(|date| date.to_string()))
        }
        (ColumnType::Time, CsvOptions { time: Some(format), .. }) => {
            dated(format, Time::strptime(format, text).map(|time| time.to_string()))
        }
        (ColumnType::DateTime | ColumnType::Zoned(_), CsvOptions { datetime: Some(format), .. }) => {
            dated(format, DateTime::strptime(format, text).map(|at| at.to_string()))
        }
        (ColumnType::Timestamp, CsvOptions { datetime: Some(format), .. }) => {
            dated(format, Timestamp::strptime(format, text).map(|at| at.to_string()))
        }
        _ => Ok(Cow::Borrowed(text)),
    }
}

/// Converts a number to one with a decimal point and no separators between its digits.
fn number<'a>(text: &'a str, options: &CsvOptions) -> Result<Cow<'a, str>, String> {
    let CsvOptions { decimal, thousands, .. } = *options;
    let foreign = decimal != '.' && text.contains('.') && thousands != Some('.');
    if foreign {
        return Err(format!("`{text}` has a point, but the decimal separator is `{decimal}`"));
    }
    if decimal == '.' && thousands.is_none() {
        return Ok(Cow::Borrowed(text));
    }
    let (whole, part) = match text.split_once(decimal) {
        Some((whole, part)) => (whole, Some(part)),
        None => (text, None),
    };
    let mut plain = whole.to_owned();
    if let Some(separator) = thousands.filter(|separator| whole.contains(*separator)) {
        let groups: Vec<&str> = whole.trim_start_matches(['+', '-']).split(separator).collect();
        let are_thousands =
            matches!(groups[0].len(), 1..=3) && groups[1..].iter().all(|group| group.len() == 3);
        if !are_thousands {
            return Err(format!(
                "`{text}` has a `{separator}` that does not separate groups of three digits"
            ));
        }
        plain.retain(|letter| letter != separator);
    }
    if let Some(part) = part {
        plain.push('.');
        plain.push_str(part);
    }
    Ok(Cow::Owned(plain))
}

/// Returns the options with which a value that a column of this type refuses could be read, for the end of a message.
/// Empty if the row type already sets how such values are written.
pub(super) fn fitting_option(text: &str, ty: ColumnType, options: &CsvOptions) -> String {
    let reads =
        |options: CsvOptions| plain(text, ty, &options).is_ok_and(|plain| text::parse(&plain, ty).is_ok());
    let mut fitting: Vec<String> = Vec::new();
    let number = |decimal, thousands| reads(CsvOptions { decimal, thousands, ..*options });
    if ty.is_number() && options.decimal == '.' && options.thousands.is_none() {
        let comma = number(',', None);
        // If a decimal comma is enough, points between thousands are not suggested.
        let fit = [
            (comma, r#"decimal = ",""#),
            (number('.', Some(',')), r#"thousands = ",""#),
            (!comma && number(',', Some('.')), r#"decimal = ",", thousands = ".""#),
        ];
        fitting.extend(fit.into_iter().filter(|(reads, _)| *reads).map(|(_, option)| option.to_owned()));
    }
    if ty == ColumnType::Date && options.date.is_none() {
        let fit = DATES.into_iter().filter(|date| reads(CsvOptions { date: Some(*date), ..*options }));
        fitting.extend(fit.map(|date| format!("date = {date:?}")));
    }
    match fitting.split_last() {
        None => String::new(),
        Some((last, before)) => {
            let or: String = before.iter().map(|option| format!("`#[csv({option})]` or ")).collect();
            format!("; to read it, set {or}`#[csv({last})]` on the row type or the input")
        }
    }
}
