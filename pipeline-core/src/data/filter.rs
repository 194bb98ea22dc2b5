//! Filters of a table's rows: a condition for each column, as a person types it.

use serde_json::Value;
use std::cmp::Ordering;

/// A condition on the values of a column. Rows that don't match are not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnFilter {
    /// The column's name.
    pub column: String,
    /// `= x`, `!= x`, `< x`, `<= x`, `> x`, `>= x`, `null`, `!null`, or `x` alone: a string matches if it contains `x`,
    /// ignoring case; any other value matches if it equals `x`. An empty condition matches every row.
    pub condition: String,
}

/// A parsed condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition<'a> {
    Missing,
    Present,
    /// A string contains this, or any other value equals it.
    Like(&'a str),
    Compared(Comparison, &'a str),
}

/// How a value compares with the operand of the condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Is,
    IsNot,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Comparison {
    pub(crate) fn holds(self, ordering: Ordering) -> bool {
        match self {
            Comparison::Is => ordering.is_eq(),
            Comparison::IsNot => ordering.is_ne(),
            Comparison::Less => ordering.is_lt(),
            Comparison::AtMost => ordering.is_le(),
            Comparison::Greater => ordering.is_gt(),
            Comparison::AtLeast => ordering.is_ge(),
        }
    }
}

/// Longer operators come first, because `<=` begins with `<`.
const SIGNS: [(&str, Comparison); 6] = [
    ("!=", Comparison::IsNot),
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("=", Comparison::Is),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

impl<'a> Condition<'a> {
    /// Parses a condition; `None` if the string is empty.
    pub(crate) fn of(text: &'a str) -> Option<Condition<'a>> {
        let text = text.trim_matches([' ', '\t']);
        Some(match text {
            "" => return None,
            "null" => Condition::Missing,
            "!null" | "not null" => Condition::Present,
            _ => {
                let compared = SIGNS.iter().find_map(|(sign, comparison)| {
                    Some(Condition::Compared(*comparison, text.strip_prefix(sign)?.trim_start()))
                });
                compared.unwrap_or(Condition::Like(text))
            }
        })
    }

    /// Whether a string matches; `None` is a missing value.
    pub(crate) fn matches_text(self, found: Option<&str>) -> bool {
        match (self, found) {
            (Condition::Missing, found) => found.is_none(),
            (_, None) => false,
            (Condition::Present, Some(_)) => true,
            (Condition::Like(part), Some(text)) => text.to_lowercase().contains(&part.to_lowercase()),
            (Condition::Compared(comparison, with), Some(text)) => comparison.holds(text.cmp(with)),
        }
    }

    /// Whether an element of a list, or a field of it, matches.
    pub(super) fn matches(self, found: &Value) -> bool {
        let number = |text: &str| found.as_f64().zip(text.parse::<f64>().ok());
        match (self, found) {
            (Condition::Compared(comparison, with), _) if let Some((found, with)) = number(with) => {
                found.partial_cmp(&with).is_some_and(|ordering| comparison.holds(ordering))
            }
            (Condition::Like(with), _) if let Some((found, with)) = number(with) => found == with,
            (_, Value::Null) => self.matches_text(None),
            (_, Value::String(text)) => self.matches_text(Some(text)),
            (_, other) => self.matches_text(Some(&other.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_string_is_parsed_as_a_condition() {
        assert_eq!(Condition::of("  "), None);
        assert_eq!(Condition::of("null"), Some(Condition::Missing));
        assert_eq!(Condition::of("!null"), Some(Condition::Present));
        assert_eq!(Condition::of(">= 10"), Some(Condition::Compared(Comparison::AtLeast, "10")));
        assert_eq!(Condition::of("= null"), Some(Condition::Compared(Comparison::Is, "null")));
        assert_eq!(Condition::of("Ada L"), Some(Condition::Like("Ada L")));
    }

    #[test]
    fn elements_of_lists_match_or_not() {
        let is = |text: &str, value: Value| Condition::of(text).expect("a condition").matches(&value);
        assert!(is("> 9", json!(10)) && !is("> 9", json!(9)) && is("10", json!(10.0)));
        assert!(is("aD", json!("Ada")) && !is("= ada", json!("Ada")) && is("!= ada", json!("Ada")));
        assert!(is("null", json!(null)) && !is("!null", json!(null)) && !is("a", json!(null)));
        assert!(is("true", json!(true)) && is("2", json!([1, 2])));
    }
}
