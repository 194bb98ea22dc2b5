//! The words for a missing value.

/// The strings that stand for a missing value in an unquoted field, apart from the empty one: those of pandas
/// (`pandas.read_csv`, parameter `na_values`) that common programs write, and two more spellings.
pub(super) const WORDS: [&str; 17] = [
    "NA", "N/A", "n/a", "#N/A", "#N/A N/A", "#NA", "<NA>", "NaN", "nan", "NAN", "-nan", "-NaN", "NULL",
    "null", "Null", "None", "-NAN",
];

/// The length of the longest word and of what surrounds it.
pub(super) const MARGIN: usize = 10;

/// Whether a word is at this position of `text` as a whole field, with its borders.
pub(super) fn stands_at(text: &[u8], place: usize) -> bool {
    let is_border = |place: usize| matches!(text.get(place), Some(b',' | b'\n' | b'\r' | b'"'));
    let start = if place > 0 && text[place - 1] == b'-' { place - 1 } else { place };
    let field = &text[start..];
    start > 0
        && is_border(start - 1)
        && WORDS.iter().any(|word| field.starts_with(word.as_bytes()) && is_border(start + word.len()))
}
