//! A string that can be built in a `const fn`.

/// The maximum length of a message in bytes. Longer messages are truncated.
const CAPACITY: usize = 4096;

/// A message built in a `const fn`, where `String` is not available.
#[derive(Clone, Copy)]
pub struct Text {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl Text {
    /// Makes an empty text.
    pub const fn new() -> Text {
        Text { bytes: [0; CAPACITY], length: 0 }
    }

    /// Appends `more`. The part that does not fit is cut off between two characters.
    pub const fn push(mut self, more: &str) -> Text {
        let more = more.as_bytes();
        let mut fits = more.len();
        if self.length + fits > CAPACITY {
            fits = CAPACITY - self.length;
            while fits > 0 && more[fits] & 0b1100_0000 == 0b1000_0000 {
                fits -= 1;
            }
        }
        let mut i = 0;
        while i < fits {
            self.bytes[self.length + i] = more[i];
            i += 1;
        }
        self.length += fits;
        self
    }

    /// Appends an excerpt of a file that shows the place of the error.
    pub const fn below(self, place: &str) -> Text {
        self.push(place)
    }

    /// Appends a number.
    pub const fn push_number(self, number: usize) -> Text {
        const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
        let text = if number >= 10 { self.push_number(number / 10) } else { self };
        text.push(DIGITS[number % 10])
    }

    /// Returns the text as a string slice.
    pub const fn as_str(&self) -> &str {
        let (used, _) = self.bytes.split_at(self.length);
        match std::str::from_utf8(used) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

impl Default for Text {
    fn default() -> Text {
        Text::new()
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self.as_str(), f)
    }
}

/// Returns whether two strings are equal; `str::eq` is not `const`.
pub const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_built_in_a_constant() {
        const TEXT: Text = Text::new().push("takes ").push_number(1205).push(" → ok");
        assert_eq!(TEXT.as_str(), "takes 1205 → ok");
    }

    #[test]
    fn long_text_is_truncated_between_characters() {
        let mut text = Text::new().push("x");
        for _ in 0..CAPACITY {
            text = text.push("→");
        }
        assert!(text.as_str().starts_with("x→"));
        assert!(text.as_str().len() <= CAPACITY && text.as_str().len() > CAPACITY - 3);
    }
}
