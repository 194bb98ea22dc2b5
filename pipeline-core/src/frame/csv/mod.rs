//! CSV files.
//!
//! [`survey`] says whether polars may read a file as it is. Where not, [`rows`] reads it record by record ([`records`])
//! and writes its rows anew, without any doubt, to a file that goes away with the plan.

mod dialect;
mod guess;
mod missing;
mod options;
mod packed;
mod records;
mod rows;
mod survey;

use super::TableError;
use super::columns::{data_type, is_plain_text, of_texts};
use super::format::{FileFormat, one_after_the_other};
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

/// Comma-separated values with a header, in UTF-8, plain or compressed (gzip, zlib, zstd); `#[csv(…)]` on the row type says
/// what is otherwise, as [`derive(Row)`](crate::Row) has it. Nothing is guessed.
///
/// The same before an input says it of the files of that input, and comes before the row type:
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
/// In a scenario file it is `csv = { separator = ";", decimal = "," }` in `[inputs.orders]`; where a value is given, in settings or
/// as a text, `{ path = "orders.csv", separator = ";" }` says it of that file alone.
///
/// The columns of the row type may stand in any order, others are not read. Values are read as the
/// types that the row type says, nothing is guessed:
///
/// * **A line that is there is a row**, also when all its fields are missing. A line without any character is none. Lines end
///   with `\n`, `\r\n` or `\r`. A line with more fields than the header is refused, and so is one with fewer, unless the
///   row type says `#[csv(short_lines = "filled")]`. Messages count lines as an editor does.
/// * **Missing** is an empty field, and one of the words `NA`, `N/A`, `n/a`, `#N/A`, `#N/A N/A`, `#NA`, `<NA>`, `NaN`, `nan`,
///   `NAN`, `-nan`, `-NaN`, `-NAN`, `NULL`, `null`, `Null`, `None`; `#[csv(missing = ["-", "?"])]` on the row type puts other
///   words in their place. **A text in quotes is a text**, also if it is such a word or empty. In a column of floats, NaN is missing
///   however it is written.
/// * Numbers and booleans may have spaces and quotes around them. A whole number has digits and a sign: `3.0` is refused. A
///   number beyond the range of its type is refused, also one that would round to infinity, such as `1e400`; `inf` and
///   `-inf` are numbers. A boolean is `true` or `false`, in small letters or not. Texts keep their spaces.
/// * A quote inside of a field is written twice, and the field stands in quotes (RFC 4180).
#[derive(Debug, Clone, Copy)]
pub struct Csv;

/// Where there are more files than this, small ones are read together.
const MANY: usize = 16;

/// A small file.
const SMALL: u64 = 1 << 18;

impl FileFormat for Csv {
    const NAME: &'static str = "CsvFile";
    const ATTRIBUTE: Option<&'static str> = Some("csv");

    type Options = CsvOptions;

    fn options<R: Row>(said: Map<String, Value>) -> Result<CsvOptions, String> {
        options::on(R::CSV, said)
    }

    fn plan<R: Row>(paths: &[PathBuf], options: &CsvOptions) -> Result<LazyFrame, TableError> {
        let mut groups: Vec<Group> = Vec::new();
        for path in paths {
            let group = Group::of::<R>(path, paths.len() > MANY, options)?;
            match (groups.last_mut(), group) {
                (Some(Group::Plain(last, header)), Group::Plain(paths, same)) if *header == same => {
                    last.extend(paths);
                }
                (Some(Group::Anew(last)), Group::Anew(paths)) => last.extend(paths),
                (_, group) => groups.push(group),
            }
        }
        one_after_the_other(
            groups.into_iter().map(|group| group.plan::<R>(options)).collect::<Result<_, _>>()?,
        )
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
    /// Their rows are written anew.
    Anew(Vec<PathBuf>),
}

impl Group {
    /// How a file, one of many or not, is read.
    fn of<R: Row>(path: &Path, many: bool, options: &CsvOptions) -> Result<Group, TableError> {
        let file_error = |source| TableError::File { path: path.to_owned(), source };
        let anew = || Ok(Group::Anew(vec![path.to_owned()]));
        if many && std::fs::metadata(path).map_err(file_error)?.len() < SMALL {
            return anew();
        }
        let packing = packing(path, options.encoding)?;
        // What is compressed is unpacked piece by piece; polars would have it in memory as a whole.
        if packing != Packing::Plain || path.to_str().is_none() || *options != CsvOptions::DEFAULT {
            return anew();
        }
        let header = Rows::<R>::open(path, packing, options)?.header;
        if header.ends_with_return || !survey::is_plain(path, header.names.len()).map_err(file_error)? {
            return anew();
        }
        Ok(Group::Plain(vec![path.to_owned()], header))
    }

    fn plan<R: Row>(self, options: &CsvOptions) -> Result<LazyFrame, TableError> {
        match self {
            Group::Plain(paths, header) => plain::<R>(paths, &header),
            Group::Anew(paths) => rewritten::<R>(&paths, options),
        }
    }
}

fn reader(paths: impl IntoIterator<Item = impl AsRef<Path>>, schema: SchemaRef) -> LazyCsvReader {
    let paths: Vec<PlRefPath> =
        paths.into_iter().map(|path| PlRefPath::new(path.as_ref().to_string_lossy())).collect();
    LazyCsvReader::new_paths(paths.into()).with_glob(false).with_schema(Some(schema))
}

/// Files that polars reads as they are, with the usual options.
fn plain<R: Row>(paths: Vec<PathBuf>, header: &Header) -> Result<LazyFrame, TableError> {
    // The file's columns: those of `R` by their types, the others as texts, under any names.
    let field = |(place, _): (usize, &String)| match header.places.iter().position(|of| *of == place) {
        Some(number) => {
            let column = &R::COLUMNS[number];
            Field::new(column.name.into(), read_type(column.ty))
        }
        None => Field::new(format!("\0{place}").into(), DataType::String),
    };
    let schema: Schema = header.names.iter().enumerate().map(field).collect();
    let plan = reader(&paths, schema.into()).finish()?;
    // Polars looks at the rest of a line only when it reads all columns; when it reads some, a line
    // with a comma too many gives wrong values and no error. So this step asks for all of them.
    let last = header.names.len() - 1;
    let files = Arc::new(Files { paths, checked: OnceLock::new() });
    let of = files.clone();
    let whole = move |batch: DataFrame| complete::<R>(batch, last, &of);
    let plan = plan.map(whole, OptFlags::STREAMING, None, Some("whole lines"));
    Ok(values::<R>(plan, Some(&files)))
}

/// The type in which polars reads the values of a column: those that it has no words for, or other words, as texts.
fn read_type(ty: ColumnType) -> DataType {
    if is_plain_text(ty) { data_type(ty) } else { DataType::String }
}

/// The plan with the columns of `R` in their types.
fn values<R: Row>(plan: LazyFrame, files: Option<&Arc<Files>>) -> LazyFrame {
    let value = |column: &Column| {
        if is_plain_text(column.ty) {
            return col(column.name);
        }
        let (ty, files, field) =
            (column.ty, files.cloned(), Field::new(column.name.into(), data_type(column.ty)));
        let parse = move |texts: Values| {
            of_texts(&texts, ty).or_else(|error| {
                // Where it is, they say who read line by line.
                files.as_ref().map_or(Ok(()), |files| files.check::<R>())?;
                Err(error)
            })
        };
        col(column.name).map(parse, move |_, _| Ok(field.clone()))
    };
    plan.select(R::COLUMNS.iter().map(value).collect::<Vec<Expr>>())
}

/// Files with the usual options, and whether their values were checked one by one: the first thing that is wrong.
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

/// The batch of whole lines, of which the column `last` ends each, if it has values wherever `R` wants them.
fn complete<R: Row>(mut batch: DataFrame, last: usize, files: &Files) -> PolarsResult<DataFrame> {
    // Either the file has no empty field at the end of a line, or all lines have as many fields: a value that is missing
    // there says that one may be short.
    if batch.columns()[last].null_count() > 0 {
        files.check::<R>()?;
    }
    for column in R::COLUMNS {
        if column.ty.is_float() {
            let values = batch.column(column.name)?;
            // What is written as a finite number may be beyond the range.
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
            polars_bail!(ComputeError: "column `{}` has a missing value, and `{}` wants one", column.name, R::NAME);
        }
    }
    Ok(batch)
}

/// Files whose rows are written anew, to one that goes away with the plan.
fn rewritten<R: Row>(paths: &[PathBuf], options: &CsvOptions) -> Result<LazyFrame, TableError> {
    let schema: Schema =
        R::COLUMNS.iter().map(|column| Field::new(column.name.into(), read_type(column.ty))).collect();
    let file = tempfile::Builder::new().prefix("pipeline-").suffix(".csv").tempfile();
    let (file, path) = file.map_err(TableError::Rewriting)?.into_parts();
    let mut out = std::io::BufWriter::with_capacity(1 << 18, file);
    let mut count = 0;
    for path in paths {
        count += Rows::<R>::open(path, packing(path, options.encoding)?, options)?.rewrite(&mut out)?;
    }
    out.flush().map_err(TableError::Rewriting)?;
    if count == 0 {
        return Ok(values::<R>(DataFrame::empty_with_schema(&schema).lazy(), None));
    }
    let plan = reader([&path], schema.into()).with_has_header(false).finish()?;
    let path = Arc::new(path);
    let held = move |batch| {
        let _ = &path;
        Ok(batch)
    };
    let plan = plan.map(held, OptFlags::STREAMING | OptFlags::PROJECTION_PUSHDOWN, None, Some("rows anew"));
    Ok(values::<R>(plan, None))
}

#[cfg(test)]
mod tests;
