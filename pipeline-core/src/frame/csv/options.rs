//! What an input, or a file of settings, says of CSV files besides their row type.

use super::super::row::{CsvEncoding, CsvOptions};
use crate::frame::interned::{interned, interned_all};
use serde_json::{Map, Value};
use skipstone_wiring::file_options::{CsvOverrides, Encoding, ShortLines, unknown_option};

/// These options, and in place of them those that are said; what is wrong with those.
pub(super) fn on(of: CsvOptions, said: Map<String, Value>) -> Result<CsvOptions, String> {
    if said.is_empty() {
        return Ok(of);
    }
    if let Some(unknown) = unknown_option("csv", said.keys().map(String::as_str)) {
        return Err(unknown);
    }
    let said: CsvOverrides = serde_json::from_value(said.into()).map_err(|error| error.to_string())?;
    let text = |said: Option<String>| said.as_deref().map(interned);
    let options = CsvOptions {
        missing: said.missing.map(interned_all).or(of.missing),
        fill_short_lines: said.short_lines.map_or(of.fill_short_lines, |lines| lines == ShortLines::Filled),
        separator: said.separator.unwrap_or(of.separator),
        quote: said.quote.unwrap_or(of.quote),
        decimal: said.decimal.unwrap_or(of.decimal),
        thousands: said.thousands.or(of.thousands),
        encoding: said.encoding.map_or(of.encoding, |encoding| match encoding {
            Encoding::Utf8 => CsvEncoding::Utf8,
            Encoding::Utf16 => CsvEncoding::Utf16,
            Encoding::Latin1 => CsvEncoding::Latin1,
        }),
        comment: said.comment.or(of.comment),
        skip: said.skip_lines.unwrap_or(of.skip),
        header: said.header.unwrap_or(of.header),
        date: text(said.date).or(of.date),
        time: text(said.time).or(of.time),
        datetime: text(said.datetime).or(of.datetime),
    };
    let CsvOptions { separator, quote, comment, .. } = options;
    if separator == quote || comment.is_some_and(|comment| comment == separator || comment == quote) {
        return Err("separator, quote and comment have to be different letters".into());
    }
    if options.thousands == Some(options.decimal) {
        return Err("decimals and thousands have to stand after different letters".into());
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_said_stands_in_place_of_what_the_row_type_says() {
        let default = CsvOptions { decimal: ',', ..CsvOptions::DEFAULT };
        let of = |said: Value| on(default, said.as_object().expect("an object").clone());
        assert_eq!(of(json!({})), Ok(default));
        let said = json!({
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
        assert_eq!(of(said), Ok(expected));
        for unlike in [json!({ "separator": "\"" }), json!({ "thousands": "," }), json!({ "quote": "," })] {
            assert!(of(unlike).expect_err("refused").contains("different letters"));
        }
    }
}
