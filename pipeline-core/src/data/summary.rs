//! Summaries of values.

use super::canonical;
use crate::store::Hash;
use serde::Serialize;

/// The maximum number of characters of a value in a reason or a table.
const WIDTH: usize = 48;

/// Summarizes a value: `1000`, `median`, `[1,2,3]`, `{"a":1}`. Anything longer than [`WIDTH`] is cut.
pub(super) fn value<T: Serialize>(value: &T) -> String {
    let Ok(bytes) = canonical::to_vec(value) else { return "?".into() };
    // Rust's own form of a float is shorter than JSON's.
    if let [0xcb, float @ ..] = bytes.as_slice()
        && let Ok(float) = <[u8; 8]>::try_from(float)
    {
        return f64::from_be_bytes(float).to_string();
    }
    if let [0xca, float @ ..] = bytes.as_slice()
        && let Ok(float) = <[u8; 4]>::try_from(float)
    {
        return f32::from_be_bytes(float).to_string();
    }
    match super::json::of(value) {
        Ok(serde_json::Value::String(text)) if text.trim().is_empty() => format!("{text:?}"),
        Ok(serde_json::Value::String(text)) => cut(&text.replace('\n', " ")),
        Ok(json) => cut(&json.to_string()),
        Err(_) => format!("content {}", Hash::of(&bytes).short()),
    }
}

/// A number of things, such as `1 row` and `2 rows`.
pub(crate) fn counted(number: impl TryInto<u64>, thing: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_are_written_as_users_type_values() {
        assert_eq!(value(&1_000.0), "1000");
        assert_eq!(value(&1.5), "1.5");
        assert_eq!(value(&0.1_f32), "0.1");
        assert_eq!(value(&f64::INFINITY), "inf");
        assert_eq!(value(&"median"), "median");
        assert_eq!(value(&""), "\"\"");
        assert_eq!(value(&[1, 2]), "[1,2]");
        assert_eq!(value(&[f64::NAN, 0.5]), "[\"NaN\",0.5]");
        assert_eq!(value(&()), "null");
        assert_eq!(value(&"ß".repeat(60)), format!("{}…", "ß".repeat(48)));
    }
}
