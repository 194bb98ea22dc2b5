//! The words for a missing value.

/// What an unquoted field says when its value is missing, besides nothing at all: the words that pandas takes
/// (`pandas.read_csv`, parameter `na_values`), as far as they come from common programs, and two more spellings.
pub(super) const WORDS: [&str; 17] = [
    "NA", "N/A", "n/a", "#N/A", "#N/A N/A", "#NA", "<NA>", "NaN", "nan", "NAN", "-nan", "-NaN", "NULL",
    "null", "Null", "None", "-NAN",
];

/// As long as the longest word, with what stands before and after it.
pub(super) const MARGIN: usize = 10;

/// Whether a word stands at this place of `text` as a whole field, with its borders.
pub(super) fn stands_at(text: &[u8], place: usize) -> bool {
    let is_border = |place: usize| matches!(text.get(place), Some(b',' | b'\n' | b'\r' | b'"'));
    let start = if place > 0 && text[place - 1] == b'-' { place - 1 } else { place };
    let field = &text[start..];
    start > 0
        && is_border(start - 1)
        && WORDS.iter().any(|word| field.starts_with(word.as_bytes()) && is_border(start + word.len()))
}
