//! A billing statement: what the functions used in a month cost (decision D49; manual of the back
//! office, lines 100 to 107).
//!
//! Invariant: whole cents; every function has one line, used or not; the total is the sum of the
//! lines, and a line the sum of its days.

use jiff::civil::Date;

use crate::tariff::{Function, Tariff};

/// A month of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    first: Date,
}

impl Month {
    /// From its numbers, of the years 2000 to 2999.
    #[must_use]
    pub fn new(year: i16, month: i8) -> Option<Self> {
        let first = Date::new(year, month, 1).ok()?;
        (2000..=2999).contains(&year).then_some(Self { first })
    }

    /// The one of a day.
    #[must_use]
    pub fn of(day: Date) -> Self {
        Self {
            first: day.first_of_month(),
        }
    }

    /// Reads `2026-11`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.trim().split_once('-')?;
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let fits = year.len() == 4 && matches!(month.len(), 1 | 2);
        (fits && is_number(year) && is_number(month))
            .then(|| Self::new(year.parse().ok()?, month.parse().ok()?))
            .flatten()
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.first.year()
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(self) -> i8 {
        self.first.month()
    }

    /// Its first day.
    #[must_use]
    pub const fn first(self) -> Date {
        self.first
    }

    /// Its last day.
    #[must_use]
    pub fn last(self) -> Date {
        self.first.last_of_month()
    }

    /// The month before.
    #[must_use]
    pub fn before(self) -> Self {
        Self::of(self.first.yesterday().unwrap_or(self.first))
    }

    /// The month after.
    #[must_use]
    pub fn after(self) -> Self {
        Self::of(self.last().tomorrow().unwrap_or(self.first))
    }

    /// This month and those before it, `count` in all, the oldest first.
    #[must_use]
    pub fn up_to(self, count: usize) -> Vec<Self> {
        let mut months: Vec<Self> = std::iter::successors(Some(self), |month| Some(month.before()))
            .take(count)
            .collect();
        months.reverse();
        months
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.month())
    }
}

/// How often a function was used on a São Paulo day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// The day.
    pub day: Date,
    /// The function.
    pub function: Function,
    /// How often.
    pub count: u64,
}

/// The tariffs of a merchant: each holds from the month on in which it was set, until the month in
/// which the next one was. So what a closed month cost stays as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tariffs {
    /// Before the first change.
    first: Tariff,
    /// What was set, in the order in which it was.
    set: Vec<(Month, Tariff)>,
}

/// A change of a tariff: its São Paulo day, what held before, what was set.
pub type TariffChange = (Date, Tariff, Tariff);

impl Tariffs {
    /// From what holds now and the changes until now, in the order in which they were made.
    #[must_use]
    pub fn new(now: Tariff, changes: Vec<TariffChange>) -> Self {
        let first = changes
            .first()
            .map_or(&now, |(_, before, _)| before)
            .clone();
        let set = changes.into_iter();
        let mut set: Vec<_> = set.map(|(day, _, after)| (Month::of(day), after)).collect();
        // What holds now may have prices that ship with the program, as they are now.
        if let Some((_, last)) = set.last_mut() {
            *last = now;
        }
        Self { first, set }
    }

    /// The tariff of a month.
    #[must_use]
    pub fn of(&self, month: Month) -> &Tariff {
        let mut set = self.set.iter().rev();
        let found = set.find(|(since, _)| *since <= month);
        found.map_or(&self.first, |(_, tariff)| tariff)
    }
}

/// What a function costs in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The function.
    pub function: Function,
    /// How often it was used.
    pub count: u64,
    /// Cents of each time.
    pub price: u32,
    /// Cents of all.
    pub amount: u64,
}

/// What a month costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The month.
    pub month: Month,
    /// Every function in the order of [`Function::ALL`].
    pub lines: Vec<Line>,
    /// Cents of all lines.
    pub total: u64,
}

impl Statement {
    /// The statement of a month, from what was used, of whatever days: those of other months do
    /// not count. `None` when a sum is beyond what can be counted.
    #[must_use]
    pub fn of(month: Month, used: &[Use], tariff: &Tariff) -> Option<Self> {
        let mut lines = Vec::with_capacity(Function::ALL.len());
        let mut total = 0_u64;
        for function in Function::ALL {
            let of = used
                .iter()
                .filter(|one| one.function == function && Month::of(one.day) == month);
            let count = of.map(|one| one.count).try_fold(0_u64, u64::checked_add)?;
            let price = tariff.cents(function);
            let amount = count.checked_mul(u64::from(price))?;
            total = total.checked_add(amount)?;
            lines.push(Line {
                function,
                count,
                price,
                amount,
            });
        }
        Some(Self {
            month,
            lines,
            total,
        })
    }

    /// The line of a function.
    #[must_use]
    pub fn line(&self, function: Function) -> Option<&Line> {
        self.lines.iter().find(|line| line.function == function)
    }
}

#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    reason = "a sum that overflows fails the test"
)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn uses() -> impl Strategy<Value = Vec<Use>> {
        let one = (0_i32..120, 0..Function::ALL.len(), 0_u64..1_000_000);
        let one = one.prop_map(|(days, function, count)| Use {
            day: date(2027, 1, 1)
                .checked_add(jiff::Span::new().days(days))
                .unwrap(),
            function: Function::ALL[function],
            count,
        });
        proptest::collection::vec(one, 0..60)
    }

    proptest! {
        #[test]
        fn the_total_is_the_sum_of_each_use_at_its_price(used in uses(), price in 0_u32..10_000) {
            let tariff = Tariff::parse(&format!("capture={price}")).unwrap();
            let month = Month::new(2027, 2).unwrap();
            let statement = Statement::of(month, &used, &tariff).unwrap();
            let within = used.iter().filter(|one| one.day.month() == 2);
            let cost: u64 = within
                .map(|one| one.count * u64::from(tariff.cents(one.function)))
                .sum();
            prop_assert_eq!(statement.total, cost);
            let lines: u64 = statement.lines.iter().map(|line| line.amount).sum();
            prop_assert_eq!(lines, statement.total);
            prop_assert_eq!(statement.lines.len(), Function::ALL.len());
        }

        #[test]
        fn each_use_counts_in_one_month(used in uses()) {
            let tariff = Tariff::default();
            let months = Month::new(2027, 6).unwrap().up_to(12);
            let total: u64 = months
                .into_iter()
                .map(|month| Statement::of(month, &used, &tariff).unwrap().total)
                .sum();
            let cost = |one: &Use| one.count * u64::from(tariff.cents(one.function));
            prop_assert_eq!(total, used.iter().map(cost).sum::<u64>());
        }

        #[test]
        fn the_order_of_uses_does_not_matter(used in uses()) {
            let month = Month::new(2027, 3).unwrap();
            let mut turned = used.clone();
            turned.reverse();
            let of = |used: &[Use]| Statement::of(month, used, &Tariff::default());
            prop_assert_eq!(of(&used), of(&turned));
        }
    }

    #[test]
    fn a_tariff_holds_from_its_month_on_and_closed_months_keep_theirs() {
        let tariff = |cents: u32| Tariff::parse(&format!("capture={cents}")).unwrap();
        let [one, two, three, four] = [1, 2, 3, 4].map(tariff);
        let month = |number| Month::new(2027, number).unwrap();
        let never = Tariffs::new(one.clone(), Vec::new());
        assert_eq!(never.of(month(1)), &one);
        let changes = vec![
            (date(2027, 3, 31), one.clone(), two.clone()),
            (date(2027, 5, 1), two.clone(), three.clone()),
            // Of two in one month the last counts, for the whole month.
            (date(2027, 5, 31), three, four.clone()),
        ];
        let tariffs = Tariffs::new(four.clone(), changes.clone());
        let of = [1, 2, 3, 4, 5, 6].map(|number| tariffs.of(month(number)).clone());
        let wanted = [&one, &one, &two, &two, &four, &four];
        assert_eq!(of.iter().collect::<Vec<_>>(), wanted);
        // A sandbox's clock that went back: what was set last holds from then on.
        let mut back = changes;
        back.push((date(2027, 2, 1), four, one.clone()));
        let tariffs = Tariffs::new(one.clone(), back);
        assert_eq!((tariffs.of(month(1)), tariffs.of(month(5))), (&one, &one));
    }

    #[test]
    fn sums_beyond_counting_are_none_and_not_wrong() {
        let one = Use {
            day: date(2027, 1, 1),
            function: Function::Capture,
            count: u64::MAX,
        };
        let month = Month::of(one.day);
        assert_eq!(Statement::of(month, &[one], &Tariff::default()), None);
        let free = Tariff::parse("capture=0").unwrap();
        assert_eq!(Statement::of(month, &[one], &free).unwrap().total, 0);
        assert_eq!(Statement::of(month, &[one, one], &free), None);
    }

    #[test]
    fn months_follow_each_other_over_the_end_of_a_year() {
        let month = Month::parse("2027-1").unwrap();
        assert_eq!(month.before(), Month::parse("2026-12").unwrap());
        assert_eq!(month.before().after(), month);
        assert_eq!(month.to_string(), "2027-01");
        assert_eq!(
            (month.first(), month.last()),
            (date(2027, 1, 1), date(2027, 1, 31))
        );
        let year = month.up_to(12);
        assert_eq!(year.first().unwrap().to_string(), "2026-02");
        assert_eq!(year.last(), Some(&month));
        for text in [
            "", "2027", "2027-13", "2027-0", "1999-12", "+027-01", "2027-001", "a-b",
        ] {
            assert_eq!(Month::parse(text), None, "{text}");
        }
    }
}
