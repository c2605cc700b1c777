//! Moments, and the forms in which the wire shows them in Brasília time.
//!
//! Invariant: a moment is an integer of microseconds since 1970 in UTC; a local form is made only
//! when something is shown. Days are São Paulo days (decision D27).

use std::sync::LazyLock;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Unit, Zoned};

/// A moment: microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

static SAO_PAULO: LazyLock<TimeZone> = LazyLock::new(|| {
    TimeZone::get("America/Sao_Paulo").unwrap_or_else(|_| TimeZone::fixed(jiff::tz::offset(-3)))
});

/// A minute in microseconds.
pub const MINUTE: i64 = 60_000_000;
/// One hour in microseconds.
pub const HOUR: i64 = 3_600_000_000;
/// Twenty-four hours in microseconds.
pub const DAY: i64 = 86_400_000_000;

impl Timestamp {
    /// The moment so many microseconds after 1970.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Microseconds from `earlier` to this moment; negative when it lies later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The moment so many microseconds later (or earlier).
    #[must_use]
    pub const fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// The date and time of day in São Paulo.
    #[must_use]
    pub fn local(self) -> DateTime {
        let stamp =
            jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        SAO_PAULO.to_datetime(stamp)
    }

    /// The São Paulo day.
    #[must_use]
    pub fn day(self) -> Date {
        self.local().date()
    }

    /// `2022-09-28 08:49:22`, as in ReceivedDate and CapturedDate.
    #[must_use]
    pub fn wire(self) -> String {
        let t = self.local();
        let (y, mo, d) = (t.year(), t.month(), t.day());
        format!(
            "{y:04}-{mo:02}-{d:02} {:02}:{:02}:{:02}",
            t.hour(),
            t.minute(),
            t.second()
        )
    }

    /// `2015-04-06T10:13:39.42`, as in ReceveidDate: up to three decimals, zeros trimmed.
    #[must_use]
    pub fn wire_iso(self) -> String {
        let mut text = self.wire().replacen(' ', "T", 1);
        let millis = self.local().millisecond();
        if millis > 0 {
            let decimals = format!("{millis:03}");
            text.push('.');
            text.push_str(decimals.trim_end_matches('0'));
        }
        text
    }

    /// The thirteen digits of a sandbox Tid: month, day, hour on a twelve-hour clock, minute,
    /// second, millisecond (live behaviour, "Recorded shapes").
    #[must_use]
    pub fn tid_digits(self) -> String {
        let t = self.local();
        let hour = match t.hour() % 12 {
            0 => 12,
            hour => hour,
        };
        let (mo, d, mi, s) = (t.month(), t.day(), t.minute(), t.second());
        format!("{mo:02}{d:02}{hour:02}{mi:02}{s:02}{:03}", t.millisecond())
    }

    /// RFC 3339 in São Paulo's offset, to the second.
    #[must_use]
    pub fn rfc3339(self) -> String {
        let stamp =
            jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let offset = SAO_PAULO.to_offset(stamp);
        // Before 1914 São Paulo had its own time, by the sun; an offset has no seconds.
        let offset = offset.round(Unit::Minute).unwrap_or(offset);
        let zoned = Zoned::new(stamp, TimeZone::fixed(offset));
        zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// Reads RFC 3339, with any offset.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>()
            .ok()
            .map(|stamp| Self(stamp.as_microsecond()))
    }
}

/// The moment at which a day begins in São Paulo: midnight, or the first moment after it on a day
/// whose clocks were put forward at midnight.
#[must_use]
pub fn start_of(day: Date) -> Timestamp {
    let zoned = day.to_zoned(SAO_PAULO.clone());
    let micros = zoned.map(|zoned| zoned.timestamp().as_microsecond());
    // Only the last days of the year 9999 have no such moment.
    Timestamp(micros.unwrap_or(i64::MAX))
}

/// Reads a date as clients send it: `1991-01-02`, `1991/01/02`, `1991-1-2`, or with a time behind
/// it that is dropped (`1991-01-02T00:00:00`).
#[must_use]
pub fn parse_day(text: &str) -> Option<Date> {
    let day = text.trim().split(['T', ' ']).next()?;
    let mut parts = day.split(['-', '/']);
    let (year, month, date) = (parts.next()?, parts.next()?, parts.next()?);
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if ![year, month, date].into_iter().all(is_number) {
        return None;
    }
    if parts.next().is_some() || year.len() != 4 || month.len() > 2 || date.len() > 2 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, date.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn dates_are_brasilia_time() {
        let t = moment("2022-09-28T11:49:22Z");
        assert_eq!(t.wire(), "2022-09-28 08:49:22");
        assert_eq!(t.rfc3339(), "2022-09-28T08:49:22-03:00");
        let by_the_sun = moment("1900-01-01T12:00:00Z").rfc3339();
        assert_eq!(by_the_sun, "1900-01-01T08:54:00-03:06");
        assert_eq!(
            moment("2027-01-01T02:59:59Z").day(),
            Date::constant(2026, 12, 31)
        );
    }

    #[test]
    fn a_day_begins_at_midnight_or_when_its_clocks_let_it() {
        let begins = |year, month, day| start_of(Date::constant(year, month, day)).rfc3339();
        assert_eq!(begins(2027, 1, 31), "2027-01-31T00:00:00-03:00");
        assert_eq!(begins(2018, 11, 4), "2018-11-04T01:00:00-02:00");
        assert!(start_of(Date::MAX) > start_of(Date::constant(9999, 12, 1)));
    }

    #[test]
    fn decimals_of_the_order_query_are_trimmed() {
        assert_eq!(
            moment("2015-04-06T13:13:39.42Z").wire_iso(),
            "2015-04-06T10:13:39.42"
        );
        assert_eq!(
            moment("2015-04-06T13:13:39Z").wire_iso(),
            "2015-04-06T10:13:39"
        );
        assert_eq!(
            moment("2014-12-19T22:23:28.847Z").wire_iso(),
            "2014-12-19T20:23:28.847"
        );
    }

    #[test]
    fn a_tid_is_month_day_and_a_twelve_hour_clock() {
        assert_eq!(
            moment("2020-11-24T17:02:51.914Z").tid_digits(),
            "1124020251914"
        );
        assert_eq!(moment("2020-11-24T03:02:51Z").tid_digits(), "1124120251000");
    }

    #[test]
    fn days_are_read_in_the_forms_clients_send() {
        for text in [
            "1991-01-02",
            "1991/01/02",
            "1991-1-2",
            "1991-01-02T00:00:00",
        ] {
            assert_eq!(parse_day(text), Some(Date::constant(1991, 1, 2)), "{text}");
        }
        for text in [
            "02/01/1991",
            "1991-13-01",
            "1991-02-30",
            "x",
            "",
            "1991-01-02-03",
            "1991-+1-+2",
        ] {
            assert_eq!(parse_day(text), None, "{text}");
        }
    }
}
