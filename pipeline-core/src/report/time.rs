//! Durations as text.

use std::time::Duration;

/// Formats a duration: `0.4 ms`, `12 ms`, `3.21 s`, `2 min 05 s`, `3 h 20 min`, `7 d 00 h`.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    let millis = seconds * 1_000.0;
    match () {
        () if millis < 10.0 => format!("{millis:.1} ms"),
        () if millis < 1_000.0 => format!("{millis:.0} ms"),
        () if seconds < 60.0 => format!("{seconds:.2} s"),
        () if seconds < 3_600.0 => {
            format!("{} min {:02} s", duration.as_secs() / 60, duration.as_secs() % 60)
        }
        () if seconds < 86_400.0 => {
            format!("{} h {:02} min", duration.as_secs() / 3_600, duration.as_secs() / 60 % 60)
        }
        () => format!("{} d {:02} h", duration.as_secs() / 86_400, duration.as_secs() / 3_600 % 24),
    }
}

/// Parses a duration: a whole number with a unit, as `45s`, `30m`, `12h`, `7d`.
#[cfg(feature = "cli")]
pub(crate) fn parse_duration(text: &str) -> Option<Duration> {
    skipstone_wiring::milliseconds(text).map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_size_has_its_unit() {
        let texts = [420, 12_345, 3_210_000, 125_000_000, 12_000_000_000, 604_800_000_000]
            .map(|us| duration(Duration::from_micros(us)));
        assert_eq!(texts, ["0.4 ms", "12 ms", "3.21 s", "2 min 05 s", "3 h 20 min", "7 d 00 h"]);
    }
}
