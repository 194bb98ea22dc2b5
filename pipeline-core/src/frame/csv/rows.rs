//! The rows of a CSV file, read by the rules of [`Csv`](super::Csv) and checked value by value.

use super::super::TableError;
use super::super::packing::Packing;
use super::super::row::{Cell, Column, ColumnType, CsvOptions, Row};
use super::super::text;
use super::dialect::{self, records};
use super::missing::WORDS;
use super::records::{Field, Problem, Record, Records};
use crate::data::CancelToken;
use std::borrow::Cow;
use std::io::{self, BufRead, Write};
use std::marker::PhantomData;
use std::path::Path;

/// The header of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// The names of the columns.
    pub(super) names: Vec<String>,
    /// For each column of the row type, its index in the file.
    pub(super) places: Vec<usize>,
    /// Whether lines end with a carriage return alone.
    pub(super) ends_with_return: bool,
}

/// The lines of a file after its header.
pub(super) struct Rows<'a, R> {
    path: &'a Path,
    packing: Packing,
    options: CsvOptions,
    records: Records<Box<dyn BufRead>>,
    record: Record,
    pub(super) header: Header,
    row: PhantomData<fn() -> R>,
}

impl<'a, R: Row> Rows<'a, R> {
    /// Opens a file and reads its header, which must have the columns of `R`.
    pub(super) fn open(
        path: &'a Path,
        packing: Packing,
        options: &CsvOptions,
    ) -> Result<Rows<'a, R>, TableError> {
        let header = Header { names: Vec::new(), places: Vec::new(), ends_with_return: false };
        let records = records(path, packing, options)?;
        let mut rows = Rows {
            path,
            packing,
            options: *options,
            records,
            record: Record::default(),
            header,
            row: PhantomData,
        };
        if !options.header {
            rows.header.names = R::COLUMNS.iter().map(|column| column.name.to_owned()).collect();
            rows.header.places = (0..R::COLUMNS.len()).collect();
            return Ok(rows);
        }
        if !rows.read()? {
            let columns = R::COLUMNS.iter().map(|column| column.name).collect();
            return Err(TableError::EmptyFile { path: path.to_owned(), columns });
        }
        let names: Vec<String> = (0..rows.record.len())
            .filter_map(|number| Some(rows.record.get(number)?.text.to_owned()))
            .collect();
        let place = |column: &Column| {
            let mut places = (0..names.len()).filter(|&number| names[number] == column.name);
            match (places.next(), places.next()) {
                (Some(place), None) => Ok(place),
                (None, _) => Err(match dialect::fitting_separator::<R>(path, packing, options) {
                    Some(option) => {
                        TableError::CsvDialect { path: path.to_owned(), column: column.name, option }
                    }
                    None => TableError::missing_in_file(path, column.name, names.clone()),
                }),
                (Some(_), Some(_)) => {
                    Err(TableError::DuplicateFileColumn { path: path.to_owned(), column: column.name })
                }
            }
        };
        let places = R::COLUMNS.iter().map(place).collect::<Result<_, _>>()?;
        rows.header = Header { names, places, ends_with_return: rows.records.ends_with_return() };
        Ok(rows)
    }

    fn read(&mut self) -> Result<bool, TableError> {
        let path = || self.path.to_owned();
        self.records.read(&mut self.record).map_err(|problem| match problem {
            Problem::Line { line, what } => TableError::CsvLine { path: path(), line, what },
            Problem::Read { source, .. } if self.packing == Packing::Plain => {
                TableError::File { path: path(), source }
            }
            Problem::Read { after, source } => TableError::Decompress { path: path(), after, source },
        })
    }

    fn wrong(&self, what: String) -> TableError {
        TableError::CsvLine { path: self.path.to_owned(), line: self.record.line, what }
    }

    /// Reads all rows, writes them in a form that polars reads unambiguously, and returns their number. The columns of
    /// `R` are in their order, strings are quoted, and missing values are empty.
    pub(super) fn rewrite(&mut self, out: &mut impl Write) -> Result<u64, TableError> {
        let token = CancelToken::current();
        let mut count = 0;
        let allowed = self.header.names.len();
        while self.read()? {
            let found = self.record.len();
            if found > allowed || (found < allowed && !self.options.fill_short_lines) {
                let hint = match found < allowed {
                    true => {
                        "; `#[csv(short_lines = \"filled\")]` on the row type or the input fills short lines with missing values"
                    }
                    false => "",
                };
                let of = if self.options.header { "the header" } else { R::NAME };
                return Err(self.wrong(format!("{found} fields, but {of} has {allowed}{hint}")));
            }
            for (number, column) in R::COLUMNS.iter().enumerate() {
                if number > 0 {
                    out.write_all(b",").map_err(TableError::Rewrite)?;
                }
                let nothing = Field { text: "", quoted: false };
                let field = self.record.get(self.header.places[number]).unwrap_or(nothing);
                let is_text = is_text(column.ty);
                match value(column, field, &self.options) {
                    Ok(None) if column.nullable => {}
                    Ok(None) => {
                        let what = format!("the value is missing, but `{}` requires one", R::NAME);
                        return Err(self.wrong(format!("column `{}`: {what}", column.name)));
                    }
                    Ok(Some(text)) if is_text => quoted(&text, out).map_err(TableError::Rewrite)?,
                    Ok(Some(text)) => out.write_all(text.as_bytes()).map_err(TableError::Rewrite)?,
                    Err(what) => return Err(self.wrong(format!("column `{}`: {what}", column.name))),
                }
            }
            out.write_all(b"\n").map_err(TableError::Rewrite)?;
            count += 1;
            if count % 4_096 == 0 && token.is_canceled() {
                return Err(TableError::Canceled);
            }
        }
        Ok(count)
    }

    /// Reads all rows to find the first error.
    pub(super) fn check(mut self) -> Result<(), TableError> {
        self.rewrite(&mut io::sink()).map(drop)
    }
}

/// Returns a field as the string of a column's value, `None` if it is missing. The error says what is wrong with it.
fn value<'a>(
    column: &Column,
    field: Field<'a>,
    options: &CsvOptions,
) -> Result<Option<Cow<'a, str>>, String> {
    let is_word = |text: &str| match options.missing {
        Some(words) => words.contains(&text),
        None => WORDS.contains(&text),
    };
    if is_text(column.ty) {
        let missing = !field.quoted && (field.text.is_empty() || is_word(field.text));
        if !missing {
            text::parse(field.text, column.ty)?;
        }
        return Ok((!missing).then_some(Cow::Borrowed(field.text)));
    }
    // Other types treat a word in quotes as missing, too.
    let text = field.text.trim_matches([' ', '\t']);
    if text.is_empty() || is_word(text) {
        return Ok(None);
    }
    let plain = dialect::plain(text, column.ty, options)?;
    match text::parse(&plain, column.ty) {
        Ok(Cell::F32(number)) if number.is_nan() => Ok(None),
        Ok(Cell::F64(number)) if number.is_nan() => Ok(None),
        Ok(_) => Ok(Some(plain)),
        Err(what) => Err(format!("{what}{}", dialect::fitting_option(text, column.ty, options))),
    }
}

/// Whether values of this type may be any string, even an empty one. They keep their spaces, and quotes show that they
/// are not a word for a missing value.
pub(in super::super) fn is_text(ty: ColumnType) -> bool {
    use ColumnType as C;
    matches!(ty, C::String | C::Category(_) | C::Bytes | C::List(_) | C::Row(_))
}

/// Formats a string as a field of a file, quoted if it would otherwise be read differently, for example as a missing
/// value. `words` stand for missing values in addition to the usual ones.
pub(in super::super) fn field<'a>(text: &'a str, words: &[&str]) -> Cow<'a, str> {
    let is_special = |byte: u8| matches!(byte, b',' | b'"' | b'\n' | b'\r');
    let is_word = WORDS.contains(&text) || words.contains(&text);
    if !text.is_empty() && !is_word && !text.bytes().any(is_special) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")))
}

/// Writes a string in quotes.
fn quoted(text: &str, out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"\"")?;
    let mut rest = text.as_bytes();
    while let Some(place) = memchr::memchr(b'"', rest) {
        out.write_all(&rest[..=place])?;
        out.write_all(b"\"")?;
        rest = &rest[place + 1..];
    }
    out.write_all(rest)?;
    out.write_all(b"\"")
}
