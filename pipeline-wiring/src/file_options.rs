//! Options for reading table files, as inputs and settings files give them: `csv = { separator = ";" }`.

use crate::name::suggestion;
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};

/// Options for CSV files; an option that is not given is `None`. Names and values are those of `#[csv(…)]` on a row
/// type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CsvOverrides {
    /// The strings that stand for a missing value.
    pub missing: Option<Vec<String>>,
    /// How a line with fewer fields than the header is handled.
    pub short_lines: Option<ShortLines>,
    /// The character between fields.
    #[serde(default, deserialize_with = "byte")]
    pub separator: Option<u8>,
    /// The character around a quoted field.
    #[serde(default, deserialize_with = "byte")]
    pub quote: Option<u8>,
    /// The decimal separator.
    pub decimal: Option<char>,
    /// The separator between groups of three digits.
    pub thousands: Option<char>,
    /// The character encoding of the file.
    pub encoding: Option<Encoding>,
    /// The first character of a comment line.
    #[serde(default, deserialize_with = "byte")]
    pub comment: Option<u8>,
    /// The number of lines to skip before the header.
    pub skip_lines: Option<u64>,
    /// Whether the file has a header.
    pub header: Option<bool>,
    /// The format of dates.
    pub date: Option<String>,
    /// The format of times of day.
    pub time: Option<String>,
    /// The format of dates with times.
    pub datetime: Option<String>,
}

/// How a line with fewer fields than the header is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShortLines {
    /// The absent fields are missing values.
    Filled,
    /// The line is rejected.
    Refused,
}

/// A character encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    /// UTF-8.
    #[serde(rename = "utf-8")]
    Utf8,
    /// UTF-16.
    #[serde(rename = "utf-16")]
    Utf16,
    /// Windows-1252, whose printable characters include those of ISO 8859-1.
    #[serde(rename = "latin-1")]
    Latin1,
}

/// Options for spreadsheets; an option that is not given is `None`. Names and values are those of `#[excel(…)]` on a
/// row type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExcelOverrides {
    /// The name of the sheet.
    pub sheet: Option<String>,
    /// The number of rows to skip before the header.
    pub skip_rows: Option<u32>,
}

impl CsvOverrides {
    /// The names of the options.
    pub const NAMES: [&'static str; 13] = [
        "missing",
        "short_lines",
        "separator",
        "quote",
        "decimal",
        "thousands",
        "encoding",
        "comment",
        "skip_lines",
        "header",
        "date",
        "time",
        "datetime",
    ];
}

impl ExcelOverrides {
    /// The names of the options.
    pub const NAMES: [&'static str; 2] = ["sheet", "skip_rows"];
}

/// Returns an error message if one of these names is not an option of the attribute (`csv` or `excel`).
pub fn unknown_option<'a>(attribute: &str, mut names: impl Iterator<Item = &'a str>) -> Option<String> {
    let known: &[&str] = if attribute == "excel" { &ExcelOverrides::NAMES } else { &CsvOverrides::NAMES };
    let name = names.find(|name| !known.contains(name))?;
    Some(format!("there is no option `{name}`{}", suggestion(name, known.iter().copied())))
}

fn byte<'de, D: Deserializer<'de>>(of: D) -> Result<Option<u8>, D::Error> {
    let letter = char::deserialize(of)?;
    match u8::try_from(letter) {
        Ok(byte) if byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0) => Ok(Some(byte)),
        _ => Err(D::Error::custom(format!(
            "expected an ASCII character other than a line break or NUL, not {letter:?}"
        ))),
    }
}

/// Checks the options that a file gives for an attribute (`csv` or `excel`).
///
/// # Errors
///
/// Returns a message if an option is unknown or its value is invalid.
pub fn check_options(attribute: &str, options: toml::Value) -> Result<(), String> {
    let names = options.as_table().into_iter().flat_map(|options| options.keys().map(String::as_str));
    if let Some(unknown) = unknown_option(attribute, names) {
        return Err(unknown);
    }
    let read = match attribute {
        "excel" => ExcelOverrides::deserialize(options).map(drop),
        _ => CsvOverrides::deserialize(options).map(drop),
    };
    read.map_err(|error| error.message().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(attribute: &str, text: &str) -> String {
        let table: toml::Table = text.parse().expect("TOML");
        check_options(attribute, table.into()).err().unwrap_or_default()
    }

    #[test]
    fn invalid_options_are_reported() {
        assert_eq!(
            problem("csv", "separator = ';'\nmissing = ['-']\nencoding = 'latin-1'\nskip_lines = 2"),
            ""
        );
        assert_eq!(problem("excel", "sheet = 'Rates'"), "");
        assert_eq!(
            problem("csv", "seperator = ';'"),
            "there is no option `seperator`: did you mean `separator`?"
        );
        assert!(problem("csv", "separator = ';;'").contains("a character"));
        assert_eq!(
            problem("csv", "separator = '→'"),
            "expected an ASCII character other than a line break or NUL, not '→'"
        );
        assert!(problem("csv", "encoding = 'utf-7'").contains("`utf-8`, `utf-16`, `latin-1`"));
        assert!(problem("excel", "separator = ';'").starts_with("there is no option `separator`"));
        assert!(problem("csv", "skip_lines = -1").contains("invalid value"));
    }
}
