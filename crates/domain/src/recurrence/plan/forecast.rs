//! What plans will charge, as far as it can be known today.
//!
//! Invariant: a forecast follows the calendar of the charges themselves, as if each was paid on its
//! first attempt; it stands still where the plan would.

use jiff::civil::Date;

use super::super::calendar::first_after;
use super::{PlanStatus, RecurrentPayment};

/// Charges of one plan that a forecast looks at, at the most.
const MOST: usize = 400;

impl RecurrentPayment {
    /// The days from today up to another, that one included, on which the plan charges. What is
    /// overdue is charged today; a denied cycle on the day of its next attempt.
    #[must_use]
    pub fn forecast(&self, today: Date, until: Date) -> Vec<Date> {
        let mut days = Vec::new();
        if self.status != PlanStatus::Active {
            return days;
        }
        let is_over = |day: Date| day > until || self.end.is_some_and(|end| day > end);
        let waits_for = self.due_at.map_or(self.next, |due| due.day());
        let mut next = self.next;
        let mut day = waits_for.max(next).max(today);
        while !is_over(day) && days.len() < MOST {
            days.push(day);
            let made = self.created_at.day().max(next);
            match first_after(next, self.interval, self.day, made) {
                Some(after) => next = after,
                None => break,
            }
            if self.end.is_some_and(|end| next > end) {
                break;
            }
            day = next.max(today);
        }
        days
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::super::super::calendar::Interval;
    use super::super::tests;
    use super::*;
    use crate::time::start_of;

    /// A plan made on its first day before anything was charged.
    fn plan(start: Date, interval: Interval, end: Option<Date>) -> RecurrentPayment {
        tests::plan(start, tests::new(interval, Some(start), end))
    }

    #[test]
    fn a_monthly_plan_of_the_last_day_stays_on_last_days() {
        let plan = plan(date(2027, 1, 31), Interval::Monthly, None);
        assert_eq!(
            plan.forecast(date(2027, 1, 10), date(2027, 4, 30)),
            [
                date(2027, 1, 31),
                date(2027, 2, 28),
                date(2027, 3, 31),
                date(2027, 4, 30),
            ]
        );
    }

    #[test]
    fn nothing_is_foreseen_after_the_end_or_of_a_plan_that_stands_still() {
        let mut plan = plan(
            date(2027, 1, 31),
            Interval::Monthly,
            Some(date(2027, 3, 15)),
        );
        let until = date(2027, 12, 31);
        let found = plan.forecast(date(2027, 1, 10), until);
        assert_eq!(found, [date(2027, 1, 31), date(2027, 2, 28)]);
        plan.status = PlanStatus::Deactivated;
        assert!(plan.forecast(date(2027, 1, 10), until).is_empty());
    }

    #[test]
    fn a_denied_cycle_is_foreseen_on_its_next_attempt() {
        let mut plan = plan(date(2027, 1, 31), Interval::Monthly, None);
        plan.attempts = 1;
        plan.due_at = Some(start_of(date(2027, 2, 2)));
        let found = plan.forecast(date(2027, 2, 1), date(2027, 3, 1));
        assert_eq!(found, [date(2027, 2, 2), date(2027, 2, 28)]);
    }

    proptest! {
        /// What is foreseen is what happens when every charge is paid on its day.
        #[test]
        fn a_forecast_is_what_paying_does(
            day in 1_i8..=31, interval in 0_usize..5, ends in proptest::option::of(0_i32..400),
            length in 0_i32..400,
        ) {
            let first = date(2027, 1, 1).with().day(day).build().unwrap();
            let later = |days: i32| first.checked_add(jiff::Span::new().days(days)).unwrap();
            let plan = plan(first, Interval::ALL[interval], ends.map(later));
            let until = later(length);
            let mut acted = plan.clone();
            let mut charged = Vec::new();
            while acted.status == PlanStatus::Active && acted.next <= until {
                charged.push(acted.next);
                let on = acted.next;
                acted = acted.paid(on);
            }
            prop_assert_eq!(plan.forecast(first, until), charged);
        }
    }
}
