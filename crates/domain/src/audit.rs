//! The audit log: who did what, when and from where, chained so that nothing is changed unseen.
//!
//! Invariant: an entry's hash covers the hash before it and every field, each with its length, so
//! that no two entries read the same. Entries of a merchant are numbered from 1 without a gap.

use crate::card::without_card_numbers;
use crate::id::MerchantId;
use crate::time::Timestamp;

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Who: a login, or `command line`.
    pub actor: String,
    /// What, as a word like `payment.capture`: area, dot, verb.
    pub action: String,
    /// To what: a PaymentId, a login, a setting; may be empty.
    pub subject: String,
    /// What else is to be known, as text like `amount=15700 of=20000`; never a secret.
    pub detail: String,
    /// From which address; empty when from no network.
    pub address: String,
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Whose log.
    pub merchant: MerchantId,
    /// Its number, from 1.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// What was done.
    pub act: Act,
    /// SHA-256 of the hash before it (zeros before the first) and the fields.
    pub hash: [u8; 32],
}

/// The hash before the first entry.
pub const BEGINNING: [u8; 32] = [0; 32];

impl Act {
    /// What somebody did to something. What looks like a card number is kept masked, here and in
    /// what goes with it: people write into any field.
    #[must_use]
    pub fn new(actor: &str, action: &str, subject: &str) -> Self {
        Self {
            actor: without_card_numbers(actor).into_owned(),
            action: action.to_owned(),
            subject: without_card_numbers(subject).into_owned(),
            detail: String::new(),
            address: String::new(),
        }
    }

    /// With what else is to be known.
    #[must_use]
    pub fn with(self, detail: &str) -> Self {
        Self {
            detail: without_card_numbers(detail).into_owned(),
            ..self
        }
    }

    /// From an address.
    #[must_use]
    pub fn from(self, address: &str) -> Self {
        Self {
            address: address.to_owned(),
            ..self
        }
    }

    /// What is hashed of an entry: the hash before it, then each field after its length in eight
    /// bytes.
    #[must_use]
    pub fn hashed(
        &self,
        before: &[u8; 32],
        merchant: MerchantId,
        number: u64,
        at: Timestamp,
    ) -> Vec<u8> {
        let mut bytes = before.to_vec();
        let (number, at) = (number.to_be_bytes(), at.micros().to_be_bytes());
        let fields: [&[u8]; 8] = [
            merchant.as_bytes(),
            &number,
            &at,
            self.actor.as_bytes(),
            self.action.as_bytes(),
            self.subject.as_bytes(),
            self.detail.as_bytes(),
            self.address.as_bytes(),
        ];
        for field in fields {
            let length = u64::try_from(field.len()).unwrap_or(u64::MAX);
            bytes.extend(length.to_be_bytes());
            bytes.extend(field);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_entries_are_hashed_from_the_same_bytes() {
        let merchant = MerchantId::from_bytes([1; 16]);
        let at = Timestamp::from_micros(7);
        let act = Act::new("ana", "user.block", "rui").with("a").from("b");
        let hashed = |act: &Act, number| act.hashed(&BEGINNING, merchant, number, at);
        let first = hashed(&act, 1);
        let others = [
            hashed(&act, 2),
            hashed(&act.clone().with("ab").from(""), 1),
            hashed(&Act::new("anau", "ser.block", "rui").with("a").from("b"), 1),
            act.hashed(&[9; 32], merchant, 1, at),
            act.hashed(&BEGINNING, MerchantId::from_bytes([2; 16]), 1, at),
            act.hashed(&BEGINNING, merchant, 1, at.plus(1)),
        ];
        assert!(others.iter().all(|other| *other != first));
    }

    #[test]
    fn a_card_number_that_somebody_writes_is_kept_masked() {
        let act = Act::new("4024007153761191", "search.save", "4024-0071-5376-1191");
        let act = act.with("paid by 4024 0071 5376 1191");
        for text in [&act.actor, &act.subject, &act.detail] {
            assert!(!text.contains("0071") && text.ends_with("1191"), "{text}");
        }
    }
}
