//! Row types: what columns a table has.

pub use super::category::{Category, category_cell, category_of};
pub use super::cell::{Cell, CellOf, ColumnValue, NotACell};
pub use super::decimal::{Decimal, DecimalError};
pub use crate::data::{Column, ColumnType, ElementType, RowName, RowType};
use skipstone_wiring::{Text, same};

/// A struct whose fields are the columns of a table; derive it with `#[derive(Row)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no row type",
    label = "its columns are not known",
    note = "derive it: `#[derive(skipstone::Row)]`"
)]
pub trait Row: Sized + Send + Sync + 'static {
    /// The struct's name.
    const NAME: &'static str;

    /// The struct's name with its place.
    #[doc(hidden)]
    const IDENTITY: RowName = RowName { path: "", name: Self::NAME };

    /// The row type of the tables of which this is a view: `#[row(view_of = …)]`.
    #[doc(hidden)]
    const VIEW_OF: Option<RowName> = None;

    /// The columns, in the order of the fields.
    const COLUMNS: &'static [Column];

    /// The columns that are in files: all but those of [`Row::OF_PATH`].
    #[doc(hidden)]
    const IN_FILE: &'static [Column] = Self::COLUMNS;

    /// The columns whose values are in the paths of files.
    #[doc(hidden)]
    const OF_PATH: &'static [PathColumn] = &[];

    /// How CSV files with such rows are read: `#[csv(…)]`.
    #[doc(hidden)]
    const CSV: CsvOptions = CsvOptions::DEFAULT;

    /// How sheets with such rows are read: `#[excel(…)]`.
    #[doc(hidden)]
    const EXCEL: ExcelOptions = ExcelOptions { sheet: None, skip: 0 };

    /// The row's values, one for each column.
    #[doc(hidden)]
    fn cells(&self) -> Vec<Cell>;

    /// A row from its values.
    #[doc(hidden)]
    fn from_cells(cells: &mut Cells<'_>) -> Result<Self, CellError>;
}

/// A column with a part of its file's path.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct PathColumn {
    /// The column.
    pub column: Column,
    /// The part.
    pub part: PathPart,
}

/// A part of a file's path.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathPart {
    /// The value behind `name=` in the name of a folder, with the column's name.
    Hive,
    /// The file's name.
    Name,
    /// The same without its ending.
    Stem,
    /// The name of the folder that the file is in.
    Folder,
    /// What stands in the path between these two texts.
    Between(&'static str, &'static str),
}

impl PathColumn {
    /// Stands where there is none yet.
    pub const NONE: PathColumn = PathColumn { column: NO_COLUMN, part: PathPart::Name };
}

/// Stands where there is no column yet.
#[doc(hidden)]
pub const NO_COLUMN: Column =
    Column { field: "", name: "", ty: ColumnType::Bool, nullable: false, key: false, docs: "" };

/// How many these are together.
#[doc(hidden)]
pub const fn count_of<T>(parts: &[&[T]]) -> usize {
    let (mut count, mut i) = (0, 0);
    while i < parts.len() {
        count += parts[i].len();
        i += 1;
    }
    count
}

/// The columns of a row type with those of others in it, so many.
#[doc(hidden)]
pub const fn flattened<T: Copy, const N: usize>(parts: &[&[T]], none: T) -> [T; N] {
    let mut columns = [none; N];
    let (mut count, mut part) = (0, 0);
    while part < parts.len() {
        let mut i = 0;
        while i < parts[part].len() {
            columns[count] = parts[part][i];
            (count, i) = (count + 1, i + 1);
        }
        part += 1;
    }
    columns
}

/// What is wrong with these columns, of which some are those of other row types: two with one name.
#[doc(hidden)]
pub const fn check_columns(columns: &[Column]) -> Option<Text> {
    let mut i = 0;
    while i < columns.len() {
        let mut earlier = 0;
        while earlier < i {
            if same(columns[earlier].name, columns[i].name) {
                let text = Text::new().push("two fields are column `").push(columns[i].name);
                return Some(text.push("`: rename one of them"));
            }
            earlier += 1;
        }
        i += 1;
    }
    None
}

/// What a row type says of CSV files: `#[csv(…)]`.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CsvOptions {
    /// The words for a missing value, where they are not the usual ones.
    pub missing: Option<&'static [&'static str]>,
    /// Whether a line with fewer fields than the header has missing values in their place.
    pub fill_short_lines: bool,
    /// What stands between fields.
    pub separator: u8,
    /// What stands around fields.
    pub quote: u8,
    /// What stands before the decimals of a number.
    pub decimal: char,
    /// What stands between groups of three digits of a number.
    pub thousands: Option<char>,
    /// How the text is encoded.
    pub encoding: CsvEncoding,
    /// What a line begins with that is none of the table.
    pub comment: Option<u8>,
    /// How many lines stand before the header.
    pub skip: u64,
    /// Whether there is a header. Without one, the columns are those of the row type, in the order of its fields.
    pub header: bool,
    /// How dates are written, where not as in ISO 8601.
    pub date: Option<&'static str>,
    /// How times of the day are written.
    pub time: Option<&'static str>,
    /// How dates with times are written.
    pub datetime: Option<&'static str>,
}

/// What a row type says of spreadsheets: `#[excel(…)]`.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExcelOptions {
    /// The sheet, where it is not the first.
    pub sheet: Option<&'static str>,
    /// How many rows stand before the header.
    pub skip: u32,
}

/// How the text of a CSV file is encoded.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsvEncoding {
    /// UTF-8, with or without the mark at its beginning.
    Utf8,
    /// UTF-16; the mark at its beginning says in which order its bytes are, without it the lower ones come first.
    Utf16,
    /// ISO 8859-1, with the letters that Windows has in addition (Windows-1252).
    Latin1,
}

impl CsvOptions {
    /// Fields between commas, in UTF-8, with a header.
    pub const DEFAULT: CsvOptions = CsvOptions {
        missing: None,
        fill_short_lines: false,
        separator: b',',
        quote: b'"',
        decimal: '.',
        thousands: None,
        encoding: CsvEncoding::Utf8,
        comment: None,
        skip: 0,
        header: true,
        date: None,
        time: None,
        datetime: None,
    };
}

/// The column of a field.
#[doc(hidden)]
pub const fn column(
    field: &'static str,
    name: &'static str,
    ty: ColumnType,
    nullable: bool,
    docs: &'static str,
) -> Column {
    if let ColumnType::Zoned(zone) = ty
        && zone.is_empty()
    {
        panic!("a column of `Zoned` needs the name of its time zone: `#[row(zone = \"Europe/Berlin\")]`");
    }
    if let ColumnType::List(ElementType { ty: ColumnType::Zoned(_), .. }) = ty {
        panic!("a list can't hold `Zoned`, whose time zone is its column's: a list of `Timestamp` can be");
    }
    Column { field, name, ty, nullable, key: false, docs }
}

/// The type of the column of a field whose values are in this time zone.
#[doc(hidden)]
pub const fn in_zone(ty: ColumnType, zone: &'static str) -> ColumnType {
    let ColumnType::Zoned(_) = ty else { panic!("only a column of `Zoned` has a time zone") };
    ColumnType::Zoned(zone)
}

/// The cell of a row within a row.
#[doc(hidden)]
pub fn row_cell<R: Row>(row: &R) -> Cell {
    Cell::List(row.cells())
}

/// The row of a cell, if it is one.
#[doc(hidden)]
pub fn row_of<R: Row>(cell: &Cell) -> Option<R> {
    if let Cell::List(cells) = cell { R::from_cells(&mut Cells(cells.iter())).ok() } else { None }
}

/// The values of a row, taken one by one.
#[doc(hidden)]
pub struct Cells<'a>(pub(crate) std::slice::Iter<'a, Cell>);

impl Cells<'_> {
    /// The value of the next column, which this makes of its cell.
    pub fn next<T>(
        &mut self,
        column: &'static str,
        from_cell: impl FnOnce(&Cell) -> Option<T>,
    ) -> Result<T, CellError> {
        self.0.next().and_then(from_cell).ok_or(CellError { column })
    }
}

/// A value that is not of its column's type.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellError {
    /// The column.
    pub column: &'static str,
}
