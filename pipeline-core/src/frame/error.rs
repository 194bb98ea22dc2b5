//! Errors about tables.

use super::row::ColumnType;
use polars::prelude::PolarsError;
use skipstone_exact::ExactError;
use std::path::{Path, PathBuf};

/// A table can't be read, or doesn't match its row type.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The table lacks a column of the row type.
    #[error("the table has no column `{column}`, which `{row}` has{suggestion}")]
    MissingColumn {
        /// The row type.
        row: &'static str,
        /// The column.
        column: &'static str,
        /// ": did you mean …?", or empty.
        suggestion: String,
    },
    /// The table has a column that the row type lacks.
    #[error("the table has a column `{column}`, which `{row}` does not have: drop it, or add a field")]
    ExtraColumn {
        /// The row type.
        row: &'static str,
        /// The column.
        column: String,
    },
    /// A column has another type than its field.
    #[error(
        "column `{column}` of the table has type {found}, but `{row}` requires {expected}: cast it, or change the field"
    )]
    ColumnType {
        /// The row type.
        row: &'static str,
        /// The column.
        column: &'static str,
        /// The type of the field.
        expected: ColumnType,
        /// The polars type in the table.
        found: String,
    },
    /// The options for reading a file are invalid.
    #[error("{0}")]
    Options(String),
    /// A column has a type that can't be stored.
    #[error("column `{column}` of the table has type {found}, which can't be stored: cast it, or drop it")]
    UnsupportedType {
        /// The column.
        column: String,
        /// Its polars type.
        found: String,
    },
    /// A required value is missing.
    #[error(
        "column `{column}` of the table has no value in row {row_number}, but `{row}` requires one: fill it, or make the field an `Option`"
    )]
    MissingValue {
        /// The row type.
        row: &'static str,
        /// The column.
        column: &'static str,
        /// The row, counted from 1.
        row_number: u64,
    },
    /// A key names a column that the table lacks.
    #[error("`{row}` has no column `{column}` to use as a key; its columns are `{columns}`")]
    UnknownKeyColumn {
        /// The row type.
        row: &'static str,
        /// The column.
        column: String,
        /// The columns of the table.
        columns: String,
    },
    /// A KPI is a field of a table that has more than one row.
    #[error(
        "a KPI is a field of a table with one row, but this table of `{row}` has several: aggregate them first"
    )]
    SeveralRows {
        /// The row type.
        row: &'static str,
    },
    /// A file does not exist or can't be read.
    #[error("can't read {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A file is empty: it has no header.
    #[error("{}: the file is empty; expected a header with {}", path.display(), columns.join(", "))]
    EmptyFile {
        /// The file.
        path: PathBuf,
        /// The columns of the row type.
        columns: Vec<&'static str>,
    },
    /// A file has another format than CSV.
    #[error(
        "{}: the file is {is}, not CSV (UTF-8, plain or compressed with gzip, zlib or zstd)",
        path.display()
    )]
    NotCsv {
        /// The file.
        path: PathBuf,
        /// The format of the file.
        is: &'static str,
    },
    /// A line of a CSV or JSON file can't be read.
    #[error("{}: line {line}: {what}", path.display())]
    CsvLine {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// The problem.
        what: String,
    },
    /// A row of a file can't be read.
    #[error("{}: {}row {row_number}: {what}", path.display(), in_sheet(sheet))]
    FileRow {
        /// The file.
        path: PathBuf,
        /// The row, counted from 1; for a spreadsheet, the row number in the sheet.
        row_number: u64,
        /// The sheet, if the file is a spreadsheet.
        sheet: Option<String>,
        /// The problem.
        what: String,
    },
    /// The value of a column can't be read from the path of its file.
    #[error("{}: column `{column}` (from the path): {what}", path.display())]
    PathColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
        /// The problem with the path.
        what: String,
    },
    /// A compressed file can't be decompressed to its end.
    #[error("{}: the compressed data is damaged or truncated after line {after}: {source}", path.display())]
    Decompress {
        /// The file.
        path: PathBuf,
        /// The number of lines that were read.
        after: u64,
        /// The decompressor's error.
        source: std::io::Error,
    },
    /// The rows of a file can't be written to the temporary file that polars reads.
    #[error("can't write rows to the folder for temporary files ({}): {_0}", std::env::temp_dir().display())]
    Rewrite(std::io::Error),
    /// The job was canceled while it read a file.
    #[error("canceled")]
    Canceled,
    /// A file lacks a column of the row type.
    #[error("{}: no column `{column}`{suggestion}; the header has {}", path.display(), names(header))]
    MissingFileColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
        /// ": did you mean …?", or empty.
        suggestion: String,
        /// The columns of the file.
        header: Vec<String>,
    },
    /// A file lacks a column of the row type, but has it if read with another option.
    #[error("{}: no column `{column}`; to find it, set `#[csv({option})]` on the row type or the input", path.display())]
    CsvDialect {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
        /// The option of `#[csv(…)]` with which the header has the columns of the row type.
        option: String,
    },
    /// The header of a file has a column of the row type twice.
    #[error("{}: the header has column `{column}` twice; rename one of them", path.display())]
    DuplicateFileColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
    },
    /// A column of a file has another type than its field.
    #[error("{}: column `{column}` has type {found}, but the row type requires {expected}: change the field, or read the column as {found} and cast it", path.display())]
    FileColumnType {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
        /// The type of the field.
        expected: ColumnType,
        /// The polars type in the file.
        found: String,
    },
    /// Polars failed to run a query plan.
    #[error(transparent)]
    Polars(#[from] PolarsError),
    /// A query plan failed, or its rows couldn't be aggregated.
    #[error(transparent)]
    Exact(ExactError),
}

fn in_sheet(sheet: &Option<String>) -> String {
    sheet.as_ref().map_or_else(String::new, |sheet| format!("sheet `{}`: ", shortened(sheet)))
}

/// The first 12 names of a header, and the number of names that follow.
fn names(header: &[String]) -> String {
    const ROOM: usize = 12;
    let mut text = header.iter().take(ROOM).map(|name| shortened(name)).collect::<Vec<_>>().join(", ");
    if let Some(more) = header.len().checked_sub(ROOM).filter(|more| *more > 0) {
        text += &format!(" and {more} more");
    }
    text
}

impl TableError {
    /// The error for a file whose `header` lacks `column`, with the nearest name.
    pub(super) fn missing_in_file(path: &Path, column: &'static str, header: Vec<String>) -> TableError {
        let suggestion = match skipstone_wiring::nearest(column, header.iter().map(String::as_str)) {
            Some(near) => format!(": did you mean `{}`?", shortened(near)),
            None => String::new(),
        };
        TableError::MissingFileColumn { path: path.to_owned(), column, suggestion, header }
    }
}

impl From<ExactError> for TableError {
    fn from(error: ExactError) -> TableError {
        match error {
            ExactError::Polars(error) => TableError::Polars(error),
            other => TableError::Exact(other),
        }
    }
}

impl From<TableError> for crate::data::DataError {
    fn from(error: TableError) -> crate::data::DataError {
        crate::data::DataError::Table(error.to_string())
    }
}

/// Shortens a string for a message to 60 characters and escapes special ones.
pub(super) fn shortened(text: &str) -> String {
    let mut letters = text.chars();
    let start: String = letters.by_ref().take(60).flat_map(char::escape_debug).collect();
    if letters.next().is_some() { format!("{start}…") } else { start }
}
