//! The calendar of recurrences: intervals of months, and the day within a month (D27, D33).
//!
//! Invariant: a date after another lies in a later month, so it is always later; a day that a month
//! does not have falls on the month's last day and returns to itself afterwards. The day of the
//! plan, not the date of the last charge, decides: nothing drifts.

pub use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Time between two charges (manual line 2571).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Interval {
    /// One month.
    #[default]
    Monthly,
    /// Two months.
    Bimonthly,
    /// Three months.
    Quarterly,
    /// Six months.
    SemiAnnual,
    /// Twelve months.
    Annual,
}

impl Interval {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Monthly,
        Self::Bimonthly,
        Self::Quarterly,
        Self::SemiAnnual,
        Self::Annual,
    ];

    /// Its months.
    #[must_use]
    pub const fn months(self) -> u8 {
        match self {
            Self::Monthly => 1,
            Self::Bimonthly => 2,
            Self::Quarterly => 3,
            Self::SemiAnnual => 6,
            Self::Annual => 12,
        }
    }

    /// The word on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Monthly => "Monthly",
            Self::Bimonthly => "Bimonthly",
            Self::Quarterly => "Quarterly",
            Self::SemiAnnual => "SemiAnnual",
            Self::Annual => "Annual",
        }
    }

    /// The interval of so many months.
    #[must_use]
    pub fn of_months(months: i64) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|interval| i64::from(interval.months()) == months)
    }

    /// Reads a word in any case, or a number of months.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(months) = text.parse() {
            return Self::of_months(months);
        }
        Self::ALL
            .into_iter()
            .find(|interval| interval.name().eq_ignore_ascii_case(text))
    }
}

/// The day of the month on which a plan is charged, 1 to 31.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecurrencyDay(i8);

impl RecurrencyDay {
    /// A day of 1 to 31 (317 otherwise).
    #[must_use]
    pub fn new(day: i64) -> Option<Self> {
        let day = i8::try_from(day).ok()?;
        (1..=31).contains(&day).then_some(Self(day))
    }

    /// The day of a date.
    #[must_use]
    pub fn of(date: Date) -> Self {
        Self(date.day())
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> i8 {
        self.0
    }

    /// This day in the month of a date, or that month's last.
    #[must_use]
    pub fn in_month_of(self, date: Date) -> Date {
        let day = self.0.min(date.days_in_month());
        Date::new(date.year(), date.month(), day).unwrap_or(date)
    }
}

/// The date of the cycle after one: an interval later, on the plan's day. `None` after the year
/// 9999, where calendars end.
#[must_use]
pub fn after(date: Date, interval: Interval, day: RecurrencyDay) -> Option<Date> {
    months_later(date, i32::from(interval.months()), day)
}

/// The first date of the schedule that goes through `date` which lies after it and after `floor`.
#[must_use]
pub fn first_after(
    date: Date,
    interval: Interval,
    day: RecurrencyDay,
    floor: Date,
) -> Option<Date> {
    let step = i32::from(interval.months());
    let apart = months(floor).saturating_sub(months(date));
    // At most one interval short of the floor, so that the search takes two steps.
    let mut steps = apart.checked_div(step).unwrap_or(0).max(1);
    loop {
        let found = months_later(date, step.checked_mul(steps)?, day)?;
        if found > floor {
            return Some(found);
        }
        steps = steps.checked_add(1)?;
    }
}

fn months_later(date: Date, later: i32, day: RecurrencyDay) -> Option<Date> {
    let months = months(date).checked_add(later)?;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12));
    let first = Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month.checked_add(1)?).ok()?,
        1,
    );
    first.ok().map(|first| day.in_month_of(first))
}

/// Months since the year 0.
fn months(date: Date) -> i32 {
    let year = i32::from(date.year()).saturating_mul(12);
    year.saturating_add(i32::from(date.month()))
        .saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_31st_falls_on_the_last_day_and_returns() {
        let day = RecurrencyDay::new(31).unwrap();
        let mut at = date(2027, 1, 31);
        let mut dates = Vec::new();
        for _ in 0..14 {
            at = after(at, Interval::Monthly, day).unwrap();
            dates.push((at.month(), at.day()));
        }
        assert_eq!(dates[..3], [(2, 28), (3, 31), (4, 30)]);
        assert_eq!(dates[12], (2, 29), "2028 is a leap year");
        let yearly = after(date(2028, 2, 29), Interval::Annual, RecurrencyDay(29)).unwrap();
        assert_eq!(yearly, date(2029, 2, 28));
        let back = after(date(2031, 2, 28), Interval::Annual, RecurrencyDay(29)).unwrap();
        assert_eq!(back, date(2032, 2, 29));
    }

    #[test]
    fn an_interval_is_a_word_in_any_case_or_its_months() {
        for interval in Interval::ALL {
            assert_eq!(Interval::parse(interval.name()), Some(interval));
            assert_eq!(
                Interval::parse(&interval.name().to_uppercase()),
                Some(interval)
            );
            assert_eq!(
                Interval::parse(&interval.months().to_string()),
                Some(interval)
            );
        }
        for text in ["", "4", "0", "-1", "weekly", "1.0"] {
            assert_eq!(Interval::parse(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_1_to_31() {
        for day in [i64::MIN, -1, 0, 32, 300, i64::MAX] {
            assert_eq!(RecurrencyDay::new(day), None, "{day}");
        }
        assert_eq!(RecurrencyDay::new(31).unwrap().number(), 31);
    }

    #[test]
    fn the_first_date_after_a_floor_is_on_the_schedule_and_the_earliest_there() {
        let day = RecurrencyDay(31);
        for interval in Interval::ALL {
            for days in (0..4_000).step_by(7) {
                let start = date(2020, 1, 31);
                let floor = start.checked_add(jiff::Span::new().days(days)).unwrap();
                let mut expected = after(start, interval, day).unwrap();
                while expected <= floor {
                    expected = after(expected, interval, day).unwrap();
                }
                let found = first_after(start, interval, day, floor);
                assert_eq!(found, Some(expected), "{interval:?} {floor}");
            }
            let before = first_after(date(2027, 3, 31), interval, day, date(2020, 1, 1));
            assert_eq!(before, after(date(2027, 3, 31), interval, day));
        }
    }

    #[test]
    fn calendars_end_with_the_year_9999() {
        let end = date(9999, 12, 31);
        assert_eq!(after(end, Interval::Monthly, RecurrencyDay(31)), None);
        assert_eq!(
            first_after(end, Interval::Annual, RecurrencyDay(1), end),
            None
        );
    }
}
