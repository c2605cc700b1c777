//! Sums over lines of days and combinations.
//!
//! Invariant: a sum takes the lines that its filter takes, by the filter's own rule.

use std::collections::HashMap;
use std::hash::Hash;

use aval_domain::brand::Brand;
use aval_domain::search::{Combination, Filter, Group, SearchedStatus};
use aval_gateway::search::DayLine;
use jiff::civil::Date;

use crate::backoffice::developer::data;
use crate::pages::Language;

/// Captured.
pub(super) const PAID: SearchedStatus = SearchedStatus::Paid;
/// Authorized, not captured; of slips: issued, not paid.
pub(super) const NOT_PAID: SearchedStatus = SearchedStatus::NotPaid;
/// Denied.
pub(super) const DENIED: SearchedStatus = SearchedStatus::NotAuthorized;
/// Given back.
pub(super) const CANCELED: SearchedStatus = SearchedStatus::Canceled;
/// Neither approved nor denied.
pub(super) const UNFINISHED: [SearchedStatus; 3] = [
    SearchedStatus::NotFinished,
    SearchedStatus::Pending,
    SearchedStatus::Aborted,
];
/// What an issuer approves or denies.
pub(super) const CARDS: [Group; 2] = [Group::Credit, Group::Debit];
/// What its buyer pays at a bank.
pub(super) const BANKS: [Group; 2] = [Group::Boleto, Group::Transfer];
/// Lines of a list at the most.
const MOST: usize = 8;

/// How many sales, and their cents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Sales.
    pub sales: i64,
    /// Cents asked for.
    pub amount: i64,
    /// Cents taken.
    pub captured: i64,
    /// Cents given back of those taken.
    pub voided: i64,
}

/// What an overview shows. The sales of all but the first three are apart, and add up to all.
pub(super) struct Sums<'a> {
    /// All sales that were tried.
    pub all: Tally,
    /// Card sales that were approved.
    pub approved: Tally,
    /// Card sales that were approved or denied.
    pub decided: Tally,
    /// Captured.
    pub paid: Tally,
    /// Cards that were authorized and can be captured still.
    pub to_capture: Tally,
    /// Cards that were authorized and not captured in time.
    pub expired: Tally,
    /// Slips that wait for their buyers.
    pub to_pay: Tally,
    /// Denied.
    pub denied: Tally,
    /// Given back.
    pub canceled: Tally,
    /// Neither approved nor denied.
    pub unfinished: Tally,
    lines: &'a [DayLine],
}

/// What became of the amounts of a day, in cents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Day {
    /// Taken and kept, and authorized on cards.
    pub approved: i64,
    /// Given back, or cancelled before it was taken.
    pub returned: i64,
    /// Denied, not finished, or not paid yet.
    pub rest: i64,
}

/// The statuses of a card sale that was approved or denied.
pub(super) const fn decided() -> [SearchedStatus; 4] {
    [PAID, NOT_PAID, CANCELED, DENIED]
}

impl<'a> Sums<'a> {
    /// Over these lines. Card sales of days before `open` can be captured no more.
    pub(super) fn of(lines: &'a [DayLine], open: Date) -> Self {
        let within =
            |groups: &[Group], statuses: &[SearchedStatus], days: &dyn Fn(Date) -> bool| {
                let filter = Filter {
                    groups: groups.to_vec(),
                    statuses: statuses.to_vec(),
                    ..Filter::default()
                };
                let taken = lines.iter().filter(|line| days(line.day));
                sum(taken.filter(|line| filter.takes(&line.combination)))
            };
        let of =
            |groups: &[Group], statuses: &[SearchedStatus]| within(groups, statuses, &|_| true);
        Self {
            all: of(&[], &[]),
            approved: of(&CARDS, &[PAID, NOT_PAID, CANCELED]),
            decided: of(&CARDS, &decided()),
            paid: of(&[], &[PAID]),
            to_capture: within(&CARDS, &[NOT_PAID], &|day| day >= open),
            expired: within(&CARDS, &[NOT_PAID], &|day| day < open),
            to_pay: of(&BANKS, &[NOT_PAID]),
            denied: of(&[], &[DENIED]),
            canceled: of(&[], &[CANCELED]),
            unfinished: of(&[], &UNFINISHED),
            lines,
        }
    }

    /// Reasons of denials, by code, the most frequent first.
    pub(super) fn reasons(&self) -> Vec<(String, Tally)> {
        let denied = |combination: &Combination| {
            let is_denied = DENIED.takes(combination.status);
            combination.return_code.clone().filter(|_| is_denied)
        };
        let mut found = self.by(denied);
        found.sort_by(|(a, one), (b, other)| other.sales.cmp(&one.sales).then(a.cmp(b)));
        found.truncate(MOST);
        found
    }

    /// Ways to pay, the greatest amount first.
    pub(super) fn methods(&self) -> Vec<(Group, Tally)> {
        greatest_first(self.by(|combination| Some(combination.group)))
    }

    /// Brands, the greatest amount first.
    pub(super) fn brands(&self) -> Vec<(Brand, Tally)> {
        greatest_first(self.by(|combination| combination.brand))
    }

    /// What became of the amounts by day.
    pub(super) fn days(&self) -> HashMap<Date, Day> {
        let mut days: HashMap<Date, Day> = HashMap::new();
        for line in self.lines {
            days.entry(line.day).or_default().add(line);
        }
        days
    }

    fn by<K: Eq + Hash>(&self, key: impl Fn(&Combination) -> Option<K>) -> Vec<(K, Tally)> {
        let mut found: HashMap<K, Tally> = HashMap::new();
        for line in self.lines {
            if let Some(key) = key(&line.combination) {
                found.entry(key).or_default().add(line);
            }
        }
        found.into_iter().collect()
    }
}

impl Tally {
    /// Cents that were taken and kept.
    pub(super) const fn net(self) -> i64 {
        self.captured.saturating_sub(self.voided)
    }

    const fn add(&mut self, line: &DayLine) {
        let figures = &line.figures;
        self.sales = self.sales.saturating_add(figures.sales);
        self.amount = self.amount.saturating_add(figures.amount);
        self.captured = self.captured.saturating_add(figures.captured);
        self.voided = self.voided.saturating_add(figures.voided);
    }
}

impl Day {
    /// All of it.
    pub(super) const fn whole(self) -> i64 {
        self.approved
            .saturating_add(self.returned)
            .saturating_add(self.rest)
    }

    fn add(&mut self, line: &DayLine) {
        let (status, figures) = (line.combination.status, &line.figures);
        let is_card = CARDS.contains(&line.combination.group);
        if PAID.takes(status) {
            let kept = figures.captured.saturating_sub(figures.voided);
            self.approved = self.approved.saturating_add(kept);
            self.returned = self.returned.saturating_add(figures.voided);
        } else if NOT_PAID.takes(status) && is_card {
            self.approved = self.approved.saturating_add(figures.amount);
        } else if CANCELED.takes(status) {
            self.returned = self.returned.saturating_add(figures.amount);
        } else {
            self.rest = self.rest.saturating_add(figures.amount);
        }
    }
}

fn sum<'a>(lines: impl Iterator<Item = &'a DayLine>) -> Tally {
    let mut tally = Tally::default();
    lines.for_each(|line| tally.add(line));
    tally
}

fn greatest_first<K>(mut found: Vec<(K, Tally)>) -> Vec<(K, Tally)> {
    found.sort_by_key(|(_, tally)| std::cmp::Reverse((tally.net(), tally.sales)));
    found.truncate(MOST);
    found
}

/// A return code in words: the simulator's, which are a space of their own, or the acquirer's.
pub(super) fn reason(language: Language, code: &str) -> String {
    let acquirers = || data::returned(code, language).map(|row| row.definition);
    let said = data::simulated(code, language).or_else(acquirers);
    said.unwrap_or(code).to_owned()
}
