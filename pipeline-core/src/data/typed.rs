//! Values that people type.

use super::short_type_name;

/// The texts of values: what a person types on the command line or in the Studio, or writes into a TOML file.
pub trait Typed: Sized {
    /// The value that a text stands for: `1600`, `median`, `data/customers.csv`.
    ///
    /// # Errors
    ///
    /// What is wrong with the text. By default values can't be typed.
    fn parse(text: &str) -> Result<Self, String> {
        let _ = text;
        Err(format!("a `{}` can't be given as a text; write it from the program", short_type_name::<Self>()))
    }

    /// The text that [`Typed::parse`] reads as this value. Required if [`Codec::EXTERNAL`](super::Codec::EXTERNAL) is true.
    fn text(&self) -> Option<String> {
        None
    }

    /// The value that a TOML file has.
    #[doc(hidden)]
    fn from_toml(value: &TomlValue) -> Result<Self, String> {
        match value.0.as_str() {
            Some(text) => Self::parse(text),
            None => Err(format!("expected a text, found {}", super::toml_value::kind(&value.0))),
        }
    }

    /// The value as a TOML file has it, if one can; what [`Typed::from_toml`] makes this value of.
    #[doc(hidden)]
    fn to_toml(&self) -> Option<TomlValue> {
        self.text().map(|text| TomlValue(text.into()))
    }
}

/// A value of a TOML file.
#[doc(hidden)]
#[derive(Debug, Clone)]
pub struct TomlValue(pub(crate) toml::Value);
