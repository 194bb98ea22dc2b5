//! What can be wrong with a table.

use super::row::ColumnType;
use polars::prelude::PolarsError;
use skipstone_exact::ExactError;
use std::path::{Path, PathBuf};

/// A table that can't be read, or is not what its row type says.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// A column of the row type is not in the table.
    #[error("the table has no column `{column}`, which `{row}` has{suggestion}")]
    MissingColumn {
        /// The row type.
        row: &'static str,
        /// The column.
        column: &'static str,
        /// ": did you mean …?" or nothing.
        suggestion: String,
    },
    /// A column of the table is not in the row type.
    #[error("the table has a column `{column}`, which `{row}` has not: drop it, or add a field")]
    ExtraColumn {
        /// The row type.
        row: &'static str,
        /// The column.
        column: String,
    },
    /// A column is of another type.
    #[error(
        "column `{column}` of the table holds {found}, and `{row}` wants {expected}: cast it, or change the field"
    )]
    ColumnType {
        /// The row type.
        row: &'static str,
        /// The column.
        column: &'static str,
        /// The type of the field.
        expected: ColumnType,
        /// The type in the table, as polars calls it.
        found: String,
    },
    /// What is said of how a file is written can't be.
    #[error("{0}")]
    Options(String),
    /// A column is of a type that no table in a store has.
    #[error("column `{column}` of the table holds {found}, which can't be stored: cast it, or drop it")]
    NoColumnType {
        /// The column.
        column: String,
        /// Its type, as polars calls it.
        found: String,
    },
    /// A value is missing where none may be.
    #[error(
        "column `{column}` of the table has no value in row {row_number}, and `{row}` wants one: fill it, or make the field an `Option`"
    )]
    MissingValue {
        /// The row type.
        row: &'static str,
        /// The column.
        column: &'static str,
        /// The row, counted from 1.
        row_number: u64,
    },
    /// A table has no such column to tell rows by.
    #[error("`{row}` has no column `{column}` that could be a key; there is `{columns}`")]
    NoKeyColumn {
        /// The row type.
        row: &'static str,
        /// The column.
        column: String,
        /// The columns that there are.
        columns: String,
    },
    /// A KPI is a field of the only row.
    #[error(
        "a KPI is a field of a table of one row, and this table of `{row}` has several: sum them up first"
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
        /// Why.
        source: std::io::Error,
    },
    /// A file has not even a header.
    #[error("{}: the file is empty; expected a header with {}", path.display(), columns.join(", "))]
    EmptyFile {
        /// The file.
        path: PathBuf,
        /// The columns of the row type.
        columns: Vec<&'static str>,
    },
    /// A file is of another kind.
    #[error(
        "{}: the file is {is}, and not CSV: text in UTF-8, plain or compressed with gzip, zlib or zstd",
        path.display()
    )]
    NotCsv {
        /// The file.
        path: PathBuf,
        /// What it is.
        is: &'static str,
    },
    /// A line of a text file can't be read.
    #[error("{}: line {line}: {what}", path.display())]
    CsvLine {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// A row of a file can't be read.
    #[error("{}: {}row {row_number}: {what}", path.display(), in_sheet(sheet))]
    FileRow {
        /// The file.
        path: PathBuf,
        /// The row, counted from 1; of a sheet as it counts them.
        row_number: u64,
        /// The sheet, where the file has sheets.
        sheet: Option<String>,
        /// What is wrong with it.
        what: String,
    },
    /// The path of a file does not have the value of a column.
    #[error("{}: column `{column}` is a part of the path: {what}", path.display())]
    PathPart {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
        /// What is wrong with the path.
        what: String,
    },
    /// A compressed file can't be unpacked to its end.
    #[error("{}: the compressed data is damaged or cut, after line {after}: {source}", path.display())]
    Packed {
        /// The file.
        path: PathBuf,
        /// How many lines could be read.
        after: u64,
        /// What the decompressor says.
        source: std::io::Error,
    },
    /// Rows of a file are written anew before polars reads them, and can't be written.
    #[error("can't write rows to the folder for temporary files ({}): {_0}", std::env::temp_dir().display())]
    Rewriting(std::io::Error),
    /// The job was canceled while it read a file.
    #[error("canceled")]
    Canceled,
    /// A column of the row type is not in a file.
    #[error("{}: there is no column `{column}`{suggestion}; the header has {}", path.display(), names(header))]
    MissingFileColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
        /// ": did you mean …?" or nothing.
        suggestion: String,
        /// The columns of the file.
        header: Vec<String>,
    },
    /// A column of the row type is in a file that is written otherwise than the row type says.
    #[error("{}: there is no column `{column}`; there is with `#[csv({option})]` on the row type or the input", path.display())]
    CsvDialect {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
        /// The option of `#[csv(…)]` with which the columns of the row type are in the header.
        option: String,
    },
    /// A column of the row type is in a file twice.
    #[error("{}: the header has column `{column}` twice; rename one of them", path.display())]
    DoubledFileColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
    },
    /// A column of a file is of another type.
    #[error("{}: column `{column}` holds {found}, and the row type wants {expected}: change the field, or read it so and cast it", path.display())]
    FileColumnType {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
        /// The type of the field.
        expected: ColumnType,
        /// The type in the file, as polars calls it.
        found: String,
    },
    /// Polars could not do what a plan says.
    #[error(transparent)]
    Polars(#[from] PolarsError),
    /// A plan could not be carried out, or its rows not summed up.
    #[error(transparent)]
    Exact(ExactError),
}

fn in_sheet(sheet: &Option<String>) -> String {
    sheet.as_ref().map_or_else(String::new, |sheet| format!("sheet `{}`: ", shortened(sheet)))
}

/// The names in a header, as many as a line has room for.
fn names(header: &[String]) -> String {
    const ROOM: usize = 12;
    let mut text = header.iter().take(ROOM).map(|name| shortened(name)).collect::<Vec<_>>().join(", ");
    if let Some(more) = header.len().checked_sub(ROOM).filter(|more| *more > 0) {
        text += &format!(" and {more} more");
    }
    text
}

impl TableError {
    /// `column` is not among those of a file.
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

/// A text for a message: in a line, and not too long.
pub(super) fn shortened(text: &str) -> String {
    let mut letters = text.chars();
    let start: String = letters.by_ref().take(60).flat_map(char::escape_debug).collect();
    if letters.next().is_some() { format!("{start}…") } else { start }
}
