//! Amounts and moments as people read them.
//!
//! Invariant: whole cents, whole minutes of Brasília.

use aval_domain::amount::Amount;
use aval_domain::time::Timestamp;

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

/// A moment: `22/11/2026 08:44`, in English `2026-11-22 08:44`.
pub(crate) fn moment(at: Timestamp, language: Language) -> String {
    let local = at.local();
    let (year, month, day) = (local.year(), local.month(), local.day());
    let (hour, minute) = (local.hour(), local.minute());
    match language {
        Language::Portuguese => format!("{day:02}/{month:02}/{year} {hour:02}:{minute:02}"),
        Language::English => format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}"),
    }
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
        assert_eq!(moment(at, Language::Portuguese), "22/11/2026 08:44");
        assert_eq!(moment(at, Language::English), "2026-11-22 08:44");
    }
}
