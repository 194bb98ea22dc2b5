//! Files of JSON objects.

use super::TableError;
use super::format::{FileFormat, no_options};
use super::packing::Packing;
use super::rewrite::{self, Take};
use super::row::{Cell, Row};
use super::text::{Fields, from_json};
use polars::prelude::LazyFrame;
use serde::de::{DeserializeSeed, Deserializer as _, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::fmt;
use std::io::{self, BufRead, Cursor, Read};
use std::path::{Path, PathBuf};

/// JSON objects, one per line (NDJSON, JSON Lines) or in an array, in UTF-8, plain or compressed (gzip, zlib, zstd).
/// Each object is a row.
///
/// * The fields of an object may be in any order; fields that the row type lacks are not read. A field that is `null`
///   or absent is missing.
/// * Numbers keep all their digits: `i128` and decimals are not converted through a float. A string may hold a number,
///   too, for example `NaN`, `inf` and `-inf`, which JSON numbers can't express. Dates, times, bytes and enums are
///   strings as in CSV files.
/// * Arrays are lists, and objects are rows. An object that is a row within a row must not have other fields.
///
/// Errors name the line, or in an array the number of the row, and the field.
#[derive(Debug, Clone, Copy)]
pub struct Json;

impl FileFormat for Json {
    const NAME: &'static str = "JsonFile";

    type Options = ();

    fn options<R: Row>(overrides: Map<String, Value>) -> Result<(), String> {
        no_options(&overrides)
    }

    fn plan<R: Row>(paths: &[PathBuf], (): &()) -> Result<LazyFrame, TableError> {
        rewrite::plan::<R>(paths, &read::<R>)
    }

    fn problem<R: Row>(path: &Path, (): &()) -> Option<String> {
        rewrite::problem(path, &read::<R>)
    }
}

/// Calls `take` with each row of a file.
fn read<R: Row>(path: &Path, take: &mut Take<'_>) -> Result<(), TableError> {
    let failed = |source| TableError::File { path: path.to_owned(), source };
    let start = Packing::start(path).map_err(failed)?;
    let mut text = Packing::of(&start).open(path).map_err(failed)?;
    // Read past a byte order mark and white space, to the first character.
    let mut beginning = Vec::new();
    loop {
        let mut byte = [0];
        if text.read(&mut byte).map_err(failed)? == 0 {
            break;
        }
        beginning.push(byte[0]);
        if beginning == b"\xef\xbb\xbf" {
            beginning.clear();
        } else if !byte[0].is_ascii_whitespace() && !b"\xef\xbb".starts_with(&beginning) {
            break;
        }
    }
    let is_array = beginning.last() == Some(&b'[');
    let text = Cursor::new(beginning).chain(text);
    match is_array {
        true => array::<R>(path, text, take),
        false => lines::<R>(path, text, take),
    }
}

/// Reads an object from each line.
fn lines<R: Row>(path: &Path, mut text: impl BufRead, take: &mut Take<'_>) -> Result<(), TableError> {
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        let read = text.read_until(b'\n', &mut line);
        if read.map_err(|source| TableError::File { path: path.to_owned(), source })? == 0 {
            return Ok(());
        }
        number += 1;
        let wrong = |what: String| TableError::CsvLine { path: path.to_owned(), line: number, what };
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let text = std::str::from_utf8(&line).map_err(|_| wrong("invalid UTF-8".into()))?;
        take(row::<R>(text).map_err(wrong)?)?;
    }
}

/// Reads an array of objects, with one in memory at a time.
fn array<R: Row>(path: &Path, text: impl Read, take: &mut Take<'_>) -> Result<(), TableError> {
    let mut of = Elements::<'_, R> { path, take, number: 0, error: None, row: std::marker::PhantomData };
    let mut json = serde_json::Deserializer::from_reader(io::BufReader::new(text));
    let read = json.deserialize_seq(&mut of).and_then(|()| json.end());
    match (of.error, read) {
        (Some(error), _) => Err(error),
        (None, Ok(())) => Ok(()),
        (None, Err(error)) if error.is_io() => {
            Err(TableError::File { path: path.to_owned(), source: error.into() })
        }
        (None, Err(error)) => {
            let (line, what) = (error.line() as u64, format!("invalid JSON: {error}"));
            Err(TableError::CsvLine { path: path.to_owned(), line, what })
        }
    }
}

struct Elements<'a, R> {
    path: &'a Path,
    take: &'a mut Take<'a>,
    number: u64,
    error: Option<TableError>,
    row: std::marker::PhantomData<fn() -> R>,
}

impl<'de, R: Row> Visitor<'de> for &mut Elements<'_, R> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while elements.next_element_seed(&mut *self)?.is_some() {}
        Ok(())
    }
}

impl<'de, R: Row> DeserializeSeed<'de> for &mut Elements<'_, R> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, element: D) -> Result<(), D::Error> {
        let raw = <Box<RawValue> as serde::Deserialize>::deserialize(element)?;
        self.number += 1;
        let number = self.number;
        let wrong =
            |what| TableError::FileRow { path: self.path.to_owned(), row_number: number, sheet: None, what };
        let taken = row::<R>(raw.get()).map_err(wrong).and_then(|row| (self.take)(row));
        taken.map_err(|error| {
            self.error = Some(error);
            serde::de::Error::custom("a row can't be read")
        })
    }
}

/// Parses an object as the cells of a row. The error says what is wrong.
fn row<R: Row>(text: &str) -> Result<Vec<Cell>, String> {
    let fields: Fields<'_> = serde_json::from_str(text).map_err(|error| {
        let error = error.to_string();
        // The position that the error names is one within this object, not within the file.
        format!("invalid JSON object: {}", error.split(" at line").next().unwrap_or(&error))
    })?;
    let cell = |column: &super::row::Column| {
        let cell = fields.get(column.name).map_or(Ok(Cell::Missing), |value| from_json(value, column.ty));
        match cell.map_err(|what| format!("field `{}`: {what}", column.name))? {
            Cell::Missing if !column.nullable => {
                let names = fields.0.iter().map(|(name, _)| &**name);
                let hint = match fields.get(column.name) {
                    Some(_) => String::new(),
                    None => skipstone_wiring::suggestion(column.name, names),
                };
                Err(format!("field `{}` is missing, but `{}` requires it{hint}", column.name, R::NAME))
            }
            cell => Ok(cell),
        }
    };
    R::COLUMNS.iter().map(cell).collect()
}
