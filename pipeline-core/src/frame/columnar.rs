//! Parquet and Arrow IPC files, which store the names and types of their columns.

use super::format::{FileFormat, concatenated, no_options};
use super::row::Row;
use super::widening::{Widening, widening};
use super::{TableError, sink};
use polars::prelude::*;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// Apache Parquet. Columns that the row type lacks are not read.
#[derive(Debug, Clone, Copy)]
pub struct Parquet;

/// Arrow IPC, also known as Feather. Columns that the row type lacks are not read.
#[derive(Debug, Clone, Copy)]
pub struct Ipc;

impl FileFormat for Parquet {
    const NAME: &'static str = "ParquetFile";

    type Options = ();

    fn options<R: Row>(overrides: Map<String, Value>) -> Result<(), String> {
        no_options(&overrides)
    }

    fn plan<R: Row>(paths: &[PathBuf], (): &()) -> Result<LazyFrame, TableError> {
        all::<R>(paths, scan_parquet)
    }

    fn problem<R: Row>(path: &Path, (): &()) -> Option<String> {
        problem::<R>(path, scan_parquet)
    }
}

pub(super) fn scan_parquet(path: PlRefPath) -> PolarsResult<LazyFrame> {
    LazyFrame::scan_parquet(path, ScanArgsParquet { glob: false, ..Default::default() })
}

impl FileFormat for Ipc {
    const NAME: &'static str = "IpcFile";

    type Options = ();

    fn options<R: Row>(overrides: Map<String, Value>) -> Result<(), String> {
        no_options(&overrides)
    }

    fn plan<R: Row>(paths: &[PathBuf], (): &()) -> Result<LazyFrame, TableError> {
        all::<R>(paths, scan_ipc)
    }

    fn problem<R: Row>(path: &Path, (): &()) -> Option<String> {
        problem::<R>(path, scan_ipc)
    }
}

pub(super) fn scan_ipc(path: PlRefPath) -> PolarsResult<LazyFrame> {
    LazyFrame::scan_ipc(path, Default::default(), UnifiedScanArgs { glob: false, ..Default::default() })
}

/// Returns what is wrong with the file: with its columns, or with the first value that can't be converted to the wanted
/// type.
fn problem<R: Row>(path: &Path, scan: impl Fn(PlRefPath) -> PolarsResult<LazyFrame>) -> Option<String> {
    let file = || scan(PlRefPath::new(path.to_string_lossy()));
    let found = file().map_err(TableError::from).and_then(|plan| typed::<R>(plan, path));
    if let Err(error) = found {
        return Some(error.to_string());
    }
    for column in R::COLUMNS {
        let schema = file().ok()?.collect_schema().ok()?;
        let widening = widening(schema.get(column.name)?, column.ty)?;
        if !matches!(widening, Widening::Unit | Widening::Names) {
            continue;
        }
        let mut before = 0;
        let mut wrong = None;
        let looked = sink::batches(file().ok()?.select([col(column.name)]), |batch| {
            if let Err(invalid) = widening.values(batch.column(column.name)?, column.ty)? {
                let (row, what) = (before + invalid.row + 1, invalid.what);
                wrong.get_or_insert(format!(
                    "{}: row {row}, column `{}`: {what}",
                    path.display(),
                    column.name
                ));
            }
            before += batch.height();
            Ok::<(), TableError>(())
        });
        if looked.is_ok() && wrong.is_some() {
            return wrong;
        }
    }
    None
}

/// Returns a plan with the rows of all files and the columns of `R`.
fn all<R: Row>(
    paths: &[PathBuf],
    scan: impl Fn(PlRefPath) -> PolarsResult<LazyFrame>,
) -> Result<LazyFrame, TableError> {
    let plan = |path: &PathBuf| typed::<R>(scan(PlRefPath::new(path.to_string_lossy()))?, path);
    concatenated(paths.iter().map(plan).collect::<Result<_, _>>()?)
}

/// Returns the plan with the columns of `R`, converted to its types.
fn typed<R: Row>(mut plan: LazyFrame, path: &Path) -> Result<LazyFrame, TableError> {
    std::fs::File::open(path).map_err(|source| TableError::File { path: path.to_owned(), source })?;
    let schema = plan.collect_schema()?;
    let mut columns = Vec::new();
    for column in R::COLUMNS {
        let Some(found) = schema.get(column.name) else {
            let header = schema.iter_names().map(ToString::to_string).collect();
            return Err(TableError::missing_in_file(path, column.name, header));
        };
        let Some(widening) = widening(found, column.ty) else {
            let (expected, found) = (column.ty, found.to_string());
            return Err(TableError::FileColumnType {
                path: path.to_owned(),
                column: column.name,
                expected,
                found,
            });
        };
        columns.push(widening.expression(column, Some(path)));
    }
    let plan = plan.select(columns);
    if R::COLUMNS.iter().all(|column| column.nullable) {
        return Ok(plan);
    }
    // The batch has only the columns that are read.
    let of = path.to_owned();
    let whole = move |batch: DataFrame| {
        for column in batch.columns().iter().filter(|column| column.null_count() > 0) {
            if R::COLUMNS.iter().any(|wanted| wanted.name == column.name().as_str() && !wanted.nullable) {
                polars_bail!(ComputeError: "{}: column `{}` has a missing value, but `{}` requires one", of.display(), column.name(), R::NAME);
            }
        }
        Ok(batch)
    };
    Ok(plan.map(whole, OptFlags::STREAMING | OptFlags::PROJECTION_PUSHDOWN, None, Some("required values")))
}
