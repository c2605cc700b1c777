//! The words of the search box: `status:paid amount>100 last4:1231 date:7d`.
//!
//! Invariant: what is written by [`Filter::text`] is read as the same filter. A word that is not
//! understood is an error that names it, never ignored: who searches must not take less for all.

use jiff::civil::Date;

use super::words::{Group, PaymentMethod, SearchedAnalysis, SearchedStatus, folded};
use super::{Cents, Dates, Filter};
use crate::amount::MAX_CENTS;
use crate::brand::Brand;
use crate::id::PaymentId;
use crate::time::parse_day;

/// The longest query in characters.
pub const MOST_CHARACTERS: usize = 1_000;

/// What can be asked for, in the order in which it is written.
pub const KEYS: [&str; 14] = [
    "status", "amount", "date", "order", "tid", "nsu", "last4", "id", "ec", "code", "group",
    "method", "brand", "fraud",
];

/// Why a query is not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError {
    /// The word of the query.
    pub term: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a word of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The query is longer than [`MOST_CHARACTERS`].
    TooLong,
    /// There is no such key.
    UnknownKey,
    /// Nothing stands behind the key.
    NoValue,
    /// The key has no such value; these it has.
    UnknownValue(Vec<String>),
    /// Only amounts and dates are compared.
    NotCompared,
    /// No amount, like 157 or 157.90.
    NoAmount,
    /// No day or time, like 7d, today or 2026-11-30.
    NoDate,
    /// No PaymentId, which is a GUID.
    NoPaymentId,
    /// Not four digits.
    NotFourDigits,
    /// The first of two ends lies behind the second, or two ranges have nothing in common.
    Reversed,
    /// The key asks for the buyer, who is not searched.
    NoBuyer,
    /// Two values where a sale has one.
    Twice,
    /// A quotation mark that is not closed.
    Unclosed,
}

/// A word of the query: key, comparison, value; a value alone is looked for among all numbers.
struct Term {
    text: String,
    key: Option<(String, Comparison)>,
    value: String,
    is_quoted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Is,
    Above,
    AtLeast,
    Below,
    AtMost,
}

/// Reads a query.
///
/// # Errors
/// The first word that is not understood.
pub fn parse(query: &str) -> Result<Filter, QueryError> {
    if query.chars().count() > MOST_CHARACTERS {
        let term = query.chars().take(40).collect();
        let problem = Problem::TooLong;
        return Err(QueryError { term, problem });
    }
    let mut filter = Filter::default();
    for term in terms(query)? {
        let read = apply(&mut filter, &term);
        read.map_err(|problem| QueryError {
            term: term.text,
            problem,
        })?;
    }
    Ok(filter)
}

/// Splits a query at blanks that are not within quotation marks.
fn terms(query: &str) -> Result<Vec<Term>, QueryError> {
    let mut found = Vec::new();
    let mut rest = query.chars().peekable();
    loop {
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
        if rest.peek().is_none() {
            return Ok(found);
        }
        let mut term = Term {
            text: String::new(),
            key: None,
            value: String::new(),
            is_quoted: false,
        };
        while let Some(c) = rest.next_if(|c| !c.is_whitespace()) {
            term.text.push(c);
            if c == '"' {
                term.is_quoted = true;
                quoted(&mut rest, &mut term)?;
                continue;
            }
            let is_key = term.key.is_none() && !term.is_quoted && !term.value.is_empty();
            let comparison = match c {
                ':' | '=' => Some(Comparison::Is),
                '>' => Some(Comparison::Above),
                '<' => Some(Comparison::Below),
                _ => None,
            };
            match comparison.filter(|_| is_key) {
                None => term.value.push(c),
                Some(mut comparison) => {
                    if comparison != Comparison::Is && rest.next_if_eq(&'=').is_some() {
                        term.text.push('=');
                        comparison = match comparison {
                            Comparison::Above => Comparison::AtLeast,
                            Comparison::Is
                            | Comparison::AtLeast
                            | Comparison::Below
                            | Comparison::AtMost => Comparison::AtMost,
                        };
                    }
                    term.key = Some((std::mem::take(&mut term.value), comparison));
                }
            }
        }
        found.push(term);
    }
}

/// Reads up to the closing quotation mark; a backslash takes the next character as it is.
fn quoted(
    rest: &mut std::iter::Peekable<std::str::Chars<'_>>,
    term: &mut Term,
) -> Result<(), QueryError> {
    while let Some(c) = rest.next() {
        term.text.push(c);
        match c {
            '"' => return Ok(()),
            '\\' => {
                let next = rest.next().unwrap_or('\\');
                term.text.push(next);
                term.value.push(next);
            }
            _ => term.value.push(c),
        }
    }
    Err(QueryError {
        term: std::mem::take(&mut term.text),
        problem: Problem::Unclosed,
    })
}

fn apply(filter: &mut Filter, term: &Term) -> Result<(), Problem> {
    let value = term.value.as_str();
    let Some((key, comparison)) = &term.key else {
        return once(&mut filter.text, value.to_owned());
    };
    let key = folded(key);
    if value.is_empty() {
        return Err(Problem::NoValue);
    }
    match key.as_str() {
        "amount" | "valor" => return amount(filter, *comparison, value),
        "date" | "data" | "dia" => return dates(filter, *comparison, value),
        _ => {}
    }
    let is_known = KEYS.contains(&key.as_str()) || OTHER_KEYS.contains(&key.as_str());
    if *comparison != Comparison::Is && is_known {
        return Err(Problem::NotCompared);
    }
    let text = || value.to_owned();
    match key.as_str() {
        "tid" => once(&mut filter.tid, text()),
        "ec" => once(&mut filter.establishment, text()),
        "order" | "pedido" => once(&mut filter.order, text()),
        "nsu" => once(&mut filter.nsu, text()),
        "id" | "payment" => {
            let id = PaymentId::parse(value).ok_or(Problem::NoPaymentId)?;
            once(&mut filter.payment, id)
        }
        "last4" | "card" | "cartao" | "final" => {
            let is_four = value.len() == 4 && value.bytes().all(|byte| byte.is_ascii_digit());
            if !is_four {
                return Err(Problem::NotFourDigits);
            }
            once(&mut filter.last4, text())
        }
        "code" | "codigo" => {
            let is_whole = term.is_quoted;
            let codes = if is_whole {
                vec![value]
            } else {
                values(value)?
            };
            add(&mut filter.codes, codes.into_iter().map(str::to_owned));
            Ok(())
        }
        _ => listed(filter, &key, value),
    }
}

/// What few values tell apart: a list of words.
fn listed(filter: &mut Filter, key: &str, value: &str) -> Result<(), Problem> {
    match key {
        "status" | "situacao" => {
            let words = |one: SearchedStatus| one.words();
            any_of(&mut filter.statuses, value, SearchedStatus::ALL, words)
        }
        "group" | "type" | "grupo" => {
            any_of(&mut filter.groups, value, Group::ALL, |one| one.words())
        }
        "fraud" | "fraude" => {
            let words = |one: SearchedAnalysis| one.words();
            any_of(&mut filter.analyses, value, SearchedAnalysis::ALL, words)
        }
        "brand" | "bandeira" => {
            for word in values(value)? {
                let brand = Brand::parse(word.trim()).ok_or_else(|| {
                    let names = Brand::ALL.map(|brand| brand.name().to_lowercase());
                    Problem::UnknownValue(names.to_vec())
                })?;
                add(&mut filter.brands, [brand]);
            }
            Ok(())
        }
        "method" | "meio" => methods(filter, value),
        "customer" | "name" | "email" | "buyer" | "comprador" | "cliente" | "nome" => {
            Err(Problem::NoBuyer)
        }
        _ => Err(Problem::UnknownKey),
    }
}

/// Payment methods; groups where all of them are groups, whose methods are meant where some are.
fn methods(filter: &mut Filter, value: &str) -> Result<(), Problem> {
    let words: Vec<String> = values(value)?.into_iter().map(folded).collect();
    let group = |word: &String| {
        Group::ALL
            .into_iter()
            .find(|group| group.words().contains(&word.as_str()))
    };
    if words.iter().all(|word| group(word).is_some()) {
        add(&mut filter.groups, words.iter().filter_map(group));
        return Ok(());
    }
    for word in &words {
        let (head, kind) = word.split_once('-').unwrap_or((word, ""));
        let kind = kind.replace('-', "");
        let is = |one: &PaymentMethod| {
            one.group.words().contains(&head) && (kind.is_empty() || one.kind.word() == kind)
        };
        let found: Vec<PaymentMethod> = PaymentMethod::all().filter(is).collect();
        if found.is_empty() {
            let words = PaymentMethod::all().map(PaymentMethod::word);
            return Err(Problem::UnknownValue(words.collect()));
        }
        add(&mut filter.methods, found);
    }
    Ok(())
}

/// Keys that are read and never written.
const OTHER_KEYS: [&str; 21] = [
    "pedido",
    "payment",
    "card",
    "cartao",
    "final",
    "codigo",
    "type",
    "grupo",
    "fraude",
    "bandeira",
    "meio",
    "situacao",
    "valor",
    "dia",
    "customer",
    "name",
    "email",
    "buyer",
    "comprador",
    "cliente",
    "nome",
];

fn once<T: PartialEq>(place: &mut Option<T>, value: T) -> Result<(), Problem> {
    match place {
        Some(before) if *before != value => Err(Problem::Twice),
        Some(_) | None => {
            *place = Some(value);
            Ok(())
        }
    }
}

fn add<T: PartialEq>(to: &mut Vec<T>, values: impl IntoIterator<Item = T>) {
    for value in values {
        if !to.contains(&value) {
            to.push(value);
        }
    }
}

/// The values of a list; nothing between commas is none.
fn values(value: &str) -> Result<Vec<&str>, Problem> {
    let values = value.split(',').filter(|value| !value.is_empty());
    let values: Vec<&str> = values.collect();
    if values.is_empty() {
        return Err(Problem::NoValue);
    }
    Ok(values)
}

fn any_of<T: Copy + PartialEq, const N: usize>(
    to: &mut Vec<T>,
    value: &str,
    all: [T; N],
    words: impl Fn(T) -> &'static [&'static str],
) -> Result<(), Problem> {
    for word in values(value)? {
        let folded = folded(word);
        let is = |one: &T| words(*one).contains(&folded.as_str());
        let found = all.into_iter().find(is).ok_or_else(|| {
            let first = all.iter().filter_map(|one| words(*one).first());
            Problem::UnknownValue(first.map(|word| (*word).to_owned()).collect())
        })?;
        add(to, [found]);
    }
    Ok(())
}

/// Cents of an amount in reais: `157`, `157.9`, `157,90`, `1.234,56`, `1,234.56`.
fn cents(text: &str) -> Result<i64, Problem> {
    // Of two different separators the first parts thousands.
    let thousands = match (text.rfind('.'), text.rfind(',')) {
        (Some(dot), Some(comma)) if dot < comma => Some('.'),
        (Some(_), Some(_)) => Some(','),
        (Some(_), None) | (None, Some(_)) | (None, None) => None,
    };
    let text: String = text.chars().filter(|c| Some(*c) != thousands).collect();
    let text = text.as_str();
    let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 13 || !is_digits(whole) || !is_digits(part) {
        return Err(Problem::NoAmount);
    }
    let hundredths = match part.len() {
        0 if !text.ends_with(['.', ',']) => "00".to_owned(),
        1 => format!("{part}0"),
        2 => part.to_owned(),
        _ => return Err(Problem::NoAmount),
    };
    format!("{whole}{hundredths}")
        .parse()
        .map_err(|_| Problem::NoAmount)
}

fn amount(filter: &mut Filter, comparison: Comparison, value: &str) -> Result<(), Problem> {
    let all = Cents {
        least: 0,
        most: MAX_CENTS,
    };
    let (least, most) = match (comparison, value.split_once("..")) {
        (Comparison::Is, Some((from, to))) => (cents(from)?, cents(to)?),
        (Comparison::Is, None) => (cents(value)?, cents(value)?),
        (Comparison::Above, _) => (cents(value)?.saturating_add(1), all.most),
        (Comparison::AtLeast, _) => (cents(value)?, all.most),
        (Comparison::Below, _) => (all.least, cents(value)?.saturating_sub(1)),
        (Comparison::AtMost, _) => (all.least, cents(value)?),
    };
    let before = filter.amount.unwrap_or(all);
    let range = Cents {
        least: before.least.max(least),
        most: before.most.min(most),
    };
    if range.least > range.most {
        return Err(Problem::Reversed);
    }
    filter.amount = Some(range);
    Ok(())
}

fn dates(filter: &mut Filter, comparison: Comparison, value: &str) -> Result<(), Problem> {
    let day = |text: &str| day(text).ok_or(Problem::NoDate);
    let step = |day: Date, days: i64| {
        let moved = day.checked_add(jiff::Span::new().days(days));
        moved.map_err(|_| Problem::NoDate)
    };
    let read = match (comparison, value.split_once("..")) {
        (Comparison::Is, Some((from, to))) => Dates::Between(Some(day(from)?), Some(day(to)?)),
        (Comparison::Is, None) => relative(value)?,
        (Comparison::Above, _) => Dates::Between(Some(step(day(value)?, 1)?), None),
        (Comparison::AtLeast, _) => Dates::Between(Some(day(value)?), None),
        (Comparison::Below, _) => Dates::Between(None, Some(step(day(value)?, -1)?)),
        (Comparison::AtMost, _) => Dates::Between(None, Some(day(value)?)),
    };
    filter.dates = Some(match (filter.dates, read) {
        (Some(Dates::Between(from, to)), Dates::Between(later, earlier)) => {
            Dates::Between(from.max(later), [to, earlier].into_iter().flatten().min())
        }
        (Some(before), now) if before != now => return Err(Problem::Twice),
        (Some(_) | None, now) => now,
    });
    match filter.dates {
        Some(Dates::Between(Some(from), Some(to))) if from > to => Err(Problem::Reversed),
        Some(_) | None => Ok(()),
    }
}

/// A day as either language writes it: `2026-11-30`, `30/11/2026`. Times are not searched, so a day
/// with a time is none.
fn day(text: &str) -> Option<Date> {
    if text.contains(['T', ' ', ':']) {
        return None;
    }
    let parts: Vec<&str> = text.split('/').collect();
    match parts.as_slice() {
        [day, month, year] if year.len() == 4 => parse_day(&format!("{year}-{month}-{day}")),
        _ => parse_day(text),
    }
}

/// Units of days that are counted back, with the days of one: `7d`, `2w`, `3m`, `1y`.
const UNITS: [(char, u16); 5] = [('d', 1), ('w', 7), ('m', 30), ('y', 365), ('a', 365)];

/// `7d`, `today`, `yesterday`, a day, a month like `2026-11` or `11/2026`, or a year.
fn relative(value: &str) -> Result<Dates, Problem> {
    let word = folded(value);
    match word.as_str() {
        "today" | "hoje" => return Ok(Dates::Last(1)),
        "yesterday" | "ontem" => return Ok(Dates::Yesterday),
        _ => {}
    }
    for (unit, days) in UNITS {
        if let Some(number) = word.strip_suffix(unit) {
            let number: u16 = number.parse().map_err(|_| Problem::NoDate)?;
            return number
                .checked_mul(days)
                .filter(|days| (1..=3_660).contains(days))
                .map(Dates::Last)
                .ok_or(Problem::NoDate);
        }
    }
    if let Some(day) = day(value) {
        return Ok(Dates::Between(Some(day), Some(day)));
    }
    let month = match value.split_once('/') {
        Some((month, year)) if year.len() == 4 => format!("{year}-{month}"),
        Some(_) | None => value.to_owned(),
    };
    if let Some(first) = day(&format!("{month}-01")) {
        return Ok(Dates::Between(Some(first), Some(first.last_of_month())));
    }
    let first = day(&format!("{value}-01-01")).ok_or(Problem::NoDate)?;
    Ok(Dates::Between(Some(first), Some(first.last_of_year())))
}

#[cfg(test)]
#[path = "language_tests.rs"]
mod tests;
