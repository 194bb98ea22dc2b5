//! Options of CSV files that an input or a settings file sets, in place of those of the row type.

use super::super::row::{CsvEncoding, CsvOptions};
use crate::frame::interned::{interned, interned_all};
use serde_json::{Map, Value};
use skipstone_wiring::file_options::{CsvOverrides, Encoding, ShortLines, unknown_option};

/// Returns the options with `overrides` in place of them where given. The error says what is wrong with the overrides.
pub(super) fn overridden(of: CsvOptions, overrides: Map<String, Value>) -> Result<CsvOptions, String> {
    if overrides.is_empty() {
        return Ok(of);
    }
    if let Some(unknown) = unknown_option("csv", overrides.keys().map(String::as_str)) {
        return Err(unknown);
    }
    let overrides: CsvOverrides =
        serde_json::from_value(overrides.into()).map_err(|error| error.to_string())?;
    let text = |text: Option<String>| text.as_deref().map(interned);
    let options = CsvOptions {
        missing: overrides.missing.map(interned_all).or(of.missing),
        fill_short_lines: overrides
            .short_lines
            .map_or(of.fill_short_lines, |lines| lines == ShortLines::Filled),
        separator: overrides.separator.unwrap_or(of.separator),
        quote: overrides.quote.unwrap_or(of.quote),
        decimal: overrides.decimal.unwrap_or(of.decimal),
        thousands: overrides.thousands.or(of.thousands),
        encoding: overrides.encoding.map_or(of.encoding, |encoding| match encoding {
            Encoding::Utf8 => CsvEncoding::Utf8,
            Encoding::Utf16 => CsvEncoding::Utf16,
            Encoding::Latin1 => CsvEncoding::Latin1,
        }),
        comment: overrides.comment.or(of.comment),
        skip: overrides.skip_lines.unwrap_or(of.skip),
        header: overrides.header.unwrap_or(of.header),
        date: text(overrides.date).or(of.date),
        time: text(overrides.time).or(of.time),
        datetime: text(overrides.datetime).or(of.datetime),
    };
    let CsvOptions { separator, quote, comment, .. } = options;
    if separator == quote || comment.is_some_and(|comment| comment == separator || comment == quote) {
        return Err("separator, quote and comment must be different characters".into());
    }
    if options.thousands == Some(options.decimal) {
        return Err("decimal and thousands must be different characters".into());
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn overrides_replace_the_options_of_the_row_type() {
        let default = CsvOptions { decimal: ',', ..CsvOptions::DEFAULT };
        let of = |overrides: Value| overridden(default, overrides.as_object().expect("an object").clone());
        assert_eq!(of(json!({})), Ok(default));
        let overrides = json!({
            "separator": ";", "thousands": ".", "missing": ["-", "?"], "short_lines": "filled",
            "encoding": "latin-1", "header": false, "skip_lines": 2, "comment": "#", "date": "%d.%m.%Y",
        });
        let expected = CsvOptions {
            separator: b';',
            thousands: Some('.'),
            missing: Some(&["-", "?"]),
            fill_short_lines: true,
            encoding: CsvEncoding::Latin1,
            header: false,
            skip: 2,
            comment: Some(b'#'),
            date: Some("%d.%m.%Y"),
            ..default
        };
        assert_eq!(of(overrides), Ok(expected));
        for same in [json!({ "separator": "\"" }), json!({ "thousands": "," }), json!({ "quote": "," })] {
            assert!(of(same).expect_err("refused").contains("different characters"));
        }
    }
}
