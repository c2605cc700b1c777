//! A filter in the words of the search box.
//!
//! Invariant: what is written here is read as the same filter.

use std::fmt::Write as _;

use super::{Cents, Dates, Filter};
use crate::amount::MAX_CENTS;

impl Filter {
    /// Writes it in the words of the search box.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = Text(String::new());
        let first = |words: &'static [&'static str]| words.first().copied().unwrap_or_default();
        text.list("status", self.statuses.iter().map(|one| first(one.words())));
        if let Some(range) = self.amount {
            text.amount(range);
        }
        if let Some(dates) = self.dates {
            text.dates(dates);
        }
        let numbers = [
            ("order", &self.order),
            ("tid", &self.tid),
            ("nsu", &self.nsu),
            ("last4", &self.last4),
        ];
        for (key, value) in numbers {
            text.value(key, value.as_deref());
        }
        text.value("id", self.payment.map(|id| id.to_string()).as_deref());
        text.value("ec", self.establishment.as_deref());
        for code in &self.codes {
            text.value("code", Some(code));
        }
        text.list("group", self.groups.iter().map(|one| first(one.words())));
        let methods: Vec<String> = self.methods.iter().map(|one| one.word()).collect();
        text.list("method", methods.iter().map(String::as_str));
        let brands = self.brands.iter().map(|brand| brand.name().to_lowercase());
        let brands: Vec<String> = brands.collect();
        text.list("brand", brands.iter().map(String::as_str));
        text.list("fraud", self.analyses.iter().map(|one| first(one.words())));
        if let Some(free) = &self.text {
            let _ = write!(text.next(), "{}", written(free));
        }
        text.0
    }
}

/// A query being written.
struct Text(String);

impl Text {
    fn next(&mut self) -> &mut String {
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        &mut self.0
    }

    fn list<'a>(&mut self, key: &str, words: impl Iterator<Item = &'a str>) {
        let words: Vec<&str> = words.collect();
        if !words.is_empty() {
            let _ = write!(self.next(), "{key}:{}", words.join(","));
        }
    }

    fn value(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            let _ = write!(self.next(), "{key}:{}", written(value));
        }
    }

    fn amount(&mut self, range: Cents) {
        let Cents { least, most } = range;
        if least == most {
            let _ = write!(self.next(), "amount:{}", reais(least));
        } else if least > 0 && most < MAX_CENTS {
            let _ = write!(self.next(), "amount:{}..{}", reais(least), reais(most));
        } else if least > 0 || most == MAX_CENTS {
            // Who asked for more than 100 shall not read "from 100.01".
            let above = least.saturating_sub(1);
            let is_above = above > 0 && above.checked_rem(100) == Some(0);
            let (sign, shown) = if is_above {
                (">", above)
            } else {
                (">=", least)
            };
            let _ = write!(self.next(), "amount{sign}{}", reais(shown));
        } else {
            let below = most.saturating_add(1);
            let is_below = below.checked_rem(100) == Some(0);
            let (sign, shown) = if is_below { ("<", below) } else { ("<=", most) };
            let _ = write!(self.next(), "amount{sign}{}", reais(shown));
        }
    }

    fn dates(&mut self, dates: Dates) {
        match dates {
            Dates::Last(1) => self.value("date", Some("today")),
            Dates::Last(days) => self.value("date", Some(&format!("{days}d"))),
            Dates::Yesterday => self.value("date", Some("yesterday")),
            Dates::Between(Some(from), Some(to)) if from == to => {
                self.value("date", Some(&from.to_string()));
            }
            Dates::Between(Some(from), Some(to)) => {
                self.value("date", Some(&format!("{from}..{to}")));
            }
            Dates::Between(from, to) => {
                if let Some(from) = from {
                    let _ = write!(self.next(), "date>={from}");
                }
                if let Some(to) = to {
                    let _ = write!(self.next(), "date<={to}");
                }
            }
        }
    }
}

/// Reais as they are read: `157`, `157.90`.
fn reais(cents: i64) -> String {
    let (whole, part) = (cents.div_euclid(100), cents.rem_euclid(100));
    if part == 0 {
        whole.to_string()
    } else {
        format!("{whole}.{part:02}")
    }
}

/// A value as a query holds it: within quotation marks, where it needs them.
#[must_use]
pub fn written(value: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./#@+".contains(c);
    if !value.is_empty() && value.chars().all(is_plain) {
        return value.to_owned();
    }
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}
