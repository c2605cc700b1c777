//! Five years of charges, day by day: every interval, every day of the month, leap years.
//!
//! Invariant: what is expected is counted here, from the first date and its months, never from the
//! date before; so a calendar that drifts, skips or repeats fails.

use super::*;

/// How long a plan is watched.
const YEARS: i16 = 5;

/// The date so many months after another: that day, or the last of a month that lacks it.
fn months_after(first: Date, months: i32, day: i8) -> Date {
    let month = first.first_of_month() + Span::new().months(months);
    let last = month.last_of_month().day();
    month + Span::new().days(i64::from(day.min(last)) - 1)
}

/// The dates of a schedule that begins on a day, up to another.
fn schedule(first: Date, interval: Interval, day: i8, last: Date) -> Vec<Date> {
    let step = i32::from(interval.months());
    let dates = (0..).map(|number| months_after(first, step * number, day));
    dates.take_while(|date| *date <= last).collect()
}

/// What is charged up to a day when nothing is denied: each cycle with its date.
fn charged(mut plan: RecurrentPayment, last: Date) -> (Vec<(u32, Date)>, RecurrentPayment) {
    let (start, end) = (plan.start, plan.end);
    let mut charged: Vec<(u32, Date)> = Vec::new();
    while let Some(due) = plan.due_at.filter(|due| due.day() <= last) {
        let today = due.day();
        assert_eq!(plan.turn(today), Turn::Charge);
        assert_eq!(due, start_of(today), "from midnight on");
        assert_eq!(today, plan.next, "on the day itself");
        assert!(today >= start, "never before the first day");
        assert!(end.is_none_or(|end| today <= end), "never after the last");
        let before = charged.last().map(|(_, date)| *date);
        assert!(before < Some(today), "always after the one before");
        charged.push((plan.cycle, plan.next));
        plan = plan.paid(today);
        assert!(plan.next > today || plan.status == PlanStatus::Finished);
    }
    (charged, plan)
}

/// Every day of two years, of which one is a leap year, begins a plan of every interval.
#[test]
fn each_cycle_of_five_years_is_charged_once_on_its_day_whatever_day_it_began() {
    let mut began = date(2027, 1, 1);
    let mut seen = [false; 32];
    while began < date(2029, 1, 1) {
        seen[usize::try_from(began.day()).unwrap()] = true;
        for interval in Interval::ALL {
            for at_once in [true, false] {
                each_cycle(began, interval, at_once);
            }
        }
        began = days(began, 1);
    }
    assert!(seen[1..].iter().all(|seen| *seen), "all days of the month");
}

fn each_cycle(began: Date, interval: Interval, at_once: bool) {
    let last = began + Span::new().years(YEARS);
    let all = schedule(began, interval, began.day(), last);
    let some = all[all.len() / 2];
    // Without an end; with one on a date of the schedule, the day before it and the day after.
    let ends = [None, Some(some), Some(days(some, -1)), Some(days(some, 1))];
    for end in ends {
        let start = (!at_once).then_some(began);
        let begun = plan(began, new(interval, start, end));
        let (charged, left) = charged(begun, last);
        let first = usize::from(at_once);
        let within = |date: &Date| end.is_none_or(|end| *date <= end);
        let expected: Vec<(u32, Date)> = (0_u32..)
            .zip(all.iter().copied())
            .skip(first)
            .filter(|(_, date)| within(date))
            .collect();
        assert_eq!(charged, expected, "{began} {interval:?} until {end:?}");
        let status = end.map_or(PlanStatus::Active, |_| PlanStatus::Finished);
        assert_eq!(left.status, status, "{began} {interval:?} until {end:?}");
        assert_eq!(left.due_at.is_some(), status == PlanStatus::Active);
    }
}

/// A day that was set later is the plan's own from then on, also the 29th to the 31st.
#[test]
fn a_day_that_is_set_holds_through_five_years_of_short_months() {
    for number in 1_i8..=31 {
        for interval in Interval::ALL {
            let (today, next) = (date(2027, 1, 10), date(2027, 3, 10));
            let begun = plan(today, new(interval, Some(next), None));
            let set = begun.modified(day(number.into()), today).unwrap();
            let last = next + Span::new().years(YEARS);
            let expected = schedule(next, interval, number, last);
            let dates: Vec<Date> = charged(set, last).0.into_iter().map(|one| one.1).collect();
            assert_eq!(dates, expected, "{number} {interval:?}");
        }
    }
}

proptest! {
    /// With denials in between: the calendar does not move, and no attempt comes after the end.
    #[test]
    fn attempts_leave_the_calendar_alone_and_stay_within_it(
        began in 0_i64..4_400,
        interval in prop::sample::select(&Interval::ALL[..]),
        ends_after in prop::option::of(0_i64..2_200),
        at_once in any::<bool>(),
        denials in prop::collection::vec(0_u8..4, 62),
    ) {
        let began = days(date(2019, 1, 1), began);
        let end = ends_after.map(|after| days(began, after));
        let last = began + Span::new().years(YEARS);
        let start = (!at_once).then_some(began);
        let mut plan = plan(began, new(interval, start, end));
        let mut expected = Vec::new();
        let dates = schedule(began, interval, began.day(), last);
        let cycles = (0_u32..).zip(dates).skip(usize::from(at_once));
        for ((cycle, date), denied) in cycles.zip(&denials) {
            let paid = days(date, (*denied).into());
            if end.is_some_and(|end| paid > end) {
                break;
            }
            expected.push((cycle, date, paid));
        }
        let mut made = Vec::new();
        while let Some(due) = plan.due_at.filter(|due| due.day() <= days(last, 4)) {
            let today = due.day();
            prop_assert_eq!(plan.turn(today), Turn::Charge);
            prop_assert!(today >= began && end.is_none_or(|end| today <= end));
            let (cycle, next) = (plan.cycle, plan.next);
            if plan.attempts < denials[made.len()] {
                plan = plan.denied(true, FOUR, today);
                prop_assert_eq!((plan.cycle, plan.next), (cycle, next));
            } else if next <= last {
                made.push((cycle, next, today));
                plan = plan.paid(today);
                prop_assert!(plan.next > next || plan.status == PlanStatus::Finished);
            } else {
                break;
            }
        }
        prop_assert_eq!(made, expected);
    }
}
