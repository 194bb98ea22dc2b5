//! How a file with a table is written, where an input or a file of settings says it: `csv = { separator = ";" }`.

use crate::name::suggestion;
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};

/// What is said of CSV files, each option if it is given. Names and values are those of `#[csv(…)]` on a row type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CsvOverrides {
    /// The words for a missing value.
    pub missing: Option<Vec<String>>,
    /// What becomes of a line with fewer fields than the header.
    pub short_lines: Option<ShortLines>,
    /// What stands between fields.
    #[serde(default, deserialize_with = "byte")]
    pub separator: Option<u8>,
    /// What stands around fields.
    #[serde(default, deserialize_with = "byte")]
    pub quote: Option<u8>,
    /// What stands before the decimals of a number.
    pub decimal: Option<char>,
    /// What stands between groups of three digits.
    pub thousands: Option<char>,
    /// How the text is encoded.
    pub encoding: Option<Encoding>,
    /// What a line begins with that is none of the table.
    #[serde(default, deserialize_with = "byte")]
    pub comment: Option<u8>,
    /// How many lines stand before the header.
    pub skip_lines: Option<u64>,
    /// Whether there is a header.
    pub header: Option<bool>,
    /// How dates are written.
    pub date: Option<String>,
    /// How times of the day are written.
    pub time: Option<String>,
    /// How dates with times are written.
    pub datetime: Option<String>,
}

/// What becomes of a line with fewer fields than the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShortLines {
    /// It has missing values in their place.
    Filled,
    /// It is refused.
    Refused,
}

/// How a text is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    /// UTF-8.
    #[serde(rename = "utf-8")]
    Utf8,
    /// UTF-16.
    #[serde(rename = "utf-16")]
    Utf16,
    /// Windows-1252, of which ISO 8859-1 is a part.
    #[serde(rename = "latin-1")]
    Latin1,
}

/// What is said of spreadsheets, each option if it is given, as `#[excel(…)]` does on a row type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExcelOverrides {
    /// The sheet.
    pub sheet: Option<String>,
    /// How many rows stand before the header.
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

/// That one of these names is no option of an attribute, `csv` or `excel`.
pub fn unknown_option<'a>(attribute: &str, mut names: impl Iterator<Item = &'a str>) -> Option<String> {
    let known: &[&str] = if attribute == "excel" { &ExcelOverrides::NAMES } else { &CsvOverrides::NAMES };
    let name = names.find(|name| !known.contains(name))?;
    Some(format!("there is no option `{name}`{}", suggestion(name, known.iter().copied())))
}

fn byte<'de, D: Deserializer<'de>>(of: D) -> Result<Option<u8>, D::Error> {
    let letter = char::deserialize(of)?;
    match u8::try_from(letter) {
        Ok(byte) if byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0) => Ok(Some(byte)),
        _ => Err(D::Error::custom(format!("{letter:?} is not a letter of ASCII, or ends a line"))),
    }
}

/// What is wrong with what an attribute, `csv` or `excel`, says in a file.
///
/// # Errors
///
/// When there is no such option, or its value is of another kind.
pub fn check_options(attribute: &str, said: toml::Value) -> Result<(), String> {
    let names = said.as_table().into_iter().flat_map(|said| said.keys().map(String::as_str));
    if let Some(unknown) = unknown_option(attribute, names) {
        return Err(unknown);
    }
    let read = match attribute {
        "excel" => ExcelOverrides::deserialize(said).map(drop),
        _ => CsvOverrides::deserialize(said).map(drop),
    };
    read.map_err(|error| error.message().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(attribute: &str, text: &str) -> String {
        let table: toml::Table = text.parse().expect("TOML");
        check_options(attribute, table.into()).err().unwrap_or_default()
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(said("csv", "separator = ';'\nmissing = ['-']\nencoding = 'latin-1'\nskip_lines = 2"), "");
        assert_eq!(said("excel", "sheet = 'Rates'"), "");
        assert_eq!(
            said("csv", "seperator = ';'"),
            "there is no option `seperator`: did you mean `separator`?"
        );
        assert!(said("csv", "separator = ';;'").contains("a character"));
        assert_eq!(said("csv", "separator = '→'"), "'→' is not a letter of ASCII, or ends a line");
        assert!(said("csv", "encoding = 'utf-7'").contains("`utf-8`, `utf-16`, `latin-1`"));
        assert!(said("excel", "separator = ';'").starts_with("there is no option `separator`"));
        assert!(said("csv", "skip_lines = -1").contains("invalid value"));
    }
}
