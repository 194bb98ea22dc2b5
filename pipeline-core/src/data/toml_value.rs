//! Values as TOML files have them.

use super::{Shape, canonical};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The value that a file says.
pub(super) fn read<T: DeserializeOwned>(value: &toml::Value) -> Result<T, String> {
    T::deserialize(value.clone()).map_err(|error| match super::shape::of::<T>() {
        // What serde says of a number in place of a variant's name is about its own ways.
        Shape::Choice { choices: variants } if value.as_str().is_none() => {
            let names: Vec<String> = variants.iter().map(|variant| format!("`{variant}`")).collect();
            format!("expected one of {}, found {}", names.join(", "), kind(value))
        }
        _ => error.message().trim().to_owned(),
    })
}

/// A value of TOML as its text.
pub(crate) fn parsed(text: &str) -> Result<toml::Value, String> {
    toml::de::ValueDeserializer::parse(text)
        .and_then(toml::Value::deserialize)
        .map_err(|error| error.message().trim().to_owned())
}

/// The value as a file says it; nothing where it would come back as another.
pub(super) fn written<T: Serialize + DeserializeOwned>(value: &T) -> Option<toml::Value> {
    let written = toml::Value::try_from(value).ok()?;
    let back: T = read(&written).ok()?;
    let bytes = |value: &T| canonical::to_vec(value).ok();
    (bytes(value)? == bytes(&back)?).then_some(written)
}

/// A path.
pub(crate) fn path(value: &toml::Value) -> Result<PathBuf, String> {
    match value.as_str() {
        Some(text) => Ok(text.into()),
        None => Err(format!("expected the path of a file as a text, found {}", kind(value))),
    }
}

/// What a value is, in words.
pub(super) fn kind(value: &toml::Value) -> &'static str {
    match value {
        toml::Value::String(_) => "a text",
        toml::Value::Integer(_) | toml::Value::Float(_) => "a number",
        toml::Value::Boolean(_) => "`true` or `false`",
        toml::Value::Datetime(_) => "a moment",
        toml::Value::Array(_) => "a list",
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

    fn there_and_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: T, text: &str) {
        let written = written(&value).expect("it can be written");
        assert_eq!(written.to_string(), text);
        assert_eq!(read::<T>(&written), Ok(value));
    }

    #[test]
    fn what_is_written_is_read_again() {
        there_and_back(1_000.0, "1000.0");
        there_and_back(f64::INFINITY, "inf");
        there_and_back(-3_i8, "-3");
        there_and_back("a \"text\"\nof lines".to_owned(), "\"\"\"\na \"text\"\nof lines\"\"\"");
        there_and_back(Choice::Mean, "\"mean\"");
        there_and_back(Choice::Share(0.5), "{ share = 0.5 }");
        there_and_back(Choice::Named { low: None, high: 3 }, "{ named = { high = 3 } }");
        there_and_back(vec![Some(1), Some(2)], "[1, 2]");
        there_and_back(BTreeMap::from([("a b".to_owned(), true)]), "{ \"a b\" = true }");
    }

    #[test]
    fn what_toml_has_no_value_for_is_not_written() {
        assert_eq!(written(&None::<f64>), None);
        assert_eq!(written(&u64::MAX), None);
        assert_eq!(written(&vec![None, Some(1)]), None);
    }

    #[test]
    fn a_whole_number_is_a_number_and_a_text_is_none() {
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
