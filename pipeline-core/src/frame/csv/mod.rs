//! CSV files.

mod missing;
mod problem;

use super::TableError;
use super::columns::data_type;
use super::file::FileFormat;
use super::row::{ColumnType, Row};
use polars::prelude::*;
use std::io::Read;
use std::marker::PhantomData;
use std::path::Path;

/// Comma-separated values with a header, plain or compressed (gzip, zlib, zstd).
///
/// The columns of the row type may stand in any order, others are not read. Values are read as the
/// types that the row type says, nothing is guessed. Empty fields and the usual words (`NA`, `NaN`,
/// `null`, …) are missing values.
#[derive(Debug, Clone, Copy)]
pub struct Csv;

impl FileFormat for Csv {
    const NAME: &'static str = "CsvFile";

    fn plan<R: Row>(path: &Path) -> Result<LazyFrame, TableError> {
        OneFile::<R>::new(path).typed()
    }

    fn problem<R: Row>(path: &Path) -> Option<String> {
        let file = OneFile::<R>::new(path);
        match file.header() {
            Err(error) => Some(error.to_string()),
            Ok(_) => file.first_bad_line().or_else(|| file.first_bad_value().ok().flatten()),
        }
    }
}

/// A CSV file that is to have rows of type `R`.
struct OneFile<'a, R> {
    path: &'a Path,
    row: PhantomData<fn() -> R>,
}

impl<'a, R: Row> OneFile<'a, R> {
    fn new(path: &'a Path) -> OneFile<'a, R> {
        OneFile { path, row: PhantomData }
    }

    /// A reader that takes nothing but empty fields for missing values.
    fn plain_reader(&self) -> LazyCsvReader {
        LazyCsvReader::new(PlRefPath::new(self.path.to_string_lossy())).with_glob(false)
    }

    fn reader(&self) -> LazyCsvReader {
        self.plain_reader()
            .with_null_values(Some(NullValues::AllColumns(missing::WORDS.map(Into::into).to_vec())))
    }

    /// The names in the header, after checking that those of `R` are among them.
    fn header(&self) -> Result<Vec<String>, TableError> {
        let path = || self.path.to_owned();
        let size =
            std::fs::metadata(self.path).map_err(|source| TableError::File { path: path(), source })?.len();
        if size == 0 {
            let columns = R::COLUMNS.iter().map(|column| column.name).collect();
            return Err(TableError::EmptyFile { path: path(), columns });
        }
        let schema = self.reader().with_infer_schema_length(Some(0)).finish()?.collect_schema()?;
        let header: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
        for column in R::COLUMNS {
            if !header.iter().any(|name| name == column.name) {
                return Err(TableError::missing_in_file(self.path, column.name, header));
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
        let file_error = |source| TableError::File { path: self.path.to_owned(), source };
        let words = is_compressed(self.path).map_err(file_error)?
            || missing::occur_in(self.path).map_err(file_error)?;
        let reader = if words { self.reader() } else { self.plain_reader() };
        let plan = reader.with_schema(Some(schema::<R>(&header, data_type))).finish()?;
        // Polars looks at the rest of a line only when it reads all columns; when it reads some, a line
        // with a comma too many gives wrong values and no error. So this step asks for all of them.
        let plan = plan.map(complete::<R>, OptFlags::STREAMING, None, Some("whole lines"));
        Ok(plan.select(R::COLUMNS.iter().map(|column| col(column.name)).collect::<Vec<Expr>>()))
    }
}

/// Whether the file begins like one that polars decompresses: gzip, zlib or zstd.
fn is_compressed(path: &Path) -> std::io::Result<bool> {
    let mut magic = Vec::with_capacity(4);
    std::fs::File::open(path)?.take(4).read_to_end(&mut magic)?;
    let zlib = [[0x78, 0x01], [0x78, 0x5e], [0x78, 0x9c], [0x78, 0xda]];
    Ok(magic.starts_with(&[0x1f, 0x8b])
        || magic == [0x28, 0xb5, 0x2f, 0xfd]
        || zlib.iter().any(|start| magic.starts_with(start)))
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
