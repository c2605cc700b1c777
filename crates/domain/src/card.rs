//! Cards: numbers that must not leak, and what of them may be shown.
//!
//! Invariant: [`CardNumber`] and [`SecurityCode`] have no serialisation, no `Display`, and a
//! `Debug` that shows at most what a receipt may show; both are wiped from memory when dropped. A
//! security code has no way into storage (decision D37).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::brand::Brand;

/// A primary account number of 13 to 19 digits.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct CardNumber(String);

/// Why a text is no card number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardNumberError {
    /// More than 19 digits.
    TooLong,
    /// Fewer than 13 digits, or something that is no digit.
    Invalid,
}

impl CardNumber {
    /// Reads digits; dots, blanks and dashes are dropped (decision D17).
    ///
    /// # Errors
    /// Says whether the number is too long or no number at all.
    pub fn parse(text: &str) -> Result<Self, CardNumberError> {
        // One more than a number has tells what is too long; growing would leave a copy behind.
        let mut digits = String::with_capacity(20);
        for character in text.chars() {
            match character {
                '0'..='9' if digits.len() < 20 => digits.push(character),
                '0'..='9' => {}
                between if separates(between) => {}
                _ => {
                    digits.zeroize();
                    return Err(CardNumberError::Invalid);
                }
            }
        }
        match digits.len() {
            13..=19 => Ok(Self(digits)),
            20.. => {
                digits.zeroize();
                Err(CardNumberError::TooLong)
            }
            _ => {
                digits.zeroize();
                Err(CardNumberError::Invalid)
            }
        }
    }

    /// The digits, for the vault and for an acquirer, and for nothing else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// First six, stars, last four: one star per hidden digit.
    #[must_use]
    pub fn masked(&self) -> String {
        let stars = self.0.len().saturating_sub(10);
        let first = self.0.get(..6).unwrap_or("");
        let last = self.0.get(self.0.len().saturating_sub(4)..).unwrap_or("");
        format!("{first}{}{last}", "*".repeat(stars))
    }

    /// The last digit, which decides a sandbox sale (manual line 259).
    #[must_use]
    pub fn last_digit(&self) -> u8 {
        self.0.bytes().last().unwrap_or(b'0').saturating_sub(b'0')
    }

    /// Whether the check digit is right (Luhn, mod 10).
    #[must_use]
    pub fn passes_luhn(&self) -> bool {
        let sum: u32 = self
            .0
            .bytes()
            .rev()
            .enumerate()
            .map(|(at, digit)| {
                let digit = u32::from(digit.saturating_sub(b'0'));
                let doubled = if at % 2 == 1 {
                    digit.saturating_mul(2)
                } else {
                    digit
                };
                if doubled > 9 {
                    doubled.saturating_sub(9)
                } else {
                    doubled
                }
            })
            .sum();
        sum.is_multiple_of(10)
    }
}

impl std::fmt::Debug for CardNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.masked())
    }
}

/// The three or four digits on the card. Lives in memory only, for the one authorization.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SecurityCode(String);

impl SecurityCode {
    /// Whether a text is one: three digits, or four as American Express has them.
    #[must_use]
    pub fn is_one(text: &str) -> bool {
        (3..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// Takes what was sent and [is one](Self::is_one): code 146 otherwise.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The digits, for an acquirer and for nothing else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SecurityCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// Month and year printed on a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expiry {
    year: i16,
    month: i8,
}

impl Expiry {
    /// Reads `MM/YYYY` (manual line 363).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (month, year) = text.split_once('/')?;
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if month.len() != 2 || year.len() != 4 || !digits(month) || !digits(year) {
            return None;
        }
        let month: i8 = month.parse().ok()?;
        let year: i16 = year.parse().ok()?;
        ((1..=12).contains(&month) && year > 0).then_some(Self { year, month })
    }

    /// Whether the card is no longer valid on a day: it is through the last day of its month.
    #[must_use]
    pub fn is_past(self, today: jiff::civil::Date) -> bool {
        (self.year, self.month) < (today.year(), today.month())
    }
}

impl std::fmt::Display for Expiry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}/{:04}", self.month, self.year)
    }
}

/// Letters (accents included) and blanks: whether a holder may be called so (code 214).
#[must_use]
pub fn is_holder_name(text: &str) -> bool {
    text.chars()
        .all(|character| character.is_alphabetic() || character == ' ')
}

/// A text of a caller's own, such as a RequestId, as it may be logged and kept: what could be
/// a card number in it is masked, that is 13 to 19 digits with at most single dots, blanks or
/// dashes between them. GUIDs stay: their groups hold letters, or too few digits in a row.
#[must_use]
pub fn without_card_numbers(text: &str) -> Cow<'_, str> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_guid = text.len() == 36 && uuid::Uuid::try_parse(text).is_ok();
    let has_letters = text.bytes().any(|byte| byte.is_ascii_alphabetic());
    if digits < 13 || (is_guid && has_letters) {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    let mut run = String::new();
    for character in text.chars() {
        let goes_on = separates(character) && !run.is_empty();
        if character.is_ascii_digit() || goes_on {
            run.push(character);
        } else {
            push_masked(&mut masked, &run);
            run.clear();
            masked.push(character);
        }
    }
    push_masked(&mut masked, &run);
    Cow::Owned(masked)
}

/// Whether a character may stand between the digits of a card number, as often as it likes.
fn separates(character: char) -> bool {
    matches!(character, '.' | '-') || character.is_whitespace()
}

fn push_masked(text: &mut String, run: &str) {
    let digits = run.trim_end_matches(separates);
    match CardNumber::parse(digits) {
        Ok(number) => text.push_str(&number.masked()),
        Err(CardNumberError::TooLong) => text.push_str(&"*".repeat(digits.len())),
        Err(CardNumberError::Invalid) => text.push_str(digits),
    }
    text.push_str(run.get(digits.len()..).unwrap_or_default());
}

/// First or later use of a stored card (card on file, C:65 to C:69).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardOnFile {
    /// `First` or `Used`, in its canonical form when it is one of them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub usage: Option<String>,
    /// `Recurring`, `Unscheduled` or `Installments`, likewise.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// What of a card is kept with a sale and may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownCard {
    /// First six, stars, last four. Absent for a token of webservice 1.5, whose card is unknown.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub masked: Option<String>,
    /// Holder's name as sent or stored.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub holder: Option<String>,
    /// `MM/YYYY` as sent or stored.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expiry: Option<String>,
    /// The brand.
    pub brand: Brand,
    /// Whether a token was asked for; it is made when the payment is authorized.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub saved: bool,
    /// The token made, or the token paid with.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub token: Option<String>,
    /// Whether the sale was paid with `token`, so that the card itself is not shown.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub by_token: bool,
    /// Card on file, as sent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub on_file: Option<CardOnFile>,
    /// PaymentAccountReference, 29 of A-Z and 0-9 (decision D23).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account_reference: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_number_shows_first_six_and_last_four_only() {
        let card = CardNumber::parse("4551.8700 0000-0183").unwrap();
        assert_eq!(card.masked(), "455187******0183");
        assert_eq!(format!("{card:?}"), "455187******0183");
        assert_eq!(
            CardNumber::parse("4551870000183").unwrap().masked(),
            "455187***0183"
        );
        assert_eq!(format!("{:?}", SecurityCode::new("123".into())), "***");
    }

    #[test]
    fn lengths_and_strangers_are_told_apart() {
        let parse = |text: &str| CardNumber::parse(text).map(|_| ());
        assert_eq!(parse("123456789012"), Err(CardNumberError::Invalid));
        assert_eq!(parse("12345678901234567890"), Err(CardNumberError::TooLong));
        assert_eq!(parse("1234123412341231x"), Err(CardNumberError::Invalid));
        assert_eq!(parse("0000.0000.0000.0001"), Ok(()));
        assert_eq!(parse(""), Err(CardNumberError::Invalid));
    }

    #[test]
    fn card_numbers_in_a_callers_text_are_masked_and_ids_stay() {
        for (text, masked) in [
            ("4024007153763191", "402400******3191"),
            ("order 4024 0071 5376 3191!", "order 402400******3191!"),
            ("12345678901234567890", "********************"),
            (
                "24bc8366-fc31-4d6c-8555-17049a836a07",
                "24bc8366-fc31-4d6c-8555-17049a836a07",
            ),
            (
                "4024007153763191-order-of-maria-in-x",
                "402400******3191-order-of-maria-in-x",
            ),
            ("5f3a9c1d2b4e6", "5f3a9c1d2b4e6"),
            ("2026-11-22 03:58:21", "2026-11-22 03:58:21"),
        ] {
            assert_eq!(without_card_numbers(text), masked);
        }
    }

    proptest::proptest! {
        /// Whatever is taken as a card number is masked wherever it stands.
        #[test]
        fn what_is_read_as_a_card_number_is_never_shown(
            text in "[0-9]([-. \\t\u{a0}]{0,3}[0-9]){12,18}",
            before in "[a-z:\", ]{0,5}",
            after in "[a-z:\", ]{0,5}",
        ) {
            let number = CardNumber::parse(&text).unwrap();
            let shown = without_card_numbers(&format!("{before}{text}{after}")).into_owned();
            let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
            proptest::prop_assert!(!digits.contains(number.reveal()), "{shown}");
        }
    }

    #[test]
    fn luhn_knows_the_manuals_numbers() {
        assert!(CardNumber::parse("4551870000000183").unwrap().passes_luhn());
        assert!(!CardNumber::parse("4532117080573700").unwrap().passes_luhn());
    }

    #[test]
    fn an_expiry_is_month_slash_year() {
        assert_eq!(Expiry::parse("12/2030").unwrap().to_string(), "12/2030");
        for text in [
            "1/2030", "13/2030", "00/2030", "12/30", "12-2030", "", "12/20300",
        ] {
            assert!(Expiry::parse(text).is_none(), "{text}");
        }
        let today = jiff::civil::date(2026, 11, 30);
        assert!(!Expiry::parse("11/2026").unwrap().is_past(today));
        assert!(Expiry::parse("10/2026").unwrap().is_past(today));
    }

    #[test]
    fn holders_have_letters_and_blanks() {
        assert!(is_holder_name("José da Conceição"));
        assert!(!is_holder_name("Teste 1"));
        assert!(!is_holder_name("T. Holder"));
    }
}
