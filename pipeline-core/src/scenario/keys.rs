//! A selection of parts by their keys.

use std::cmp::Ordering;
use std::fmt;

/// Selects keys: a pattern, a range, or a list of those.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    text: String,
    any: Vec<Selection>,
}

#[derive(Debug, Clone)]
enum Selection {
    Pattern(glob::Pattern),
    /// From the first key to the last, each if there is one.
    Range(Option<String>, Option<String>),
    Key(String),
}

impl Keys {
    pub(super) fn parse(text: &str) -> Keys {
        let selection = |text: &str| {
            let end = |end: &str| Some(end.trim().to_owned()).filter(|end| !end.is_empty());
            match (text.split_once(".."), glob::Pattern::new(text)) {
                (Some((first, last)), _) => Selection::Range(end(first), end(last.trim_start_matches('='))),
                (None, Ok(pattern)) if text.contains(['*', '?', '[']) => Selection::Pattern(pattern),
                _ => Selection::Key(text.to_owned()),
            }
        };
        let any = text.split(',').map(|text| selection(text.trim())).collect();
        Keys { text: text.to_owned(), any }
    }

    /// Whether a key is selected.
    pub(super) fn has(&self, key: &str) -> bool {
        self.any.iter().any(|selection| match selection {
            Selection::Pattern(pattern) => pattern.matches(key),
            Selection::Key(other) => key == other,
            Selection::Range(first, last) => {
                first.as_ref().is_none_or(|first| compared(first, key).is_le())
                    && last.as_ref().is_none_or(|last| {
                        // `..2026-11` has all days of the month.
                        let is_longer = key.parse::<f64>().is_err() && key.starts_with(last.as_str());
                        compared(key, last).is_le() || is_longer
                    })
            }
        })
    }
}

impl fmt::Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Compares keys: numbers by value, dates and other keys as strings.
fn compared(one: &str, other: &str) -> Ordering {
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| !number.is_nan());
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        _ => one.cmp(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected<'a>(keys: &str, all: &[&'a str]) -> Vec<&'a str> {
        let keys = Keys::parse(keys);
        all.iter().copied().filter(|key| keys.has(key)).collect()
    }

    #[test]
    fn keys_are_selected_by_pattern_range_and_list() {
        let days = ["2026-10-31", "2026-11-01", "2026-11-02", "2026-12-01"];
        assert_eq!(selected("2026-11-*", &days), ["2026-11-01", "2026-11-02"]);
        assert_eq!(selected("2026-11-01..", &days), ["2026-11-01", "2026-11-02", "2026-12-01"]);
        assert_eq!(selected("..2026-11", &days), ["2026-10-31", "2026-11-01", "2026-11-02"]);
        assert_eq!(
            selected("2026-10-31..2026-11-01, 2026-12-01", &days),
            ["2026-10-31", "2026-11-01", "2026-12-01"]
        );
        assert_eq!(selected("2026-12", &days), [""; 0]);
        assert_eq!(selected("9..10", &["9", "10", "100", "north"]), ["9", "10"]);
        assert_eq!(selected("n*,e?st", &["north", "east", "west"]), ["north", "east"]);
    }
}
