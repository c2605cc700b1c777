//! Amounts as people write and read them.
//!
//! Invariant: whole cents; what cannot be understood beyond doubt is no amount.

use aval_domain::amount::Amount;

use crate::pages::{self, Language};

/// An amount of cents, zero and less too: `R$ 1.234,56`, in English `R$ 1,234.56`.
#[must_use]
pub fn reais(cents: i64, language: Language) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}R$\u{a0}{}", plain(cents, language))
}

/// The same without currency and sign, as fields hold it.
#[must_use]
pub fn plain(cents: i64, language: Language) -> String {
    pages::money::plain(cents.unsigned_abs(), language)
}

/// Reads an amount in reais, written as either language does: `1234`, `12,5`, `1.234,56`,
/// `1,234.56`, with or without `R$`. A last separator with one or two digits behind it begins the
/// cents; all others part groups of three.
#[must_use]
pub fn parse(text: &str) -> Option<Amount> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let text = text.strip_prefix("R$").unwrap_or(&text);
    let is_separator = |c: char| c == ',' || c == '.';
    let (whole, cents) = match text.rsplit_once(is_separator) {
        Some((whole, cents)) if matches!(cents.len(), 1 | 2) => (whole, cents),
        Some(_) | None => (text, ""),
    };
    let groups: Vec<&str> = whole.split(is_separator).collect();
    let parted = groups.len() > 1;
    let fits = |(at, group): (usize, &&str)| match at {
        0 if parted => matches!(group.len(), 1..=3),
        0 => matches!(group.len(), 1..=13),
        _ => group.len() == 3,
    };
    let separators: Vec<char> = whole.chars().filter(|c| is_separator(*c)).collect();
    let one_kind = separators
        .windows(2)
        .all(|pair| pair.first() == pair.last());
    let digits = groups.concat();
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !groups.iter().enumerate().all(fits) || !one_kind || !are_digits(&digits) {
        return None;
    }
    if !are_digits(cents) {
        return None;
    }
    // Cents use the other separator than groups do.
    let decimal = text.chars().rev().find(|c| is_separator(*c));
    if parted && !cents.is_empty() && separators.first().copied() == decimal {
        return None;
    }
    let tenths = if cents.len() == 1 { 10 } else { 1 };
    let cents: i64 = match cents {
        "" => 0,
        cents => cents.parse::<i64>().ok()?.checked_mul(tenths)?,
    };
    let whole: i64 = digits.parse().ok()?;
    Amount::new(whole.checked_mul(100)?.checked_add(cents)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_the_language_does() {
        for (cents, portuguese, english) in [
            (0, "0,00", "0.00"),
            (15_700, "157,00", "157.00"),
            (123_456_789, "1.234.567,89", "1,234,567.89"),
        ] {
            assert_eq!(plain(cents, Language::Portuguese), portuguese);
            assert_eq!(plain(cents, Language::English), english);
        }
        assert_eq!(reais(-5, Language::English), "-R$\u{a0}0.05");
    }

    #[test]
    fn an_amount_is_understood_in_both_ways_of_writing() {
        for (text, cents) in [
            ("157", 15_700),
            ("157,00", 15_700),
            ("157.00", 15_700),
            ("1.234,56", 123_456),
            ("1,234.56", 123_456),
            ("1.234", 123_400),
            ("1,234", 123_400),
            ("1234567,8", 123_456_780),
            (" R$ 12,5 ", 1_250),
            ("R$\u{a0}1.000.000,00", 100_000_000),
            ("0,01", 1),
        ] {
            assert_eq!(parse(text), Amount::new(cents), "{text}");
        }
    }

    #[test]
    fn what_is_in_doubt_is_no_amount() {
        for text in [
            "",
            "0",
            "0,00",
            "-1",
            "1,2,3",
            "1.23.456",
            "1.2345",
            "12,345,6",
            "1,234,56",
            "1.234.56",
            "abc",
            "1e3",
            "1.234,5678",
            "١٢",
            "+5",
            "99999999999999",
            ",",
            ".50",
            "1..2",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_shown_is_read_back() {
        for cents in [1, 99, 100, 12_345, 99_999_999_999_999] {
            for language in [Language::Portuguese, Language::English] {
                let shown = plain(cents, language);
                assert_eq!(parse(&shown), Amount::new(cents), "{shown}");
            }
        }
    }
}
