//! A page of a value, for display: some rows of a table, or the beginning of a text.

use super::filter::{ColumnFilter, Condition};
use super::{Column, DataError, ShowError, json};
use serde::Serialize;
use serde_json::Value;
use skipstone_wiring::suggestion;
use std::io::{self, Write};

/// The maximum length of a text that is shown, in bytes.
const SHOWN: usize = 64 << 10;

/// Selects the rows to show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageOf {
    /// The number of rows to skip.
    pub offset: u64,
    /// The maximum number of rows.
    pub limit: u64,
    /// Only rows that match all of these filters.
    pub filters: Vec<ColumnFilter>,
}

/// A page of a value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Page {
    /// Rows of a table or a list.
    Table {
        /// The columns.
        columns: Vec<PageColumn>,
        /// The rows, with a cell for each column.
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<Vec<PageCell>>))]
        rows: Vec<Vec<Value>>,
        /// The number of rows before these.
        offset: u64,
        /// Whether more rows follow.
        more: bool,
        /// The total number of rows, if known.
        total: Option<u64>,
    },
    /// A value as text.
    Value {
        /// The text.
        text: String,
        /// Whether the text was cut.
        truncated: bool,
    },
    /// The value can't be shown.
    None {
        /// The reason.
        why: String,
    },
}

/// A cell of a page, for the OpenAPI description.
#[cfg(feature = "openapi")]
#[derive(Serialize, utoipa::ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "cells are plain JSON values")]
enum PageCell {
    /// A string, or a value without its own JSON form.
    Text(String),
    /// An integer or a float.
    Number(f64),
    /// A boolean, or `null` for a missing value.
    Flag(Option<bool>),
}

/// A column of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct PageColumn {
    /// The column's name.
    pub name: String,
    /// The type of its values; empty if unknown.
    #[serde(rename = "type")]
    pub ty: String,
    /// Whether values may be missing.
    pub nullable: bool,
    /// Whether it is part of the key that identifies a row.
    pub key: bool,
    /// The column's documentation.
    pub docs: String,
}

impl From<&Column> for PageColumn {
    fn from(column: &Column) -> PageColumn {
        PageColumn {
            name: column.name.into(),
            ty: column.ty.to_string(),
            nullable: column.nullable,
            key: column.key,
            docs: column.docs.into(),
        }
    }
}

/// Returns the rows of a list of records or other elements, or any other value as text.
pub(super) fn of_value<T: Serialize>(value: &T, of: PageOf) -> Result<Page, ShowError> {
    let json = json::of(value)?;
    let Value::Array(elements) = json else {
        let text = match json {
            Value::String(text) => text,
            other => serde_json::to_string_pretty(&other).unwrap_or_default(),
        };
        return Ok(text_page(text));
    };
    let records = !elements.is_empty() && elements.iter().all(Value::is_object);
    let mut names: Vec<String> = Vec::new();
    if records {
        for name in elements.iter().filter_map(Value::as_object).flat_map(|record| record.keys()) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    } else {
        names.push("value".into());
    }
    if let Some(filter) = of.filters.iter().find(|filter| !names.contains(&filter.column)) {
        let hint = suggestion(&filter.column, names.iter().map(String::as_str));
        let message = format!("the value has no such column{hint}");
        return Err(DataError::Filter { column: filter.column.clone(), message }.into());
    }
    let matches = |element: &Value| {
        of.filters.iter().all(|filter| {
            let value = if records { element.get(&filter.column).unwrap_or(&Value::Null) } else { element };
            Condition::of(&filter.condition).is_none_or(|condition| condition.matches(value))
        })
    };
    let elements: Vec<Value> = elements.into_iter().filter(matches).collect();
    let total = elements.len() as u64;
    let (skip, take) = (usize::try_from(of.offset), usize::try_from(of.limit));
    let shown = elements.into_iter().skip(skip.unwrap_or(usize::MAX)).take(take.unwrap_or(usize::MAX));
    let rows: Vec<Vec<Value>> = shown
        .map(|element| match element {
            Value::Object(mut record) if records => {
                names.iter().map(|name| record.remove(name).map_or(Value::Null, cell)).collect()
            }
            other => vec![cell(other)],
        })
        .collect();
    let column = |name: &String| PageColumn {
        name: name.clone(),
        ty: String::new(),
        nullable: true,
        key: false,
        docs: String::new(),
    };
    let more = of.offset.saturating_add(rows.len() as u64) < total;
    let columns = names.iter().map(column).collect();
    Ok(Page::Table { columns, rows, offset: of.offset, more, total: Some(total) })
}

/// Returns a cell with a string, a number, a boolean or `null`.
fn cell(value: Value) -> Value {
    match value {
        Value::Array(_) | Value::Object(_) => Value::String(value.to_string()),
        plain => json::exact(plain),
    }
}

/// Returns the beginning of a text.
fn text_page(mut text: String) -> Page {
    let truncated = text.len() > SHOWN;
    if truncated {
        let end = (0..=SHOWN).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        text.truncate(end);
    }
    Page::Value { text, truncated }
}

/// Returns the beginning of what `write` writes. Further writes fail once there is enough.
pub(super) fn of_text(
    write: impl FnOnce(&mut dyn Write) -> Result<(), ShowError>,
) -> Result<Page, ShowError> {
    let mut head = Head(Vec::new());
    match write(&mut head) {
        Err(ShowError::Output(error)) if error.kind() == io::ErrorKind::WriteZero => {}
        written => written?,
    }
    Ok(text_page(String::from_utf8_lossy(&head.0).into_owned()))
}

/// A writer that takes slightly more than is shown.
struct Head(Vec<u8>);

impl Write for Head {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = (SHOWN + 4).saturating_sub(self.0.len()).min(bytes.len());
        self.0.extend_from_slice(&bytes[..room]);
        // Taking 0 bytes of a non-empty slice makes `write_all` fail: there is enough.
        Ok(room)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page<T: Serialize>(value: &T, offset: u64, limit: u64) -> Value {
        serde_json::to_value(of_value(value, PageOf { offset, limit, ..PageOf::default() }).expect("shown"))
            .expect("JSON")
    }

    #[test]
    fn lists_are_paged_and_long_strings_are_cut_between_characters() {
        let records = serde_json::json!([{"a": 1}, {"b": [2]}, {"a": 3, "b": null}]);
        let second = page(&records, 1, 1);
        assert_eq!(second["rows"], serde_json::json!([[null, "[2]"]]));
        assert_eq!((&second["more"], &second["total"]), (&true.into(), &3.into()));
        assert_eq!(page(&records, 2, 5)["more"], false);
        assert_eq!(page(&records, 9, 5)["rows"], serde_json::json!([]));
        assert_eq!(page(&f64::INFINITY, 0, 9)["text"], "inf");
        let numbers = page(&[Some(f64::NAN), None], 0, 9);
        assert_eq!(numbers["rows"], serde_json::json!([["NaN"], [null]]));
        let whole = page(&[(1_i64 << 53) + 1, -(1 << 53)], 0, 9);
        assert_eq!(whole["rows"], serde_json::json!([["9007199254740993"], [-9_007_199_254_740_992_i64]]));
        let long = page(&"ü".repeat(SHOWN), 0, 9);
        assert_eq!((long["text"].as_str().map(str::len), &long["truncated"]), (Some(SHOWN), &true.into()));
        let endless = of_text(|out| {
            loop {
                out.write_all(b"abc")?
            }
        });
        assert!(matches!(endless, Ok(Page::Value { truncated: true, .. })));
    }
}
