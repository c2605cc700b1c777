//! Numbers, amounts and days as people read them.
//!
//! Invariant: what is shown depends on the value and the language alone; days are São Paulo days.

use aval_domain::statement::Month;

use super::money;
use crate::pages::Language;
pub(crate) use crate::pages::money::{
    day, moment, month_name, second, short_day, short_month as short,
};

/// An amount of cents that is never below zero.
#[must_use]
pub fn reais(cents: u64, language: Language) -> String {
    money::reais(i64::try_from(cents).unwrap_or(i64::MAX), language)
}

/// A number in groups of three.
#[must_use]
pub fn count(number: u64, language: Language) -> String {
    let thousands = match language {
        Language::Portuguese => '.',
        Language::English => ',',
    };
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len().saturating_mul(2));
    for (at, digit) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(at);
        if at > 0 && left.is_multiple_of(3) {
            grouped.push(thousands);
        }
        grouped.push(digit);
    }
    grouped
}

/// A month: `novembro de 2026`, in English `November 2026`.
#[must_use]
pub fn month(month: Month, language: Language) -> String {
    let name = month_name(month.month(), language);
    match language {
        Language::Portuguese => format!("{name} de {}", month.year()),
        Language::English => format!("{name} {}", month.year()),
    }
}

#[cfg(test)]
mod tests {
    use aval_domain::time::Timestamp;

    use super::*;

    #[test]
    fn amounts_days_and_months_are_written_as_the_language_does() {
        let (pt, en) = (Language::Portuguese, Language::English);
        assert_eq!(reais(123_456_789, pt), "R$\u{a0}1.234.567,89");
        assert_eq!(reais(5, en), "R$\u{a0}0.05");
        assert_eq!(count(1_000, en), "1,000");
        assert_eq!(count(999, pt), "999");
        let at = Timestamp::parse_rfc3339("2026-11-22T12:05:00Z").unwrap();
        assert_eq!(moment(at, pt), "22/11/2026 09:05");
        assert_eq!(moment(at, en), "22 Nov 2026 09:05");
        assert_eq!(month(Month::of(at.day()), pt), "novembro de 2026");
        assert_eq!(month(Month::of(at.day()), en), "November 2026");
        assert_eq!(short(2, pt), "fev");
    }
}
