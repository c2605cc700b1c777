//! The due date of a boleto, and its factor in the bar code.
//!
//! Invariant: a factor has four digits. Days are counted from 1997-10-07; after 9999, which was
//! 2025-02-21, the count goes on with 1000 (decision D26).

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::time::parse_day;

/// The day from which days are counted.
const BASE: Date = Date::constant(1997, 10, 7);
/// The factor after 9999.
const RESTART: i64 = 1_000;
/// The factors from the restart to the next one.
const ROUND: i64 = 9_000;

/// The factor of a due date; `None` before 1997-10-07.
#[must_use]
pub fn factor(due: Date) -> Option<u16> {
    let days = BASE.duration_until(due).as_hours() / 24;
    let factor = match days {
        ..0 => return None,
        0..=9_999 => days,
        _ => days
            .saturating_sub(RESTART)
            .wrapping_rem(ROUND)
            .saturating_add(RESTART),
    };
    u16::try_from(factor).ok()
}

/// A São Paulo day on which a boleto falls due, stored as `yyyy-MM-dd`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DueDate(Date);

impl DueDate {
    /// A due date.
    #[must_use]
    pub const fn new(day: Date) -> Self {
        Self(day)
    }

    /// Reads one as clients send it: day/month/year (manual line 2304), or year first (line 2473).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_day_first = text.find('/').is_some_and(|at| at <= 2);
        if !is_day_first {
            return parse_day(text).map(Self);
        }
        let mut parts = text.split('/');
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || year.len() != 4 {
            return None;
        }
        parse_day(&format!("{year}-{month}-{day}")).map(Self)
    }

    /// The day.
    #[must_use]
    pub const fn day(self) -> Date {
        self.0
    }

    /// `05/01/2015`, as slips show it.
    #[must_use]
    pub fn on_slip(self) -> String {
        let Self(day) = self;
        format!("{:02}/{:02}/{:04}", day.day(), day.month(), day.year())
    }
}

impl std::fmt::Display for DueDate {
    /// `2015-01-05`, as the API writes it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(day) = self;
        write!(f, "{:04}-{:02}-{:02}", day.year(), day.month(), day.day())
    }
}

impl From<DueDate> for String {
    fn from(due: DueDate) -> Self {
        due.to_string()
    }
}

impl TryFrom<String> for DueDate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        parse_day(&text)
            .map(Self)
            .ok_or_else(|| format!("{text:?} is no due date"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn factors_count_days_and_restart_at_1000_on_2025_02_22() {
        for (year, month, day, wanted) in [
            (1997, 10, 6, None),
            (1997, 10, 7, Some(0)),
            (2000, 7, 3, Some(1_000)),
            (2014, 12, 25, Some(6_288)),
            (2015, 1, 5, Some(6_299)),
            (2025, 2, 21, Some(9_999)),
            (2025, 2, 22, Some(1_000)),
            (2025, 2, 23, Some(1_001)),
            (2049, 10, 13, Some(9_999)),
            (2049, 10, 14, Some(1_000)),
        ] {
            let due = Date::constant(year, month, day);
            assert_eq!(factor(due), wanted, "{due}");
        }
    }

    #[test]
    fn due_dates_are_read_day_first_or_year_first_and_written_year_first() {
        for text in ["5/1/2015", "05/01/2015", "2015-01-05", "2015-1-5"] {
            let due = DueDate::parse(text).unwrap();
            assert_eq!(due.to_string(), "2015-01-05", "{text}");
            assert_eq!(due.on_slip(), "05/01/2015");
        }
        for text in ["", "31/2/2015", "2015-13-01", "5/1/15", "5/1/2015/1", "x"] {
            assert_eq!(DueDate::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_factor_since_1997_has_at_most_four_digits(days in 0i32..200_000) {
            let due = BASE.checked_add(jiff::Span::new().days(days)).unwrap();
            prop_assert!(factor(due).unwrap() <= 9_999);
        }
    }
}
