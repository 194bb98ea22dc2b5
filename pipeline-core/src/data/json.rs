//! Values as JSON, for people and for programs.
//!
//! JSON can represent fewer values than Rust. A value without a JSON form is written as a string: `NaN`, `inf` and
//! `-inf`, and the digits of an integer below the range of `i64` or above the range of `u64`. `serde_json` would write
//! `null`, or refuse. Hash sets and hash maps are sorted, so equal values have equal JSON.

use super::{DataError, canonical};
use serde::Serialize;
use serde::ser::{self, Error as _};
use serde_json::{Error, Map, Value};

/// Converts a value to JSON.
pub(super) fn of<T: Serialize + ?Sized>(value: &T) -> Result<Value, DataError> {
    value
        .serialize(Json)
        .map_err(|error| DataError::Encode { message: format!("it has no JSON form: {error}") })
}

/// Converts a float to a JSON number, or to a string if JSON can't represent it.
pub(crate) fn float(value: f64) -> Value {
    if value.is_finite() { value.into() } else { value.to_string().into() }
}

/// Converts an integer to a JSON number, or to a string if neither `i64` nor `u64` holds it.
pub(crate) fn whole(value: i128) -> Value {
    let number = i64::try_from(value).map(Value::from).or_else(|_| u64::try_from(value).map(Value::from));
    number.unwrap_or_else(|_| value.to_string().into())
}

/// Every integer up to this size is exactly representable as a double.
pub(super) const EXACT: u64 = 1 << 53;

/// Prepares a value for readers that parse each JSON number as a double: an integer above [`EXACT`] becomes a string.
pub(crate) fn exact(value: Value) -> Value {
    match value.as_u64().or_else(|| value.as_i64().map(i64::unsigned_abs)) {
        Some(size) if size > EXACT => value.to_string().into(),
        _ => value,
    }
}

struct Json;

macro_rules! numbers {
    ($($method:ident($ty:ty) => $form:expr),* $(,)?) => {
        $(fn $method(self, value: $ty) -> Result<Value, Error> {
            Ok($form(value.into()))
        })*
    };
}

impl ser::Serializer for Json {
    type Ok = Value;
    type Error = Error;
    type SerializeSeq = List;
    type SerializeTuple = List;
    type SerializeTupleStruct = List;
    type SerializeTupleVariant = List;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Entries;

    numbers! {
        serialize_bool(bool) => Value::Bool,
        serialize_i8(i8) => whole,
        serialize_i16(i16) => whole,
        serialize_i32(i32) => whole,
        serialize_i64(i64) => whole,
        serialize_i128(i128) => whole,
        serialize_u8(u8) => whole,
        serialize_u16(u16) => whole,
        serialize_u32(u32) => whole,
        serialize_u64(u64) => whole,
        serialize_f32(f32) => float,
        serialize_f64(f64) => float,
        serialize_char(char) => Value::String,
        serialize_str(&str) => Value::String,
    }

    fn serialize_u128(self, value: u128) -> Result<Value, Error> {
        Ok(i128::try_from(value).map_or_else(|_| value.to_string().into(), whole))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Value, Error> {
        Ok(value.into())
    }

    fn serialize_none(self) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Value, Error> {
        Ok(variant.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Value, Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, Error> {
        Ok(in_variant(Some(variant), value.serialize(self)?))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List, Error> {
        Ok(List { variant: None, elements: Vec::new() })
    }

    fn serialize_tuple(self, _: usize) -> Result<List, Error> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<List, Error> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List, Error> {
        Ok(List { variant: Some(variant), elements: Vec::new() })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries, Error> {
        Ok(Entries { variant: None, key: String::new(), entries: Map::new() })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Entries, Error> {
        self.serialize_map(None)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Entries, Error> {
        Ok(Entries { variant: Some(variant), key: String::new(), entries: Map::new() })
    }

    fn collect_seq<I: IntoIterator<Item: Serialize>>(self, elements: I) -> Result<Value, Error> {
        let mut elements: Vec<Value> =
            elements.into_iter().map(|element| element.serialize(Json)).collect::<Result<_, _>>()?;
        if canonical::has_no_order::<I>() {
            elements.sort_by_cached_key(sort_key);
        }
        Ok(elements.into())
    }

    fn collect_map<K: Serialize, V: Serialize, I: IntoIterator<Item = (K, V)>>(
        self,
        entries: I,
    ) -> Result<Value, Error> {
        let mut pairs = Vec::new();
        for (key, value) in entries {
            pairs.push((key.serialize(Json)?, value.serialize(Json)?));
        }
        if canonical::has_no_order::<I>() {
            pairs.sort_by_cached_key(|(key, _)| sort_key(key));
        }
        let mut map = self.serialize_map(None)?;
        for (key, value) in pairs {
            map.insert(key_text(key), value)?;
        }
        ser::SerializeMap::end(map)
    }
}

/// The sort key of an element of a hash set: numbers sort by value, everything else by its string form.
fn sort_key(value: &Value) -> (Option<i128>, String) {
    (
        value.as_number().and_then(serde_json::Number::as_i128),
        value.as_str().map_or_else(|| value.to_string(), str::to_owned),
    )
}

/// Converts the key of a map to the name of a JSON field.
fn key_text(key: Value) -> String {
    match key {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

fn in_variant(variant: Option<&str>, value: Value) -> Value {
    match variant {
        Some(variant) => Value::Object(Map::from_iter([(variant.to_owned(), value)])),
        None => value,
    }
}

/// The elements of a list, a tuple, or a variant with either.
struct List {
    variant: Option<&'static str>,
    elements: Vec<Value>,
}

macro_rules! list {
    ($($made:ident::$method:ident),*) => {
        $(impl ser::$made for List {
            type Ok = Value;
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.elements.push(value.serialize(Json)?);
                Ok(())
            }

            fn end(self) -> Result<Value, Error> {
                Ok(in_variant(self.variant, self.elements.into()))
            }
        })*
    };
}

list!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

/// The entries of a map, a struct, or a variant with either.
struct Entries {
    variant: Option<&'static str>,
    key: String,
    entries: Map<String, Value>,
}

impl Entries {
    fn insert(&mut self, key: String, value: Value) -> Result<(), Error> {
        if self.entries.contains_key(&key) {
            return Err(Error::custom(format!("two of its keys are written as `{key}`")));
        }
        self.entries.insert(key, value);
        Ok(())
    }
}

impl ser::SerializeMap for Entries {
    type Ok = Value;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.key = key_text(key.serialize(Json)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let key = std::mem::take(&mut self.key);
        self.insert(key, value.serialize(Json)?)
    }

    fn end(self) -> Result<Value, Error> {
        Ok(in_variant(self.variant, self.entries.into()))
    }
}

macro_rules! fields {
    ($($made:ident),*) => {
        $(impl ser::$made for Entries {
            type Ok = Value;
            type Error = Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
                self.insert(name.to_owned(), value.serialize(Json)?)
            }

            fn end(self) -> Result<Value, Error> {
                ser::SerializeMap::end(self)
            }
        })*
    };
}

fields!(SerializeStruct, SerializeStructVariant);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;
    use std::collections::{BTreeMap, HashMap, HashSet};

    #[derive(Serialize)]
    enum Any {
        Unit,
        One(f32),
        Two(f64, Option<f64>),
        Named { low: f64, high: i128 },
    }

    fn shown<T: Serialize>(value: T) -> Value {
        of(&value).expect("JSON")
    }

    #[test]
    fn a_value_without_a_json_number_is_a_string_at_any_depth() {
        let infinity = f64::INFINITY;
        assert_eq!(shown((f64::NAN, Some(-infinity), f32::INFINITY)), json!(["NaN", "-inf", "inf"]));
        assert_eq!(
            shown([Any::Two(infinity, None), Any::One(0.5)]),
            json!([{"Two": ["inf", null]}, {"One": 0.5}])
        );
        assert_eq!(
            shown(Any::Named { low: -infinity, high: i128::MIN }),
            json!({"Named": {"low": "-inf", "high": "-170141183460469231731687303715884105728"}})
        );
        assert_eq!(shown((u128::MAX, u64::MAX, 7_i128)), json!([u128::MAX.to_string(), u64::MAX, 7]));
        assert_eq!(shown(BTreeMap::from([("a", infinity)])), json!({"a": "inf"}));
        assert_eq!(shown((Any::Unit, (), 'c', serde_bytes())), json!(["Unit", null, "c", [0, 255]]));
    }

    fn serde_bytes() -> impl Serialize {
        struct Bytes;
        impl Serialize for Bytes {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_bytes(&[0, 255])
            }
        }
        Bytes
    }

    #[test]
    fn maps_keep_all_of_their_entries() {
        assert_eq!(
            shown(BTreeMap::from([((1, 2), 'a'), ((3, 4), 'b')])).to_string(),
            r#"{"[1,2]":"a","[3,4]":"b"}"#
        );
        #[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
        #[serde(untagged)]
        enum Key {
            Number(i64),
            Text(String),
        }
        let error = of(&BTreeMap::from([(Key::Number(1), 0), (Key::Text("1".into()), 1)])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the value can't be encoded: it has no JSON form: two of its keys are written as `1`"
        );
    }

    #[test]
    fn collections_without_an_order_are_sorted() {
        let (numbers, words) = (HashSet::from([10, 9, -1]), HashSet::from(["b", "a", "10", "9"]));
        assert_eq!(shown((numbers, words)).to_string(), r#"[[-1,9,10],["10","9","a","b"]]"#);
        assert_eq!(shown(HashMap::from([(10, 'a'), (9, 'b')])).to_string(), r#"{"9":"b","10":"a"}"#);
        assert_eq!(shown(vec![2, 1]).to_string(), "[2,1]");
    }

    type Sample =
        (Vec<Option<(String, bool)>>, BTreeMap<i32, Vec<u8>>, BTreeMap<String, f64>, (i64, u64, char), f32);

    proptest! {
        /// Where JSON can represent all values, the result is that of `serde_json`.
        #[test]
        fn values_that_json_can_represent_are_written_as_by_serde_json(sample in any::<Sample>()) {
            prop_assert_eq!(of(&sample).expect("JSON"), serde_json::to_value(&sample).expect("JSON"));
        }
    }
}
