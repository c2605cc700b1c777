//! Boletos: the slip that a buyer pays at any bank, by its bar code or by its line of digits.
//!
//! Invariant: a [`Boleto`] is only made whole: its bar code is computed from what else it says, and
//! one that is read back is checked again. The layout is the national one of Febraban: bank 3,
//! currency 9, check digit, factor of the due date 4, amount 10, free field 25.
//!
//! Sources: manual lines 2295 to 2480, whose two printed slips are reproduced in the tests here,
//! and decision D26.

mod bars;
mod code;
mod credential;
mod digit;
mod due;
mod number;

pub use bars::{BARS, Bar, bars};
pub use code::{BarCode, DigitableLine, FreeField};
pub use credential::{Bank, Credential, Incomplete, Issuer};
pub use due::{DueDate, factor};
pub use number::OurNumber;

use serde::{Deserialize, Serialize};

use crate::amount::Amount;

/// The largest amount of a boleto in cents: ten digits of its bar code.
pub const MAX_CENTS: i64 = 9_999_999_999;

/// A boleto that was issued: what stands on the slip beside the sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boleto {
    /// The provider that was asked for.
    pub issuer: Issuer,
    /// The account that is credited.
    pub credential: Credential,
    /// The number ("nosso número").
    pub number: OurNumber,
    /// The last day on which it can be paid without more.
    pub due: DueDate,
    /// The bar code.
    pub bar_code: BarCode,
    /// What the shop has printed on it.
    #[serde(flatten)]
    pub texts: Texts,
}

/// What a shop has printed on its slips (manual lines 2371 to 2377).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Texts {
    /// Name of who gets the money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignor: Option<String>,
    /// Their address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Their CPF or CNPJ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identification: Option<String>,
    /// What is told to the bank's teller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// What the buyer is told that he pays for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub demonstrative: Option<String>,
}

/// Why a boleto cannot be issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unissuable {
    /// The amount has more than ten digits.
    #[error("the amount is longer than the bar code has room for")]
    Amount,
    /// The due date lies before 1997-10-07, from which days are counted.
    #[error("the due date has no factor")]
    Due,
    /// The number is longer than the bank's layout has room for.
    #[error("the number is longer than the bar code has room for")]
    Number,
}

/// What a boleto is issued from.
#[derive(Debug, Clone)]
pub struct NewBoleto {
    /// The provider that was asked for.
    pub issuer: Issuer,
    /// The account that is credited.
    pub credential: Credential,
    /// The number.
    pub number: OurNumber,
    /// The due date.
    pub due: DueDate,
    /// What the shop has printed on it.
    pub texts: Texts,
}

impl Boleto {
    /// Issues a boleto for an amount, at a bank.
    ///
    /// # Errors
    /// When amount, due date or number cannot stand in the bar code.
    pub fn issue(new: NewBoleto, bank: Bank, amount: Amount) -> Result<Self, Unissuable> {
        let factor = factor(new.due.day()).ok_or(Unissuable::Due)?;
        let free = new.credential.free_field(&new.number);
        let free = free.ok_or(Unissuable::Number)?;
        let bar_code = BarCode::new(bank, factor, amount, &free).ok_or(Unissuable::Amount)?;
        Ok(Self {
            issuer: new.issuer,
            credential: new.credential,
            number: new.number,
            due: new.due,
            bar_code,
            texts: new.texts,
        })
    }

    /// The line of digits.
    #[must_use]
    pub fn line(&self) -> DigitableLine {
        self.bar_code.line()
    }

    /// The bank of the bar code.
    #[must_use]
    pub fn bank(&self) -> Bank {
        self.bar_code.bank()
    }

    /// The number as the bank writes it on the slip.
    #[must_use]
    pub fn number_on_slip(&self) -> String {
        self.credential.number_on_slip(self.bank(), &self.number)
    }
}

/// The slip printed in the manual (lines 2382 to 2425), for tests of other modules.
#[cfg(test)]
pub(crate) fn sample() -> Boleto {
    let new = NewBoleto {
        issuer: Issuer::Cielo,
        credential: Credential::SANDBOX,
        number: OurNumber::parse("123").unwrap(),
        due: DueDate::parse("5/1/2015").unwrap(),
        texts: Texts::default(),
    };
    Boleto::issue(new, Bank::Sandbox, Amount::new(15_700).unwrap()).unwrap()
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;
    use proptest::prelude::*;

    use super::*;
    use crate::settings::Settings;

    fn slip(number: &str, due: Date, cents: i64) -> Boleto {
        issue(Credential::SANDBOX, Bank::Sandbox, number, due, cents).unwrap()
    }

    fn issue(
        credential: Credential,
        bank: Bank,
        number: &str,
        due: Date,
        cents: i64,
    ) -> Result<Boleto, Unissuable> {
        let new = NewBoleto {
            issuer: Issuer::Bradesco,
            credential,
            number: OurNumber::parse(number).unwrap(),
            due: DueDate::new(due),
            texts: Texts::default(),
        };
        Boleto::issue(new, bank, Amount::new(cents).unwrap())
    }

    #[test]
    fn the_slip_printed_in_the_manual_comes_out_digit_for_digit() {
        let boleto = slip("123", Date::constant(2015, 1, 5), 15_700);
        assert_eq!(
            boleto.bar_code.as_str(),
            "00096629900000157000494250000000012300656560"
        );
        assert_eq!(
            boleto.line().to_string(),
            "00090.49420 50000.000013 23006.565602 6 62990000015700"
        );
        assert_eq!(boleto.number.to_string(), "123-2");
        assert_eq!(boleto.number_on_slip(), "25/00000000123-2");
    }

    #[test]
    fn the_slip_in_the_manuals_table_comes_out_digit_for_digit() {
        let boleto = slip("10000000012", Date::constant(2014, 12, 25), 15_700);
        assert_eq!(
            boleto.bar_code.as_str(),
            "00091628800000157000494251000000001200656560"
        );
        // The manual's own second block is of another free field than its bar code; the digits of
        // the line follow the bar code (manual lines 2476 and 2477).
        let printed = "00091628800000157000494250100000001200656560";
        let printed = BarCode::parse(printed).unwrap();
        assert_eq!(
            printed.line().to_string(),
            "00090.49420 50100.000004 12006.565605 1 62880000015700"
        );
    }

    #[test]
    fn due_dates_on_both_sides_of_the_restart_and_extreme_amounts_fit() {
        for (due, cents, end) in [
            (Date::constant(2025, 2, 21), 1, "99990000000001"),
            (Date::constant(2025, 2, 22), MAX_CENTS, "10009999999999"),
            (Date::constant(2049, 10, 13), 100, "99990000000100"),
            (Date::constant(2000, 7, 3), 100, "10000000000100"),
        ] {
            let boleto = slip("1", due, cents);
            assert_eq!(boleto.bar_code.as_str().get(5..19), Some(end));
        }
    }

    #[test]
    fn what_has_no_room_in_the_bar_code_is_told() {
        let day = Date::constant(2026, 1, 1);
        let sandbox = |number, due, cents| {
            let issued = issue(Credential::SANDBOX, Bank::Sandbox, number, due, cents);
            issued.map(|_| ())
        };
        assert_eq!(sandbox("1", day, MAX_CENTS + 1), Err(Unissuable::Amount));
        assert_eq!(sandbox("123456789012", day, 1), Err(Unissuable::Number));
        let old = Date::constant(1997, 10, 6);
        assert_eq!(sandbox("1", old, 1), Err(Unissuable::Due));
    }

    #[test]
    fn each_bank_has_its_own_layout_and_its_own_way_to_write_the_number() {
        let mut settings = Settings::default();
        for (key, value) in [
            ("boleto_agency", "1234"),
            ("boleto_account", "7654321"),
            ("boleto_wallet", "9"),
            ("boleto_convenio", "1122334"),
        ] {
            settings.set(key, value).unwrap();
        }
        let due = Date::constant(2027, 5, 10);
        let of = |issuer: Issuer, number: &str| {
            let credential = Credential::of(&settings, issuer).unwrap();
            issue(credential, issuer.bank(), number, due, 123_456).unwrap()
        };
        let bradesco = of(Issuer::Bradesco, "45");
        // 2027-05-10 is 807 days after the restart, whose factor is 1000.
        let at = bradesco.bar_code.as_str();
        assert_eq!(&at[..4], "2379");
        assert_eq!(&at[5..19], "18070000123456");
        assert_eq!(&at[19..], "1234090000000004576543210");
        assert_eq!(bradesco.number_on_slip(), "09/00000000045-3");
        let brasil = of(Issuer::BancoDoBrasil, "45");
        let at = brasil.bar_code.as_str();
        assert_eq!(&at[19..], "0000001122334000000004509");
        assert_eq!(&at[..4], "0019");
        assert_eq!(brasil.number_on_slip(), "11223340000000045");
    }

    #[test]
    fn what_is_stored_is_checked_when_it_is_read_back() {
        let boleto = slip("123", Date::constant(2015, 1, 5), 15_700);
        let stored = serde_json::to_string(&boleto).unwrap();
        assert_eq!(serde_json::from_str::<Boleto>(&stored).unwrap(), boleto);
        let spoiled = stored.replace("0009662990000015", "0009762990000015");
        assert!(serde_json::from_str::<Boleto>(&spoiled).is_err());
    }

    proptest! {
        #[test]
        fn a_line_says_what_its_bar_code_says(
            number in 0u64..100_000_000_000,
            days in 0i32..30_000,
            cents in 1i64..=MAX_CENTS,
        ) {
            let due = Date::constant(1997, 10, 7)
                .checked_add(jiff::Span::new().days(days))
                .unwrap();
            let boleto = slip(&number.to_string(), due, cents);
            let code = boleto.bar_code.as_str();
            prop_assert_eq!(BarCode::parse(code), Some(boleto.bar_code.clone()));
            let line = boleto.line().to_string();
            prop_assert_eq!(line.len(), 54);
            let digits: String = line.chars().filter(char::is_ascii_digit).collect();
            prop_assert_eq!(digits.len(), 47);
            // Back from the line: bank, currency, digit, factor and amount, free field.
            let back = [
                &digits[..4], &digits[32..33], &digits[33..47],
                &digits[4..9], &digits[10..20], &digits[21..31],
            ].concat();
            prop_assert_eq!(back.as_str(), code);
            prop_assert_eq!(&code[9..19], format!("{cents:010}"));
        }

        #[test]
        fn one_wrong_digit_of_a_bar_code_is_noticed(
            number in 0u64..100_000_000_000,
            at in 0usize..44,
            by in 1u8..10,
        ) {
            let boleto = slip(&number.to_string(), Date::constant(2026, 3, 1), 990);
            let mut code: Vec<u8> = boleto.bar_code.as_str().bytes().collect();
            let digit = code[at].wrapping_sub(b'0').wrapping_add(by) % 10;
            code[at] = digit.wrapping_add(b'0');
            let wrong = String::from_utf8(code).unwrap();
            // Digits 0, 10 and 11 are all written 1, so some errors of weight ones hide there.
            if let Some(read) = BarCode::parse(&wrong) {
                prop_assert_eq!(&read.as_str()[4..5], "1");
            }
        }
    }
}
