//! The number of a boleto ("nosso número").
//!
//! Invariant: 1 to 50 decimal digits, kept as they were sent. How many of them a bank's layout has
//! room for is the credential's matter.

use serde::{Deserialize, Serialize};

use super::digit;

/// What stands before the number when its check digit is computed (decision D26).
const BEFORE: &str = "9999";

/// The number of a boleto.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OurNumber(String);

impl OurNumber {
    /// The longest number that is read, in digits (manual line 2372).
    pub const MAX_LENGTH: usize = 50;

    /// Reads a number: decimal digits only.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=Self::MAX_LENGTH).contains(&text.len());
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        (fits && is_number).then(|| Self(text.to_owned()))
    }

    /// The number made from a drawn one: ten digits, the first of them not 0.
    #[must_use]
    pub fn drawn(chance: u64) -> Self {
        const TENTH: u64 = 1_000_000_000;
        let within = chance.checked_rem(TENTH.saturating_mul(9)).unwrap_or(0);
        Self(within.saturating_add(TENTH).to_string())
    }

    /// The digits, without the check digit.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits, filled with zeros to `width`; `None` when there are more without their zeros.
    #[must_use]
    pub fn padded(&self, width: usize) -> Option<String> {
        let digits = self.0.trim_start_matches('0');
        (digits.len() <= width).then(|| format!("{digits:0>width$}"))
    }

    /// The check digit: modulo 11, weights 2 to 7, over 9999 and the number (decision D26).
    #[must_use]
    pub fn check_digit(&self) -> char {
        digit::of_number(&format!("{BEFORE}{}", self.0))
    }
}

impl std::fmt::Display for OurNumber {
    /// `123-2`, as the API answers it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.0, self.check_digit())
    }
}

impl From<OurNumber> for String {
    fn from(number: OurNumber) -> Self {
        number.0
    }
}

impl TryFrom<String> for OurNumber {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} is no number of a boleto"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_shown_with_its_check_digit() {
        for (number, shown) in [("123", "123-2"), ("131", "131-3")] {
            assert_eq!(OurNumber::parse(number).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn only_digits_are_a_number() {
        for text in ["", "12a", "1-2", " 1", "१", &"1".repeat(51)] {
            assert_eq!(OurNumber::parse(text), None, "{text}");
        }
        assert!(OurNumber::parse(&"1".repeat(50)).is_some());
    }

    #[test]
    fn zeros_before_a_number_take_no_room() {
        let number = OurNumber::parse("00000000000000045").unwrap();
        assert_eq!(number.padded(11).unwrap(), "00000000045");
        assert_eq!(OurNumber::parse("123").unwrap().padded(2), None);
    }

    #[test]
    fn a_drawn_number_has_ten_digits() {
        for chance in [0, 1, 8_999_999_999, 9_000_000_000, u64::MAX] {
            assert_eq!(OurNumber::drawn(chance).as_str().len(), 10);
        }
    }
}
