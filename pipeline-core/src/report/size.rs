//! Sizes and counts as text.

/// Formats a size with a decimal unit (1 kB is 1,000 bytes) and about three digits.
pub(crate) fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if value < 999.5 {
            let digits = if unit == "B" || value >= 99.95 { 0 } else { 1 };
            return format!("{value:.digits$} {unit}");
        }
        value /= 1_000.0;
    }
    format!("{value:.1} TB")
}

/// Formats a number with commas between groups of three digits.
#[cfg(feature = "cli")]
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_have_a_fitting_unit() {
        let texts = [0, 999, 1_000, 99_949, 999_499, 999_500, 12_345_678_901, u64::MAX].map(size);
        assert_eq!(
            texts,
            ["0 B", "999 B", "1.0 kB", "99.9 kB", "999 kB", "1.0 MB", "12.3 GB", "18446744.1 TB"]
        );
    }
}
