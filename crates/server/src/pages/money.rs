//! Amounts and moments as people read them.
//!
//! Invariant: whole cents, time of Brasília. Every page writes days and moments with these, so that
//! a language has one form of each.

use aval_domain::amount::Amount;
use aval_domain::time::Timestamp;
use jiff::civil::Date;

use crate::pages::Language;

/// An amount: `R$ 1.234,56`, in English `R$ 1,234.56`.
pub(crate) fn reais(amount: Amount, language: Language) -> String {
    format!("R$\u{a0}{}", plain(amount.cents().unsigned_abs(), language))
}

/// Cents without the currency, as fields hold them: `1.234,56`, in English `1,234.56`.
pub(crate) fn plain(cents: u64, language: Language) -> String {
    let (thousands, decimals) = match language {
        Language::Portuguese => ('.', ','),
        Language::English => (',', '.'),
    };
    let whole = (cents / 100).to_string();
    let mut grouped = String::with_capacity(whole.len().saturating_mul(2));
    for (at, digit) in whole.chars().enumerate() {
        let left = whole.len().saturating_sub(at);
        if at > 0 && left.is_multiple_of(3) {
            grouped.push(thousands);
        }
        grouped.push(digit);
    }
    format!("{grouped}{decimals}{:02}", cents % 100)
}

const MONTHS: [[&str; 2]; 12] = [
    ["janeiro", "January"],
    ["fevereiro", "February"],
    ["março", "March"],
    ["abril", "April"],
    ["maio", "May"],
    ["junho", "June"],
    ["julho", "July"],
    ["agosto", "August"],
    ["setembro", "September"],
    ["outubro", "October"],
    ["novembro", "November"],
    ["dezembro", "December"],
];

/// A month of the year, by its number.
pub(crate) fn month_name(month: i8, language: Language) -> &'static str {
    let at = usize::try_from(month).unwrap_or(1).saturating_sub(1);
    let names = MONTHS.get(at).unwrap_or(&["", ""]);
    let [portuguese, english] = names;
    match language {
        Language::Portuguese => portuguese,
        Language::English => english,
    }
}

/// Its first three letters.
pub(crate) fn short_month(month: i8, language: Language) -> String {
    month_name(month, language).chars().take(3).collect()
}

/// A day: `22/11/2026`, in English `22 Nov 2026`.
pub(crate) fn day(day: Date, language: Language) -> String {
    match language {
        Language::Portuguese => format!("{}/{:04}", short_day(day, language), day.year()),
        Language::English => format!("{} {:04}", short_day(day, language), day.year()),
    }
}

/// A day of a year that is known: `22/11`, in English `22 Nov`.
pub(crate) fn short_day(day: Date, language: Language) -> String {
    match language {
        Language::Portuguese => format!("{:02}/{:02}", day.day(), day.month()),
        Language::English => format!("{} {}", day.day(), short_month(day.month(), language)),
    }
}

/// A moment to the minute: `22/11/2026 08:44`, in English `22 Nov 2026 08:44`.
pub(crate) fn moment(at: Timestamp, language: Language) -> String {
    let local = at.local();
    let (hour, minute) = (local.hour(), local.minute());
    format!("{} {hour:02}:{minute:02}", day(at.day(), language))
}

/// A moment to the second.
pub(crate) fn second(at: Timestamp, language: Language) -> String {
    format!("{}:{:02}", moment(at, language), at.local().second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_as_the_language_does() {
        for (cents, portuguese, english) in [
            (1, "R$\u{a0}0,01", "R$\u{a0}0.01"),
            (15_700, "R$\u{a0}157,00", "R$\u{a0}157.00"),
            (100_000, "R$\u{a0}1.000,00", "R$\u{a0}1,000.00"),
            (123_456_789, "R$\u{a0}1.234.567,89", "R$\u{a0}1,234,567.89"),
        ] {
            let amount = Amount::new(cents).unwrap();
            assert_eq!(reais(amount, Language::Portuguese), portuguese);
            assert_eq!(reais(amount, Language::English), english);
        }
    }

    #[test]
    fn a_moment_is_told_in_brasilia_time() {
        let at = Timestamp::parse_rfc3339("2026-11-22T11:44:59Z").unwrap();
        assert_eq!(second(at, Language::Portuguese), "22/11/2026 08:44:59");
        assert_eq!(moment(at, Language::Portuguese), "22/11/2026 08:44");
        assert_eq!(moment(at, Language::English), "22 Nov 2026 08:44");
        assert_eq!(short_day(at.day(), Language::English), "22 Nov");
        assert_eq!(short_day(at.day(), Language::Portuguese), "22/11");
    }
}
