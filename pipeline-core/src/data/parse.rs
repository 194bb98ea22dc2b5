//! Values as people type them.

use serde::de::DeserializeOwned;
use serde::de::value::{Error, F64Deserializer, StrDeserializer};

/// A value from JSON, or from the text itself where the type takes a text: a string, the name of an
/// enum's variant.
pub(super) fn value<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let from_json = serde_json::from_str::<T>(text);
    if let Ok(value) = from_json {
        return Ok(value);
    }
    // JSON has no infinity; a float may be one.
    if let Some(float) = text.parse::<f64>().ok().filter(|float| !float.is_finite()) {
        let float: F64Deserializer<Error> = F64Deserializer::new(float);
        if let Ok(value) = T::deserialize(float) {
            return Ok(value);
        }
    }
    // A text inside of something: an `Option<String>`.
    let quoted = serde_json::Value::from(text).to_string();
    if let Ok(value) = serde_json::from_str::<T>(&quoted) {
        return Ok(value);
    }
    let plain: StrDeserializer<'_, Error> = StrDeserializer::new(text);
    T::deserialize(plain).map_err(|error| match serde_json::from_str::<serde_json::Value>(text) {
        // It is JSON, only not of this type: what JSON says is nearer to what was meant.
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
    fn numbers_texts_and_variants_need_no_quotes() {
        assert_eq!(value("1600"), Ok(1_600.0));
        assert_eq!(value("median"), Ok(Metric::Median));
        assert_eq!(value("some text"), Ok("some text".to_owned()));
        assert_eq!(value("1600"), Ok("1600".to_owned()));
        assert_eq!(value("[1, 2]"), Ok(vec![1, 2]));
        assert_eq!(value("null"), Ok(None::<f64>));
        assert_eq!(value("abc"), Ok(Some("abc".to_owned())));
        assert_eq!(value("inf"), Ok(f64::INFINITY));
        // The nearest double: a quick reader of decimals finds its neighbour.
        assert_eq!(value("[9.990345902586529e-5]"), Ok(vec![9.990345902586529e-5]));
        assert_eq!(value("inf"), Ok("inf".to_owned()));
    }

    #[test]
    fn what_is_wrong_is_said_with_what_is_allowed() {
        assert_eq!(
            value::<Metric>("meen").unwrap_err(),
            "unknown variant `meen`, expected `mean` or `median`"
        );
        assert_eq!(value::<f64>("abc").unwrap_err(), "invalid type: string \"abc\", expected f64");
        assert_eq!(value::<u8>("-1").unwrap_err(), "invalid value: integer `-1`, expected u8");
    }
}
