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
/// Authorized, not captured.
pub(super) const NOT_PAID: SearchedStatus = SearchedStatus::NotPaid;
/// Denied.
pub(super) const DENIED: SearchedStatus = SearchedStatus::NotAuthorized;
/// Given back.
pub(super) const CANCELED: SearchedStatus = SearchedStatus::Canceled;
/// What an issuer approves or denies.
pub(super) const CARDS: [Group; 2] = [Group::Credit, Group::Debit];
/// Lines of a list at the most.
const MOST: usize = 8;

/// How many sales, and their cents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Sales.
    pub sales: i64,
    /// Cents asked for.
    pub amount: i64,
}

/// What an overview shows.
pub(super) struct Sums<'a> {
    /// All sales.
    pub all: Tally,
    /// Card sales that were approved.
    pub approved: Tally,
    /// Card sales that were approved or denied.
    pub decided: Tally,
    /// Captured.
    pub paid: Tally,
    /// Authorized, not captured.
    pub not_paid: Tally,
    /// Denied.
    pub denied: Tally,
    /// Given back.
    pub canceled: Tally,
    lines: &'a [DayLine],
}

/// The statuses of a card sale that was approved or denied.
pub(super) const fn decided() -> [SearchedStatus; 4] {
    [PAID, NOT_PAID, CANCELED, DENIED]
}

impl<'a> Sums<'a> {
    /// Over these lines.
    pub(super) fn of(lines: &'a [DayLine]) -> Self {
        let of = |groups: &[Group], statuses: &[SearchedStatus]| {
            let filter = Filter {
                groups: groups.to_vec(),
                statuses: statuses.to_vec(),
                ..Filter::default()
            };
            sum(lines.iter().filter(|line| filter.takes(&line.combination)))
        };
        Self {
            all: of(&[], &[]),
            approved: of(&CARDS, &[PAID, NOT_PAID, CANCELED]),
            decided: of(&CARDS, &decided()),
            paid: of(&[], &[PAID]),
            not_paid: of(&[], &[NOT_PAID]),
            denied: of(&[], &[DENIED]),
            canceled: of(&[], &[CANCELED]),
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

    /// By day: what was paid or authorized, and all the rest.
    pub(super) fn days(&self) -> HashMap<Date, (Tally, Tally)> {
        let good = Filter {
            statuses: vec![PAID, NOT_PAID],
            ..Filter::default()
        };
        let mut days: HashMap<Date, (Tally, Tally)> = HashMap::new();
        for line in self.lines {
            let (kept, rest) = days.entry(line.day).or_default();
            let tally = if good.takes(&line.combination) {
                kept
            } else {
                rest
            };
            tally.add(line);
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
    const fn add(&mut self, line: &DayLine) {
        self.sales = self.sales.saturating_add(line.figures.sales);
        self.amount = self.amount.saturating_add(line.figures.amount);
    }
}

fn sum<'a>(lines: impl Iterator<Item = &'a DayLine>) -> Tally {
    let mut tally = Tally::default();
    lines.for_each(|line| tally.add(line));
    tally
}

fn greatest_first<K>(mut found: Vec<(K, Tally)>) -> Vec<(K, Tally)> {
    found.sort_by_key(|(_, tally)| std::cmp::Reverse((tally.amount, tally.sales)));
    found.truncate(MOST);
    found
}

/// A return code in words: the simulator's, which are a space of their own, or the acquirer's.
pub(super) fn reason(language: Language, code: &str) -> String {
    let acquirers = || data::returned(code, language).map(|row| row.definition);
    let said = data::simulated(code, language).or_else(acquirers);
    said.unwrap_or(code).to_owned()
}
