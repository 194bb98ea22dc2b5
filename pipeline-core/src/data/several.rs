//! Several values of one type, as a person types them: a list, a range, or all values of an enum.

use super::Shape;
use jiff::civil::Date;
use jiff::{Span, ToSpan};

/// The maximum number of values.
const MOST: usize = 1_000_000;

/// Returns each value of a list, a range or `*`, as a string that the input's type can parse.
///
/// # Errors
///
/// Returns what is wrong, and what to write.
pub(crate) fn expand(text: &str, shape: &Shape) -> Result<Vec<String>, String> {
    let text = text.trim();
    if text == "*" {
        return variants(shape);
    }
    if let Ok(values) = serde_json::from_str::<Vec<serde_json::Value>>(text) {
        let value = |value: serde_json::Value| match value {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        };
        return not_empty(values.into_iter().map(value).collect());
    }
    if let Some((first, rest)) = text.split_once("..") {
        let (last, step) = match rest.split_once('/') {
            Some((last, step)) => (last, Some(step.trim())),
            None => (rest, None),
        };
        let ends = (first.trim(), last.trim());
        if let (Ok(first), Ok(last)) = (ends.0.parse::<Date>(), ends.1.parse::<Date>()) {
            return dates(first, last, step);
        }
        if let (Some(first), Some(last)) = (Decimal::parse(ends.0), Decimal::parse(ends.1)) {
            return numbers(first, last, step);
        }
    }
    let values: Vec<String> = text.split(',').map(|value| value.trim().to_owned()).collect();
    if values.iter().any(String::is_empty) {
        return Err("a value is empty: write a value, a list `a,b`, a range `1..9/2`, or `*`".into());
    }
    Ok(values)
}

fn not_empty(values: Vec<String>) -> Result<Vec<String>, String> {
    if values.is_empty() { Err("the list has no value".into()) } else { Ok(values) }
}

/// Returns all values of a type that has few.
fn variants(shape: &Shape) -> Result<Vec<String>, String> {
    match shape {
        Shape::Choice { choices } => not_empty(choices.iter().map(|&choice| choice.to_owned()).collect()),
        Shape::Flag => Ok(vec!["false".into(), "true".into()]),
        Shape::Optional { inner } => variants(inner),
        _ => Err("`*` is for an enum or a `bool`: write a list `a,b` or a range `1..9/2`".into()),
    }
}

fn dates(first: Date, last: Date, step: Option<&str>) -> Result<Vec<String>, String> {
    let step = step.map_or(Ok(1), |step| step.trim_end_matches('d').parse::<i32>());
    let step: Span = match step {
        Ok(days @ 1..) => days.days(),
        _ => return Err("the step of a range of dates is a number of days, such as `/7`".into()),
    };
    let mut found = Vec::new();
    let mut next = Some(first);
    while let Some(date) = next.filter(|date| *date <= last) {
        found.push(date.to_string());
        if found.len() > MOST {
            return Err(too_many());
        }
        next = date.checked_add(step).ok();
    }
    if found.is_empty() { Err(backwards()) } else { Ok(found) }
}

/// Returns the numbers of a range, as exact decimals: steps of 0.1 add up to 1.
fn numbers(first: Decimal, last: Decimal, step: Option<&str>) -> Result<Vec<String>, String> {
    let step = match step.map(Decimal::parse) {
        Some(Some(step)) if step.units > 0 => step,
        Some(_) => return Err("the step of a range is a positive number, such as `/100`".into()),
        None if first.digits == 0 && last.digits == 0 => Decimal { units: 1, digits: 0 },
        None => return Err("a range of fractions needs a step, such as `0..1/0.1`".into()),
    };
    let digits = first.digits.max(last.digits).max(step.digits);
    let scaled = |number: Decimal| number.scaled(digits).ok_or_else(|| "the numbers are too long".to_owned());
    let (first, last, step) = (scaled(first)?, scaled(last)?, scaled(step)?);
    if first > last {
        return Err(backwards());
    }
    let steps = usize::try_from((last - first) / step).map_err(|_| too_many())?;
    if steps >= MOST {
        return Err(too_many());
    }
    Ok((0..=steps as i128).map(|n| Decimal { units: first + n * step, digits }.to_string()).collect())
}

fn backwards() -> String {
    "the range ends before it begins: write the smaller end first".into()
}

fn too_many() -> String {
    format!("the range has more than {MOST} values: use a larger step")
}

/// A decimal number: `units` divided by 10 to the power of `digits`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Decimal {
    units: i128,
    digits: u32,
}

impl Decimal {
    fn parse(text: &str) -> Option<Decimal> {
        let text = text.replace('_', "");
        let (sign, plain) = match text.strip_prefix('-') {
            Some(plain) => (-1, plain),
            None => (1, text.as_str()),
        };
        let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
        let digits = format!("{whole}{fraction}");
        // More digits could overflow in the steps.
        if whole.is_empty() || digits.len() > 18 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        Some(Decimal {
            units: sign * digits.parse::<i128>().ok()?,
            digits: u32::try_from(fraction.len()).ok()?,
        })
    }

    fn scaled(self, digits: u32) -> Option<i128> {
        self.units.checked_mul(10_i128.checked_pow(digits - self.digits)?)
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let power = 10_u128.pow(self.digits);
        let (units, sign) = (self.units.unsigned_abs(), if self.units < 0 { "-" } else { "" });
        let fraction = format!("{:0width$}", units % power, width = self.digits as usize);
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{sign}{}", units / power),
            fraction => write!(f, "{sign}{}.{fraction}", units / power),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(text: &str) -> Vec<String> {
        expand(text, &Shape::Number).expect("valid values")
    }

    #[test]
    fn lists_and_ranges_have_each_of_their_values() {
        assert_eq!(values("1000..2000/250"), ["1000", "1250", "1500", "1750", "2000"]);
        assert_eq!(values("1..4"), ["1", "2", "3", "4"]);
        assert_eq!(values("-0.2..0.2/0.1"), ["-0.2", "-0.1", "0", "0.1", "0.2"]);
        assert_eq!(values("0 .. 1 / 0.4"), ["0", "0.4", "0.8"]);
        assert_eq!(values("2026-02-27..2026-03-01"), ["2026-02-27", "2026-02-28", "2026-03-01"]);
        assert_eq!(
            values("2026-01-01..2026-01-31/10d"),
            ["2026-01-01", "2026-01-11", "2026-01-21", "2026-01-31"]
        );
        assert_eq!(values("a, b"), ["a", "b"]);
        assert_eq!(values(r#"["a,b", 1, null]"#), ["a,b", "1", "null"]);
        assert_eq!(values("../data/a.csv"), ["../data/a.csv"]);
        assert_eq!(expand("*", &Shape::Flag).expect("values"), ["false", "true"]);
        assert_eq!(
            expand("*", &Shape::Choice { choices: &["mean", "median"] }).expect("values"),
            ["mean", "median"]
        );
    }

    #[test]
    fn wrong_ranges_say_what_to_write() {
        let message = |text: &str| expand(text, &Shape::Number).expect_err("invalid values");
        insta::assert_snapshot!(
            [
                "*",
                "a,,b",
                "[]",
                "0..1.5",
                "1..2/0",
                "1..2/x",
                "5..1",
                "0..9/0.0000001",
                "2026-03-01..2026-02-01",
                "2026-02-01..2026-03-01/0"
            ]
            .map(|text| format!("{text}: {}", message(text)))
            .join("\n")
        );
    }

    proptest! {
        /// The values begin with the first number, have equal steps, and end at most one step before the last number.
        #[test]
        fn a_range_has_equal_steps(first in -500_i32..500, count in 0_i32..40, step in 1_i32..90, rest in 0_i32..89) {
            let last = first + count * step + rest % step;
            let show = |number: i32| format!("{}", f64::from(number) / 10.0);
            let texts = values(&format!("{}..{}/{}", show(first), show(last), show(step)));
            prop_assert_eq!(texts.len(), count as usize + 1);
            for (n, text) in texts.iter().enumerate() {
                prop_assert_eq!(text, &show(first + n as i32 * step));
            }
        }
    }
}
