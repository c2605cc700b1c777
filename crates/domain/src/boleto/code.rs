//! The bar code of a boleto and its line of digits.
//!
//! Invariant: a [`BarCode`] is 44 decimal digits whose check digit is right and whose bank is one
//! that we issue at; a line is only made from one.

use serde::{Deserialize, Serialize};

use super::MAX_CENTS;
use super::credential::Bank;
use super::digit;
use crate::amount::Amount;

/// What a bank has in its own 25 digits of the bar code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeField(String);

impl FreeField {
    /// A free field: 25 decimal digits.
    #[must_use]
    pub fn new(digits: String) -> Option<Self> {
        (digits.len() == 25 && is_number(&digits)).then_some(Self(digits))
    }
}

/// The 44 digits of a bar code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BarCode(String);

/// The currency of every boleto: real.
const CURRENCY: char = '9';

impl BarCode {
    /// The bar code of a bank's boleto: `factor` of the due date, amount in cents, free field;
    /// `None` when the amount has more than ten digits or the factor more than four.
    #[must_use]
    pub fn new(bank: Bank, factor: u16, amount: Amount, free: &FreeField) -> Option<Self> {
        let cents = amount.cents();
        if cents > MAX_CENTS || factor > 9_999 {
            return None;
        }
        let (code, FreeField(free)) = (bank.code(), free);
        let tail = format!("{factor:04}{cents:010}{free}");
        let digit = digit::of_bar_code(&format!("{code}{CURRENCY}{tail}"));
        Some(Self(format!("{code}{CURRENCY}{digit}{tail}")))
    }

    /// Reads a bar code and checks its digit.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 44 || !is_number(text) {
            return None;
        }
        let (head, rest) = text.split_at_checked(4)?;
        let (digit, tail) = rest.split_at_checked(1)?;
        let right = digit::of_bar_code(&format!("{head}{tail}"));
        let is_ours = Bank::of(head.get(..3)?).is_some() && head.ends_with(CURRENCY);
        (is_ours && digit::digits(digit).next() == Some(right)).then(|| Self(text.to_owned()))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The bank.
    #[must_use]
    pub fn bank(&self) -> Bank {
        self.0.get(..3).and_then(Bank::of).unwrap_or(Bank::Sandbox)
    }

    /// The line of digits that says the same.
    #[must_use]
    pub fn line(&self) -> DigitableLine {
        let part = |from, to| self.0.get(from..to).unwrap_or_default();
        let field = |digits: String| {
            let digit = digit::modulo_10(&digits);
            let (head, tail) = digits.split_at_checked(5).unwrap_or((&digits, ""));
            format!("{head}.{tail}{digit}")
        };
        DigitableLine([
            field(format!("{}{}", part(0, 4), part(19, 24))),
            field(part(24, 34).to_owned()),
            field(part(34, 44).to_owned()),
            part(4, 5).to_owned(),
            part(5, 19).to_owned(),
        ])
    }
}

impl From<BarCode> for String {
    fn from(code: BarCode) -> Self {
        code.0
    }
}

impl TryFrom<String> for BarCode {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} is no bar code of a boleto"))
    }
}

/// The line of digits of a boleto ("linha digitável"), in its five fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigitableLine([String; 5]);

impl std::fmt::Display for DigitableLine {
    /// `00090.49420 50000.000013 23006.565602 6 62990000015700`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_code_is_read_with_its_digit_its_bank_and_its_currency() {
        let right = "00096629900000157000494250000000012300656560";
        assert_eq!(BarCode::parse(right).unwrap().bank(), Bank::Sandbox);
        for wrong in [
            "00095629900000157000494250000000012300656560",
            "0009662990000015700049425000000001230065656",
            "0009662990000015700049425000000001230065656x",
            "",
        ] {
            assert_eq!(BarCode::parse(wrong), None, "{wrong}");
        }
        for head in ["3419", "0018"] {
            let digit = digit::of_bar_code(&format!("{head}{}", &right[5..]));
            let strange = format!("{head}{digit}{}", &right[5..]);
            assert_eq!(BarCode::parse(&strange), None, "{strange}");
        }
    }

    #[test]
    fn a_free_field_has_25_digits() {
        assert!(FreeField::new("0".repeat(25)).is_some());
        assert!(FreeField::new("0".repeat(24)).is_none());
        assert!(FreeField::new("x".repeat(25)).is_none());
    }
}
