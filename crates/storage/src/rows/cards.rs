//! The rows of stored cards, of cards that wait for their buyers, and of cards that were replaced.
//!
//! Invariant: the number stands in it sealed only; this crate cannot open it.

use aval_domain::id::{CardToken, MerchantId, PaymentId};
use aval_domain::time::Timestamp;

use crate::changes::{AwaitedCard, Conflict, ReplacedCard, StoredCard};
use crate::rows::Table;
use crate::value::{BadCell, Cells, Column, Decode, Value};

/// Cards.
pub(crate) static TABLE: Table = Table {
    name: "cards",
    columns: &[
        ("merchant_id", "uuid"),
        ("token", "uuid"),
        ("sealed", "bytea"),
        ("masked", "text"),
        ("holder", "text"),
        ("expiry", "text"),
        ("brand", "text"),
        ("customer_name", "text"),
        ("fingerprint", "bytea"),
        ("created_at", "int8"),
    ],
    key: 2,
    taken: None,
    replaced_when_older: None,
    updated: 0,
};

/// Cards that are stored when their buyers turn out known.
pub(crate) static AWAITED: Table = Table {
    name: "awaited_cards",
    columns: &[
        ("merchant_id", "uuid"),
        ("payment_id", "uuid"),
        ("sealed", "bytea"),
    ],
    key: 2,
    taken: None,
    replaced_when_older: None,
    updated: 0,
};

/// Cards that replace others; one that is put replaces the one before.
pub(crate) static REPLACED: Table = Table {
    name: "replaced_cards",
    columns: &[
        ("merchant_id", "uuid"),
        ("fingerprint", "bytea"),
        ("sealed", "bytea"),
        ("masked", "text"),
        ("expiry", "text"),
        ("brand", "text"),
        ("replaced_at", "int8"),
    ],
    key: 2,
    taken: Some(Conflict::Version),
    replaced_when_older: Some("replaced_at"),
    updated: 0,
};

/// The values of a card that waits for its buyer.
pub(crate) fn awaited(card: &AwaitedCard) -> Vec<Value> {
    vec![
        card.merchant.into(),
        card.payment.into(),
        card.sealed.clone().into(),
    ]
}

/// The values of a card that replaces another.
pub(crate) fn replaced(card: &ReplacedCard) -> Vec<Value> {
    vec![
        card.merchant.into(),
        card.fingerprint.to_vec().into(),
        card.sealed.clone().into(),
        card.masked.as_str().into(),
        card.expiry.as_str().into(),
        card.brand.as_str().into(),
        card.replaced_at.into(),
    ]
}

/// The values of a new row.
pub(crate) fn encode(card: &StoredCard) -> Vec<Value> {
    vec![
        card.merchant.into(),
        card.token.into(),
        card.sealed.clone().into(),
        card.masked.as_str().into(),
        card.holder.as_deref().into(),
        card.expiry.as_str().into(),
        card.brand.as_str().into(),
        card.customer_name.as_deref().into(),
        card.fingerprint.to_vec().into(),
        card.created_at.into(),
    ]
}

impl Decode for StoredCard {
    fn column(at: usize) -> Column {
        TABLE.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            token: CardToken::from_bytes(row.array(1)?),
            sealed: row.bytes(2)?,
            masked: row.text(3)?,
            holder: row.opt_text(4)?,
            expiry: row.text(5)?,
            brand: row.text(6)?,
            customer_name: row.opt_text(7)?,
            fingerprint: row.array(8)?,
            created_at: Timestamp::from_micros(row.int(9)?),
        })
    }
}

impl Decode for AwaitedCard {
    fn column(at: usize) -> Column {
        AWAITED.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            payment: PaymentId::from_bytes(row.array(1)?),
            sealed: row.bytes(2)?,
        })
    }
}

impl Decode for ReplacedCard {
    fn column(at: usize) -> Column {
        REPLACED.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            fingerprint: row.array(1)?,
            sealed: row.bytes(2)?,
            masked: row.text(3)?,
            expiry: row.text(4)?,
            brand: row.text(5)?,
            replaced_at: Timestamp::from_micros(row.int(6)?),
        })
    }
}
