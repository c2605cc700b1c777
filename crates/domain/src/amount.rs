//! Money.
//!
//! Invariant: an [`Amount`] is a whole number of cents above zero and of at most fifteen digits
//! (decision D10). All arithmetic is checked.

use serde::{Deserialize, Serialize};

/// Cents of the currency of the sale, 1 to 999,999,999,999,999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Amount(i64);

/// The largest amount in cents: fifteen digits (manual line 358).
pub const MAX_CENTS: i64 = 999_999_999_999_999;

impl Amount {
    /// One cent.
    pub const ONE: Self = Self(1);

    /// An amount of so many cents; `None` when not above zero or longer than fifteen digits.
    #[must_use]
    pub const fn new(cents: i64) -> Option<Self> {
        if cents >= 1 && cents <= MAX_CENTS {
            Some(Self(cents))
        } else {
            None
        }
    }

    /// The cents.
    #[must_use]
    pub const fn cents(self) -> i64 {
        self.0
    }

    /// What is left when `other` is taken away; `None` when nothing or less is left.
    #[must_use]
    pub fn less(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).and_then(Self::new)
    }

    /// The sum; `None` beyond fifteen digits.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).and_then(Self::new)
    }
}

impl TryFrom<i64> for Amount {
    type Error = String;

    fn try_from(cents: i64) -> Result<Self, String> {
        Self::new(cents).ok_or_else(|| format!("{cents} cents are no amount"))
    }
}

impl From<Amount> for i64 {
    fn from(amount: Amount) -> Self {
        amount.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_above_zero_and_has_at_most_fifteen_digits() {
        assert!(Amount::new(0).is_none());
        assert!(Amount::new(-1).is_none());
        assert_eq!(Amount::new(MAX_CENTS).unwrap().cents(), MAX_CENTS);
        assert!(Amount::new(MAX_CENTS + 1).is_none());
        let one = Amount::new(1).unwrap();
        assert!(one.less(one).is_none());
        assert!(Amount::new(MAX_CENTS).unwrap().plus(one).is_none());
    }
}
