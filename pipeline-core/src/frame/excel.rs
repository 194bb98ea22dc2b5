//! Spreadsheet files.

use super::TableError;
use super::error::shortened;
use super::format::FileFormat;
use super::interned::interned;
use super::rewrite::{self, Take};
use super::row::{Cell, Column, ColumnType, ExcelOptions, Row};
use super::text;
use calamine::{CellErrorType, Data, Range, Reader, Sheets, open_workbook_auto};
use polars::prelude::LazyFrame;
use serde_json::{Map, Value};
use skipstone_wiring::file_options::{ExcelOverrides, unknown_option};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// A sheet of a spreadsheet: Excel (`.xlsx`, `.xlsb`, `.xls`) or OpenDocument (`.ods`), by the file's extension.
///
/// By default this is the first sheet, with the header in its first row; `#[excel(sheet = "Rates", skip_rows = 2)]` on
/// the row type changes both. Each row below the header is a row of the table, unless all its cells are empty.
///
/// * Columns may be in any order; columns that the row type lacks are not read. An empty cell is a missing value, and
///   so is the error `#N/A`; any other error is refused.
/// * Spreadsheets have one type of number, doubles. A cell in a column of whole numbers or decimals must hold such a
///   number in its shortest digits: nothing is rounded. In a `String` column it is read as those digits.
/// * Dates and times are cells with such a format, or strings in the format of CSV files. They have no time zone: a
///   `Zoned` is read as local time in its zone, and a `Timestamp` must be a string.
///
/// A sheet is read into memory as a whole: it has at most a million rows.
#[derive(Debug, Clone, Copy)]
pub struct Excel;

impl FileFormat for Excel {
    const NAME: &'static str = "ExcelFile";
    const ATTRIBUTE: Option<&'static str> = Some("excel");

    type Options = ExcelOptions;

    fn options<R: Row>(overrides: Map<String, Value>) -> Result<ExcelOptions, String> {
        if let Some(unknown) = unknown_option("excel", overrides.keys().map(String::as_str)) {
            return Err(unknown);
        }
        let overrides: ExcelOverrides =
            serde_json::from_value(overrides.into()).map_err(|error| error.to_string())?;
        let sheet = overrides.sheet.as_deref().map(interned).or(R::EXCEL.sheet);
        Ok(ExcelOptions { sheet, skip: overrides.skip_rows.unwrap_or(R::EXCEL.skip) })
    }

    fn plan<R: Row>(paths: &[PathBuf], options: &ExcelOptions) -> Result<LazyFrame, TableError> {
        rewrite::plan::<R>(paths, &|path: &Path, take: &mut Take<'_>| read::<R>(path, options, take))
    }

    fn problem<R: Row>(path: &Path, options: &ExcelOptions) -> Option<String> {
        rewrite::problem(path, &|path: &Path, take: &mut Take<'_>| read::<R>(path, options, take))
    }
}

/// Calls `take` with each row of a file's sheet.
fn read<R: Row>(path: &Path, options: &ExcelOptions, take: &mut Take<'_>) -> Result<(), TableError> {
    let failed = |error: calamine::Error| {
        let source = match error {
            calamine::Error::Io(error) => error,
            other => std::io::Error::other(format!("not a readable spreadsheet: {other}")),
        };
        TableError::File { path: path.to_owned(), source }
    };
    // The reader's own error for a missing file begins with the format that it assumed.
    File::open(path).map_err(|source| TableError::File { path: path.to_owned(), source })?;
    let mut file = open_workbook_auto(path).map_err(failed)?;
    let names = file.sheet_names();
    let name = match options.sheet {
        Some(name) => name.to_owned(),
        None => names.first().cloned().unwrap_or_default(),
    };
    if !names.contains(&name) {
        let hint = skipstone_wiring::suggestion(&name, names.iter().map(String::as_str));
        let source = std::io::Error::other(format!("it has no sheet `{name}`{hint}"));
        return Err(TableError::File { path: path.to_owned(), source });
    }
    let range = file.worksheet_range(&name).map_err(failed)?;
    let sheet = Sheet { path, name: &name, skip: options.skip };
    let mut rows = rows_from(&range, options.skip);
    let Some((number, header)) = rows.next() else {
        let hint = sheet.fitting::<R>(&mut file, &names).unwrap_or_default();
        let what = format!("the sheet is empty; expected a header{hint}");
        return Err(sheet.wrong(u64::from(options.skip) + 1, what));
    };
    let header: Vec<String> = header.iter().map(plain).collect();
    let place = |column: &Column| {
        let mut places = (0..header.len()).filter(|&place| header[place] == column.name);
        match (places.next(), places.next()) {
            (Some(place), None) => Ok(place),
            (Some(_), Some(_)) => Err(sheet
                .wrong(number, format!("the header has column `{}` twice; rename one of them", column.name))),
            (None, _) => Err(sheet.missing::<R>(number, column.name, &header, &mut file, &names)),
        }
    };
    let places = R::COLUMNS.iter().map(place).collect::<Result<Vec<usize>, _>>()?;
    for (number, row) in rows.filter(|(_, row)| row.iter().any(|cell| *cell != Data::Empty)) {
        let cells = R::COLUMNS.iter().zip(&places).map(|(column, &place)| {
            let cell = row.get(place).map_or(Ok(Cell::Missing), |data| cell(data, column.ty));
            match cell {
                Ok(Cell::Missing) if !column.nullable => Err(format!(
                    "column `{}`: the value is missing, but `{}` requires one",
                    column.name,
                    R::NAME
                )),
                other => other.map_err(|what| format!("column `{}`: {what}", column.name)),
            }
        });
        take(cells.collect::<Result<_, _>>().map_err(|what| sheet.wrong(number, what))?)?;
    }
    Ok(())
}

/// Returns the rows of a sheet from its header on, with their row numbers in the sheet.
fn rows_from(range: &Range<Data>, skip: u32) -> impl Iterator<Item = (u64, &[Data])> {
    let first = range.start().map_or(0, |(row, _)| row);
    let numbered =
        range.rows().enumerate().map(move |(place, row)| (u64::from(first) + place as u64 + 1, row));
    numbered.filter(move |(number, _)| *number > u64::from(skip))
}

/// The sheet that errors refer to.
struct Sheet<'a> {
    path: &'a Path,
    name: &'a str,
    /// The number of rows before the header.
    skip: u32,
}

impl Sheet<'_> {
    fn wrong(&self, row_number: u64, what: String) -> TableError {
        TableError::FileRow {
            path: self.path.to_owned(),
            row_number,
            sheet: Some(self.name.to_owned()),
            what,
        }
    }

    /// Returns a hint with the option for another sheet, if the header of one has all columns.
    fn fitting<R: Row>(&self, file: &mut Sheets<BufReader<File>>, names: &[String]) -> Option<String> {
        let mut others = names.iter().filter(|name| *name != self.name);
        let fitting = others.find(|name| {
            let Ok(range) = file.worksheet_range(name) else { return false };
            let Some((_, row)) = rows_from(&range, self.skip).next() else { return false };
            R::COLUMNS.iter().all(|column| row.iter().any(|cell| plain(cell) == column.name))
        });
        let option = |name| {
            format!(
                "; another sheet has the columns: set `#[excel(sheet = \"{name}\")]` on the row type or the input"
            )
        };
        fitting.map(option)
    }

    /// The error for a column that the header lacks.
    fn missing<R: Row>(
        &self,
        row: u64,
        column: &str,
        header: &[String],
        file: &mut Sheets<BufReader<File>>,
        names: &[String],
    ) -> TableError {
        let near = || skipstone_wiring::suggestion(column, header.iter().map(String::as_str));
        let hint = self.fitting::<R>(file, names).unwrap_or_else(near);
        let names: Vec<String> = header.iter().map(|name| shortened(name)).collect();
        self.wrong(row, format!("no column `{column}` among {}{hint}", names.join(", ")))
    }
}

/// Converts a cell to a value of a column of this type. The error says what is wrong with it.
fn cell(data: &Data, ty: ColumnType) -> Result<Cell, String> {
    match data {
        Data::Empty | Data::Error(CellErrorType::NA) => Ok(Cell::Missing),
        Data::Error(error) => Err(format!("the cell is the error {error}")),
        Data::String(text) if text.trim().is_empty() && !matches!(ty, ColumnType::String) => {
            Ok(Cell::Missing)
        }
        Data::DateTime(at) if at.is_duration() => match ty {
            ColumnType::Duration => {
                let milliseconds = (at.as_f64() * 86_400_000.0).round() as i64;
                text::parse(&jiff::SignedDuration::from_millis(milliseconds).to_string(), ty)
            }
            _ => text::parse(&iso(at, ty), ty),
        },
        Data::DateTime(at) if ty.is_number() => text::parse(&at.as_f64().to_string(), ty),
        Data::DateTime(at) => text::parse(&iso(at, ty), ty),
        other => text::parse(&plain(other), ty),
    }
}

/// Formats a date and time as the string that a column of this type reads. The time or the date is left out if the type
/// lacks it and it is zero.
fn iso(at: &calamine::ExcelDateTime, ty: ColumnType) -> String {
    let (year, month, day, hour, minute, second, milli) = at.to_ymd_hms_milli();
    let time = format!("{hour:02}:{minute:02}:{second:02}.{milli:03}");
    let date = format!("{year:04}-{month:02}-{day:02}");
    match ty {
        ColumnType::Date if time == "00:00:00.000" => date,
        ColumnType::Time if at.as_f64() < 1.0 => time,
        _ => format!("{date}T{time}"),
    }
}

/// Formats a cell as a string.
fn plain(data: &Data) -> String {
    match data {
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Bool(value) => value.to_string(),
        Data::DateTime(at) => iso(at, ColumnType::DateTime),
        Data::Error(error) => error.to_string(),
        Data::Empty => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_converted_to_the_types_of_their_columns_or_refused() {
        let float = |number: f64, ty| cell(&Data::Float(number), ty);
        assert_eq!(float(8000.0, ColumnType::U16), Ok(Cell::Whole(8000)));
        assert_eq!(float(8000.0, ColumnType::String), Ok(Cell::String("8000".into())));
        assert_eq!(float(12.35, ColumnType::Decimal(2)), Ok(Cell::Whole(1235)));
        assert!(float(12.345, ColumnType::Decimal(2)).is_err());
        assert_eq!(float(1.5, ColumnType::I64), Err("can't parse `1.5` as i64".into()));
        assert_eq!(cell(&Data::Error(CellErrorType::NA), ColumnType::F64), Ok(Cell::Missing));
        assert_eq!(
            cell(&Data::Error(CellErrorType::Div0), ColumnType::F64),
            Err("the cell is the error #DIV/0!".into())
        );
        assert_eq!(cell(&Data::String(" ".into()), ColumnType::F64), Ok(Cell::Missing));
        assert_eq!(cell(&Data::Bool(true), ColumnType::Bool), Ok(Cell::Bool(true)));
    }

    #[test]
    fn dates_and_times_are_read_as_the_sheet_shows_them() {
        use calamine::{ExcelDateTime, ExcelDateTimeType};
        let at = |days: f64| Data::DateTime(ExcelDateTime::new(days, ExcelDateTimeType::DateTime, false));
        let of = |text: &str, ty| text::parse(text, ty);
        assert_eq!(cell(&at(46_356.0), ColumnType::Date), of("2026-11-30", ColumnType::Date));
        assert_eq!(cell(&at(46_356.5), ColumnType::DateTime), of("2026-11-30T12:00", ColumnType::DateTime));
        assert!(cell(&at(46_356.5), ColumnType::Date).is_err(), "it has a time");
        assert_eq!(cell(&at(0.75), ColumnType::Time), of("18:00:00", ColumnType::Time));
        let berlin = ColumnType::Zoned("Europe/Berlin");
        assert_eq!(cell(&at(46_356.5), berlin), of("2026-11-30T12:00:00+01:00", berlin));
        assert!(cell(&at(46_356.5), ColumnType::Timestamp).is_err(), "it has no time zone");
    }
}
