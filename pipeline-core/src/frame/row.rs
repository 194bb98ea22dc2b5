//! Row types: the columns of a table.

pub use super::category::{Category, category_cell, category_of};
pub use super::cell::{Cell, CellOf, ColumnValue, NotACell};
pub use super::decimal::{Decimal, DecimalError};
pub use crate::data::{Column, ColumnType, ElementType, RowName, RowType};
use skipstone_wiring::{Text, same};

/// A struct whose fields are the columns of a table; derive it with `#[derive(Row)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row type",
    label = "its columns are not known",
    note = "derive it: `#[derive(skipstone::Row)]`"
)]
pub trait Row: Sized + Send + Sync + 'static {
    /// The struct's name.
    const NAME: &'static str;

    /// The struct's name with its module.
    #[doc(hidden)]
    const IDENTITY: RowName = RowName { path: "", name: Self::NAME };

    /// The row type of which this is a view: `#[row(view_of = …)]`.
    #[doc(hidden)]
    const VIEW_OF: Option<RowName> = None;

    /// The columns, in the order of the fields.
    const COLUMNS: &'static [Column];

    /// The columns that are stored in files: all except those of [`Row::OF_PATH`].
    #[doc(hidden)]
    const IN_FILE: &'static [Column] = Self::COLUMNS;

    /// The columns whose values come from the paths of files.
    #[doc(hidden)]
    const OF_PATH: &'static [PathColumn] = &[];

    /// How CSV files with such rows are read: `#[csv(…)]`.
    #[doc(hidden)]
    const CSV: CsvOptions = CsvOptions::DEFAULT;

    /// How sheets with such rows are read: `#[excel(…)]`.
    #[doc(hidden)]
    const EXCEL: ExcelOptions = ExcelOptions { sheet: None, skip: 0 };

    /// Returns the row's values, one for each column.
    #[doc(hidden)]
    fn cells(&self) -> Vec<Cell>;

    /// Creates a row from its values.
    #[doc(hidden)]
    fn from_cells(cells: &mut Cells<'_>) -> Result<Self, CellError>;
}

/// A column whose value is a part of its file's path.
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
    /// The value after `name=` in the name of a folder, where `name` is the column's name.
    Hive,
    /// The file's name.
    Name,
    /// The file's name without its extension.
    Stem,
    /// The name of the file's folder.
    Folder,
    /// The part of the path between these two strings.
    Between(&'static str, &'static str),
}

impl PathColumn {
    /// A placeholder in arrays that are not filled yet.
    pub const NONE: PathColumn = PathColumn { column: NO_COLUMN, part: PathPart::Name };
}

/// A placeholder in arrays that are not filled yet.
#[doc(hidden)]
pub const NO_COLUMN: Column =
    Column { field: "", name: "", ty: ColumnType::Bool, nullable: false, key: false, docs: "" };

/// The number of elements of all parts together.
#[doc(hidden)]
pub const fn count_of<T>(parts: &[&[T]]) -> usize {
    let (mut count, mut i) = (0, 0);
    while i < parts.len() {
        count += parts[i].len();
        i += 1;
    }
    count
}

/// Concatenates the columns of a row type and of the row types within it, `N` in all. `none` is a placeholder.
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

/// The names of a field's columns.
#[doc(hidden)]
pub enum NamesOf {
    /// The field is a column.
    One {
        /// The field.
        field: &'static str,
        /// The column.
        column: &'static str,
    },
    /// The field is a row, whose columns are columns of the table.
    Flattened {
        /// The field.
        field: &'static str,
        /// The columns of the row's type.
        columns: &'static [Column],
    },
}

impl NamesOf {
    const fn field(&self) -> &'static str {
        match self {
            NamesOf::One { field, .. } | NamesOf::Flattened { field, .. } => field,
        }
    }

    const fn count(&self) -> usize {
        match self {
            NamesOf::One { .. } => 1,
            NamesOf::Flattened { columns, .. } => columns.len(),
        }
    }

    const fn name(&self, index: usize) -> &'static str {
        match self {
            NamesOf::One { column, .. } => column,
            NamesOf::Flattened { columns, .. } => columns[index].name,
        }
    }
}

/// Checks the columns of two fields of a row type: returns an error if two have the same name.
#[doc(hidden)]
pub const fn check_names(earlier: &NamesOf, later: &NamesOf) -> Option<Text> {
    let mut i = 0;
    while i < earlier.count() {
        let mut j = 0;
        while j < later.count() {
            if same(earlier.name(i), later.name(j)) {
                let fields =
                    Text::new().push("fields `").push(earlier.field()).push("` and `").push(later.field());
                let text = fields.push("` have the same column name `").push(later.name(j));
                return Some(text.push("`: rename one of them"));
            }
            j += 1;
        }
        i += 1;
    }
    None
}

/// The options of `#[csv(…)]`.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CsvOptions {
    /// The words for a missing value, if they are not the usual ones.
    pub missing: Option<&'static [&'static str]>,
    /// Whether a line with fewer fields than the header is filled with missing values.
    pub fill_short_lines: bool,
    /// The character between fields.
    pub separator: u8,
    /// The character around quoted fields.
    pub quote: u8,
    /// The decimal separator of numbers.
    pub decimal: char,
    /// The separator between groups of three digits of a number.
    pub thousands: Option<char>,
    /// The encoding of the file.
    pub encoding: CsvEncoding,
    /// The character that begins a comment line.
    pub comment: Option<u8>,
    /// The number of lines before the header.
    pub skip: u64,
    /// Whether there is a header. Without one, the columns are those of the row type, in the order of its fields.
    pub header: bool,
    /// The format of dates, if not ISO 8601.
    pub date: Option<&'static str>,
    /// The format of times of the day.
    pub time: Option<&'static str>,
    /// The format of dates with times.
    pub datetime: Option<&'static str>,
}

/// The options of `#[excel(…)]`.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExcelOptions {
    /// The sheet, if it is not the first.
    pub sheet: Option<&'static str>,
    /// The number of rows before the header.
    pub skip: u32,
}

/// The encoding of a CSV file.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsvEncoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16. A byte order mark sets the byte order; without it, the file is little-endian.
    Utf16,
    /// ISO 8859-1 with the additional characters of Windows-1252.
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
    Column { field, name, ty, nullable, key: false, docs }
}

/// Returns the type of a column whose field has values of type `ty`, in a time zone if one is given.
#[doc(hidden)]
pub const fn column_type(ty: ColumnType, zone: Option<&'static str>) -> ColumnType {
    match (ty, zone) {
        (ColumnType::Zoned(_), Some(zone)) => ColumnType::Zoned(zone),
        _ => ty,
    }
}

/// Checks that the column has a time zone if, and only if, its type needs one. Returns the message for the compiler.
#[doc(hidden)]
pub const fn check_zone(ty: ColumnType, has_zone: bool) -> Option<&'static str> {
    match ty {
        ColumnType::Zoned(_) if has_zone => None,
        _ if has_zone => Some("only a column of `Zoned` has a time zone: remove `zone`"),
        ColumnType::Zoned(zone) if zone.is_empty() => {
            Some("a column of `Zoned` needs the name of its time zone: `#[row(zone = \"Europe/Berlin\")]`")
        }
        ColumnType::List(ElementType { ty: ColumnType::Zoned(_), .. }) => Some(
            "a list can't hold `Zoned`, because a time zone belongs to a column: use a list of `Timestamp`",
        ),
        _ => None,
    }
}

/// Returns the cell of a row within a row.
#[doc(hidden)]
pub fn row_cell<R: Row>(row: &R) -> Cell {
    Cell::List(row.cells())
}

/// Returns the row of a cell, if it is one.
#[doc(hidden)]
pub fn row_of<R: Row>(cell: &Cell) -> Option<R> {
    if let Cell::List(cells) = cell { R::from_cells(&mut Cells(cells.iter())).ok() } else { None }
}

/// The values of a row, taken one by one.
#[doc(hidden)]
pub struct Cells<'a>(pub(crate) std::slice::Iter<'a, Cell>);

impl Cells<'_> {
    /// Returns the value of the next column, which `from_cell` makes from its cell.
    pub fn next<T>(
        &mut self,
        column: &'static str,
        from_cell: impl FnOnce(&Cell) -> Option<T>,
    ) -> Result<T, CellError> {
        self.0.next().and_then(from_cell).ok_or(CellError { column })
    }
}

/// A value doesn't have its column's type.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellError {
    /// The column.
    pub column: &'static str,
}
