//! Points in time as text, in the local time zone.

use jiff::Timestamp;
#[cfg(feature = "cli")]
use jiff::civil;
use jiff::tz::TimeZone;
use std::cell::RefCell;
use std::sync::OnceLock;
#[cfg(feature = "cli")]
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Formats microseconds since 1970 as `2026-11-22 14:03`.
pub(crate) fn datetime(micros: i64) -> String {
    const MINUTE: i64 = 60_000_000;
    let minute = micros.div_euclid(MINUTE);
    // In a long list, most times fall into the same minute as the one before.
    LAST.with_borrow_mut(|(last, text)| {
        if *last != Some(minute) {
            let at = Timestamp::from_microsecond(minute.saturating_mul(MINUTE)).unwrap_or_default();
            *text = at.to_zoned(zone()).strftime("%Y-%m-%d %H:%M").to_string();
            *last = Some(minute);
        }
        text.clone()
    })
}

thread_local! {
    /// The last minute that was formatted, and its text.
    static LAST: RefCell<(Option<i64>, String)> = const { RefCell::new((None, String::new())) };
}

/// The system's time zone, looked up once.
fn zone() -> TimeZone {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    ZONE.get_or_init(TimeZone::system).clone()
}

/// Formats microseconds since 1970 as RFC 3339 in UTC: `2026-11-22T13:03:05.000000Z`.
pub(crate) fn rfc3339(micros: i64) -> String {
    let at = Timestamp::from_microsecond(micros).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// Parses a date or a datetime in the local time zone (`2026-11-22`, `2026-11-22 14:03`), or a time before now (`7d`,
/// `12h`).
#[cfg(feature = "cli")]
pub(crate) fn parse(text: &str, now: SystemTime) -> Result<SystemTime, String> {
    if let Some(ago) = super::parse_duration(text) {
        return now.checked_sub(ago).ok_or_else(|| "too long ago".into());
    }
    let civil = text
        .parse::<civil::DateTime>()
        .or_else(|_| text.parse::<civil::Date>().map(|date| date.at(0, 0, 0, 0)))
        .map_err(|_| {
            "expected a date (2026-11-22), a date with a time (2026-11-22 14:03), or how long ago (7d, 12h)"
        })?;
    let at = civil.to_zoned(zone()).map_err(|error| error.to_string())?;
    let micros = u64::try_from(at.timestamp().as_microsecond()).map_err(|_| "the date is before 1970")?;
    Ok(UNIX_EPOCH + Duration::from_micros(micros))
}

#[cfg(all(test, feature = "cli"))]
mod tests {
    use super::*;

    #[test]
    fn dates_and_durations_are_parsed() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        assert_eq!(parse("2h", now), Ok(now - Duration::from_secs(7_200)));
        let date = parse("2026-11-22", now).expect("a date");
        let micros = i64::try_from(date.duration_since(UNIX_EPOCH).expect("later").as_micros());
        assert_eq!(datetime(micros.expect("small")), "2026-11-22 00:00");
        assert_eq!(rfc3339(1_000_000), "1970-01-01T00:00:01.000000Z");
        for wrong in ["", "d", "yesterday", "2026-13-01", "99999999999999999999d"] {
            assert!(parse(wrong, now).is_err(), "{wrong}");
        }
    }
}
