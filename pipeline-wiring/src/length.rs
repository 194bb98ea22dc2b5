//! Lengths of time as people write them.

/// A whole number and a unit of `ms`, `s`, `m`, `h` or `d`, in milliseconds: `"200ms"`, `"5m"`.
pub fn milliseconds(text: &str) -> Option<u64> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let unit = match unit.trim_start() {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// The same the other way round, with the largest unit that fits: what [`milliseconds`] reads.
pub fn length_text(milliseconds: u64) -> String {
    let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];
    match units.into_iter().find(|(_, unit)| milliseconds > 0 && milliseconds.is_multiple_of(*unit)) {
        Some((name, unit)) => format!("{}{name}", milliseconds / unit),
        None => format!("{milliseconds}ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_a_number_and_a_unit() {
        assert_eq!(milliseconds("200ms"), Some(200));
        assert_eq!(milliseconds("5m"), Some(300_000));
        assert_eq!(milliseconds("5 m"), Some(300_000));
        for wrong in ["", "5", "m", "-5m", "1.5s", "5 weeks", "99999999999999999999d", "9999999999999999d"] {
            assert_eq!(milliseconds(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for length in [0, 1, 200, 1_000, 90_000, 3_600_000, 86_400_000 * 7] {
            assert_eq!(milliseconds(&length_text(length)), Some(length));
        }
        assert_eq!(length_text(300_000), "5m");
    }
}
