//! Parquet and Arrow IPC files: their columns have names and types of their own.

use super::TableError;
use super::columns::data_type;
use super::format::{FileFormat, one_after_the_other};
use super::row::Row;
use polars::prelude::*;
use std::path::{Path, PathBuf};

/// Apache Parquet. Columns that the row type does not have are not read.
#[derive(Debug, Clone, Copy)]
pub struct Parquet;

/// Arrow IPC, also known as Feather. Columns that the row type does not have are not read.
#[derive(Debug, Clone, Copy)]
pub struct Ipc;

impl FileFormat for Parquet {
    const NAME: &'static str = "ParquetFile";

    fn plan<R: Row>(paths: &[PathBuf]) -> Result<LazyFrame, TableError> {
        let options = || ScanArgsParquet { glob: false, ..Default::default() };
        all::<R>(paths, |path| LazyFrame::scan_parquet(path, options()))
    }

    fn problem<R: Row>(path: &Path) -> Option<String> {
        Self::plan::<R>(&[path.to_owned()]).err().map(|error| error.to_string())
    }
}

impl FileFormat for Ipc {
    const NAME: &'static str = "IpcFile";

    fn plan<R: Row>(paths: &[PathBuf]) -> Result<LazyFrame, TableError> {
        let options = || UnifiedScanArgs { glob: false, ..Default::default() };
        all::<R>(paths, |path| LazyFrame::scan_ipc(path, Default::default(), options()))
    }

    fn problem<R: Row>(path: &Path) -> Option<String> {
        Self::plan::<R>(&[path.to_owned()]).err().map(|error| error.to_string())
    }
}

/// The rows of all files, each with the columns of `R`.
fn all<R: Row>(
    paths: &[PathBuf],
    scan: impl Fn(PlRefPath) -> PolarsResult<LazyFrame>,
) -> Result<LazyFrame, TableError> {
    let plan = |path: &PathBuf| typed::<R>(scan(PlRefPath::new(path.to_string_lossy()))?, path);
    one_after_the_other(paths.iter().map(plan).collect::<Result<_, _>>()?)
}

/// The plan with the columns of `R`, which have to be of its types.
fn typed<R: Row>(mut plan: LazyFrame, path: &Path) -> Result<LazyFrame, TableError> {
    std::fs::File::open(path).map_err(|source| TableError::File { path: path.to_owned(), source })?;
    let schema = plan.collect_schema()?;
    for column in R::COLUMNS {
        let Some(found) = schema.get(column.name) else {
            let header = schema.iter_names().map(ToString::to_string).collect();
            return Err(TableError::missing_in_file(path, column.name, header));
        };
        if *found != data_type(column.ty) {
            let (expected, found) = (column.ty, found.to_string());
            return Err(TableError::FileColumnType {
                path: path.to_owned(),
                column: column.name,
                expected,
                found,
            });
        }
    }
    let plan = plan.select(R::COLUMNS.iter().map(|column| col(column.name)).collect::<Vec<Expr>>());
    if R::COLUMNS.iter().all(|column| column.nullable) {
        return Ok(plan);
    }
    // Only the columns that somebody reads come here.
    let of = path.to_owned();
    let whole = move |batch: DataFrame| {
        for column in batch.columns().iter().filter(|column| column.null_count() > 0) {
            if R::COLUMNS.iter().any(|wanted| wanted.name == column.name().as_str() && !wanted.nullable) {
                polars_bail!(ComputeError: "{}: column `{}` has a missing value, and `{}` wants one", of.display(), column.name(), R::NAME);
            }
        }
        Ok(batch)
    };
    Ok(plan.map(whole, OptFlags::STREAMING | OptFlags::PROJECTION_PUSHDOWN, None, Some("no gaps")))
}
