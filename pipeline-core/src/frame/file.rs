//! Files of tables as inputs.

use super::columnar::{Ipc, Parquet};
use super::csv::Csv;
use super::excel::Excel;
use super::format::{FileFormat, concatenated};
use super::json::Json;
use super::path_columns::{self, InFile};
use super::row::Row;
use super::{Frame, TableError, describe, show};
use crate::data::{
    Codec, DataError, EmptyTable, Format, Item, Located, Page, PageOf, Shape, ShowError, Shown, Source,
    SourceVersion, Tabular, TomlValue, Typed, open_file, toml_value,
};
use crate::store::Blob;
use polars::prelude::LazyFrame;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A CSV file, or several; see [`Csv`] and [`TableFile`].
pub type CsvFile<R> = TableFile<R, Csv>;

/// A spreadsheet, or several; see [`Excel`] and [`TableFile`].
pub type ExcelFile<R> = TableFile<R, Excel>;

/// A file of JSON objects, or several; see [`Json`] and [`TableFile`].
pub type JsonFile<R> = TableFile<R, Json>;

/// A Parquet file, or several; see [`Parquet`] and [`TableFile`].
pub type ParquetFile<R> = TableFile<R, Parquet>;

/// An Arrow IPC file, or several; see [`Ipc`] and [`TableFile`].
pub type IpcFile<R> = TableFile<R, Ipc>;

/// A file with rows `R` as a data node, or all files whose names match a pattern (`data/*.csv`,
/// `data/2026-??/part-*.parquet`, `data/**/*.arrow`), or all files in a folder and its subfolders, except those whose
/// names begin with a dot or an underscore.
///
/// The rows of several files follow each other in the order of the files' paths. The content of the files counts, not
/// their names, unless the row type has columns with parts of the path: `#[row(hive)]`, `#[row(path = "name")]`. A file
/// that is added or removed is a change. Paths and changes of each file work as for a [`File`](crate::File).
pub struct TableFile<R, F> {
    located: Located,
    /// The options of this file by name, which override those of the row type.
    options: Option<Arc<Map<String, Value>>>,
    /// Replaces the rows where a task is called with empty tables.
    without_rows: Option<EmptyTable>,
    row: PhantomData<fn() -> (R, F)>,
}

impl<R: Row, F: FileFormat> TableFile<R, F> {
    /// The file at `path`, or the files whose names match the pattern: `*` matches any characters except `/`, `?` one
    /// character, `[ab]` one of these, and `**` any folders. Wildcards don't match the leading dot of a hidden file. If
    /// a file has the pattern as its name, only that file is read.
    pub fn new(path: impl Into<PathBuf>) -> TableFile<R, F> {
        TableFile { located: Located::new(path.into()), options: None, without_rows: None, row: PhantomData }
    }

    /// The path of the file, or the pattern.
    pub fn path(&self) -> &Path {
        &self.located.path
    }

    /// Returns the rows of the files as a table. They are read when the table is.
    ///
    /// # Errors
    ///
    /// When no file matches, or a file can't be read, is empty, or lacks a column of `R`. A value that doesn't match
    /// its column's type fails the plan; a task that fails for this reason reports the value.
    pub fn scan(&self) -> Result<Frame<R>, TableError> {
        match &self.without_rows {
            None => Ok(Frame::new(self.plan()?)),
            Some(of) => Ok(Frame::new(describe::empty::<R>(of))),
        }
    }

    /// Parses a path with options: `{"path": "a.csv", "separator": ";"}`.
    fn from_options(mut options: Map<String, Value>) -> Result<TableFile<R, F>, String> {
        match options.remove("path") {
            Some(Value::String(path)) => TableFile::new(path).with_own_options(options),
            _ => Err("expected the path of a file, `path`, as a string".into()),
        }
    }

    /// The same file with these options, which are checked.
    fn with_own_options(self, options: Map<String, Value>) -> Result<TableFile<R, F>, String> {
        F::options::<R>(options.clone())?;
        Ok(TableFile { options: (!options.is_empty()).then(|| Arc::new(options)), ..self })
    }

    /// The options with the path, if the file has options.
    fn options_with_path(&self, path: &str) -> Option<Map<String, Value>> {
        let mut options = Map::clone(self.options.as_ref()?);
        options.insert("path".into(), path.into());
        Some(options)
    }

    /// The options for reading the file.
    fn format_options(&self) -> Result<F::Options, TableError> {
        let options = self.options.as_ref().map_or_else(Map::new, |options| Map::clone(options));
        F::options::<R>(options).map_err(TableError::Options)
    }

    fn plan(&self) -> Result<LazyFrame, TableError> {
        let options = self.format_options()?;
        let files =
            self.files().map_err(|source| TableError::File { path: self.path().to_owned(), source })?;
        if R::OF_PATH.is_empty() {
            return F::plan::<R>(&files, &options);
        }
        let plan = |file: &PathBuf| {
            path_columns::with_parts::<R>(F::plan::<InFile<R>>(std::slice::from_ref(file), &options)?, file)
        };
        concatenated(files.iter().map(plan).collect::<Result<_, _>>()?)
    }

    /// The files, sorted; at least one.
    fn files(&self) -> io::Result<Vec<PathBuf>> {
        self.located.files()
    }
}

impl<R, F> Clone for TableFile<R, F> {
    fn clone(&self) -> TableFile<R, F> {
        let (located, options, without_rows) =
            (self.located.clone(), self.options.clone(), self.without_rows.clone());
        TableFile { located, options, without_rows, row: PhantomData }
    }
}

impl<R, F: FileFormat> fmt::Debug for TableFile<R, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", F::NAME, self.located.path.display())
    }
}

impl<R: Row, F: FileFormat> AsRef<Path> for TableFile<R, F> {
    fn as_ref(&self) -> &Path {
        self.path()
    }
}

impl<R: Row, F: FileFormat> From<&str> for TableFile<R, F> {
    fn from(path: &str) -> TableFile<R, F> {
        TableFile::new(path)
    }
}

impl<R: Row, F: FileFormat> Codec for TableFile<R, F> {
    const SCANNED: bool = true;
    const EXTERNAL: bool = true;

    fn encode(&self, out: &mut (dyn Write + Send)) -> Result<(), DataError> {
        self.located.copy(out)
    }

    fn decode(_: &[u8]) -> Result<TableFile<R, F>, DataError> {
        Err(DataError::Decode { ty: F::NAME.into(), message: "it is read from an object".into() })
    }

    fn load(object: &Blob) -> Result<TableFile<R, F>, DataError> {
        Ok(TableFile {
            located: Located::stored(object)?,
            options: None,
            without_rows: None,
            row: PhantomData,
        })
    }

    fn round_trip(self) -> Result<TableFile<R, F>, DataError> {
        Ok(self)
    }

    fn source(&self) -> Option<&dyn Source> {
        Some(self)
    }
}

impl<R: Row, F: FileFormat> Source for TableFile<R, F> {
    fn name(&self) -> &Path {
        self.path()
    }

    fn items(&self) -> io::Result<Vec<PathBuf>> {
        self.files()
    }

    fn version(&self, item: &Path) -> io::Result<Option<SourceVersion>> {
        SourceVersion::of_file(item).map(Some)
    }

    fn open(&self, item: &Path) -> io::Result<Box<dyn Read + Send>> {
        open_file(item)
    }

    fn diagnose(&self) -> Option<String> {
        let options = self.format_options().ok()?;
        self.files().ok()?.iter().find_map(|path| F::problem::<InFile<R>>(path, &options))
    }

    fn counted(&self, item: &Path) -> Vec<u8> {
        let mut counted = path_columns::counted::<R>(item);
        if let Some(options) = &self.options {
            counted.extend(b"options");
            let sorted: BTreeMap<&String, &Value> = options.iter().collect();
            counted.extend(serde_json::to_vec(&sorted).unwrap_or_default());
        }
        counted
    }
}

impl<R: Row, F: FileFormat> Typed for TableFile<R, F> {
    fn parse(text: &str) -> Result<TableFile<R, F>, String> {
        match serde_json::from_str::<Map<String, Value>>(text) {
            Ok(options) if options.contains_key("path") => TableFile::from_options(options),
            _ => Ok(TableFile::new(text)),
        }
    }

    fn text(&self) -> Option<String> {
        let path = self.located.text()?;
        Some(self.options_with_path(&path).map_or(path, |options| Value::from(options).to_string()))
    }

    fn from_toml(value: &TomlValue) -> Result<TableFile<R, F>, String> {
        let toml::Value::Table(options) = &value.0 else {
            return toml_value::path(&value.0).map(TableFile::new);
        };
        match serde_json::to_value(options) {
            Ok(Value::Object(options)) => TableFile::from_options(options),
            _ => Err("expected the path of a file, with options".into()),
        }
    }

    fn to_toml(&self) -> Option<TomlValue> {
        let path = self.located.to_toml()?;
        match path.0.as_str().and_then(|path| self.options_with_path(path)) {
            Some(options) => toml::Value::try_from(options).ok().map(TomlValue),
            None => Some(path),
        }
    }
}

impl<R: Row, F: FileFormat> Shown for TableFile<R, F> {
    fn summary(&self) -> String {
        self.located.summary()
    }

    fn show(&self, format: Format, out: &mut dyn Write) -> Result<(), ShowError> {
        show::show::<R>(self.plan()?, format, out)
    }

    fn shape() -> Shape {
        Shape::Path
    }

    fn page(&self, of: PageOf) -> Result<Page, ShowError> {
        show::page::<R>(self.plan()?, of)
    }
}

impl<R: Row, F: FileFormat> Item for TableFile<R, F> {}

impl<R: Row, F: FileFormat> Tabular for TableFile<R, F> {
    const COLUMNS: &'static [crate::data::Column] = R::COLUMNS;
    const ATTRIBUTE: Option<&'static str> = F::ATTRIBUTE;

    fn check_options(options: &Map<String, Value>) -> Result<(), String> {
        F::options::<R>(options.clone()).map(drop)
    }

    fn with_options(&self, options: &Map<String, Value>) -> Result<TableFile<R, F>, String> {
        // Options of the file itself take precedence.
        let mut all = options.clone();
        all.extend(self.options.iter().flat_map(|own| Map::clone(own)));
        self.clone().with_own_options(all)
    }

    fn without_rows(&self, of: &EmptyTable) -> Option<TableFile<R, F>> {
        Some(TableFile { without_rows: Some(of.clone()), ..self.clone() })
    }
}
