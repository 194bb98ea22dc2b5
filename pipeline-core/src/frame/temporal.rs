//! Dates, times and durations as values of rows.

use super::cell::{Cell, ColumnValue};
use crate::data::ColumnType;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

/// Nanoseconds per day.
const DAY: i128 = 86_400_000_000_000;

/// Nanoseconds per second.
const SECOND: i128 = 1_000_000_000;

/// The first day of 1970.
const EPOCH: Date = Date::constant(1970, 1, 1);

impl ColumnValue for Date {
    const TYPE: ColumnType = ColumnType::Date;
    const NULLABLE: bool = false;

    fn to_cell(&self) -> Cell {
        Cell::Whole(days(*self))
    }

    fn from_cell(cell: &Cell) -> Option<Date> {
        date(whole(cell)?)
    }
}

impl ColumnValue for Time {
    const TYPE: ColumnType = ColumnType::Time;
    const NULLABLE: bool = false;

    fn to_cell(&self) -> Cell {
        Cell::Whole(nanoseconds(*self))
    }

    fn from_cell(cell: &Cell) -> Option<Time> {
        time(whole(cell)?)
    }
}

impl ColumnValue for DateTime {
    const TYPE: ColumnType = ColumnType::DateTime;
    const NULLABLE: bool = false;

    fn to_cell(&self) -> Cell {
        Cell::Whole(days(self.date()) * DAY + nanoseconds(self.time()))
    }

    fn from_cell(cell: &Cell) -> Option<DateTime> {
        let whole = whole(cell)?;
        Some(DateTime::from_parts(date(whole.div_euclid(DAY))?, time(whole.rem_euclid(DAY))?))
    }
}

impl ColumnValue for Timestamp {
    const TYPE: ColumnType = ColumnType::Timestamp;
    const NULLABLE: bool = false;

    fn to_cell(&self) -> Cell {
        Cell::Whole(self.as_nanosecond())
    }

    fn from_cell(cell: &Cell) -> Option<Timestamp> {
        Timestamp::from_nanosecond(whole(cell)?).ok()
    }
}

/// A value in a column has the column's time zone: `#[row(zone = "Europe/Berlin")]`.
impl ColumnValue for Zoned {
    const TYPE: ColumnType = ColumnType::Zoned("");
    const NULLABLE: bool = false;

    fn to_cell(&self) -> Cell {
        self.timestamp().to_cell()
    }

    fn from_cell(cell: &Cell) -> Option<Zoned> {
        Timestamp::from_cell(cell).map(|at| at.to_zoned(TimeZone::UTC))
    }

    fn in_zone(self, zone: &str) -> Option<Zoned> {
        self.in_tz(zone).ok()
    }
}

impl ColumnValue for SignedDuration {
    const TYPE: ColumnType = ColumnType::Duration;
    const NULLABLE: bool = false;

    fn to_cell(&self) -> Cell {
        Cell::Whole(self.as_nanos())
    }

    fn from_cell(cell: &Cell) -> Option<SignedDuration> {
        let whole = whole(cell)?;
        let seconds = i64::try_from(whole / SECOND).ok()?;
        Some(SignedDuration::new(seconds, (whole % SECOND) as i32))
    }
}

fn whole(cell: &Cell) -> Option<i128> {
    if let Cell::Whole(whole) = cell { Some(*whole) } else { None }
}

/// Days since 1970.
fn days(date: Date) -> i128 {
    date.duration_since(EPOCH).as_nanos() / DAY
}

fn date(days: i128) -> Option<Date> {
    EPOCH.checked_add(SignedDuration::from_hours(i64::try_from(days).ok()?.checked_mul(24)?)).ok()
}

/// Nanoseconds since midnight.
fn nanoseconds(time: Time) -> i128 {
    time.duration_since(Time::midnight()).as_nanos()
}

fn time(nanoseconds: i128) -> Option<Time> {
    let since = SignedDuration::from_nanos(i64::try_from(nanoseconds).ok()?);
    (0..DAY).contains(&nanoseconds).then(|| Time::midnight().checked_add(since).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_round_trip<T: ColumnValue + PartialEq + std::fmt::Debug>(values: &[T], cells: &[i128]) {
        for (value, whole) in values.iter().zip(cells) {
            assert_eq!(value.to_cell(), Cell::Whole(*whole), "{value:?}");
            assert_eq!(T::from_cell(&value.to_cell()).as_ref(), Some(value));
        }
        assert!(T::from_cell(&Cell::Missing).is_none() && T::from_cell(&Cell::Whole(i128::MAX)).is_none());
    }

    #[test]
    fn times_survive_a_round_trip_as_whole_numbers() {
        assert_round_trip(
            &[EPOCH, Date::constant(1969, 12, 31), Date::constant(2024, 2, 29)],
            &[0, -1, 19_782],
        );
        assert_round_trip(&[Date::MIN, Date::MAX], &[-4_371_587, 2_932_896]);
        assert_round_trip(&[Time::midnight(), Time::MAX], &[0, DAY - 1]);
        assert_round_trip(
            &[Date::constant(1969, 12, 31).at(23, 59, 59, 999_999_999), EPOCH.at(0, 0, 1, 0)],
            &[-1, 1_000_000_000],
        );
        assert_round_trip(&[Timestamp::UNIX_EPOCH, Timestamp::MIN], &[0, Timestamp::MIN.as_nanosecond()]);
        let durations = [SignedDuration::new(-1, -500_000_000), SignedDuration::MAX, SignedDuration::MIN];
        assert_round_trip(&durations, &durations.map(|duration| duration.as_nanos()));
        let zoned = Timestamp::UNIX_EPOCH.in_tz("Europe/Berlin").expect("a zone");
        let back = Zoned::from_cell(&zoned.to_cell()).and_then(|back| back.in_zone("Europe/Berlin"));
        assert_eq!(back.map(|back| back.to_string()), Some(zoned.to_string()));
    }
}
