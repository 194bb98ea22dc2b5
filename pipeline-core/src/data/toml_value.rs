//! Values in TOML files.

use super::{Shape, canonical};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Reads a value from TOML.
pub(super) fn read<T: DeserializeOwned>(value: &toml::Value) -> Result<T, String> {
    T::deserialize(value.clone()).map_err(|error| match super::shape::of::<T>() {
        // For a number in place of a variant's name, serde's own message describes its internal form of enums.
        Shape::Choice { choices: variants } if value.as_str().is_none() => {
            let names: Vec<String> = variants.iter().map(|variant| format!("`{variant}`")).collect();
            format!("expected one of {}, found {}", names.join(", "), kind(value))
        }
        _ => error.message().trim().to_owned(),
    })
}

/// Parses a single TOML value.
pub(crate) fn parsed(text: &str) -> Result<toml::Value, String> {
    toml::de::ValueDeserializer::parse(text)
        .and_then(toml::Value::deserialize)
        .map_err(|error| error.message().trim().to_owned())
}

/// Converts a value to TOML; `None` if it would be read back as another value.
pub(super) fn written<T: Serialize + DeserializeOwned>(value: &T) -> Option<toml::Value> {
    let written = toml::Value::try_from(value).ok()?;
    let back: T = read(&written).ok()?;
    let bytes = |value: &T| canonical::to_vec(value).ok();
    (bytes(value)? == bytes(&back)?).then_some(written)
}

/// Reads a path.
pub(crate) fn path(value: &toml::Value) -> Result<PathBuf, String> {
    match value.as_str() {
        Some(text) => Ok(text.into()),
        None => Err(format!("expected a file path as a string, found {}", kind(value))),
    }
}

/// The kind of a value, for messages.
pub(super) fn kind(value: &toml::Value) -> &'static str {
    match value {
        toml::Value::String(_) => "a string",
        toml::Value::Integer(_) | toml::Value::Float(_) => "a number",
        toml::Value::Boolean(_) => "a boolean",
        toml::Value::Datetime(_) => "a datetime",
        toml::Value::Array(_) => "an array",
        toml::Value::Table(_) => "a table",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Choice {
        Mean,
        Share(f64),
        Named { low: Option<i64>, high: u8 },
    }

    fn assert_round_trip<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
        value: T,
        text: &str,
    ) {
        let written = written(&value).expect("it can be written");
        assert_eq!(written.to_string(), text);
        assert_eq!(read::<T>(&written), Ok(value));
    }

    #[test]
    fn written_values_are_read_back() {
        assert_round_trip(1_000.0, "1000.0");
        assert_round_trip(f64::INFINITY, "inf");
        assert_round_trip(-3_i8, "-3");
        assert_round_trip("a \"text\"\nof lines".to_owned(), "\"\"\"\na \"text\"\nof lines\"\"\"");
        assert_round_trip(Choice::Mean, "\"mean\"");
        assert_round_trip(Choice::Share(0.5), "{ share = 0.5 }");
        assert_round_trip(Choice::Named { low: None, high: 3 }, "{ named = { high = 3 } }");
        assert_round_trip(vec![Some(1), Some(2)], "[1, 2]");
        assert_round_trip(BTreeMap::from([("a b".to_owned(), true)]), "{ \"a b\" = true }");
    }

    #[test]
    fn values_without_a_toml_form_are_not_written() {
        assert_eq!(written(&None::<f64>), None);
        assert_eq!(written(&u64::MAX), None);
        assert_eq!(written(&vec![None, Some(1)]), None);
    }

    #[test]
    fn an_integer_is_read_as_a_float_but_a_string_is_not() {
        assert_eq!(read(&toml::Value::Integer(1_000)), Ok(1_000.0));
        assert_eq!(
            read::<f64>(&toml::Value::from("1000")).unwrap_err(),
            "invalid type: string \"1000\", expected f64"
        );
        assert_eq!(
            read::<Choice>(&toml::Value::from("meen")).unwrap_err(),
            "unknown variant `meen`, expected one of `mean`, `share`, `named`"
        );
    }
}
