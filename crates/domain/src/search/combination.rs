//! What of a sale is searched: its numbers, and the combination of what few values tell apart.
//!
//! Invariant: made from a sale alone, so that it can be made again from the sales at any time; days
//! are São Paulo days (decision D27).

use jiff::civil::Date;

use super::words::Group;
use crate::authorization::Provider;
use crate::brand::Brand;
use crate::fraud::analysis;
use crate::id::{MerchantId, PaymentId};
use crate::payment::Status;
use crate::sale::Sale;

/// What few values tell apart. A merchant has some dozens of combinations, however many sales.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Combination {
    /// Status.
    pub status: Status,
    /// The acquirer's code; absent while no answer came.
    pub return_code: Option<String>,
    /// How it is paid.
    pub group: Group,
    /// Who answered.
    pub provider: Provider,
    /// Of cards.
    pub brand: Option<Brand>,
    /// Where the fraud analysis stands, if there is one.
    pub analysis: Option<analysis::Status>,
}

/// What of a sale is searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSale {
    /// Whose.
    pub merchant: MerchantId,
    /// The payment.
    pub payment: PaymentId,
    /// Grows by one with every change of this row; 1 when new.
    pub version: u32,
    /// The number that the merchant's combination has.
    pub combination: u32,
    /// Cents that were taken.
    pub captured: i64,
    /// Cents of them that were given back.
    pub voided: i64,
    /// The acquirer's id.
    pub tid: Option<String>,
    /// The ProofOfSale.
    pub nsu: Option<String>,
    /// The version of the sale that this was made from.
    pub sale_version: u32,
    /// Cents.
    pub amount: i64,
    /// The last four digits of the card.
    pub last4: Option<String>,
    /// The shop's number.
    pub order: String,
}

/// How many sales, and cents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Sales.
    pub sales: i64,
    /// Cents asked for.
    pub amount: i64,
    /// Cents taken.
    pub captured: i64,
    /// Cents given back of those taken.
    pub voided: i64,
}

impl Figures {
    /// Those of one sale.
    #[must_use]
    pub const fn of(sale: &FoundSale) -> Self {
        Self {
            sales: 1,
            amount: sale.amount,
            captured: sale.captured,
            voided: sale.voided,
        }
    }

    /// Adds others.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            sales: self.sales.saturating_add(other.sales),
            amount: self.amount.saturating_add(other.amount),
            captured: self.captured.saturating_add(other.captured),
            voided: self.voided.saturating_add(other.voided),
        }
    }

    /// Takes others away.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self {
            sales: self.sales.saturating_sub(other.sales),
            amount: self.amount.saturating_sub(other.amount),
            captured: self.captured.saturating_sub(other.captured),
            voided: self.voided.saturating_sub(other.voided),
        }
    }
}

/// What of a sale is searched, with its combination, whose number the caller knows: until then 0.
#[must_use]
pub fn of_sale(sale: &Sale) -> (Combination, FoundSale) {
    let card = sale.details.method.card();
    let receipt = sale.receipt.as_ref();
    let combination = Combination {
        status: sale.state.status(),
        return_code: receipt.map(|receipt| receipt.return_code.clone()),
        group: Group::of(&sale.details.method),
        provider: sale.details.provider,
        brand: card.map(|card| card.brand),
        analysis: sale.analysis,
    };
    let capture = sale.state.capture_made();
    let given_back = sale.state.given_back(sale.amount);
    // A sale voided before its capture gave back a limit, not money.
    let voided = capture
        .and(given_back)
        .map_or(0, |given| given.amount.cents());
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let found = FoundSale {
        merchant: sale.merchant,
        payment: sale.id,
        version: 1,
        combination: 0,
        captured: capture.map_or(0, |capture| capture.amount.cents()),
        voided,
        tid: receipt.and_then(|receipt| some(&receipt.tid)),
        nsu: receipt.and_then(|receipt| some(&receipt.proof_of_sale)),
        sale_version: sale.version,
        amount: sale.amount.cents(),
        last4: card.and_then(|card| last4(card.masked.as_deref()?)),
        order: sale.order.as_str().to_owned(),
    };
    (combination, found)
}

fn last4(masked: &str) -> Option<String> {
    let from = masked.len().checked_sub(4)?;
    let last = masked.get(from..)?;
    let is_shown = last.bytes().all(|byte| byte.is_ascii_digit());
    is_shown.then(|| last.to_owned())
}

const EPOCH: Date = Date::constant(1970, 1, 1);
const SECONDS_OF_DAY: i64 = 86_400;

/// Days from 1970-01-01 to a day.
#[must_use]
pub fn day_number(day: Date) -> i64 {
    day.duration_since(EPOCH)
        .as_secs()
        .div_euclid(SECONDS_OF_DAY)
}

/// The day so many days after 1970-01-01; 1970-01-01 itself when there is no such day.
#[must_use]
pub fn day_of_number(number: i64) -> Date {
    let seconds = number.saturating_mul(SECONDS_OF_DAY);
    EPOCH
        .checked_add(jiff::SignedDuration::from_secs(seconds))
        .unwrap_or(EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_numbered_from_1970_both_ways() {
        assert_eq!(day_number(Date::constant(1970, 1, 2)), 1);
        for number in [-1, 0, 20_000, 2_932_896] {
            assert_eq!(day_number(day_of_number(number)), number);
        }
    }

    #[test]
    fn four_digits_are_shown_of_a_masked_number_and_none_of_what_is_none() {
        assert_eq!(last4("123412******1231").as_deref(), Some("1231"));
        for masked in ["", "12", "1234********", "ção"] {
            assert_eq!(last4(masked), None, "{masked}");
        }
    }
}
