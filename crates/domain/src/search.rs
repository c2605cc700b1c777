//! Searching a merchant's sales: what is asked for, in what words, and what of a sale is searched.
//!
//! Invariant: a [`Filter`] says what is looked for and nothing of how; [`Filter::text`] writes it
//! in the words of the search box, and reading those words gives the same filter.

mod combination;
mod language;
mod words;
mod writing;

use jiff::civil::Date;

pub use self::combination::{Combination, Figures, FoundSale, day_number, day_of_number, of_sale};
pub use self::language::{KEYS, MOST_CHARACTERS, Problem, QueryError, parse};
pub use self::words::{Group, Kind, PaymentMethod, SearchedAnalysis, SearchedStatus};
pub use self::writing::written;
use crate::brand::Brand;
use crate::id::PaymentId;

/// What is looked for. Filters hold together: a sale has to fit each of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The acquirer's id of the transaction.
    pub tid: Option<String>,
    /// The establishment's code (EC).
    pub establishment: Option<String>,
    /// The payment.
    pub payment: Option<PaymentId>,
    /// The shop's number.
    pub order: Option<String>,
    /// NSU: the ProofOfSale (decision D48).
    pub nsu: Option<String>,
    /// The last four digits of the card.
    pub last4: Option<String>,
    /// Any of the numbers above.
    pub text: Option<String>,
    /// Any of these ReturnCodes; all when empty, likewise below.
    pub codes: Vec<String>,
    /// Groups of payment methods, without brand or bank.
    pub groups: Vec<Group>,
    /// Payment methods with their brand or bank.
    pub methods: Vec<PaymentMethod>,
    /// Brands of cards.
    pub brands: Vec<Brand>,
    /// Where the fraud analysis stands.
    pub analyses: Vec<SearchedAnalysis>,
    /// Statuses, by the names of the back office.
    pub statuses: Vec<SearchedStatus>,
    /// Cents, both ends included.
    pub amount: Option<Cents>,
    /// Days of São Paulo on which the sale was received.
    pub dates: Option<Dates>,
}

/// A range of cents, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cents {
    /// The least.
    pub least: i64,
    /// The most.
    pub most: i64,
}

/// Days of São Paulo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dates {
    /// So many days up to today, which is one of them.
    Last(u16),
    /// The day before today.
    Yesterday,
    /// From a day to a day, both included.
    Between(Option<Date>, Option<Date>),
}

impl Cents {
    /// Whether it holds so many cents.
    #[must_use]
    pub const fn holds(self, cents: i64) -> bool {
        self.least <= cents && cents <= self.most
    }
}

impl Dates {
    /// The first and the last day, as seen on a day.
    #[must_use]
    pub fn ends(self, today: Date) -> (Option<Date>, Option<Date>) {
        let back = |days: u16| {
            let span = jiff::Span::new().days(i64::from(days));
            today.checked_sub(span).unwrap_or(Date::MIN)
        };
        match self {
            Self::Last(days) => (Some(back(days.saturating_sub(1))), Some(today)),
            Self::Yesterday => (Some(back(1)), Some(back(1))),
            Self::Between(from, to) => (from, to),
        }
    }
}

impl Filter {
    /// Whether nothing is asked for: all sales are found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether sales of such a combination may be found.
    #[must_use]
    pub fn takes(&self, combination: &Combination) -> bool {
        fn any<T>(wanted: &[T], fits: impl Fn(&T) -> bool) -> bool {
            wanted.is_empty() || wanted.iter().any(fits)
        }
        let code = combination.return_code.as_deref();
        let analysis = combination.analysis;
        any(&self.statuses, |one| one.takes(combination.status))
            && any(&self.codes, |one| Some(one.as_str()) == code)
            && any(&self.groups, |one| *one == combination.group)
            && any(&self.methods, |one| one.takes(combination))
            && any(&self.brands, |one| Some(*one) == combination.brand)
            && any(&self.analyses, |one| one.takes(analysis))
    }

    /// Whether it asks for anything that combinations tell apart.
    #[must_use]
    pub const fn asks_combinations(&self) -> bool {
        !(self.statuses.is_empty()
            && self.codes.is_empty()
            && self.groups.is_empty()
            && self.methods.is_empty()
            && self.brands.is_empty()
            && self.analyses.is_empty())
    }

    /// Whether days and combinations are all it asks for, so that figures by day answer it.
    #[must_use]
    pub const fn is_of_figures(&self) -> bool {
        !self.asks_numbers() && self.amount.is_none()
    }

    /// Whether it asks for a number that few sales have.
    #[must_use]
    pub const fn asks_numbers(&self) -> bool {
        self.tid.is_some()
            || self.payment.is_some()
            || self.order.is_some()
            || self.nsu.is_some()
            || self.last4.is_some()
            || self.text.is_some()
    }

    /// Whether a sale fits, but for its days and its combination.
    #[must_use]
    pub fn fits(&self, sale: &FoundSale) -> bool {
        fn is<T: PartialEq<T> + ?Sized>(wanted: Option<&T>, has: Option<&T>) -> bool {
            wanted.is_none() || wanted == has
        }
        is(self.tid.as_deref(), sale.tid.as_deref())
            && is(self.payment.as_ref(), Some(&sale.payment))
            && is(self.order.as_deref(), Some(&sale.order))
            && is(self.nsu.as_deref(), sale.nsu.as_deref())
            && is(self.last4.as_deref(), sale.last4.as_deref())
            && self.text.as_deref().is_none_or(|text| has(sale, text))
            && self.amount.is_none_or(|range| range.holds(sale.amount))
    }
}

/// Whether one of a sale's numbers is that text.
fn has(sale: &FoundSale, text: &str) -> bool {
    let is = |number: &Option<String>| number.as_deref() == Some(text);
    sale.order == text
        || is(&sale.tid)
        || is(&sale.nsu)
        || is(&sale.last4)
        || PaymentId::parse(text) == Some(sale.payment)
}
