//! The dialect of a CSV file, as `#[csv(…)]` says it: separators, numbers, dates, encodings.

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

/// The separators that files have.
pub(super) const SEPARATORS: [u8; 4] = [b';', b'\t', b'|', b','];

/// How files have dates, besides ISO 8601.
pub(super) const DATES: [&str; 6] = ["%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%Y%m%d", "%d-%m-%Y"];

/// What a text in UTF-8 may begin with.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads the records of a file.
pub(super) fn records(
    path: &Path,
    packing: Packing,
    options: &CsvOptions,
) -> Result<Records<Box<dyn BufRead>>, TableError> {
    let file_error = |source| TableError::File { path: path.to_owned(), source };
    let mut input = packing.open(path).map_err(file_error)?;
    let encoding = match options.encoding {
        CsvEncoding::Utf8 => {
            // Before a quote, the mark would make that one a part of the field.
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

/// The option with which the header has all columns of `R`, if it has them with another separator.
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

/// The text of a value as in ordinary files; what is wrong with it.
pub(super) fn plain<'a>(text: &'a str, ty: ColumnType, options: &CsvOptions) -> Result<Cow<'a, str>, String> {
    if ty.is_number() {
        return number(text, options);
    }
    let dated = |format: &str, read: Result<String, jiff::Error>| {
        read.map(Cow::Owned).map_err(|_| format!("`{text}` is not of type {ty}, written as `{format}`"))
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

/// The text of a number with a decimal point, and nothing between its digits.
fn number<'a>(text: &'a str, options: &CsvOptions) -> Result<Cow<'a, str>, String> {
    let CsvOptions { decimal, thousands, .. } = *options;
    let foreign = decimal != '.' && text.contains('.') && thousands != Some('.');
    if foreign {
        return Err(format!("`{text}` has a point, and decimals stand after `{decimal}`"));
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
            return Err(format!("`{text}` has `{separator}` elsewhere than between groups of three digits"));
        }
        plain.retain(|letter| letter != separator);
    }
    if let Some(part) = part {
        plain.push('.');
        plain.push_str(part);
    }
    Ok(Cow::Owned(plain))
}

/// The options that would read a text which a column of this type refuses, for the end of a message. Nothing, where the row type
/// says how such values are written.
pub(super) fn fitting_option(text: &str, ty: ColumnType, options: &CsvOptions) -> String {
    let reads =
        |options: CsvOptions| plain(text, ty, &options).is_ok_and(|plain| text::parse(&plain, ty).is_ok());
    let mut fitting: Vec<String> = Vec::new();
    let number = |decimal, thousands| reads(CsvOptions { decimal, thousands, ..*options });
    if ty.is_number() && options.decimal == '.' && options.thousands.is_none() {
        let comma = number(',', None);
        // Where a comma alone does, points need not.
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
            format!("; {or}`#[csv({last})]` on the row type or the input reads it")
        }
    }
}
