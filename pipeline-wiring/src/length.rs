//! Parsing and formatting of durations, sizes and percentages.

/// Parses a duration into milliseconds: a whole number with a unit of `ms`, `s`, `m`, `h` or `d`, such as `"200ms"` or
/// `"5m"`.
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

/// Formats milliseconds with the largest unit that divides them; [`milliseconds`] parses the result.
pub fn length_text(milliseconds: u64) -> String {
    let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];
    match units.into_iter().find(|(_, unit)| milliseconds > 0 && milliseconds.is_multiple_of(*unit)) {
        Some((name, unit)) => format!("{}{name}", milliseconds / unit),
        None => format!("{milliseconds}ms"),
    }
}

/// Parses a size into bytes: a whole number with a unit of `B`, `KiB`, `MiB`, `GiB`, `TiB`, `kB`, `MB`, `GB` or `TB`,
/// such as `"64MiB"` or `"1 GB"`. A number without a unit is in bytes.
pub fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let (number, unit) =
        text.split_at(text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len()));
    let unit: u64 = match unit.trim_start() {
        "" | "B" => 1,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// Formats a number of bytes with the largest unit that divides it; [`bytes`] parses the result.
pub fn bytes_text(bytes: u64) -> String {
    let units = [("TiB", 1_u64 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    let thousands = [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    let mut fitting = units.into_iter().chain(thousands).filter(|(_, unit)| bytes.is_multiple_of(*unit));
    match fitting.next().filter(|_| bytes > 0) {
        Some((name, unit)) => format!("{} {name}", bytes / unit),
        None => format!("{bytes} B"),
    }
}

/// Parses a percentage from `0%` to `100%` into a fraction from 0 to 1: `"1%"`, `"0.5 %"`.
pub fn share(text: &str) -> Option<f64> {
    let number = text.trim().strip_suffix('%')?.trim_end();
    if number.is_empty() || !number.bytes().all(|letter| letter.is_ascii_digit() || letter == b'.') {
        return None;
    }
    let share = number.parse::<f64>().ok()? / 100.0;
    (share <= 1.0).then_some(share)
}

/// Formats a fraction as a percentage; [`share`] parses the result.
pub fn share_text(share: f64) -> String {
    // The product with 100 has rounding errors in its last digits; six decimals drop them.
    let text = format!("{:.6}", share * 100.0);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_with_a_unit() {
        assert_eq!(milliseconds("200ms"), Some(200));
        assert_eq!(milliseconds("5m"), Some(300_000));
        assert_eq!(milliseconds("5 m"), Some(300_000));
        for wrong in ["", "5", "m", "-5m", "1.5s", "5 weeks", "99999999999999999999d", "9999999999999999d"] {
            assert_eq!(milliseconds(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_size_is_a_number_with_a_unit() {
        assert_eq!(bytes("64MiB"), Some(64 << 20));
        assert_eq!(bytes(" 1 GB "), Some(1_000_000_000));
        assert_eq!(bytes("0"), Some(0));
        for wrong in ["", "MiB", "-1", "1.5GiB", "64 Mib", "99999999999999TiB"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn sizes_and_durations_round_trip() {
        for size in [0, 1, 1_000, 1_500_000, 64 << 20, 3 << 40] {
            assert_eq!(bytes(&bytes_text(size)), Some(size));
        }
        for length in [0, 1, 200, 1_000, 90_000, 3_600_000, 86_400_000 * 7] {
            assert_eq!(milliseconds(&length_text(length)), Some(length));
        }
        assert_eq!(length_text(300_000), "5m");
    }

    #[test]
    fn percentages_are_parsed_and_formatted() {
        for (text, value) in [("1%", 0.01), ("0.5 %", 0.005), (" 100%", 1.0), ("0%", 0.0), ("33.3%", 0.333)] {
            assert!((share(text).unwrap() - value).abs() < 1e-12, "{text}");
            assert_eq!(share(&share_text(value)), share(text), "{text}");
        }
        for text in ["", "%", "1", "101%", "-1%", "1e1%", "1,5%", ".%", "1..0%", "one%"] {
            assert_eq!(share(text), None, "{text}");
        }
    }
}
