//! CSV files.
//!
//! [`survey`] decides whether polars may read a file as it is. If not, [`rows`] reads it record by record ([`records`])
//! and rewrites its rows unambiguously, to a temporary file that is deleted with the plan.

mod dialect;
mod guess;
mod missing;
mod options;
mod packed;
mod records;
mod rows;
mod survey;

use super::TableError;
use super::columns::{data_type, from_strings, is_plain_text};
use super::format::{FileFormat, concatenated};
use super::packing::Packing;
use super::row::{Column, ColumnType, CsvOptions, Row};
pub(super) use guess::{Guess, guess};
use packed::packing;
use polars::prelude::{Column as Values, *};
use rows::{Header, Rows};
pub(super) use rows::{field, is_text};
use serde_json::{Map, Value};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Comma-separated values with a header, in UTF-8, plain or compressed (gzip, zlib, zstd). `#[csv(…)]` on the row type
/// sets other options, see [`derive(Row)`](crate::Row). Nothing is guessed.
///
/// Before an input, the same attribute applies to the files of that input and overrides the row type:
///
/// ```
/// use skipstone::{CsvFile, Result, Row, scenario, task};
///
/// #[derive(Row)]
/// struct Order { price: f64 }
///
/// #[task(skippable)]
/// fn total(orders: &CsvFile<Order>) -> Result<f64> {
///     Ok(orders.scan()?.rows()?.iter().map(|order| order.price).sum())
/// }
///
/// scenario! {
///     pub Shop {
///         #[csv(separator = ";", decimal = ",")]
///         input orders: CsvFile<Order> = "orders.csv";
///
///         total = total(orders);
///     }
/// }
/// ```
///
/// In a scenario file this is `csv = { separator = ";", decimal = "," }` in `[inputs.orders]`. Where a value is given,
/// in settings or as a string, `{ path = "orders.csv", separator = ";" }` sets the option for that file alone.
///
/// The columns of the row type may be in any order; other columns are not read. Values are read as the types of the row
/// type:
///
/// * **Every line is a row**, even if all its fields are missing. Only a line without any character is skipped. Lines
///   end with `\n`, `\r\n` or `\r`. A line with more fields than the header is refused, and so is one with fewer,
///   unless the row type has `#[csv(short_lines = "filled")]`. Messages count lines as an editor does.
/// * **Missing** is an empty field, or one of the words `NA`, `N/A`, `n/a`, `#N/A`, `#N/A N/A`, `#NA`, `<NA>`, `NaN`,
///   `nan`, `NAN`, `-nan`, `-NaN`, `-NAN`, `NULL`, `null`, `Null`, `None`; `#[csv(missing = ["-", "?"])]` on the row
///   type replaces these words. **A quoted string is a string**, even if it is such a word or empty. In a column of
///   floats, NaN is missing in any spelling.
/// * Numbers and booleans may have spaces and quotes around them. A whole number has digits and a sign: `3.0` is
///   refused. A number out of range for its type is refused, also one that would round to infinity, such as `1e400`;
///   `inf` and `-inf` are numbers. A boolean is `true` or `false`, in upper or lower case. Strings keep their spaces.
/// * A quote inside a field is doubled, and the field is quoted (RFC 4180).
#[derive(Debug, Clone, Copy)]
pub struct Csv;

/// If there are more files than this, small ones are read together.
const MANY: usize = 16;

/// Files with fewer bytes than this are small.
const SMALL: u64 = 1 << 18;

impl FileFormat for Csv {
    const NAME: &'static str = "CsvFile";
    const ATTRIBUTE: Option<&'static str> = Some("csv");

    type Options = CsvOptions;

    fn options<R: Row>(overrides: Map<String, Value>) -> Result<CsvOptions, String> {
        options::overridden(R::CSV, overrides)
    }

    fn plan<R: Row>(paths: &[PathBuf], options: &CsvOptions) -> Result<LazyFrame, TableError> {
        let mut groups: Vec<Group> = Vec::new();
        for path in paths {
            let group = Group::of::<R>(path, paths.len() > MANY, options)?;
            match (groups.last_mut(), group) {
                (Some(Group::Plain(last, header)), Group::Plain(paths, same)) if *header == same => {
                    last.extend(paths);
                }
                (Some(Group::Rewritten(last)), Group::Rewritten(paths)) => last.extend(paths),
                (_, group) => groups.push(group),
            }
        }
        concatenated(groups.into_iter().map(|group| group.plan::<R>(options)).collect::<Result<_, _>>()?)
    }

    fn problem<R: Row>(path: &Path, options: &CsvOptions) -> Option<String> {
        let checked = packing(path, options.encoding)
            .and_then(|packing| Rows::<R>::open(path, packing, options)?.check());
        checked.err().map(|error| error.to_string())
    }
}

/// Files that are read together, one after the other.
enum Group {
    /// Polars reads them as they are; they have the same header.
    Plain(Vec<PathBuf>, Header),
    /// Their rows are rewritten.
    Rewritten(Vec<PathBuf>),
}

impl Group {
    /// Decides how a file is read. `many` is set if it is one of many files.
    fn of<R: Row>(path: &Path, many: bool, options: &CsvOptions) -> Result<Group, TableError> {
        let file_error = |source| TableError::File { path: path.to_owned(), source };
        let rewritten = || Ok(Group::Rewritten(vec![path.to_owned()]));
        if many && std::fs::metadata(path).map_err(file_error)?.len() < SMALL {
            return rewritten();
        }
        let packing = packing(path, options.encoding)?;
        // Compressed files are decompressed piece by piece; polars would hold them in memory as a whole.
        if packing != Packing::Plain || path.to_str().is_none() || *options != CsvOptions::DEFAULT {
            return rewritten();
        }
        let header = Rows::<R>::open(path, packing, options)?.header;
        if header.ends_with_return || !survey::is_plain(path, header.names.len()).map_err(file_error)? {
            return rewritten();
        }
        Ok(Group::Plain(vec![path.to_owned()], header))
    }

    fn plan<R: Row>(self, options: &CsvOptions) -> Result<LazyFrame, TableError> {
        match self {
            Group::Plain(paths, header) => plain::<R>(paths, &header),
            Group::Rewritten(paths) => rewritten::<R>(&paths, options),
        }
    }
}

fn reader(paths: impl IntoIterator<Item = impl AsRef<Path>>, schema: SchemaRef) -> LazyCsvReader {
    let paths: Vec<PlRefPath> =
        paths.into_iter().map(|path| PlRefPath::new(path.as_ref().to_string_lossy())).collect();
    LazyCsvReader::new_paths(paths.into()).with_glob(false).with_schema(Some(schema))
}

/// A plan for files that polars reads as they are, with the default options.
fn plain<R: Row>(paths: Vec<PathBuf>, header: &Header) -> Result<LazyFrame, TableError> {
    // The file's columns: those of `R` with their types, the others as strings under made-up names.
    let field = |(place, _): (usize, &String)| match header.places.iter().position(|of| *of == place) {
        Some(number) => {
            let column = &R::COLUMNS[number];
            Field::new(column.name.into(), read_type(column.ty))
        }
        None => Field::new(format!("\0{place}").into(), DataType::String),
    };
    let schema: Schema = header.names.iter().enumerate().map(field).collect();
    let plan = reader(&paths, schema.into()).finish()?;
    // Polars checks the end of a line only if it reads all columns. If it reads some, a line with an extra comma gives
    // wrong values and no error. So this step asks for all columns.
    let last = header.names.len() - 1;
    let files = Arc::new(Files { paths, checked: OnceLock::new() });
    let of = files.clone();
    let whole = move |batch: DataFrame| complete::<R>(batch, last, &of);
    let plan = plan.map(whole, OptFlags::STREAMING, None, Some("whole lines"));
    Ok(values::<R>(plan, Some(&files)))
}

/// The type in which polars reads the values of a column: string, if it doesn't support the type or expects another
/// format.
fn read_type(ty: ColumnType) -> DataType {
    if is_plain_text(ty) { data_type(ty) } else { DataType::String }
}

/// Returns the plan with the columns of `R` in their types.
fn values<R: Row>(plan: LazyFrame, files: Option<&Arc<Files>>) -> LazyFrame {
    let value = |column: &Column| {
        if is_plain_text(column.ty) {
            return col(column.name);
        }
        let (ty, files, field) =
            (column.ty, files.cloned(), Field::new(column.name.into(), data_type(column.ty)));
        let parse = move |strings: Values| {
            from_strings(&strings, ty).or_else(|error| {
                // The check, which reads line by line, reports the place.
                files.as_ref().map_or(Ok(()), |files| files.check::<R>())?;
                Err(error)
            })
        };
        col(column.name).map(parse, move |_, _| Ok(field.clone()))
    };
    plan.select(R::COLUMNS.iter().map(value).collect::<Vec<Expr>>())
}

/// Files with the default options, and the first error in them, once their values were checked one by one.
struct Files {
    paths: Vec<PathBuf>,
    checked: OnceLock<Option<String>>,
}

impl Files {
    fn check<R: Row>(&self) -> PolarsResult<()> {
        match self
            .checked
            .get_or_init(|| self.paths.iter().find_map(|path| Csv::problem::<R>(path, &CsvOptions::DEFAULT)))
        {
            Some(problem) => polars_bail!(ComputeError: "{problem}"),
            None => Ok(()),
        }
    }
}

/// Checks a batch of whole lines, each of which ends with the column `last`: values that `R` requires must be present.
/// NaN becomes a missing value.
fn complete<R: Row>(mut batch: DataFrame, last: usize, files: &Files) -> PolarsResult<DataFrame> {
    // Either no line of the file ends with an empty field, or all lines have the same number of fields. So a missing
    // value in the last column may mean that a line is short.
    if batch.columns()[last].null_count() > 0 {
        files.check::<R>()?;
    }
    for column in R::COLUMNS {
        if column.ty.is_float() {
            let values = batch.column(column.name)?;
            // A finite number in the file may be out of range.
            if values.is_infinite()?.any() {
                files.check::<R>()?;
            }
            if values.is_nan()?.any() {
                let numbers = values.is_not_nan()?;
                let missing = Values::full_null(values.name().clone(), values.len(), values.dtype());
                let kept = values.zip_with(&numbers, &missing)?;
                batch.with_column(kept)?;
            }
        }
        if !column.nullable && batch.column(column.name)?.null_count() > 0 {
            files.check::<R>()?;
            polars_bail!(ComputeError: "column `{}` has a missing value, but `{}` requires one", column.name, R::NAME);
        }
    }
    Ok(batch)
}

/// Rewrites the rows of files to one file that is deleted with the plan.
fn rewritten<R: Row>(paths: &[PathBuf], options: &CsvOptions) -> Result<LazyFrame, TableError> {
    let schema: Schema =
        R::COLUMNS.iter().map(|column| Field::new(column.name.into(), read_type(column.ty))).collect();
    let file = tempfile::Builder::new().prefix("pipeline-").suffix(".csv").tempfile();
    let (file, path) = file.map_err(TableError::Rewrite)?.into_parts();
    let mut out = std::io::BufWriter::with_capacity(1 << 18, file);
    let mut count = 0;
    for path in paths {
        count += Rows::<R>::open(path, packing(path, options.encoding)?, options)?.rewrite(&mut out)?;
    }
    out.flush().map_err(TableError::Rewrite)?;
    if count == 0 {
        return Ok(values::<R>(DataFrame::empty_with_schema(&schema).lazy(), None));
    }
    let plan = reader([&path], schema.into()).with_has_header(false).finish()?;
    let path = Arc::new(path);
    let held = move |batch| {
        let _ = &path;
        Ok(batch)
    };
    let plan =
        plan.map(held, OptFlags::STREAMING | OptFlags::PROJECTION_PUSHDOWN, None, Some("rewritten rows"));
    Ok(values::<R>(plan, None))
}

#[cfg(test)]
mod tests;
