//! Parsing of values that users type.

use serde::de::DeserializeOwned;
use serde::de::value::{Error, F64Deserializer, StrDeserializer};

/// Parses a value from JSON, or takes the string itself if the type is read from a string: a `String`, or the name of
/// an enum's variant.
pub(super) fn value<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let from_json = serde_json::from_str::<T>(text);
    if let Ok(value) = from_json {
        return Ok(value);
    }
    // JSON has no infinity, but a float may be infinite.
    if let Some(float) = text.parse::<f64>().ok().filter(|float| !float.is_finite()) {
        let float: F64Deserializer<Error> = F64Deserializer::new(float);
        if let Ok(value) = T::deserialize(float) {
            return Ok(value);
        }
    }
    // A string inside of another type, such as `Option<String>`.
    let quoted = serde_json::Value::from(text).to_string();
    if let Ok(value) = serde_json::from_str::<T>(&quoted) {
        return Ok(value);
    }
    let plain: StrDeserializer<'_, Error> = StrDeserializer::new(text);
    T::deserialize(plain).map_err(|error| match serde_json::from_str::<serde_json::Value>(text) {
        // It is valid JSON of another type: the error of the JSON reader is closer to what the user intended.
        Ok(json) if !json.is_string() => match serde_json::from_value::<T>(json) {
            Err(error) => error.to_string(),
            Ok(_) => error.to_string(),
        },
        _ => error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Metric {
        Mean,
        Median,
    }

    #[test]
    fn numbers_strings_and_variants_need_no_quotes() {
        assert_eq!(value("1600"), Ok(1_600.0));
        assert_eq!(value("median"), Ok(Metric::Median));
        assert_eq!(value("some text"), Ok("some text".to_owned()));
        assert_eq!(value("1600"), Ok("1600".to_owned()));
        assert_eq!(value("[1, 2]"), Ok(vec![1, 2]));
        assert_eq!(value("null"), Ok(None::<f64>));
        assert_eq!(value("abc"), Ok(Some("abc".to_owned())));
        assert_eq!(value("inf"), Ok(f64::INFINITY));
        // The nearest double: a fast but inexact parser would return its neighbour.
        assert_eq!(value("[9.990345902586529e-5]"), Ok(vec![9.990345902586529e-5]));
        assert_eq!(value("inf"), Ok("inf".to_owned()));
    }

    #[test]
    fn errors_state_what_is_allowed() {
        assert_eq!(
            value::<Metric>("meen").unwrap_err(),
            "unknown variant `meen`, expected `mean` or `median`"
        );
        assert_eq!(value::<f64>("abc").unwrap_err(), "invalid type: string \"abc\", expected f64");
        assert_eq!(value::<u8>("-1").unwrap_err(), "invalid value: integer `-1`, expected u8");
    }
}
