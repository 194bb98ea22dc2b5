//! Which rows of a table somebody wants to see, said column by column as a person types it.

use serde_json::Value;
use std::cmp::Ordering;

/// What the values of a column have to be, of the rows that are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnFilter {
    /// The column's name.
    pub column: String,
    /// What they have to be: `= x`, `!= x`, `< x`, `<= x`, `> x`, `>= x`, `null`, `!null`, or `x` alone: texts that contain it, in
    /// large letters or small ones, and other values that are it.
    pub is: String,
}

/// What a value has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted<'a> {
    Missing,
    There,
    /// It contains the text, or is what the text says where values are no texts.
    Like(&'a str),
    Compared(Comparison, &'a str),
}

/// How a value has to compare.
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

/// The longer ones come before those that they begin with.
const SIGNS: [(&str, Comparison); 6] = [
    ("!=", Comparison::IsNot),
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("=", Comparison::Is),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

impl<'a> Wanted<'a> {
    /// What a text says; `None` if it says nothing.
    pub(crate) fn of(text: &'a str) -> Option<Wanted<'a>> {
        let text = text.trim_matches([' ', '\t']);
        Some(match text {
            "" => return None,
            "null" => Wanted::Missing,
            "!null" | "not null" => Wanted::There,
            _ => {
                let compared = SIGNS.iter().find_map(|(sign, comparison)| {
                    Some(Wanted::Compared(*comparison, text.strip_prefix(sign)?.trim_start()))
                });
                compared.unwrap_or(Wanted::Like(text))
            }
        })
    }

    /// Whether a text is what is wanted.
    pub(crate) fn is_text(self, found: Option<&str>) -> bool {
        match (self, found) {
            (Wanted::Missing, found) => found.is_none(),
            (_, None) => false,
            (Wanted::There, Some(_)) => true,
            (Wanted::Like(part), Some(text)) => text.to_lowercase().contains(&part.to_lowercase()),
            (Wanted::Compared(comparison, with), Some(text)) => comparison.holds(text.cmp(with)),
        }
    }

    /// Whether a value of a list is what is wanted.
    pub(super) fn is_value(self, found: &Value) -> bool {
        let number = |text: &str| found.as_f64().zip(text.parse::<f64>().ok());
        match (self, found) {
            (Wanted::Compared(comparison, with), _) if let Some((found, with)) = number(with) => {
                found.partial_cmp(&with).is_some_and(|ordering| comparison.holds(ordering))
            }
            (Wanted::Like(with), _) if let Some((found, with)) = number(with) => found == with,
            (_, Value::Null) => self.is_text(None),
            (_, Value::String(text)) => self.is_text(Some(text)),
            (_, other) => self.is_text(Some(&other.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_text_says_what_is_wanted() {
        assert_eq!(Wanted::of("  "), None);
        assert_eq!(Wanted::of("null"), Some(Wanted::Missing));
        assert_eq!(Wanted::of("!null"), Some(Wanted::There));
        assert_eq!(Wanted::of(">= 10"), Some(Wanted::Compared(Comparison::AtLeast, "10")));
        assert_eq!(Wanted::of("= null"), Some(Wanted::Compared(Comparison::Is, "null")));
        assert_eq!(Wanted::of("Ada L"), Some(Wanted::Like("Ada L")));
    }

    #[test]
    fn values_of_lists_are_what_is_wanted_or_not() {
        let is = |text: &str, value: Value| Wanted::of(text).expect("wanted").is_value(&value);
        assert!(is("> 9", json!(10)) && !is("> 9", json!(9)) && is("10", json!(10.0)));
        assert!(is("aD", json!("Ada")) && !is("= ada", json!("Ada")) && is("!= ada", json!("Ada")));
        assert!(is("null", json!(null)) && !is("!null", json!(null)) && !is("a", json!(null)));
        assert!(is("true", json!(true)) && is("2", json!([1, 2])));
    }
}
