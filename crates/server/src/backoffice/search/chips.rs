//! The filters that hold, each with the search that is left without it.
//!
//! Invariant: each value of a filter is one chip; without all of them everything is found.

use aval_domain::search::{Cents, Dates, Filter};
use jiff::civil::Date;

use super::address::Address;
use super::cells::Words;
use crate::backoffice::{format, money};
use crate::pages::Language;

/// A filter that holds.
pub(super) struct Chip {
    /// What is filtered.
    pub(super) label: &'static str,
    /// By what.
    pub(super) value: String,
    /// The search without it.
    pub(super) without: String,
}

/// The filters of a search, in the order of the form.
pub(super) fn chips(address: &Address, filter: &Filter, words: Words) -> Vec<Chip> {
    let mut chips = Vec::new();
    let mut add = |label, value: String, change: &dyn Fn(&mut Filter)| {
        let mut rest = filter.clone();
        change(&mut rest);
        let without = address.asking(&rest).link();
        chips.push(Chip {
            label,
            value,
            without,
        });
    };
    let t = words.t;
    for one in &filter.statuses {
        let value = words.searched(*one).to_owned();
        add(t.status, value, &|rest| {
            rest.statuses.retain(|it| it != one)
        });
    }
    if let Some(dates) = filter.dates {
        add(t.received, of_dates(dates, words), &|rest| {
            rest.dates = None
        });
    }
    if let Some(range) = filter.amount {
        let value = of_amount(range, words.language);
        add(t.amount, value, &|rest| rest.amount = None);
    }
    for one in &filter.groups {
        let value = words.group(*one).to_owned();
        add(t.method, value, &|rest| rest.groups.retain(|it| it != one));
    }
    for one in &filter.methods {
        let value = words.kind(*one);
        add(t.method, value, &|rest| rest.methods.retain(|it| it != one));
    }
    for one in &filter.brands {
        let value = one.name().to_owned();
        add(t.brand, value, &|rest| rest.brands.retain(|it| it != one));
    }
    for one in &filter.codes {
        add(t.code, one.clone(), &|rest| {
            rest.codes.retain(|it| it != one)
        });
    }
    for one in &filter.analyses {
        let value = words.searched_analysis(*one).to_owned();
        add(t.analysis, value, &|rest| {
            rest.analyses.retain(|it| it != one)
        });
    }
    if let Some(id) = filter.payment {
        add(t.payment_id, id.to_string(), &|rest| rest.payment = None);
    }
    let texts: [(&'static str, Part); 6] = [
        (t.order, |filter| &mut filter.order),
        (t.tid, |filter| &mut filter.tid),
        (t.nsu, |filter| &mut filter.nsu),
        (t.last4, |filter| &mut filter.last4),
        (t.ec, |filter| &mut filter.establishment),
        (t.any_number, |filter| &mut filter.text),
    ];
    for (label, part) in texts {
        if let Some(value) = part(&mut filter.clone()).clone() {
            add(label, value, &|rest| *part(rest) = None);
        }
    }
    chips
}

/// A text that a filter looks for.
type Part = fn(&mut Filter) -> &mut Option<String>;

/// Days in words.
pub(super) fn of_dates(dates: Dates, words: Words) -> String {
    let t = words.t;
    let day = |day: Date| format::day(day, words.language);
    match dates {
        Dates::Last(1) => t.today.to_owned(),
        Dates::Last(days) => t.last_days.replace("{}", &days.to_string()),
        Dates::Yesterday => t.yesterday.to_owned(),
        Dates::Between(Some(from), Some(to)) if from == to => day(from),
        Dates::Between(Some(from), Some(to)) => format!("{} – {}", day(from), day(to)),
        Dates::Between(Some(from), None) => format!("≥ {}", day(from)),
        Dates::Between(None, Some(to)) => format!("≤ {}", day(to)),
        Dates::Between(None, None) => t.any.to_owned(),
    }
}

fn of_amount(range: Cents, language: Language) -> String {
    let reais = |cents| money::reais(cents, language);
    let Cents { least, most } = range;
    let is_open = most >= aval_domain::amount::MAX_CENTS;
    match (least, is_open) {
        (least, false) if least == most => reais(least),
        (0, false) => format!("≤ {}", reais(most)),
        (least, true) => format!("≥ {}", reais(least)),
        (least, false) => format!("{} – {}", reais(least), reais(most)),
    }
}

#[cfg(test)]
mod tests {
    use aval_domain::search::parse;

    use super::*;

    #[test]
    fn each_value_is_a_chip_that_leads_to_the_search_without_it() {
        let query = "status:paid,canceled amount>100 date:30d order:7 code:57 method:credit-visa \
                     group:credit brand:elo fraud:none";
        let filter = parse(query).unwrap();
        let address = Address::read(Some("columns=tid")).asking(&filter);
        let words = Words::of(Language::English);
        let chips = chips(&address, &filter, words);
        assert_eq!(chips.len(), 10);
        for chip in chips {
            let (_, left) = chip.without.split_once('?').unwrap();
            let left = Address::read(Some(left));
            assert_eq!(left.columns(), "tid");
            let rest = parse(&left.query).unwrap();
            let count = super::chips(&left, &rest, words).len();
            assert_eq!(count, 9, "{}: {}", chip.label, chip.value);
        }
        let amount = parse("amount:1..2,50").unwrap().amount.unwrap();
        let shown = of_amount(amount, Language::Portuguese);
        assert_eq!(shown, "R$\u{a0}1,00 – R$\u{a0}2,50");
    }
}
