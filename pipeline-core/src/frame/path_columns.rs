//! Columns whose values come from the paths of files.

use super::TableError;
use super::constant;
use super::row::{
    Cell, CellError, Cells, Column, CsvOptions, ExcelOptions, PathColumn, PathPart, Row, RowName,
};
use super::text;
use polars::prelude::*;
use std::marker::PhantomData;
use std::path::Path;

/// The columns of `R` that are stored in files.
pub(super) struct InFile<R>(PhantomData<fn() -> R>);

impl<R: Row> Row for InFile<R> {
    const NAME: &'static str = R::NAME;
    const IDENTITY: RowName = R::IDENTITY;
    const COLUMNS: &'static [Column] = R::IN_FILE;
    const CSV: CsvOptions = R::CSV;
    const EXCEL: ExcelOptions = R::EXCEL;

    fn cells(&self) -> Vec<Cell> {
        unreachable!("`InFile` has no rows")
    }

    fn from_cells(_: &mut Cells<'_>) -> Result<Self, CellError> {
        unreachable!("`InFile` has no rows")
    }
}

/// Adds the columns of `R` that come from a file's path to the rows of the file.
pub(super) fn with_parts<R: Row>(plan: LazyFrame, path: &Path) -> Result<LazyFrame, TableError> {
    let value = |of: &PathColumn| {
        let cell = cell(of, path).map_err(|what| wrong(path, of, what))?;
        Ok(constant::of_cell(&cell, of.column.ty)?.alias(of.column.name))
    };
    let values = R::OF_PATH.iter().map(value).collect::<Result<Vec<Expr>, TableError>>()?;
    let order: Vec<Expr> = R::COLUMNS.iter().map(|column| col(column.name)).collect();
    Ok(plan.with_columns(values).select(order))
}

/// The parts of a file's path that count as its content, as strings. A part that can't be read counts as the whole
/// path.
pub(super) fn counted<R: Row>(path: &Path) -> Vec<u8> {
    let mut counted = Vec::new();
    for of in R::OF_PATH {
        let part = match cell(of, path) {
            Ok(cell) => text::exact(&cell, of.column.ty),
            Err(_) => path.to_string_lossy().into_owned(),
        };
        counted.extend((part.len() as u64).to_le_bytes());
        counted.extend(part.as_bytes());
    }
    counted
}

fn wrong(path: &Path, of: &PathColumn, what: String) -> TableError {
    TableError::PathColumn { path: path.to_owned(), column: of.column.name, what }
}

/// Returns the value of a path column for this path. The error says what is wrong with the path.
fn cell(of: &PathColumn, path: &Path) -> Result<Cell, String> {
    let found = part(of, path)?;
    match found {
        Some(text) => text::parse(&text, of.column.ty),
        None if of.column.nullable => Ok(Cell::Missing),
        None => Err("the value is missing, but the row type requires one".into()),
    }
}

/// The name of a Hive folder whose value is missing, after the `=`.
const MISSING: &str = "__HIVE_DEFAULT_PARTITION__";

fn part(of: &PathColumn, path: &Path) -> Result<Option<String>, String> {
    let name = |name: Option<&std::ffi::OsStr>| name.map(|name| name.to_string_lossy().into_owned());
    match of.part {
        PathPart::Name => Ok(name(path.file_name())),
        PathPart::Stem => Ok(name(path.file_stem())),
        PathPart::Folder => Ok(name(path.parent().and_then(Path::file_name))),
        PathPart::Hive => {
            let folders = path.parent().into_iter().flat_map(|parent| parent.components().rev());
            for folder in folders {
                let folder = folder.as_os_str().to_string_lossy();
                if let Some((key, value)) = folder.split_once('=')
                    && decoded(key) == of.column.name
                {
                    return Ok((value != MISSING).then(|| decoded(value)));
                }
            }
            Err(format!("no folder in the path is named `{}=…`", of.column.name))
        }
        PathPart::Between(before, after) => {
            let path = path.to_string_lossy();
            // The last match, because names of parent folders may contain the same characters.
            let end = if after.is_empty() { Some(path.len()) } else { path.rfind(after) };
            let between = end.and_then(|end| {
                let start = path[..end].rfind(before)? + before.len();
                (start <= end).then(|| path[start..end].to_owned())
            });
            between.map(Some).ok_or_else(|| format!("the path doesn't match `{before}{{}}{after}`"))
        }
    }
}

/// Decodes the characters that Hive writes as `%` and two hexadecimal digits.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let code = bytes.get(i + 1..i + 3).filter(|_| bytes[i] == b'%');
        let code = code.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        plain.push(code.unwrap_or(bytes[i]));
        i += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8(plain).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::ColumnType;

    fn of(
        name: &'static str,
        ty: ColumnType,
        nullable: bool,
        part: PathPart,
        path: &str,
    ) -> Result<String, String> {
        let column = Column { field: name, name, ty, nullable, key: false, docs: "" };
        cell(&PathColumn { column, part }, Path::new(path)).map(|cell| text::exact(&cell, ty))
    }

    #[test]
    fn parts_of_a_path_are_read_as_values() {
        let path = "/data/year=2026/town=New%20York/sales-2026-11.csv";
        let text = |part| of("file", ColumnType::String, false, part, path);
        assert_eq!(text(PathPart::Name).as_deref(), Ok("sales-2026-11.csv"));
        assert_eq!(text(PathPart::Stem).as_deref(), Ok("sales-2026-11"));
        assert_eq!(text(PathPart::Folder).as_deref(), Ok("town=New%20York"));
        assert_eq!(text(PathPart::Between("sales-", ".csv")).as_deref(), Ok("2026-11"));
        let hive = |name, ty, nullable| of(name, ty, nullable, PathPart::Hive, path);
        assert_eq!(hive("year", ColumnType::I32, false).as_deref(), Ok("2026"));
        assert_eq!(hive("town", ColumnType::String, false).as_deref(), Ok("New York"));
        assert_eq!(hive("day", ColumnType::I32, true), Err("no folder in the path is named `day=…`".into()));
        assert_eq!(hive("town", ColumnType::I32, true), Err("can't parse `New York` as i32".into()));
        let missing = "/data/year=__HIVE_DEFAULT_PARTITION__/a.csv";
        assert_eq!(of("year", ColumnType::I32, true, PathPart::Hive, missing).as_deref(), Ok(""));
        assert!(of("year", ColumnType::I32, false, PathPart::Hive, missing).is_err());
        let none = of("m", ColumnType::String, false, PathPart::Between("a-", ".csv"), path);
        assert_eq!(none, Err("the path doesn't match `a-{}.csv`".into()));
    }
}
