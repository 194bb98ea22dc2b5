//! Conversion of values from and to strings, for user input.

use super::short_type_name;

/// Converts values from and to the strings that users type on the command line or in the Studio, or write in TOML
/// files.
pub trait Typed: Sized {
    /// Parses a value: `1600`, `median`, `data/customers.csv`.
    ///
    /// # Errors
    ///
    /// When the string is not a valid value; the message says why. By default, values can't be parsed.
    fn parse(text: &str) -> Result<Self, String> {
        let _ = text;
        Err(format!("a `{}` can't be given as a string; set it from the program", short_type_name::<Self>()))
    }

    /// The string that [`Typed::parse`] reads as this value. Required if
    /// [`Codec::EXTERNAL`](super::Codec::EXTERNAL) is true.
    fn text(&self) -> Option<String> {
        None
    }

    /// Reads a value from TOML.
    #[doc(hidden)]
    fn from_toml(value: &TomlValue) -> Result<Self, String> {
        match value.0.as_str() {
            Some(text) => Self::parse(text),
            None => Err(format!("expected a string, found {}", super::toml_value::kind(&value.0))),
        }
    }

    /// Converts the value to TOML that [`Typed::from_toml`] reads as this value; `None` if TOML can't represent it.
    #[doc(hidden)]
    fn to_toml(&self) -> Option<TomlValue> {
        self.text().map(|text| TomlValue(text.into()))
    }
}

/// A value of a TOML file.
#[doc(hidden)]
#[derive(Debug, Clone)]
pub struct TomlValue(pub(crate) toml::Value);
