//! Numbers without loss of digits.

use super::json;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::cmp::Ordering;
use std::fmt;

/// An exact number: an integer with all of its digits, or a float. Two numbers are equal when their values are, so
/// `3 == 3.0`; NaN is equal to nothing.
///
/// In JSON, a number that a double can't hold exactly is a string: `NaN`, `inf`, `-inf`, and an integer whose absolute
/// value is above 2⁵³.
#[derive(Debug, Clone, Copy)]
pub enum Number {
    /// An integer. A `u128` above [`i128::MAX`] is a float.
    Whole(i128),
    /// A float.
    Float(f64),
}

impl Number {
    /// The nearest double.
    #[allow(clippy::cast_precision_loss)]
    pub fn to_f64(self) -> f64 {
        match self {
            Number::Whole(value) => value as f64,
            Number::Float(value) => value,
        }
    }

    /// Whether it is NaN.
    pub fn is_nan(self) -> bool {
        matches!(self, Number::Float(value) if value.is_nan())
    }

    /// Subtracts `other`; exact if both are integers and the difference fits.
    pub(crate) fn minus(self, other: Number) -> Number {
        match (self, other) {
            (Number::Whole(a), Number::Whole(b)) if a.checked_sub(b).is_some() => Number::Whole(a - b),
            (a, b) => Number::Float(a.to_f64() - b.to_f64()),
        }
    }

    /// Reads a number from JSON. A string is a number only if JSON has no number for its value.
    pub(super) fn of_json(value: &Value) -> Option<Number> {
        match value {
            Value::Number(number) => match number.as_i128() {
                Some(whole) => Some(Number::Whole(whole)),
                None => number.as_f64().map(Number::Float),
            },
            Value::String(text) => text.parse().ok().filter(
                |number| !matches!(number, Number::Whole(n) if n.unsigned_abs() <= u128::from(json::EXACT)),
            ),
            _ => None,
        }
    }
}

impl std::str::FromStr for Number {
    type Err = std::num::ParseIntError;

    /// Parses what [`Display`](fmt::Display) writes for an integer or a non-finite float.
    fn from_str(text: &str) -> Result<Number, Self::Err> {
        match text {
            "NaN" => Ok(Number::Float(f64::NAN)),
            "inf" => Ok(Number::Float(f64::INFINITY)),
            "-inf" => Ok(Number::Float(f64::NEG_INFINITY)),
            digits => digits.parse().map(Number::Whole),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Whole(value) => value.fmt(f),
            Number::Float(value) => value.fmt(f),
        }
    }
}

macro_rules! whole {
    ($($ty:ty),*) => {
        $(impl From<$ty> for Number {
            fn from(value: $ty) -> Number {
                Number::Whole(value.into())
            }
        })*
    };
}

whole!(i8, i16, i32, i64, i128, u8, u16, u32, u64);

impl From<u128> for Number {
    #[allow(clippy::cast_precision_loss)]
    fn from(value: u128) -> Number {
        i128::try_from(value).map_or(Number::Float(value as f64), Number::Whole)
    }
}

impl From<isize> for Number {
    fn from(value: isize) -> Number {
        Number::Whole(value as i128)
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Number {
        Number::Whole(value as i128)
    }
}

impl From<f32> for Number {
    fn from(value: f32) -> Number {
        Number::Float(value.into())
    }
}

impl From<f64> for Number {
    fn from(value: f64) -> Number {
        Number::Float(value)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        match (*self, *other) {
            (Number::Whole(a), Number::Whole(b)) => Some(a.cmp(&b)),
            (Number::Float(a), Number::Float(b)) => a.partial_cmp(&b),
            (Number::Whole(a), Number::Float(b)) => whole_and_float(a, b),
            (Number::Float(a), Number::Whole(b)) => whole_and_float(b, a).map(Ordering::reverse),
        }
    }
}

/// Compares an integer with a float, without rounding.
fn whole_and_float(whole: i128, float: f64) -> Option<Ordering> {
    const BEYOND: f64 = 170_141_183_460_469_231_731_687_303_715_884_105_728.0; // 2^127
    if float >= BEYOND {
        Some(Ordering::Less)
    } else if float < -BEYOND {
        Some(Ordering::Greater)
    } else {
        let rest = 0.0.partial_cmp(&float.fract())?;
        #[allow(clippy::cast_possible_truncation)]
        Some(whole.cmp(&(float.trunc() as i128)).then(rest))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialEq<f64> for Number {
    fn eq(&self, other: &f64) -> bool {
        *self == Number::Float(*other)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = match *self {
            Number::Whole(value) => json::exact(json::whole(value)),
            Number::Float(value) => json::float(value),
        };
        value.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Number, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Number::of_json(&value)
            .ok_or_else(|| serde::de::Error::custom(format!("expected a number, found {value}")))
    }
}

/// The JSON form of a number, for the OpenAPI description.
#[cfg(feature = "openapi")]
#[derive(Serialize, utoipa::ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it describes a hand-written `Serialize`")]
enum Written {
    /// The number itself.
    Number(f64),
    /// `NaN`, `inf`, `-inf`, or an integer whose absolute value is above 2⁵³.
    Text(String),
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Number {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        Written::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Number {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Shown as _;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn numbers() -> impl Strategy<Value = Number> {
        let near = (-2_i128..3, 0_u32..127).prop_map(|(by, power)| Number::Whole((1 << power) + by));
        let floats = (-2_i32..3, 0_i32..130)
            .prop_map(|(by, power)| Number::Float(2_f64.powi(power) + f64::from(by) / 4.0));
        let float = any::<f64>().prop_map(Number::Float);
        prop_oneof![
            near,
            floats,
            float,
            any::<i128>().prop_map(Number::Whole),
            Just(Number::Float(f64::NEG_INFINITY))
        ]
    }

    proptest! {
        /// A number keeps every digit through JSON, also as part of a document.
        #[test]
        fn a_number_survives_the_round_trip_through_json(number in numbers()) {
            let text = serde_json::to_string(&number).expect("JSON");
            let back: Number = serde_json::from_str(&text).expect("a number");
            prop_assert!(back == number || number.is_nan() && back.is_nan(), "{text}");
        }

        /// Integers and floats share one total order, except for NaN.
        #[test]
        fn integers_and_floats_share_one_order(a in numbers(), b in numbers(), c in numbers()) {
            prop_assert_eq!(a.partial_cmp(&b), b.partial_cmp(&a).map(Ordering::reverse));
            if a <= b && b <= c {
                prop_assert!(a <= c);
            }
        }
    }

    #[test]
    fn numbers_are_read_from_values_and_from_their_fields() {
        let read = |field, value: &BTreeMap<String, f64>| value.number(field).expect("read");
        let fields = BTreeMap::from([("a".to_owned(), 2.5)]);
        assert_eq!((read(Some("a"), &fields), read(Some("b"), &fields)), (Some(2.5.into()), None));
        assert_eq!(3_u8.number(None).expect("read"), Some(3.into()));
        assert_eq!(f64::INFINITY.number(None).expect("read"), Some(f64::INFINITY.into()));
        assert_eq!(u64::MAX.number(None).expect("read"), Some(u64::MAX.into()));
        assert_eq!(i128::MIN.number(None).expect("read"), Some(i128::MIN.into()));
        assert_eq!(None::<f64>.number(None).expect("read"), None);
    }

    #[test]
    fn whole_numbers_keep_every_digit() {
        const DIGITS: i128 = 9_007_199_254_740_993;
        assert!(Number::Whole(DIGITS) > Number::Float(9_007_199_254_740_992.0));
        assert_eq!(Number::Whole(3), 3.0);
        assert_eq!(Number::Whole(DIGITS).minus(Number::Whole(DIGITS - 1)), Number::Whole(1));
        assert_eq!(serde_json::to_string(&Number::Whole(DIGITS)).expect("JSON"), "\"9007199254740993\"");
        assert_eq!(Number::of_json(&"3".into()), None);
        assert_eq!(Number::of_json(&"three".into()), None);
        assert!(Number::from(u128::MAX) > Number::Whole(i128::MAX));
    }
}
