//! The parsed form of a row type.

use syn::{Ident, LitStr, Path, Type, Visibility};

/// A struct with `#[derive(Row)]`.
pub(crate) struct Row {
    pub(crate) name: Ident,
    pub(crate) fields: Vec<Field>,
    /// The row type that this one is a view of.
    pub(crate) view_of: Option<Path>,
    /// The library's path, if it is given.
    pub(crate) krate: Option<Path>,
    pub(crate) csv: Csv,
    pub(crate) excel: Excel,
}

/// The options of `#[excel(…)]`; an option that is not given is `None`.
#[derive(Default)]
pub(crate) struct Excel {
    pub(crate) sheet: Option<LitStr>,
    /// The number of rows to skip before the header.
    pub(crate) skip: Option<u32>,
}

/// The options of `#[csv(…)]`; an option that is not given is `None`.
#[derive(Default)]
pub(crate) struct Csv {
    /// The strings that stand for a missing value.
    pub(crate) missing: Option<Vec<LitStr>>,
    pub(crate) fill_short_lines: Option<bool>,
    pub(crate) separator: Option<u8>,
    pub(crate) quote: Option<u8>,
    pub(crate) decimal: Option<char>,
    pub(crate) thousands: Option<char>,
    pub(crate) encoding: Option<Encoding>,
    pub(crate) comment: Option<u8>,
    /// The number of lines to skip before the header.
    pub(crate) skip: Option<u64>,
    pub(crate) header: Option<bool>,
    /// The format of dates.
    pub(crate) date: Option<LitStr>,
    /// The format of times of day.
    pub(crate) time: Option<LitStr>,
    /// The format of dates with times.
    pub(crate) datetime: Option<LitStr>,
}

impl Csv {
    /// Converts the options to a table by their names, as in a scenario file.
    pub(crate) fn to_table(&self) -> toml::Table {
        let text = |text: &LitStr| toml::Value::from(text.value());
        let letter = |letter: char| toml::Value::from(letter.to_string());
        let byte = |byte: u8| letter(byte.into());
        let words = |words: &Vec<LitStr>| toml::Value::Array(words.iter().map(text).collect());
        let encoding = |encoding: Encoding| match encoding {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf16 => "utf-16",
            Encoding::Latin1 => "latin-1",
        };
        let options = [
            ("missing", self.missing.as_ref().map(words)),
            ("short_lines", self.fill_short_lines.map(|fill| if fill { "filled" } else { "refused" }.into())),
            ("separator", self.separator.map(byte)),
            ("quote", self.quote.map(byte)),
            ("decimal", self.decimal.map(letter)),
            ("thousands", self.thousands.map(letter)),
            ("encoding", self.encoding.map(|of| encoding(of).into())),
            ("comment", self.comment.map(byte)),
            ("skip_lines", self.skip.and_then(|lines| i64::try_from(lines).ok()).map(toml::Value::from)),
            ("header", self.header.map(toml::Value::from)),
            ("date", self.date.as_ref().map(text)),
            ("time", self.time.as_ref().map(text)),
            ("datetime", self.datetime.as_ref().map(text)),
        ];
        options.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

impl Excel {
    /// Converts the options to a table by their names, as in a scenario file.
    pub(crate) fn to_table(&self) -> toml::Table {
        let sheet = self.sheet.as_ref().map(|sheet| toml::Value::from(sheet.value()));
        let options = [("sheet", sheet), ("skip_rows", self.skip.map(toml::Value::from))];
        options.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

/// A part of a file's path.
pub(crate) enum PathPart {
    Hive,
    Name,
    Stem,
    Folder,
    /// The part between these two strings.
    Between(String, String),
}

/// A character encoding.
#[derive(Clone, Copy)]
pub(crate) enum Encoding {
    Utf8,
    Utf16,
    Latin1,
}

/// A field: a column, or the columns of another row type.
pub(crate) enum Field {
    Column(Column),
    Flattened { field: Ident, ty: Type },
}

/// A field that is a column.
pub(crate) struct Column {
    pub(crate) field: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) ty: Type,
    /// The column's name in the table.
    pub(crate) name: String,
    /// Whether it is part of the key that identifies a row.
    pub(crate) key: bool,
    /// The time zone of its values.
    pub(crate) zone: Option<LitStr>,
    /// The part of the file's path that its values are taken from.
    pub(crate) of_path: Option<PathPart>,
    pub(crate) docs: String,
}
