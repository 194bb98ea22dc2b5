//! A typed table.

use super::row::{Cells, Column, Row};
use super::{TableError, check, columns, describe, difference, long, row_wise, show, sink, text};
use crate::data::{
    AnyTable, Codec, ColumnContent, DataError, EmptyTable, Format, Item, Number, Origins, Page, PageOf,
    Shape, ShowError, Shown, Sink, TableDifference, TableIndex, TableType, Tabular, TomlValue, Typed, Viewed,
};
use crate::store::{Blob, Hash};
use polars::prelude::*;
use std::fmt;
use std::io::{Cursor, Write};
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

/// A table whose rows are `R`: a polars query plan that runs when the table is stored or read.
///
/// A task takes frames and returns a frame: it describes work. The runtime runs the plan with the streaming engine, so
/// that memory depends on the batch and not on the table. It stores the rows, and gives readers a frame that scans them
/// from the store.
///
/// **The order of the rows is part of a table's content**: it is the order that polars' in-memory engine gives, in
/// every run. Rows of a join come in the order of its left table, groups in the order of their first rows. The cost:
/// the streaming engine holds one side of a join in memory, the right one (for a right join the left one), even if it
/// is the larger one. A task whose rows need no order is marked `#[task(unordered)]`: its rows are compared as a
/// multiset, and each row is hashed for that.
///
/// A node may have several tables, `Vec<Frame<R>>`, or an optional one, `Option<Frame<R>>`: each is a separate object,
/// and readers run again when one of them changes. A `DataFrame` as a node has no row type, so its readers are not
/// checked, and it is in memory as a whole.
///
/// A column that is computed as in an earlier table, by the same expression over columns of stored tables that have not
/// changed, is taken from there: it is neither computed nor written again. This applies to arithmetic, comparisons,
/// casts, `when` and filling missing values, but not to custom functions, aggregates, filters or joins.
///
/// ```
/// use skipstone::polars::prelude::*;
/// use skipstone::{Frame, Row, task};
///
/// #[derive(Row, Debug, PartialEq)]
/// struct Reading { celsius: f64 }
///
/// #[derive(Row, Debug, PartialEq)]
/// struct Converted { fahrenheit: f64 }
///
/// #[task(skippable)]
/// fn convert(readings: &Frame<Reading>) -> Frame<Converted> {
///     let fahrenheit = (col(Reading::CELSIUS) * lit(1.8) + lit(32.0)).alias(Converted::FAHRENHEIT);
///     Frame::new(readings.lazy().select([fahrenheit]))
/// }
///
/// // Tasks are functions: test them as such.
/// let converted = convert(&Frame::from_rows(&[Reading { celsius: 100.0 }]));
/// assert_eq!(converted.rows()?, [Converted { fahrenheit: 212.0 }]);
/// # Ok::<(), skipstone::Error>(())
/// ```
pub struct Frame<R> {
    plan: LazyFrame,
    /// The object that the plan scans, held while the frame exists.
    object: Option<Blob>,
    row: PhantomData<fn() -> R>,
}

/// The rows of a frame of any type.
struct Rows {
    plan: LazyFrame,
    object: Option<Blob>,
}

impl<R: Row> Frame<R> {
    /// Creates a table from a plan. Whether the plan has the columns of `R`, and only those, is checked when the table
    /// leaves a task or its rows are read.
    pub fn new(plan: LazyFrame) -> Frame<R> {
        Frame { plan, object: None, row: PhantomData }
    }

    /// Creates a table of these rows. If a column can't hold a value, such as a time more precise than a microsecond,
    /// the plan fails with an error that names the value.
    pub fn from_rows(rows: &[R]) -> Frame<R> {
        let rows: Vec<_> = rows.iter().map(Row::cells).collect();
        let column = |(i, column): (usize, &Column)| {
            columns::column(column.name, column.ty, rows.iter().filter_map(|row| row.get(i)))
        };
        let all = R::COLUMNS.iter().enumerate().map(column).collect::<PolarsResult<Vec<_>>>();
        match all.and_then(DataFrame::new_infer_height) {
            Ok(table) => Frame::new(table.lazy()),
            Err(error) => {
                let of = |column: &Column| Field::new(column.name.into(), columns::data_type(column.ty));
                let none = DataFrame::empty_with_schema(&R::COLUMNS.iter().map(of).collect());
                let what = error.to_string();
                let refuse = move |_| polars_bail!(ComputeError: "{what}");
                Frame::new(none.lazy().map(
                    refuse,
                    OptFlags::empty(),
                    None,
                    Some("rows that can't be a table"),
                ))
            }
        }
    }

    /// Returns the columns of this table that `V` has, in its types. A task that takes `&Frame<V>` gets such a view.
    ///
    /// # Errors
    ///
    /// When a column is missing, or has another type than in `V`.
    pub fn view<V: Row>(&self) -> Result<Frame<V>, TableError> {
        let plan = check::view::<V>(self.lazy())?;
        Ok(Frame { plan, object: self.object.clone(), row: PhantomData })
    }

    /// Returns the plan, to continue from.
    pub fn lazy(&self) -> LazyFrame {
        self.plan.clone()
    }

    /// Returns the whole table in memory.
    ///
    /// # Errors
    ///
    /// When the plan fails or its columns are not those of `R`.
    pub fn collect(&self) -> Result<DataFrame, TableError> {
        self.collected()
    }

    fn collected(&self) -> Result<DataFrame, TableError> {
        let plan = check::conforming::<R>(self.lazy())?;
        let mut whole: Option<DataFrame> = None;
        sink::batches(plan.clone(), |batch| {
            match &mut whole {
                Some(whole) => drop(whole.vstack_mut(&batch)?),
                None => whole = Some(batch),
            }
            Ok::<(), TableError>(())
        })?;
        Ok(match whole {
            Some(whole) => whole,
            None => DataFrame::empty_with_schema(&*plan.clone().collect_schema()?),
        })
    }

    /// Returns the table's only row; `None` if the table is empty.
    pub(crate) fn only_row(&self) -> Result<Option<R>, TableError> {
        let mut rows = Frame::<R>::new(self.lazy().limit(2)).all_rows()?;
        match rows.len() {
            0 | 1 => Ok(rows.pop()),
            _ => Err(TableError::SeveralRows { row: R::NAME }),
        }
    }

    /// Returns all rows.
    ///
    /// # Errors
    ///
    /// When the plan fails, its columns are not those of `R`, or a required value is missing.
    pub fn rows(&self) -> Result<Vec<R>, TableError> {
        self.all_rows()
    }

    fn all_rows(&self) -> Result<Vec<R>, TableError> {
        let table = self.collected()?;
        let all = R::COLUMNS
            .iter()
            .map(|column| columns::cells(table.column(column.name)?, column.ty))
            .collect::<PolarsResult<Vec<_>>>()?;
        let mut rows = Vec::with_capacity(table.height());
        for i in 0..table.height() {
            let cells: Vec<_> = all.iter().map(|column| column[i].clone()).collect();
            let row = R::from_cells(&mut Cells(cells.iter())).map_err(|error| TableError::MissingValue {
                row: R::NAME,
                column: error.column,
                row_number: i as u64 + 1,
            })?;
            rows.push(row);
        }
        Ok(rows)
    }
}

impl<R> Clone for Frame<R> {
    fn clone(&self) -> Frame<R> {
        Frame { plan: self.plan.clone(), object: self.object.clone(), row: PhantomData }
    }
}

impl<R: Row> fmt::Debug for Frame<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame<{}>", R::NAME)
    }
}

impl<R: Row> Codec for Frame<R> {
    const SCANNED: bool = true;

    fn encode(&self, out: &mut (dyn Write + Send)) -> Result<(), DataError> {
        self.save(&mut Sink::new(out))
    }

    fn decode(bytes: &[u8]) -> Result<Frame<R>, DataError> {
        let table = IpcReader::new(Cursor::new(bytes)).finish().map_err(TableError::from)?;
        Ok(Frame::new(check::view::<R>(columns::unstored::<R>(table.lazy()))?))
    }

    fn save(&self, sink: &mut Sink<'_>) -> Result<(), DataError> {
        let plan = check::conforming::<R>(self.lazy())?;
        let rows = sink::write::<R>(plan, sink)?;
        sink.rows = Some(rows);
        Ok(())
    }

    fn load(object: &Blob) -> Result<Frame<R>, DataError> {
        let plan = match TableIndex::of(object)? {
            None => scan(object)?,
            Some(index) => long::side_by_side(&index, R::COLUMNS, |file| {
                scan(&object.further(file.object.hash).map_err(DataError::Unreadable)?)
            })?,
        };
        // A reader's row type may have fewer columns.
        let plan = check::view::<R>(columns::unstored::<R>(plan))?;
        Ok(Frame { plan, object: Some(object.clone()), row: PhantomData })
    }

    fn round_trip(self) -> Result<Frame<R>, DataError> {
        Ok(Frame { plan: check::conforming::<R>(self.plan)?, object: self.object, row: PhantomData })
    }

    fn reads_from_store(&self, stored_in: &Path) -> bool {
        !row_wise::is_row_wise(&self.plan, stored_in)
    }

    fn further(object: &Blob) -> Result<Vec<Hash>, DataError> {
        Ok(TableIndex::of(object)?.map_or_else(Vec::new, |index| index.objects()))
    }
}

impl<R: Row> Typed for Frame<R> {
    fn parse(_: &str) -> Result<Frame<R>, String> {
        Err("a table can't be given as a string; write it from the program, or read it from a file in a task"
            .into())
    }

    fn from_toml(_: &TomlValue) -> Result<Frame<R>, String> {
        Err("a table can't be written here; name a file, and read it in a task".into())
    }
}

impl<R: Row> Shown for Frame<R> {
    fn summary(&self) -> String {
        format!("Frame<{}>", R::NAME)
    }

    fn show(&self, format: Format, out: &mut dyn Write) -> Result<(), ShowError> {
        show::show::<R>(self.lazy(), format, out)
    }

    fn number(&self, field: Option<&str>) -> Result<Option<Number>, DataError> {
        let Some(row) = self.only_row()? else { return Ok(None) };
        let index = R::COLUMNS.iter().position(|column| Some(column.field) == field);
        Ok(index.and_then(|index| text::number(&row.cells()[index], R::COLUMNS[index].ty)))
    }

    fn shape() -> Shape {
        Shape::Table
    }

    fn page(&self, of: PageOf) -> Result<Page, ShowError> {
        show::page::<R>(self.lazy(), of)
    }
}

impl<R: Row> Viewed for Frame<R> {
    const TYPE: TableType = TableType { columns: R::COLUMNS, row: R::IDENTITY, view_of: R::VIEW_OF };
}

impl<R: Row> Tabular for Frame<R> {
    const COLUMNS: &'static [Column] = R::COLUMNS;
    const VIEWED: Option<TableType> = Some(<Frame<R> as Viewed>::TYPE);

    fn table(&self) -> Option<AnyTable> {
        Some(AnyTable(Arc::new(Rows { plan: self.plan.clone(), object: self.object.clone() })))
    }

    fn view(table: &AnyTable) -> Result<Frame<R>, DataError> {
        let Some(Rows { plan, object }) = table.0.downcast_ref() else {
            unreachable!("tables are frames");
        };
        Ok(Frame { plan: check::view::<R>(plan.clone())?, object: object.clone(), row: PhantomData })
    }

    fn empty(of: &EmptyTable) -> Option<Frame<R>> {
        Some(Frame::new(describe::empty::<R>(of)))
    }

    fn origins(&self) -> Option<Origins> {
        describe::origins::<R>(&self.plan).ok()
    }

    fn contents(object: &Blob) -> Result<Vec<ColumnContent>, DataError> {
        // For a table in several objects, they are known since it was made.
        if TableIndex::of(object)?.is_some() {
            return Ok(Vec::new());
        }
        Ok(sink::contents::<R>(Frame::<R>::load(object)?.plan)?)
    }

    fn difference(&self, other: &Frame<R>, keys: &[String]) -> Option<Result<TableDifference, DataError>> {
        let own = R::COLUMNS.iter().filter(|column| column.key).map(|column| column.name.to_owned());
        let keys = if keys.is_empty() { own.collect() } else { keys.to_vec() };
        Some(difference::difference::<R>(self.lazy(), other.lazy(), &keys).map_err(DataError::from))
    }
}

impl<R: Row> Item for Frame<R> {}

/// Returns a plan that scans an Arrow IPC file in the store.
fn scan(object: &Blob) -> Result<LazyFrame, DataError> {
    let options =
        UnifiedScanArgs { glob: false, hive_options: HiveOptions::new_disabled(), ..Default::default() };
    let file = crate::data::local(object)?;
    let plan = if object.outlives_its_lease() || file.is_copy() {
        // Plans are copied and taken apart, so they can't hold the lease. An open file can be read to its end even
        // after the object was collected.
        let gone = |_| DataError::Missing { hash: object.hash() };
        let file = std::fs::File::open(file.path()).map_err(gone)?;
        LazyFrame::scan_ipc_sources(ScanSources::Files([file].into()), Default::default(), options)
    } else {
        let path = PlRefPath::new(file.path().to_string_lossy());
        LazyFrame::scan_ipc(path, Default::default(), options)
    };
    Ok(plan.map_err(TableError::from)?)
}
