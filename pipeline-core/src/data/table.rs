//! Values as tables, for the command `read`.

use super::ShowError;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use serde::Serialize;
use serde_json::{Map, Value};
use std::io::Write;

/// A format in which a value can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[non_exhaustive]
pub enum Format {
    /// Lines and columns for people; the first rows of a long table.
    Table,
    /// Comma-separated values with a header, all rows.
    Csv,
    /// JSON, all rows. A value without a JSON number is a string: `NaN`, `inf`, `-inf`, and an integer beyond 64 bits.
    Json,
}

/// A table of strings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows, with one string for each column.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// Draws the table with borders, for a terminal.
    pub fn to_text(&self) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(UTF8_FULL_CONDENSED).set_header(&self.columns).add_rows(&self.rows);
        table.to_string()
    }

    /// Formats the table as comma-separated values (RFC 4180, but lines end with `\n`).
    pub fn to_csv(&self) -> String {
        let line = |fields: &[String]| {
            fields.iter().map(|field| csv_field(field)).collect::<Vec<_>>().join(",") + "\n"
        };
        std::iter::once(&self.columns).chain(&self.rows).map(|fields| line(fields)).collect()
    }
}

/// Quotes the field if necessary.
fn csv_field(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.into()
    }
}

/// Shows a value that serde can write: a list of records as rows, a record as one row, anything else as one cell for
/// each element.
pub(super) fn show_value<T: Serialize>(
    value: &T,
    format: Format,
    out: &mut dyn Write,
) -> Result<(), ShowError> {
    let json = super::json::of(value)?;
    match format {
        Format::Json => writeln!(out, "{json}")?,
        Format::Csv => write!(out, "{}", table(json).to_csv())?,
        Format::Table => match json {
            Value::String(text) => writeln!(out, "{text}")?,
            Value::Array(_) | Value::Object(_) => writeln!(out, "{}", table(json).to_text())?,
            scalar => writeln!(out, "{scalar}")?,
        },
    }
    Ok(())
}

fn table(json: Value) -> Table {
    let elements = match json {
        Value::Array(elements) => elements,
        single => vec![single],
    };
    if !elements.is_empty() && elements.iter().all(Value::is_object) {
        let records: Vec<Map<String, Value>> = elements
            .into_iter()
            .filter_map(|element| if let Value::Object(record) = element { Some(record) } else { None })
            .collect();
        let mut columns: Vec<String> = Vec::new();
        for name in records.iter().flat_map(Map::keys) {
            if !columns.contains(name) {
                columns.push(name.clone());
            }
        }
        let rows = records
            .iter()
            .map(|record| columns.iter().map(|name| record.get(name).map(cell).unwrap_or_default()).collect())
            .collect();
        return Table { columns, rows };
    }
    Table {
        columns: vec!["value".into()],
        rows: elements.iter().map(|element| vec![cell(element)]).collect(),
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown<T: Serialize>(value: &T, format: Format) -> String {
        let mut out = Vec::new();
        show_value(value, format, &mut out).expect("shown");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn scalars_lists_and_records_are_shown() {
        assert_eq!(shown(&1.5, Format::Table), "1.5\n");
        assert_eq!(shown(&"a, b", Format::Csv), "value\n\"a, b\"\n");
        assert_eq!(shown(&[1, 2], Format::Csv), "value\n1\n2\n");
        assert_eq!(shown(&f64::NEG_INFINITY, Format::Table), "-inf\n");
        assert_eq!(shown(&f64::NAN, Format::Csv), "value\nNaN\n");
        assert_eq!(shown(&[f64::NAN, 0.5], Format::Json), "[\"NaN\",0.5]\n");
        assert_eq!(shown(&None::<u8>, Format::Csv), "value\n\n");
        let records = serde_json::json!([{"a": 1, "b": "x\"y"}, {"a": 2, "c": null}]);
        assert_eq!(shown(&records, Format::Csv), "a,b,c\n1,\"x\"\"y\",\n2,,\n");
        assert_eq!(shown(&records, Format::Json), records.to_string() + "\n");
    }
}
