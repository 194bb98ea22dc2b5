//! The form that the values of a type have in files, derived from the type's own `Deserialize`.
//!
//! A type asks its deserializer for the form that it expects before it gets any data: [`Probe`] records the request and
//! provides no data.

use serde::Serialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// The form of the values of a type, as written in files and shown in forms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Shape {
    /// `true` or `false`.
    Flag,
    /// An integer.
    Integer {
        /// Whether it may be negative.
        signed: bool,
        /// The number of bits.
        bits: u32,
    },
    /// Any number.
    Number,
    /// A string.
    Text,
    /// The path of a file.
    Path,
    /// A list of file paths.
    Paths,
    /// One of these names of an enum's variants. Some variants may need more than their name.
    Choice {
        /// Their names.
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
        choices: &'static [&'static str],
    },
    /// A struct with these fields.
    Fields {
        /// Their names.
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
        fields: &'static [&'static str],
    },
    /// A list.
    List,
    /// A map with arbitrary keys.
    Map,
    /// A value that may be missing.
    Optional {
        /// The form of a value that is present.
        #[cfg_attr(feature = "openapi", schema(no_recursion))]
        inner: Box<Shape>,
    },
    /// A table of rows, which can't be written in a file.
    Table,
    /// Unknown: the type accepts anything.
    Any,
}

impl Shape {
    /// Whether values can be used as numbers.
    pub(crate) fn is_number(&self) -> bool {
        match self {
            Shape::Integer { .. } | Shape::Number | Shape::Any => true,
            Shape::Optional { inner } => inner.is_number(),
            _ => false,
        }
    }
}

impl Shape {
    /// Returns a TOML value with every path in it replaced.
    pub(crate) fn with_paths(&self, value: toml::Value, change: &dyn Fn(&str) -> String) -> toml::Value {
        match (self, value) {
            (Shape::Path | Shape::Paths, toml::Value::String(text)) => change(&text).into(),
            (Shape::Path | Shape::Paths, toml::Value::Table(mut options)) => {
                if let Some(path) = options.remove("path") {
                    options.insert("path".into(), Shape::Path.with_paths(path, change));
                }
                options.into()
            }
            (Shape::Paths, toml::Value::Array(items)) => {
                let items = items.into_iter().map(|item| Shape::Path.with_paths(item, change));
                toml::Value::Array(items.collect())
            }
            (Shape::Optional { inner }, value) if value.as_str() != Some(NONE) => {
                inner.with_paths(value, change)
            }
            (_, value) => value,
        }
    }

    /// Returns a string that a user typed, with every path in it replaced.
    pub(crate) fn with_typed_paths(&self, text: &str, change: &dyn Fn(&str) -> String) -> String {
        match self {
            Shape::Path => match serde_json::from_str::<Map<String, Value>>(text) {
                // An object with the path and the options of the file.
                Ok(mut options) if options.get("path").is_some_and(Value::is_string) => {
                    if let Some(Value::String(path)) = options.get_mut("path") {
                        *path = change(path);
                    }
                    Value::Object(options).to_string()
                }
                _ => change(text),
            },
            Shape::Paths => match serde_json::from_str::<Vec<Value>>(text) {
                Ok(items) => {
                    let changed = |item: Value| match item {
                        Value::String(text) => Shape::Path.with_typed_paths(&text, change).into(),
                        Value::Object(_) => Shape::Path.with_typed_paths(&item.to_string(), change).into(),
                        other => other,
                    };
                    items.into_iter().map(changed).collect::<Value>().to_string()
                }
                Err(_) => Shape::Path.with_typed_paths(text, change),
            },
            Shape::Optional { inner } if text != NONE => inner.with_typed_paths(text, change),
            _ => text.to_owned(),
        }
    }
}

/// The string that marks a file as deliberately missing.
pub(super) const NONE: &str = "null";

/// The form of the values of `T`.
pub(super) fn of<T: DeserializeOwned>() -> Shape {
    match T::deserialize(Probe(DEEPEST)) {
        Err(Seen(Some(shape))) => shape,
        _ => Shape::Any,
    }
}

/// The maximum depth to which options and wrappers are followed: a type may contain itself.
const DEEPEST: u8 = 16;

struct Probe(u8);

/// The requested form, passed as an error.
#[derive(Debug)]
struct Seen(Option<Shape>);

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a probe has no data to read")
    }
}

impl std::error::Error for Seen {}

impl serde::de::Error for Seen {
    fn custom<T: fmt::Display>(_: T) -> Seen {
        Seen(None)
    }
}

macro_rules! asked {
    ($($method:ident => $shape:expr),* $(,)?) => {
        $(fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Seen> {
            Err(Seen(Some($shape)))
        })*
    };
}

impl<'de> Deserializer<'de> for Probe {
    type Error = Seen;

    asked! {
        deserialize_any => Shape::Any,
        deserialize_bool => Shape::Flag,
        deserialize_i8 => Shape::Integer { signed: true, bits: 8 },
        deserialize_i16 => Shape::Integer { signed: true, bits: 16 },
        deserialize_i32 => Shape::Integer { signed: true, bits: 32 },
        deserialize_i64 => Shape::Integer { signed: true, bits: 64 },
        deserialize_i128 => Shape::Integer { signed: true, bits: 128 },
        deserialize_u8 => Shape::Integer { signed: false, bits: 8 },
        deserialize_u16 => Shape::Integer { signed: false, bits: 16 },
        deserialize_u32 => Shape::Integer { signed: false, bits: 32 },
        deserialize_u64 => Shape::Integer { signed: false, bits: 64 },
        deserialize_u128 => Shape::Integer { signed: false, bits: 128 },
        deserialize_f32 => Shape::Number,
        deserialize_f64 => Shape::Number,
        deserialize_char => Shape::Text,
        deserialize_str => Shape::Text,
        deserialize_string => Shape::Text,
        deserialize_bytes => Shape::List,
        deserialize_byte_buf => Shape::List,
        deserialize_unit => Shape::Any,
        deserialize_seq => Shape::List,
        deserialize_map => Shape::Map,
        deserialize_identifier => Shape::Text,
        deserialize_ignored_any => Shape::Any,
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Seen> {
        let Some(depth) = self.0.checked_sub(1) else { return Err(Seen(Some(Shape::Any))) };
        match visitor.visit_some(Probe(depth)) {
            Err(Seen(Some(shape))) => Err(Seen(Some(Shape::Optional { inner: Box::new(shape) }))),
            _ => Err(Seen::custom("")),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Seen> {
        match self.0.checked_sub(1) {
            Some(depth) => visitor.visit_newtype_struct(Probe(depth)),
            None => Err(Seen(Some(Shape::Any))),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, _: V) -> Result<V::Value, Seen> {
        Err(Seen(Some(Shape::Any)))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Seen> {
        Err(Seen(Some(Shape::List)))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        _: V,
    ) -> Result<V::Value, Seen> {
        Err(Seen(Some(Shape::List)))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Seen> {
        Err(Seen(Some(Shape::Fields { fields })))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Seen> {
        Err(Seen(Some(Shape::Choice { choices: variants })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    #[allow(dead_code)]
    enum Metric {
        Mean,
        Share(f64),
    }

    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Settings {
        low: f64,
        #[serde(rename = "High")]
        high: f64,
    }

    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Wrapped(Option<i32>);

    #[derive(Deserialize)]
    #[serde(untagged)]
    #[allow(dead_code)]
    enum Either {
        Number(f64),
        Text(String),
    }

    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Chain(Option<Box<Chain>>);

    #[test]
    fn the_paths_in_a_value_are_changed_and_nothing_else() {
        let under = |path: &str| format!("/x/{path}");
        let maybe = Shape::Optional { inner: Box::new(Shape::Path) };
        assert_eq!(Shape::Path.with_typed_paths("a", &under), "/x/a");
        assert_eq!(Shape::Paths.with_typed_paths(r#"["a","b"]"#, &under), r#"["/x/a","/x/b"]"#);
        assert_eq!(Shape::Paths.with_typed_paths("a", &under), "/x/a");
        assert_eq!(maybe.with_typed_paths("a", &under), "/x/a");
        assert_eq!(maybe.with_typed_paths("null", &under), "null");
        assert_eq!(Shape::Text.with_typed_paths("a", &under), "a");
        let options = r#"{"path":"a","separator":";"}"#;
        assert_eq!(Shape::Path.with_typed_paths(options, &under), options.replace("\"a\"", "\"/x/a\""));
        let list = |texts: [&str; 2]| toml::Value::from(texts.to_vec());
        assert_eq!(Shape::Paths.with_paths(list(["a", "b"]), &under), list(["/x/a", "/x/b"]));
        assert_eq!(maybe.with_paths("null".into(), &under), "null".into());
        assert_eq!(Shape::Text.with_paths("a".into(), &under), "a".into());
    }

    #[test]
    fn the_probe_of_a_recursive_type_ends() {
        assert!(matches!(of::<Chain>(), Shape::Optional { .. }));
    }

    #[test]
    fn the_shape_of_a_type_is_derived_from_its_deserialize() {
        assert_eq!(of::<f64>(), Shape::Number);
        assert_eq!(of::<u8>(), Shape::Integer { signed: false, bits: 8 });
        assert_eq!(of::<String>(), Shape::Text);
        assert_eq!(of::<PathBuf>(), Shape::Text);
        assert_eq!(of::<bool>(), Shape::Flag);
        assert_eq!(of::<Vec<f64>>(), Shape::List);
        assert_eq!(of::<BTreeMap<String, f64>>(), Shape::Map);
        assert_eq!(of::<Metric>(), Shape::Choice { choices: &["mean", "share"] });
        assert_eq!(of::<Settings>(), Shape::Fields { fields: &["low", "High"] });
        assert_eq!(
            of::<Wrapped>(),
            Shape::Optional { inner: Box::new(Shape::Integer { signed: true, bits: 32 }) }
        );
        assert_eq!(of::<Either>(), Shape::Any);
        assert!(of::<Wrapped>().is_number());
        assert!(!of::<Metric>().is_number());
    }
}
