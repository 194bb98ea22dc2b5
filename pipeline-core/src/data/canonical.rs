//! The canonical encoding of values: MessagePack with field names, the same bytes for equal values.
//!
//! What makes it canonical: a number has the shortest form for its value, struct fields come in the order of their
//! declaration, and the entries of a map are sorted by their encoded keys, whatever order the map has in memory. The
//! elements of a hash set are sorted as well. The encoding is self-describing, so everything that serde can read back
//! from a format with field names (`untagged`, `flatten`, skipped fields) survives the round trip.

use serde::ser::{self, Serialize};
use std::fmt;

/// Returns the encoding of `value`.
pub(crate) fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    value.serialize(Encoder(&mut bytes))?;
    Ok(bytes)
}

/// The reason why a value can't be encoded.
#[derive(Debug)]
pub(crate) struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl ser::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Error {
        Error(message.to_string())
    }
}

/// Writing to a `Vec` can't fail, but the signatures of `rmp` allow for it.
impl<E: rmp::encode::RmpWriteErr> From<rmp::encode::ValueWriteError<E>> for Error {
    fn from(error: rmp::encode::ValueWriteError<E>) -> Error {
        Error(error.to_string())
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        Error(error.to_string())
    }
}

/// Whether the iteration order of the collection `I` is arbitrary and differs from process to process: a hash set or a
/// hash map of the standard library or of `hashbrown`. Serde passes such a collection as a plain sequence, so only the
/// type's name reveals it. Collections of other crates keep their own order.
pub(super) fn has_no_order<I>() -> bool {
    let name = std::any::type_name::<I>().trim_start_matches('&');
    ["std::collections::hash::", "hashbrown::set::", "hashbrown::map::"]
        .iter()
        .any(|path| name.starts_with(path))
}

struct Encoder<'a>(&'a mut Vec<u8>);

const NIL: u8 = 0xc0;

impl<'a> Encoder<'a> {
    fn length(length: usize) -> Result<u32, Error> {
        u32::try_from(length)
            .map_err(|_| Error("a collection in the value has more than 2^32 elements".into()))
    }

    /// Writes the head of a map with one entry, which is how a variant with content is encoded.
    fn variant(self, name: &str) -> Result<Encoder<'a>, Error> {
        rmp::encode::write_map_len(self.0, 1)?;
        rmp::encode::write_str(self.0, name)?;
        Ok(self)
    }
}

impl<'a> ser::Serializer for Encoder<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Sequence<'a>;
    type SerializeTuple = Sequence<'a>;
    type SerializeTupleStruct = Sequence<'a>;
    type SerializeTupleVariant = Sequence<'a>;
    type SerializeMap = Map<'a>;
    type SerializeStruct = Fields<'a>;
    type SerializeStructVariant = Fields<'a>;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        Ok(rmp::encode::write_bool(self.0, value)?)
    }

    fn serialize_i8(self, value: i8) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), Error> {
        rmp::encode::write_sint(self.0, value)?;
        Ok(())
    }

    fn serialize_i128(self, value: i128) -> Result<(), Error> {
        self.serialize_bytes(&value.to_be_bytes())
    }

    fn serialize_u8(self, value: u8) -> Result<(), Error> {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), Error> {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), Error> {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<(), Error> {
        rmp::encode::write_uint(self.0, value)?;
        Ok(())
    }

    fn serialize_u128(self, value: u128) -> Result<(), Error> {
        self.serialize_bytes(&value.to_be_bytes())
    }

    fn serialize_f32(self, value: f32) -> Result<(), Error> {
        Ok(rmp::encode::write_f32(self.0, value)?)
    }

    fn serialize_f64(self, value: f64) -> Result<(), Error> {
        Ok(rmp::encode::write_f64(self.0, value)?)
    }

    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Error> {
        Ok(rmp::encode::write_str(self.0, value)?)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Error> {
        Ok(rmp::encode::write_bin(self.0, value)?)
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        let start = self.0.len();
        value.serialize(Encoder(self.0))?;
        if self.0[start..] == [NIL] {
            let message = "`Some` of an empty value can't be distinguished from `None` when it is read back; \
                           use an enum with named variants";
            return Err(Error(message.into()));
        }
        Ok(())
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.0.push(NIL);
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self.variant(variant)?)
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Sequence<'a>, Error> {
        Ok(Sequence { out: self.0, elements: Vec::new(), count: 0 })
    }

    fn collect_seq<I: IntoIterator<Item: Serialize>>(self, elements: I) -> Result<(), Error> {
        if !has_no_order::<I>() {
            let mut sequence = self.serialize_seq(None)?;
            elements.into_iter().try_for_each(|element| sequence.element(&element))?;
            return sequence.finish();
        }
        let mut encoded: Vec<Vec<u8>> =
            elements.into_iter().map(|element| to_vec(&element)).collect::<Result<_, _>>()?;
        encoded.sort();
        rmp::encode::write_array_len(self.0, Encoder::length(encoded.len())?)?;
        self.0.extend(encoded.into_iter().flatten());
        Ok(())
    }

    fn serialize_tuple(self, length: usize) -> Result<Sequence<'a>, Error> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Sequence<'a>, Error> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Sequence<'a>, Error> {
        self.variant(variant)?.serialize_seq(Some(length))
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Map<'a>, Error> {
        Ok(Map { out: self.0, entries: Vec::new() })
    }

    fn serialize_struct(self, _: &'static str, _length: usize) -> Result<Fields<'a>, Error> {
        Ok(Fields { out: self.0, fields: Vec::new(), count: 0 })
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Fields<'a>, Error> {
        self.variant(variant)?.serialize_struct(name, length)
    }
}

/// The elements of a sequence, counted as they arrive: serde's lengths are only hints.
struct Sequence<'a> {
    out: &'a mut Vec<u8>,
    elements: Vec<u8>,
    count: usize,
}

impl Sequence<'_> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.count += 1;
        value.serialize(Encoder(&mut self.elements))
    }

    fn finish(self) -> Result<(), Error> {
        rmp::encode::write_array_len(self.out, Encoder::length(self.count)?)?;
        self.out.extend(self.elements);
        Ok(())
    }
}

impl ser::SerializeSeq for Sequence<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.element(value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl ser::SerializeTuple for Sequence<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.element(value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl ser::SerializeTupleStruct for Sequence<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.element(value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl ser::SerializeTupleVariant for Sequence<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.element(value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

/// The entries of a map as (key, value), sorted at the end.
struct Map<'a> {
    out: &'a mut Vec<u8>,
    entries: Vec<(Vec<u8>, Vec<u8>)>,
}

impl ser::SerializeMap for Map<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.entries.push((to_vec(key)?, Vec::new()));
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let (_, bytes) =
            self.entries.last_mut().ok_or_else(|| Error("a map's value came before its key".into()))?;
        *bytes = to_vec(value)?;
        Ok(())
    }

    fn end(mut self) -> Result<(), Error> {
        self.entries.sort();
        rmp::encode::write_map_len(self.out, Encoder::length(self.entries.len())?)?;
        for (key, value) in self.entries {
            self.out.extend(key);
            self.out.extend(value);
        }
        Ok(())
    }
}

/// The fields of a struct by name, without the fields that serde skips.
struct Fields<'a> {
    out: &'a mut Vec<u8>,
    fields: Vec<u8>,
    count: usize,
}

impl Fields<'_> {
    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Error> {
        self.count += 1;
        rmp::encode::write_str(&mut self.fields, name)?;
        value.serialize(Encoder(&mut self.fields))
    }

    fn finish(self) -> Result<(), Error> {
        rmp::encode::write_map_len(self.out, Encoder::length(self.count)?)?;
        self.out.extend(self.fields);
        Ok(())
    }
}

impl ser::SerializeStruct for Fields<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        self.field(name, value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl ser::SerializeStructVariant for Fields<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        self.field(name, value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::{Deserialize, Serialize, de::DeserializeOwned};
    use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    enum Shape {
        Point,
        Circle(f64),
        Line(i8, u64),
        Named { name: String, side: Option<i32> },
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Unit;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Everything {
        unit: (),
        marker: Unit,
        letter: char,
        big: (i128, u128),
        bytes: Vec<u8>,
        shapes: Vec<Shape>,
        map: HashMap<String, Vec<Shape>>,
        by_number: BTreeMap<i64, bool>,
        #[serde(skip_serializing_if = "Option::is_none")]
        skipped: Option<f32>,
        #[serde(flatten)]
        rest: BTreeMap<String, String>,
    }

    fn everything() -> Everything {
        Everything {
            unit: (),
            marker: Unit,
            letter: 'ß',
            big: (i128::MIN, u128::MAX),
            bytes: vec![0, 255],
            shapes: vec![
                Shape::Point,
                Shape::Circle(-0.0),
                Shape::Line(-128, u64::MAX),
                Shape::Named { name: "n".into(), side: None },
            ],
            map: (0..50).map(|i| (format!("k{i}"), vec![Shape::Circle(f64::from(i))])).collect(),
            by_number: BTreeMap::from([(-1, true), (300, false)]),
            skipped: None,
            rest: BTreeMap::from([("extra".into(), "field".into())]),
        }
    }

    fn decode<T: DeserializeOwned>(bytes: &[u8]) -> T {
        rmp_serde::from_slice(bytes).expect("decoded")
    }

    #[test]
    fn every_serde_type_survives_the_round_trip() {
        let value = everything();
        assert_eq!(decode::<Everything>(&to_vec(&value).expect("encoded")), value);
    }

    #[test]
    fn equal_maps_have_equal_bytes_whatever_their_order_in_memory() {
        let bytes = to_vec(&everything()).expect("encoded");
        // Each map has its own hash keys, and so its own order.
        for _ in 0..20 {
            assert_eq!(to_vec(&everything()).expect("encoded"), bytes);
        }
    }

    #[test]
    fn equal_sets_have_equal_bytes_whatever_their_order_in_memory() {
        let words = || (0..50).map(|i| format!("w{i}"));
        let set = || words().collect::<HashSet<_>>();
        let sorted = to_vec(&words().collect::<BTreeSet<_>>()).expect("encoded");
        for _ in 0..20 {
            let bytes = to_vec(&set()).expect("encoded");
            assert_eq!(decode::<HashSet<String>>(&bytes), set());
            // Nested in other values, and serialized by hand.
            assert_eq!(to_vec(&Some([set()])).expect("encoded")[1..], bytes);
            assert_eq!(to_vec(&ByHand(set())).expect("encoded"), bytes);
            assert_eq!(bytes.len(), sorted.len());
        }
        assert_eq!(to_vec(&vec![2, 1]).expect("encoded"), [0x92, 2, 1]);
        assert_eq!(to_vec(&hash::HashSet([2, 1])).expect("encoded"), [0x92, 2, 1]);
    }

    /// A type with the name of an unordered collection, but with an order.
    mod hash {
        pub(super) struct HashSet(pub [u8; 2]);

        impl<'a> IntoIterator for &'a HashSet {
            type Item = &'a u8;
            type IntoIter = std::slice::Iter<'a, u8>;

            fn into_iter(self) -> Self::IntoIter {
                self.0.iter()
            }
        }

        impl serde::Serialize for HashSet {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(self)
            }
        }
    }

    struct ByHand(HashSet<String>);

    impl Serialize for ByHand {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(self.0.iter())
        }
    }

    #[test]
    fn a_value_that_would_be_decoded_as_another_one_is_refused() {
        assert!(to_vec(&Some(None::<u8>)).is_err());
        assert!(to_vec(&Some(())).is_err());
        assert!(to_vec(&vec![Some(1), None]).is_ok());
    }

    #[test]
    fn the_encoding_is_frozen() {
        let hex = |bytes: Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let named = Shape::Named { name: "n".into(), side: Some(-5) };
        assert_eq!(hex(to_vec(&named).expect("encoded")), "81a54e616d656482a46e616d65a16ea473696465fb");
        assert_eq!(hex(to_vec(&1_000.0_f64).expect("encoded")), "cb408f400000000000");
        assert_eq!(hex(to_vec(&(300_u16, -1_i8, "ß", true)).expect("encoded")), "94cd012cffa2c39fc3");
    }

    type Sample = (Vec<(String, Option<i64>)>, BTreeMap<i32, Vec<u8>>, f64);

    proptest! {
        /// Only equal values have equal bytes, and every value survives the round trip.
        #[test]
        fn the_encoding_is_one_to_one(
            a in any::<Sample>(),
            b in any::<Sample>(),
        ) {
            let (bytes_a, bytes_b) = (to_vec(&a).expect("encoded"), to_vec(&b).expect("encoded"));
            let same_bits = a.0 == b.0 && a.1 == b.1 && a.2.to_bits() == b.2.to_bits();
            prop_assert_eq!(bytes_a == bytes_b, same_bits);
            let decoded: Sample = decode(&bytes_a);
            prop_assert_eq!(decoded.2.to_bits(), a.2.to_bits());
            prop_assert_eq!((decoded.0, decoded.1), (a.0, a.1));
        }
    }
}
