//! Exact decimal numbers.

use super::cell::{Cell, ColumnValue};
use crate::data::ColumnType;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// The maximum number of digits, as in polars and Parquet.
const DIGITS: u32 = 38;

/// A decimal number with `SCALE` digits after the point and at most 38 digits in all: `Decimal<2>` for amounts of
/// money.
///
/// It is stored as a whole number of its last digits. Nothing is ever rounded in conversions to or from columns and
/// strings. In JSON it is a string.
///
/// ```
/// use skipstone::tables::Decimal;
///
/// let price: Decimal<2> = "12.5".parse()?;
/// assert_eq!((price.to_string().as_str(), price.digits()), ("12.50", 1250));
/// assert!("12.505".parse::<Decimal<2>>().is_err(), "nothing is rounded");
/// # Ok::<(), skipstone::tables::DecimalError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal<const SCALE: u8>(i128);

impl<const SCALE: u8> Decimal<SCALE> {
    /// Creates a number from its value in units of the last digit: for `Decimal<2>`, hundredths. Returns `None` for
    /// more than 38 digits.
    pub const fn from_digits(digits: i128) -> Option<Decimal<SCALE>> {
        const { assert!(SCALE as u32 <= DIGITS, "a decimal has 38 digits at most") };
        if digits.unsigned_abs() < 10_u128.pow(DIGITS) { Some(Decimal(digits)) } else { None }
    }

    /// The value in units of the last digit.
    pub const fn digits(self) -> i128 {
        self.0
    }
}

/// The reason why a string is not a decimal number of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecimalError {
    /// It doesn't consist of digits and a point.
    NotANumber,
    /// It has more digits after the point than the type.
    TooPrecise {
        /// The number of digits after the point of the type.
        scale: u8,
    },
    /// It has more than 38 digits.
    TooManyDigits,
}

impl fmt::Display for DecimalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecimalError::NotANumber => f.write_str("it is not a decimal number"),
            DecimalError::TooPrecise { scale } => {
                write!(f, "it has more than {scale} digits after the point")
            }
            DecimalError::TooManyDigits => write!(f, "it has more than {DIGITS} digits"),
        }
    }
}

impl std::error::Error for DecimalError {}

/// Formats a number with `scale` digits after the point.
pub(super) fn text(digits: i128, scale: u8) -> String {
    if scale == 0 {
        return digits.to_string();
    }
    let scale = usize::from(scale);
    let (sign, all) =
        (if digits < 0 { "-" } else { "" }, format!("{:0>1$}", digits.unsigned_abs(), scale + 1));
    let (whole, part) = all.split_at(all.len() - scale);
    format!("{sign}{whole}.{part}")
}

/// Parses a number as its value in units of the last of `scale` digits after the point.
pub(super) fn parse(text: &str, scale: u8) -> Result<i128, DecimalError> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let is_number = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() && part.is_empty() || !is_number(whole) || !is_number(part) {
        return Err(DecimalError::NotANumber);
    }
    let part = part.trim_end_matches('0');
    if part.len() > usize::from(scale) {
        return Err(DecimalError::TooPrecise { scale });
    }
    let mut digits: i128 = 0;
    let zeros = std::iter::repeat_n(b'0', usize::from(scale) - part.len());
    for digit in whole.bytes().chain(part.bytes()).chain(zeros) {
        if digits >= 10_i128.pow(DIGITS - 1) {
            return Err(DecimalError::TooManyDigits);
        }
        digits = digits * 10 + i128::from(digit - b'0');
    }
    Ok(if negative { -digits } else { digits })
}

impl<const SCALE: u8> FromStr for Decimal<SCALE> {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Decimal<SCALE>, DecimalError> {
        Decimal::from_digits(parse(text, SCALE)?).ok_or(DecimalError::TooManyDigits)
    }
}

impl<const SCALE: u8> fmt::Display for Decimal<SCALE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&text(self.0, SCALE))
    }
}

impl<const SCALE: u8> fmt::Debug for Decimal<SCALE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<const SCALE: u8> Serialize for Decimal<SCALE> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, const SCALE: u8> Deserialize<'de> for Decimal<SCALE> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Decimal<SCALE>, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(|error| serde::de::Error::custom(format!("`{text}`: {error}")))
    }
}

impl<const SCALE: u8> ColumnValue for Decimal<SCALE> {
    const TYPE: ColumnType = ColumnType::Decimal(SCALE);
    const NULLABLE: bool = false;

    fn to_cell(&self) -> Cell {
        Cell::Whole(self.0)
    }

    fn from_cell(cell: &Cell) -> Option<Decimal<SCALE>> {
        if let Cell::Whole(digits) = cell { Decimal::from_digits(*digits) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn invalid_numbers_are_refused() {
        for text in ["", "-", ".", "+.", "1e2", "1,5", " 1", "--1", "1.2.3", "NaN", "0x1"] {
            assert_eq!(text.parse::<Decimal<2>>(), Err(DecimalError::NotANumber), "{text}");
        }
        assert_eq!("0.001".parse::<Decimal<2>>(), Err(DecimalError::TooPrecise { scale: 2 }));
        assert_eq!("9".repeat(37).parse::<Decimal<2>>(), Err(DecimalError::TooManyDigits));
        for (text, digits) in [("1", 100), ("-.5", -50), ("5.", 500), ("+007.2000", 720), ("-0", 0)] {
            assert_eq!(text.parse::<Decimal<2>>().map(Decimal::digits), Ok(digits), "{text}");
        }
        assert_eq!(Decimal::<0>::from_digits(-3).map(|it| it.to_string()).as_deref(), Some("-3"));
        assert_eq!(Decimal::<3>::from_digits(-5).map(|it| it.to_string()).as_deref(), Some("-0.005"));
    }

    proptest! {
        #[test]
        fn a_decimal_survives_a_round_trip_through_its_string(digits in -(10_i128.pow(38) - 1)..10_i128.pow(38)) {
            let number = Decimal::<7>::from_digits(digits).expect("38 digits");
            prop_assert_eq!(number.to_string().parse(), Ok(number));
            let json = serde_json::to_string(&number).expect("a string");
            prop_assert_eq!(serde_json::from_str::<Decimal<7>>(&json).expect("a number"), number);
        }
    }
}
