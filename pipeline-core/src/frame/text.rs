//! String forms of column values, without loss, as CSV files have them.

use super::decimal::{self, DecimalError};
use super::error::shortened;
use super::row::{Cell, Column, ColumnType, ColumnValue};
use crate::data::{Number, json};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::num::IntErrorKind;

/// Returns the string form of a value of a column of this type; empty for a missing value.
///
/// Dates and times are in ISO 8601, points in time with a zone in RFC 9557, bytes in hexadecimal. NaN is `NaN`,
/// infinities are `inf` and `-inf`.
pub(super) fn exact(cell: &Cell, ty: ColumnType) -> String {
    fn of<T: ColumnValue>(cell: &Cell, text: impl Fn(&T) -> String) -> String {
        T::from_cell(cell).map_or_else(String::new, |value| text(&value))
    }
    match (cell, ty) {
        (Cell::Missing, _) => String::new(),
        (Cell::Bool(value), _) => value.to_string(),
        (Cell::F32(value), _) => value.to_string(),
        (Cell::F64(value), _) => value.to_string(),
        (Cell::String(value), _) => value.clone(),
        (Cell::List(_), _) => json(cell, ty).to_string(),
        (Cell::Bytes(bytes), _) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        (Cell::Whole(_), ColumnType::Date) => of::<Date>(cell, Date::to_string),
        (Cell::Whole(_), ColumnType::Time) => of::<Time>(cell, Time::to_string),
        (Cell::Whole(_), ColumnType::DateTime) => of::<DateTime>(cell, DateTime::to_string),
        (Cell::Whole(_), ColumnType::Timestamp) => of::<Timestamp>(cell, Timestamp::to_string),
        (Cell::Whole(_), ColumnType::Duration) => of::<SignedDuration>(cell, SignedDuration::to_string),
        (Cell::Whole(_), ColumnType::Zoned(zone)) => of::<Timestamp>(cell, |at| {
            at.in_tz(zone).map_or_else(|_| at.to_string(), |zoned| zoned.to_string())
        }),
        (Cell::Whole(digits), ColumnType::Decimal(scale)) => decimal::text(*digits, scale),
        (Cell::Whole(number), ColumnType::Category(names)) => {
            let name = usize::try_from(*number).ok().and_then(|number| names.get(number));
            name.map_or_else(String::new, ToString::to_string)
        }
        (Cell::Whole(value), _) => value.to_string(),
    }
}

/// Returns the cell of a column of this type as a number, if it is one.
pub(super) fn number(cell: &Cell, ty: ColumnType) -> Option<Number> {
    Some(match (cell, ty) {
        (Cell::F32(number), _) => (*number).into(),
        (Cell::F64(number), _) => (*number).into(),
        // Parsed from the string form, which gives the nearest double.
        (Cell::Whole(digits), ColumnType::Decimal(scale)) if scale > 0 => {
            Number::Float(decimal::text(*digits, scale).parse().ok()?)
        }
        (Cell::Whole(number), ty) if ty.is_number() => (*number).into(),
        _ => return None,
    })
}

/// Returns the value as JSON, see [`json`](crate::data::json): numbers and booleans stay such, lists and rows are made
/// of their values, and everything else is the string that CSV files have.
pub(super) fn json(cell: &Cell, ty: ColumnType) -> Value {
    match (cell, ty) {
        (Cell::Missing, _) => Value::Null,
        (Cell::Bool(value), _) => (*value).into(),
        (Cell::Whole(value), ty) if ty.is_number() && !matches!(ty, ColumnType::Decimal(_)) => {
            json::whole(*value)
        }
        // The shortest digits that identify this float, not the longer ones of the same double.
        (Cell::F32(value), _) => json::float(value.to_string().parse().unwrap_or_else(|_| (*value).into())),
        (Cell::F64(value), _) => json::float(*value),
        (Cell::List(values), ColumnType::List(of)) => values.iter().map(|value| json(value, of.ty)).collect(),
        (Cell::List(values), ColumnType::Row(of)) => {
            let fields = of.columns.iter().zip(values);
            fields.map(|(field, value)| (field.name.to_owned(), json(value, field.ty))).collect()
        }
        (other, ty) => exact(other, ty).into(),
    }
}

/// Parses JSON as a value of a column of this type. Numbers keep all their digits. The error says what is wrong.
pub(super) fn from_json(raw: &RawValue, ty: ColumnType) -> Result<Cell, String> {
    let text = raw.get();
    let unlike = || format!("can't parse `{}` as {ty}", shortened(text));
    match (text.as_bytes().first(), ty) {
        (Some(b'n'), _) => Ok(Cell::Missing),
        (Some(b'['), ColumnType::List(of)) => {
            let elements: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| unlike())?;
            let elements = elements.into_iter().map(|value| match from_json(value, of.ty)? {
                Cell::Missing if !of.nullable => Err(format!("a required element of {ty} is missing")),
                cell => Ok(cell),
            });
            elements.collect::<Result<_, _>>().map(Cell::List)
        }
        (Some(b'{'), ColumnType::Row(of)) => {
            let values: Fields<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
            let known = |name: &str| of.columns.iter().any(|field| field.name == name);
            if let Some((name, _)) = values.0.iter().find(|(name, _)| !known(name)) {
                let hint = skipstone_wiring::suggestion(name, of.columns.iter().map(|field| field.name));
                return Err(format!("`{}` has no field `{name}`{hint}", of.name));
            }
            let field = |field: &Column| {
                let cell =
                    values.get(field.name).map_or(Ok(Cell::Missing), |value| from_json(value, field.ty));
                match cell {
                    Ok(Cell::Missing) if !field.nullable => {
                        Err(format!("required field `{}` of `{}` is missing", field.name, of.name))
                    }
                    other => other,
                }
            };
            of.columns.iter().map(field).collect::<Result<_, _>>().map(Cell::List)
        }
        (Some(b't' | b'f'), ColumnType::Bool) => parse(text, ty),
        (Some(b'-' | b'0'..=b'9'), ty) if ty.is_number() => parse(text, ty),
        (Some(b'"'), ty) if !matches!(ty, ColumnType::List(_) | ColumnType::Row(_) | ColumnType::Bool) => {
            let text: String = serde_json::from_str(text).map_err(|_| unlike())?;
            parse(&text, ty)
        }
        _ => Err(unlike()),
    }
}

/// The fields of a JSON object, unparsed.
pub(super) struct Fields<'a>(pub(super) Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Fields<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Of;
        impl<'de> Visitor<'de> for Of {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields: Vec<(Cow<'de, str>, &'de RawValue)> = Vec::new();
                while let Some((Name(name), value)) = map.next_entry()? {
                    if fields.iter().any(|(known, _)| *known == name) {
                        return Err(A::Error::custom(format!("duplicate field `{name}`")));
                    }
                    fields.push((name, value));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Of)
    }
}

/// A name, borrowed if it is written without escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Parses a string as a value of a column of this type. The error says what is wrong.
pub(super) fn parse(text: &str, ty: ColumnType) -> Result<Cell, String> {
    let no = |why: &str| format!("can't parse `{}` as {ty}{why}", shortened(text));
    let out_of_range = || format!("`{}` is out of range for {ty}", shortened(text));
    // jiff parses longer strings too, and ignores a part of them.
    let only =
        |letters: &str| text.bytes().all(|byte| byte.is_ascii_digit() || letters.as_bytes().contains(&byte));
    macro_rules! number {
        ($ty:ty) => {
            match text.parse::<$ty>() {
                Ok(value) => Ok(Cell::Whole(value.into())),
                Err(error) => match error.kind() {
                    IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => Err(out_of_range()),
                    _ => Err(no("")),
                },
            }
        };
    }
    macro_rules! float {
        ($ty:ty, $variant:ident) => {
            match text.parse::<$ty>() {
                Ok(number) if number.is_infinite() && !is_infinite(text) => Err(out_of_range()),
                Ok(number) => Ok(Cell::$variant(number)),
                Err(_) => Err(no("")),
            }
        };
    }
    match ty {
        ColumnType::Bool if text.eq_ignore_ascii_case("true") => Ok(Cell::Bool(true)),
        ColumnType::Bool if text.eq_ignore_ascii_case("false") => Ok(Cell::Bool(false)),
        ColumnType::Bool => Err(no("")),
        ColumnType::I8 => number!(i8),
        ColumnType::I16 => number!(i16),
        ColumnType::I32 => number!(i32),
        ColumnType::I64 => number!(i64),
        ColumnType::I128 => number!(i128),
        ColumnType::U8 => number!(u8),
        ColumnType::U16 => number!(u16),
        ColumnType::U32 => number!(u32),
        ColumnType::U64 => number!(u64),
        ColumnType::F32 => float!(f32, F32),
        ColumnType::F64 => float!(f64, F64),
        ColumnType::String => Ok(Cell::String(text.to_owned())),
        ColumnType::Bytes => {
            bytes(text).map(Cell::Bytes).ok_or_else(|| no(" (expected two hexadecimal digits for each byte)"))
        }
        ColumnType::Date => match text.parse::<Date>() {
            Ok(date) if only("-+") => Ok(date.to_cell()),
            _ => Err(no(" (expected a value like 2026-12-31)")),
        },
        ColumnType::Time => match text.parse::<Time>() {
            Ok(time) if only(":.") => Ok(time.to_cell()),
            _ => Err(no(" (expected a value like 23:59:59.5)")),
        },
        ColumnType::DateTime => match text.parse::<DateTime>() {
            Ok(at) if !has_offset(text) => whole_micros(at.to_cell(), text, ty),
            _ => Err(no(" (expected a value like 2026-12-31T23:59:59)")),
        },
        ColumnType::Timestamp => match text.parse::<Timestamp>() {
            Ok(at) => whole_micros(at.to_cell(), text, ty),
            Err(_) => Err(no(" (expected a value like 2026-12-31T23:59:59Z)")),
        },
        // With the name of a zone, whose offsets are known to the second; with an offset; or as local time in the zone.
        ColumnType::Zoned(zone) => {
            match text.parse::<Zoned>().map(|at| at.timestamp()).or_else(|_| text.parse()) {
                Ok(at) => whole_micros(at.to_cell(), text, ty),
                Err(_) => {
                    let local = text.parse::<DateTime>().ok().filter(|_| !has_offset(text));
                    let Some(local) = local else {
                        return Err(no(" (expected a value like 2026-12-31T23:59:59+01:00)"));
                    };
                    let zoned =
                        TimeZone::get(zone).and_then(|zone| zone.into_ambiguous_zoned(local).unambiguous());
                    let zoned = zoned
                        .map_err(|_| no(": this local time is ambiguous or skipped there; add an offset"))?;
                    whole_micros(zoned.timestamp().to_cell(), text, ty)
                }
            }
        }
        ColumnType::Duration => match text.parse::<SignedDuration>() {
            Ok(duration) => whole_micros(duration.to_cell(), text, ty),
            Err(_) => Err(no(" (expected a value like PT1H30M or 1h 30m)")),
        },
        ColumnType::Decimal(scale) => {
            decimal::parse(text, scale).map(Cell::Whole).map_err(|error| match error {
                DecimalError::TooManyDigits => out_of_range(),
                DecimalError::TooPrecise { .. } => no(&format!(": {error}")),
                DecimalError::NotANumber => no(""),
            })
        }
        ColumnType::List(_) | ColumnType::Row(_) => match serde_json::from_str::<&RawValue>(text) {
            Ok(value) if value.get() != "null" => from_json(value, ty),
            _ => Err(no(" (expected JSON)")),
        },
        ColumnType::Category(names) => match names.iter().position(|name| *name == text) {
            Some(number) => Ok(Cell::Whole(number as i128)),
            None => {
                let hint = skipstone_wiring::suggestion(text, names.iter().copied());
                Err(format!("`{}` is not a name of the category{hint}", shortened(text)))
            }
        },
    }
}

/// Whether the string spells infinity.
fn is_infinite(text: &str) -> bool {
    text.trim_start_matches(['+', '-']).to_ascii_lowercase().starts_with("inf")
}

/// Whether an offset or a zone follows a date and time.
fn has_offset(text: &str) -> bool {
    // A date may begin with a sign and contains two dashes.
    let time = text.find([':', 'T', 't', ' ']).map_or("", |place| &text[place..]);
    time.contains(['+', '-', '[', 'Z', 'z'])
}

/// Returns the number of nanoseconds if it is a whole number of microseconds, the precision of columns.
fn whole_micros(cell: Cell, text: &str, ty: ColumnType) -> Result<Cell, String> {
    match cell {
        Cell::Whole(nanoseconds) if nanoseconds % 1_000 != 0 => {
            Err(format!("`{}` is more precise than a microsecond, the precision of {ty}", shortened(text)))
        }
        cell => Ok(cell),
    }
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLORS: ColumnType = ColumnType::Category(&["red", "green"]);

    #[test]
    fn values_survive_a_round_trip_through_strings() {
        for (ty, texts) in [
            (ColumnType::I8, &["-128", "127"][..]),
            (ColumnType::I128, &["-170141183460469231731687303715884105728"]),
            (ColumnType::U64, &["18446744073709551615"]),
            (ColumnType::F32, &["0.1", "inf", "-inf", "-0"]),
            (ColumnType::F64, &["0.1", "1e300", "-inf"]),
            (ColumnType::Bool, &["true", "false"]),
            (ColumnType::Bytes, &["", "00ff10"]),
            (ColumnType::Date, &["2026-12-31", "1969-12-31", "0001-01-01", "-000044-03-15"]),
            (ColumnType::Time, &["00:00:00", "23:59:59.999999999"]),
            (ColumnType::DateTime, &["2026-12-31T23:59:59", "1600-02-29T00:00:00.000001"]),
            (ColumnType::Timestamp, &["2026-12-31T23:59:59Z", "1969-12-31T23:59:59.5Z"]),
            (ColumnType::Zoned("Europe/Berlin"), &["2026-07-01T12:00:00+02:00[Europe/Berlin]"]),
            (ColumnType::Zoned("America/New_York"), &["0571-07-24T06:16:19.904022-04:56[America/New_York]"]),
            (ColumnType::Duration, &["PT1H30M", "-PT0.000001S"]),
            (ColumnType::Decimal(2), &["12.50", "-0.05", "0.00"]),
            (COLORS, &["red", "green"]),
            (ColumnType::String, &["", "a b"]),
        ] {
            for text in texts {
                let cell = parse(text, ty).unwrap_or_else(|what| panic!("{what}"));
                let float = matches!(cell, Cell::F64(number) if number == 1e300);
                assert!(exact(&cell, ty) == *text || float, "{ty}: {text} came back as {}", exact(&cell, ty));
                assert_eq!(parse(&exact(&cell, ty), ty).as_ref(), Ok(&cell), "{ty}: {text}");
            }
        }
    }

    #[test]
    fn other_spellings_of_a_value_are_read() {
        for (ty, text, same) in [
            (ColumnType::DateTime, "2026-12-31 23:59", "2026-12-31T23:59:00"),
            (ColumnType::DateTime, "2026-12-31", "2026-12-31T00:00:00"),
            (ColumnType::Timestamp, "2026-07-01T12:00:00+02:00", "2026-07-01T10:00:00Z"),
            (
                ColumnType::Zoned("Europe/Berlin"),
                "2026-07-01T10:00:00Z",
                "2026-07-01T12:00:00+02:00[Europe/Berlin]",
            ),
            (
                ColumnType::Zoned("Europe/Berlin"),
                "2026-01-01 12:00",
                "2026-01-01T12:00:00+01:00[Europe/Berlin]",
            ),
            (ColumnType::Duration, "1h 30m", "PT1H30M"),
            (ColumnType::Decimal(2), "+7.500", "7.50"),
            (ColumnType::Bool, "TRUE", "true"),
        ] {
            assert_eq!(parse(text, ty).map(|cell| exact(&cell, ty)).as_deref(), Ok(same), "{text}");
        }
    }

    #[test]
    fn values_that_would_lose_something_are_refused_with_the_reason() {
        for (ty, text, what) in [
            (ColumnType::I8, "128", "`128` is out of range for i8"),
            (ColumnType::U8, "-1", "can't parse `-1` as u8"),
            (ColumnType::I64, "3.0", "can't parse `3.0` as i64"),
            (ColumnType::F64, "1e400", "`1e400` is out of range for f64"),
            (
                ColumnType::Date,
                "2026-12-31T10:00",
                "can't parse `2026-12-31T10:00` as Date (expected a value like 2026-12-31)",
            ),
            (
                ColumnType::Date,
                "2026-02-29",
                "can't parse `2026-02-29` as Date (expected a value like 2026-12-31)",
            ),
            (
                ColumnType::Date,
                "31.12.2026",
                "can't parse `31.12.2026` as Date (expected a value like 2026-12-31)",
            ),
            (
                ColumnType::Time,
                "2026-12-31T10:00",
                "can't parse `2026-12-31T10:00` as Time (expected a value like 23:59:59.5)",
            ),
            (
                ColumnType::DateTime,
                "2026-12-31T10:00+01:00",
                "can't parse `2026-12-31T10:00+01:00` as DateTime (expected a value like 2026-12-31T23:59:59)",
            ),
            (
                ColumnType::Timestamp,
                "2026-12-31T10:00",
                "can't parse `2026-12-31T10:00` as Timestamp (expected a value like 2026-12-31T23:59:59Z)",
            ),
            (
                ColumnType::Timestamp,
                "2026-12-31T10:00:00.0000001Z",
                "`2026-12-31T10:00:00.0000001Z` is more precise than a microsecond, the precision of Timestamp",
            ),
            (
                ColumnType::Zoned("Europe/Berlin"),
                "2026-10-25T02:30",
                "can't parse `2026-10-25T02:30` as Zoned in Europe/Berlin: this local time is ambiguous or skipped there; \
                 add an offset",
            ),
            (
                ColumnType::Decimal(2),
                "1.005",
                "can't parse `1.005` as Decimal<2>: it has more than 2 digits after the point",
            ),
            (COLORS, "grean", "`grean` is not a name of the category: did you mean `green`?"),
            (
                ColumnType::Bytes,
                "0",
                "can't parse `0` as Vec<u8> (expected two hexadecimal digits for each byte)",
            ),
        ] {
            assert_eq!(parse(text, ty), Err(what.to_owned()));
        }
    }
}
