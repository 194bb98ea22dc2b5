//! CSV files as inputs.

mod missing;
mod problem;

use super::columns::data_type;
use super::row::{ColumnType, Row};
use super::{Frame, TableError};
use crate::data::{Data, DataError, Format, Located, ShowError, Sink, StoredObject};
use crate::error::Result;
use pipeline_wiring::suggestion;
use polars::prelude::*;
use std::fmt;
use std::io::Write;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

/// A CSV file whose rows are `R`, as a data node.
///
/// The file has a header; the columns of `R` may stand in any order, others are not read. Values are
/// read as the types that `R` says, nothing is guessed. Empty fields and the usual words (`NA`, `NaN`,
/// `null`, …) are missing values. As to paths and when a file counts as changed, it is a
/// [`File`](crate::File).
pub struct CsvFile<R> {
    located: Located,
    row: PhantomData<fn() -> R>,
}

impl<R: Row> CsvFile<R> {
    /// The file at `path`.
    pub fn new(path: impl Into<PathBuf>) -> CsvFile<R> {
        CsvFile { located: Located::new(path.into()), row: PhantomData }
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.located.path
    }

    /// The file's rows as a table, which is read when the table is.
    ///
    /// # Errors
    ///
    /// When the file can't be read, is empty, or lacks a column of `R`. A value that is not of its
    /// column's type fails the plan; a task that fails so says which value it was.
    pub fn scan(&self) -> Result<Frame<R>> {
        Ok(Frame::new(self.typed()?))
    }

    /// A reader that takes nothing but empty fields for missing values.
    fn plain_reader(&self) -> LazyCsvReader {
        LazyCsvReader::new(PlRefPath::new(self.path().to_string_lossy())).with_glob(false)
    }

    fn reader(&self) -> LazyCsvReader {
        self.plain_reader()
            .with_null_values(Some(NullValues::AllColumns(missing::WORDS.map(Into::into).to_vec())))
    }

    /// The names in the header, after checking that those of `R` are among them.
    fn header(&self) -> Result<Vec<String>, TableError> {
        let path = || self.path().to_owned();
        let size =
            std::fs::metadata(self.path()).map_err(|source| TableError::File { path: path(), source })?.len();
        if size == 0 {
            let columns = R::COLUMNS.iter().map(|column| column.name).collect();
            return Err(TableError::EmptyFile { path: path(), columns });
        }
        let schema = self.reader().with_infer_schema_length(Some(0)).finish()?.collect_schema()?;
        let header: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
        for column in R::COLUMNS {
            if !header.iter().any(|name| name == column.name) {
                let suggestion = suggestion(column.name, header.iter().map(String::as_str));
                let suggestion = if suggestion.contains('?') { suggestion } else { String::new() };
                return Err(TableError::MissingFileColumn {
                    path: path(),
                    column: column.name,
                    suggestion,
                    header,
                });
            }
        }
        // Polars gives a second column of one name another name.
        for name in &header {
            let base = name.rsplit_once("_duplicated_").map(|(base, _)| base);
            if let Some(column) = R::COLUMNS.iter().find(|column| base == Some(column.name)) {
                return Err(TableError::DoubledFileColumn { path: path(), column: column.name });
            }
        }
        Ok(header)
    }

    fn typed(&self) -> Result<LazyFrame, TableError> {
        let header = self.header()?;
        // Polars compares each field with each of the words, which takes as long as all the rest of
        // its reading. Most files have none of them, and looking for them takes a hundredth of it.
        let words = missing::occur_in(self.path())
            .map_err(|source| TableError::File { path: self.path().to_owned(), source })?;
        let reader = if words { self.reader() } else { self.plain_reader() };
        let plan = reader.with_schema(Some(schema::<R>(&header, data_type))).finish()?;
        // Polars looks at the rest of a line only when it reads all columns; when it reads some, a line
        // with a comma too many gives wrong values and no error. So this step asks for all of them.
        let plan = plan.map(complete::<R>, OptFlags::STREAMING, None, Some("whole lines"));
        Ok(plan.select(R::COLUMNS.iter().map(|column| col(column.name)).collect::<Vec<Expr>>()))
    }
}

/// The batch without empty lines, if it has values wherever `R` wants them.
fn complete<R: Row>(mut batch: DataFrame) -> PolarsResult<DataFrame> {
    // A line without any value is no row: blank lines, as at the end of many files.
    if batch.height() > 0 && batch.columns().iter().all(|column| column.null_count() > 0) {
        let some = batch.columns().iter().map(Column::is_not_null).reduce(|some, next| some | next);
        if let Some(some) = some {
            batch = batch.filter(&some)?;
        }
    }
    for column in R::COLUMNS.iter().filter(|column| !column.nullable) {
        if batch.column(column.name)?.null_count() > 0 {
            polars_bail!(ComputeError: "column `{}` has a missing value, and `{}` wants one", column.name, R::NAME);
        }
    }
    Ok(batch)
}

/// The file's columns: those of `R` as `ty` says, the others as texts.
fn schema<R: Row>(header: &[String], ty: impl Fn(ColumnType) -> DataType) -> SchemaRef {
    let field = |name: &String| {
        let column = R::COLUMNS.iter().find(|column| column.name == name);
        Field::new(name.as_str().into(), column.map_or(DataType::String, |column| ty(column.ty)))
    };
    SchemaRef::new(header.iter().map(field).collect())
}

impl<R> Clone for CsvFile<R> {
    fn clone(&self) -> CsvFile<R> {
        CsvFile { located: self.located.clone(), row: PhantomData }
    }
}

impl<R> fmt::Debug for CsvFile<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CsvFile({})", self.located.path.display())
    }
}

impl<R: Row> AsRef<Path> for CsvFile<R> {
    fn as_ref(&self) -> &Path {
        self.path()
    }
}

impl<R: Row> From<&str> for CsvFile<R> {
    fn from(path: &str) -> CsvFile<R> {
        CsvFile::new(path)
    }
}

impl<R: Row> Data for CsvFile<R> {
    const SCANNED: bool = true;
    const EXTERNAL: bool = true;

    fn faithful(self) -> Result<CsvFile<R>, DataError> {
        Ok(self)
    }

    fn save(&self, sink: &mut Sink<'_>) -> Result<(), DataError> {
        self.located.copy(sink)
    }

    fn load(object: &StoredObject) -> Result<CsvFile<R>, DataError> {
        Ok(CsvFile { located: Located::stored(object), row: PhantomData })
    }

    fn parse(text: &str) -> Result<CsvFile<R>, String> {
        Ok(CsvFile::new(text))
    }

    fn brief(&self) -> String {
        self.located.brief()
    }

    fn show(&self, format: Format, out: &mut dyn Write) -> Result<(), ShowError> {
        super::show::show::<R>(self.typed()?, format, out)
    }

    fn source(&self) -> Option<&Path> {
        Some(self.path())
    }

    fn diagnose(&self) -> Option<String> {
        match self.header() {
            Err(error) => Some(error.to_string()),
            Ok(_) => self.first_bad_line().or_else(|| self.first_bad_value().ok().flatten()),
        }
    }
}
